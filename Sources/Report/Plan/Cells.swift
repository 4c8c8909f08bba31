public import Networks

/// One training cell, every name and number checked.
public struct TrainCell: Sendable, Equatable {
    public var label: String
    public var location: SourceLocation
    /// The text of a `DatasetReference`: a name of the catalogue or a folder of images.
    public var dataset: String
    /// Block names in the order of the file (`all` already spelled out).
    public var networks: [String]
    /// One for each of the networks, by name: a recipe has exceptions for some. All but the seed, which each run sets.
    public var configurations: [String: TrainingConfiguration]
    public var seeds: [UInt64]
    /// The first so many training and validation images; `nil` for all.
    public var limit: Int?
    /// `nil` for what the command line or the machine says.
    public var threads: Int?
    /// Seconds; `nil` for none.
    public var timeLimit: Double?
    /// Bytes; `nil` for none.
    public var memoryLimit: Int?
    /// Seconds between two checkpoints within an epoch; `nil` for no checkpoints at all.
    public var checkpointInterval: Double?
    /// The path of weights to start from, as the file has it; `nil` for random ones.
    public var initial: Located<String>?

    public init(
        label: String, location: SourceLocation, dataset: String, networks: [String],
        configurations: [String: TrainingConfiguration], seeds: [UInt64], limit: Int? = nil, threads: Int? = nil,
        timeLimit: Double? = nil, memoryLimit: Int? = nil,
        checkpointInterval: Double? = nil, initial: Located<String>? = nil
    ) {
        self.label = label
        self.location = location
        self.dataset = dataset
        self.networks = networks
        self.configurations = configurations
        self.seeds = seeds
        self.limit = limit
        self.threads = threads
        self.timeLimit = timeLimit
        self.memoryLimit = memoryLimit
        self.checkpointInterval = checkpointInterval
        self.initial = initial
    }
}

/// What can be drawn or tabulated of a run.
public enum Measure: String, CaseIterable, Hashable, Codable, Sendable {
    case trainAccuracy = "train.accuracy"
    case validAccuracy = "valid.accuracy"
    case trainLoss = "train.loss"
    case validLoss = "valid.loss"
    /// The share of the validation images whose label is among the five likeliest classes.
    case validTop5 = "valid.top5"
    /// Seconds of the forward pass of one batch, mean and deviation per epoch.
    case trainTime = "train.time"
    case validTime = "valid.time"
    /// Wall-clock seconds of training, whole run.
    case trainSeconds = "train.seconds"
    /// Bytes of the trained model's file.
    case fileSize = "file-size"
    /// Seconds for one image, many times.
    case inferenceCPU = "inference.cpu"
    case inferenceGPU = "inference.gpu"
    case parameters = "parameters"
    case multiplyAdds = "multiply-adds"

    /// One value for each epoch (lines) or one for the run (bars, boxes).
    public var isPerEpoch: Bool {
        switch self {
        case .trainAccuracy, .validAccuracy, .trainLoss, .validLoss, .validTop5, .trainTime, .validTime: true
        default: false
        }
    }
    /// Whether it comes from the timings and not from the lock.
    public var isTiming: Bool {
        switch self {
        case .trainTime, .validTime, .trainSeconds, .inferenceCPU, .inferenceGPU: true
        default: false
        }
    }
}
