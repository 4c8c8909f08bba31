public import Kernels
public import Networks

/// All that training left behind: the only bridge to rendering.
public struct Results: Sendable, Equatable {
    public var lock: ResultsLock
    public var timings: Timings?
    /// Runs that failed and why; drawn as error boxes.
    public var failures: [RunIdentifier: RunFailure]
    /// By the run's key; only those that are shown image by image are loaded.
    public var predictions: [String: RunPredictions]
    /// Timings in which measurements of layers are looked for, in that order; see `ResultsStore.loadLayers`.
    public var layerTimings: [Timings] = []

    public init(
        lock: ResultsLock, timings: Timings?, failures: [RunIdentifier: RunFailure] = [:],
        predictions: [String: RunPredictions] = [:]
    ) {
        self.lock = lock
        self.timings = timings
        self.failures = failures
        self.predictions = predictions
    }
}

/// `results.lock.json`: deterministic, sorted, exact.
public struct ResultsLock: Codable, Sendable, Equatable {
    /// The form of this file.
    public static let currentFormat = 1

    public var format: Int
    /// By the run's description, `mnist/residual/1`.
    public var runs: [String: RunResult]

    public init(format: Int = ResultsLock.currentFormat, runs: [String: RunResult] = [:]) {
        self.format = format
        self.runs = runs
    }
}

/// What one run produced. The same bits on every machine.
public struct RunResult: Codable, Sendable, Hashable {
    /// SHA-256 over everything the result depends on, lower-case hexadecimal.
    public var key: String
    /// SHA-256 over the images and labels used.
    public var datasetDigest: String
    /// SHA-256 over all parameters and statistics after the last epoch, by sorted name.
    public var weightsDigest: String
    public var parameters: Int
    public var multiplyAdds: Int
    /// Bytes of the trained model as a safetensors file.
    public var fileSize: Int
    public var trainImages: Int
    public var validImages: Int
    /// How many convolutions of the network ran on each algorithm.
    public var algorithms: [String: Int]
    public var epochs: [EpochResult]

    public init(
        key: String, datasetDigest: String, weightsDigest: String, parameters: Int, multiplyAdds: Int, fileSize: Int,
        trainImages: Int, validImages: Int, algorithms: [String: Int], epochs: [EpochResult]
    ) {
        self.key = key
        self.datasetDigest = datasetDigest
        self.weightsDigest = weightsDigest
        self.parameters = parameters
        self.multiplyAdds = multiplyAdds
        self.fileSize = fileSize
        self.trainImages = trainImages
        self.validImages = validImages
        self.algorithms = algorithms
        self.epochs = epochs
    }
}

/// `timings/<machine>.json`: measured, never part of a lock.
public struct Timings: Codable, Sendable, Equatable {
    public static let currentFormat = 1

    public var format: Int
    public var machine: Machine
    public var runs: [String: RunTiming]
    /// By cell and network, `cifar10-layers/residual`; `nil` where none were measured.
    public var layers: [String: LayerMeasurement]?

    public init(
        format: Int = Timings.currentFormat, machine: Machine, runs: [String: RunTiming] = [:],
        layers: [String: LayerMeasurement]? = nil
    ) {
        self.format = format
        self.machine = machine
        self.runs = runs
        self.layers = layers
    }
}

/// The machine that measured, in words that name no host.
public struct Machine: Codable, Sendable, Equatable, Hashable {
    /// For file names: `amd-epyc-2-cores`.
    public var name: String
    public var processor: String
    public var cores: Int
    public var system: String
    public var compiler: String
    /// `nil` where there is none.
    public var gpu: String?

    public init(name: String, processor: String, cores: Int, system: String, compiler: String, gpu: String? = nil) {
        self.name = name
        self.processor = processor
        self.cores = cores
        self.system = system
        self.compiler = compiler
        self.gpu = gpu
    }
}

/// What one run took.
public struct RunTiming: Codable, Sendable, Hashable {
    public var key: String
    public var threads: Int
    public var instructionSet: String
    public var epochs: [EpochTiming]
    /// Seconds of single-image inference, in the order measured.
    public var inferenceCPU: [Double]

    public init(key: String, threads: Int, instructionSet: String, epochs: [EpochTiming], inferenceCPU: [Double]) {
        self.key = key
        self.threads = threads
        self.instructionSet = instructionSet
        self.epochs = epochs
        self.inferenceCPU = inferenceCPU
    }
}

/// How fast the layers of one network ran in training, and what the machine can do at best.
public struct LayerMeasurement: Codable, Sendable, Hashable {
    /// Of the `PlannedLayers`.
    public var key: String
    public var threads: Int
    public var instructionSet: String
    public var limits: MachineLimits
    /// By node and pass; equal ones once.
    public var layers: [LayerTiming]

    public init(
        key: String, threads: Int, instructionSet: String, limits: MachineLimits, layers: [LayerTiming]
    ) {
        self.key = key
        self.threads = threads
        self.instructionSet = instructionSet
        self.limits = limits
        self.layers = layers
    }
}

extension Results {
    /// The first measurement of that name and key.
    public func layers(_ name: String, key: String) -> LayerMeasurement? {
        for timings in layerTimings {
            if let found = timings.layers?[name], found.key == key { return found }
        }
        return nil
    }
}
