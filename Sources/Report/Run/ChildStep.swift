internal import Foundation
public import Networks

/// One training run as a child process is handed it: the whole content of its step file.
///
/// The same file can be executed by a job of a cluster; nothing in it refers to the process that wrote it but the
/// paths.
public struct ChildStep: Codable, Hashable, Sendable {
    public static let currentFormat = 1
    public static let standardInferences = 1000

    public var format: Int
    public var run: RunIdentifier
    /// SHA-256 over everything the result depends on; the result carries it back.
    public var key: String
    public var graph: Graph
    /// With the run's own seed.
    public var configuration: TrainingConfiguration
    public var dataset: String
    /// In the order of the search.
    public var dataFolders: [String]
    public var limit: Int?
    /// At least 1. Changes no result.
    public var threads: Int
    /// Where the trained model goes; `nil` to keep none.
    public var modelPath: String?
    /// Where and how often the state of the run is kept; `nil` for never.
    public var checkpoints: Checkpoints?
    /// Seconds, watched by the parent.
    public var timeLimit: Double?
    /// Bytes, watched by the parent.
    public var memoryLimit: Int?
    /// Single-image inferences to time after training.
    public var inferences: Int
    /// What training starts from; `nil` for random weights.
    public var initial: InitialWeights?
    /// Whether to end as soon as the parent is gone.
    public var endsWithParent: Bool

    public struct Checkpoints: Codable, Hashable, Sendable {
        /// The run's own.
        public var folder: String
        /// Between two within an epoch; the end of each epoch is kept in any case.
        public var seconds: Double

        public init(folder: String, seconds: Double) {
            self.folder = folder
            self.seconds = seconds
        }
    }

    public init(
        run: RunIdentifier, key: String, graph: Graph, configuration: TrainingConfiguration, dataset: String,
        dataFolders: [String], limit: Int? = nil, threads: Int, modelPath: String? = nil,
        checkpoints: Checkpoints? = nil, timeLimit: Double? = nil, memoryLimit: Int? = nil, inferences: Int = standardInferences,
        initial: InitialWeights? = nil, endsWithParent: Bool = true
    ) {
        format = Self.currentFormat
        self.run = run
        self.key = key
        self.graph = graph
        self.configuration = configuration
        self.dataset = dataset
        self.dataFolders = dataFolders
        self.limit = limit
        self.threads = threads
        self.modelPath = modelPath
        self.checkpoints = checkpoints
        self.timeLimit = timeLimit
        self.memoryLimit = memoryLimit
        self.inferences = inferences
        self.initial = initial
        self.endsWithParent = endsWithParent
    }

    public func write(to path: String) throws(StoredFileError) { try AtomicFile.write(json: self, to: path) }

    /// - Throws: `ChildFailure` of kind `step` where the file is not there, cut, or of another version.
    public static func read(from path: String) throws(ChildFailure) -> ChildStep {
        let step: ChildStep
        do {
            guard let bytes = try AtomicFile.read(path) else {
                throw ChildFailure(kind: .step, message: "\(path): no such step file")
            }
            step = try CanonicalJSON.value(ChildStep.self, from: bytes)
        } catch let failure as ChildFailure {
            throw failure
        } catch {
            throw ChildFailure(kind: .step, message: "\(path): not a step of this version: \(error)")
        }
        guard step.format == currentFormat else {
            throw ChildFailure(kind: .step, message: "\(path): format \(step.format), expected \(currentFormat)")
        }
        guard step.threads >= 1, step.inferences >= 0 else {
            throw ChildFailure(
                kind: .step, message: "\(path): threads \(step.threads), inferences \(step.inferences)")
        }
        return step
    }
}

/// The content of a child's result file.
public enum ChildOutcome: Codable, Hashable, Sendable {
    case finished(RunResult, RunTiming, RunPredictions? = nil)
    case failed(ChildFailure)

    public func write(to path: String) throws(StoredFileError) { try AtomicFile.write(json: self, to: path) }

    /// What a child left behind, checked as strictly as a lock: a cut or foreign file is a failure of that run.
    static func read(
        from path: String, for step: ChildStep
    ) throws(RunFailure) -> (RunResult, RunTiming, RunPredictions?) {
        let outcome: ChildOutcome
        do {
            guard let bytes = try AtomicFile.read(path) else { throw RunFailure.noResult }
            outcome = try CanonicalJSON.value(ChildOutcome.self, from: bytes)
        } catch let failure as RunFailure {
            throw failure
        } catch {
            throw .damagedResult(place: "", problem: "not the result of a run, or cut short")
        }
        switch outcome {
        case .failed(let failure): throw .reported(failure)
        case .finished(let result, let timing, let predictions):
            guard result.key == step.key, timing.key == step.key, predictions?.key ?? step.key == step.key else {
                throw .wrongResult(expectedKey: step.key, foundKey: result.key)
            }
            let name = step.run.description
            if let problem = ResultsLock(runs: [name: result]).firstProblem {
                throw .damagedResult(place: problem.place, problem: problem.problem)
            }
            guard result.epochs.count == step.configuration.epochs else {
                throw .damagedResult(
                    place: "runs.\(name).epochs",
                    problem: "has \(result.epochs.count) of \(step.configuration.epochs) epochs")
            }
            if let predictions, predictions.images.count != result.validImages {
                throw .damagedResult(
                    place: "predictions", problem: "has \(predictions.images.count) of \(result.validImages) images")
            }
            return (result, timing, predictions)
        }
    }
}
