/// Everything besides the network and the data that a training result depends on.
public struct TrainingConfiguration: Hashable, Codable, Sendable {
    /// At least 1.
    public var epochs: Int
    /// Images per step, at least 1. The last batch of an epoch may be smaller.
    public var batchSize: Int
    public var optimizer: Optimizer
    public var schedule: Schedule
    /// Seeds initialisation, shuffling and augmentation, each through a generator of its own.
    public var seed: UInt64
    /// Random horizontal flips of training images.
    public var flips: Bool
    /// Pixels become `(x / 255 - mean) / deviation`.
    public var scaling: Scaling

    public init(
        epochs: Int, batchSize: Int = 32, optimizer: Optimizer = .published, schedule: Schedule = .published,
        seed: UInt64 = 1, flips: Bool = false, scaling: Scaling = .init()
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.schedule = schedule
        self.seed = seed
        self.flips = flips
        self.scaling = scaling
    }
}

/// `(x - mean) / deviation` for pixels scaled to 0…1.
public struct Scaling: Hashable, Codable, Sendable {
    public var mean: Double
    /// Positive.
    public var deviation: Double

    public init(mean: Double = 0.5, deviation: Double = 0.5) {
        self.mean = mean
        self.deviation = deviation
    }
}

/// How gradients move parameters.
public enum Optimizer: Hashable, Codable, Sendable {
    /// Kingma, Ba 2014. Weight decay is added to the gradient (as the study and PyTorch's `Adam` do).
    case adam(learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double)
    /// Stochastic gradient descent: `v = momentum v + g`, `w -= rate v` (or Nesterov's look-ahead).
    case sgd(learningRate: Double, momentum: Double, nesterov: Bool, weightDecay: Double)

    /// The study's: Adam, rate 1e-3, weight decay 1e-5.
    public static let published = Optimizer.adam(
        learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-5)

    /// The rate a schedule multiplies.
    public var learningRate: Double {
        switch self {
        case .adam(let rate, _, _, _, _), .sgd(let rate, _, _, _): rate
        }
    }
}

/// The learning rate over a run, as a factor of the optimizer's. Points in time are fractions of all steps.
public enum Schedule: Hashable, Codable, Sendable {
    case constant
    /// Multiplied by `factor` at each of the fractions in `at` (ascending, in 0…1).
    case step(at: [Double], factor: Double)
    /// Half a cosine from 1 to `floor` after a linear warm-up over the first `warmUp` of the run.
    case cosine(warmUp: Double, floor: Double)
    /// One cycle (Smith 2018): cosine from `1/start` up to 1 over the first `rise`, then down to `1/end`.
    case oneCycle(rise: Double, start: Double, end: Double)

    /// The study's: divided by 10 half-way.
    public static let published = Schedule.step(at: [0.5], factor: 0.1)
}
