/// Everything besides the network and the data that a training result depends on.
public struct TrainingConfiguration: Hashable, Sendable {
    /// At least 1.
    public var epochs: Int
    /// Images per step, at least 1. The last batch of an epoch may be smaller.
    public var batchSize: Int
    public var optimizer: Optimizer
    public var schedule: Schedule
    /// Seeds initialisation, shuffling and augmentation, each through a generator of its own.
    public var seed: UInt64
    /// What is done to training images by chance.
    public var augmentation: Augmentation
    /// Pixels become `(x / 255 - mean) / deviation`.
    public var scaling: Scaling
    /// The share of the target that is spread evenly over all classes, 0..<1 (Szegedy et al. 2016). Reported losses are
    /// those of the labels alone.
    public var labelSmoothing: Double
    /// Gradients whose norm over all parameters is larger are shortened to it (Pascanu et al. 2013); `nil` for none.
    public var gradientNormLimit: Double?
    /// Decay of the exponential moving average of the weights that validation and the finished model use; `nil` for the
    /// weights themselves. At step t, from 0, the decay is at most (1 + t) / (10 + t), so that the start is forgotten.
    public var weightAveraging: Double?

    public init(
        epochs: Int, batchSize: Int = 32, optimizer: Optimizer = .published, schedule: Schedule = .published,
        seed: UInt64 = 1, augmentation: Augmentation = .none, scaling: Scaling = .init(), labelSmoothing: Double = 0,
        gradientNormLimit: Double? = nil, weightAveraging: Double? = nil
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.schedule = schedule
        self.seed = seed
        self.augmentation = augmentation
        self.scaling = scaling
        self.labelSmoothing = labelSmoothing
        self.gradientNormLimit = gradientNormLimit
        self.weightAveraging = weightAveraging
    }
}

/// What is done to each training image by chance, anew in every epoch. Lengths in pixels.
public struct Augmentation: Hashable, Sendable {
    /// Mirrored left to right, every other time.
    public var flips: Bool
    /// Padded by so much with pixel 0 and cut back to its size at a random place.
    public var crop: Int
    /// A square of this side around a random pixel is set to 0 after scaling; it may stick out (DeVries, Taylor 2017).
    public var cutout: Int

    public init(flips: Bool = false, crop: Int = 0, cutout: Int = 0) {
        self.flips = flips
        self.crop = crop
        self.cutout = cutout
    }

    public static let none = Augmentation()
}

/// `(x - mean) / deviation` for pixels scaled to 0…1: one number of each for all channels, or one a channel.
public struct Scaling: Hashable, Sendable {
    public var mean: [Double]
    /// Positive.
    public var deviation: [Double]

    public init(mean: [Double], deviation: [Double]) {
        self.mean = mean
        self.deviation = deviation
    }

    public init(mean: Double = 0.5, deviation: Double = 0.5) { self.init(mean: [mean], deviation: [deviation]) }

    /// Whether there is a number for each of so many channels.
    public func fits(channels: Int) -> Bool {
        [mean.count, deviation.count].allSatisfy { $0 == 1 || $0 == channels }
    }
}

/// How gradients move parameters.
public enum Optimizer: Hashable, Codable, Sendable {
    /// Kingma, Ba 2014. Weight decay is added to the gradient (as the study and PyTorch's `Adam` do).
    case adam(learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double)
    /// Adam with decoupled weight decay (Loshchilov, Hutter 2019): weights of convolutions and of fully connected
    /// layers shrink by rate · decay in every step. Biases, and the scales and shifts of batch norm, do not.
    case adamW(learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double)
    /// Stochastic gradient descent: `v = momentum v + g`, `w -= rate v` (or Nesterov's look-ahead).
    case sgd(learningRate: Double, momentum: Double, nesterov: Bool, weightDecay: Double)
    /// Muon (Jordan et al. 2024): the velocity of a convolution's weights, as a matrix of output channels and what they see,
    /// is brought near to an orthogonal matrix before it moves them, so that all directions are learned at one pace.
    /// Scaled as in Liu et al. 2025, so that a rate means about what it means to Adam. Depthwise convolutions, fully connected
    /// layers, biases and batch norm follow AdamW at the rate `adamRate`; the weight decay is that of both.
    case muon(
        learningRate: Double, momentum: Double, adamRate: Double, beta1: Double, beta2: Double, epsilon: Double,
        weightDecay: Double)

    /// The study's: Adam, rate 1e-3, weight decay 1e-5.
    public static let published = Optimizer.adam(
        learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-5)

    /// The rate a schedule multiplies.
    public var learningRate: Double {
        switch self {
        case .adam(let rate, _, _, _, _), .adamW(let rate, _, _, _, _), .sgd(let rate, _, _, _),
            .muon(let rate, _, _, _, _, _, _):
            rate
        }
    }

    /// Without a memory of squared gradients.
    var isGradientDescent: Bool { if case .sgd = self { true } else { false } }
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
