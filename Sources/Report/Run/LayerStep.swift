import Foundation
public import Kernels
public import Networks

/// What a child process that measures layers is told: one network.
public struct LayerStep: Codable, Hashable, Sendable {
    public static let currentFormat = 1
    /// The least seconds of training steps that are measured.
    public static let standardSeconds = 2.0

    public var format: Int
    /// `cifar10-layers/residual`
    public var name: String
    public var key: String
    public var graph: Graph
    public var batch: Int
    public var threads: Int
    public var seconds: Double

    public init(_ planned: PlannedLayers, threads: Int, seconds: Double = standardSeconds) {
        format = Self.currentFormat
        name = planned.name
        key = planned.key
        graph = planned.graph
        batch = planned.batch
        self.threads = planned.threads ?? threads
        self.seconds = seconds
    }

    /// - Throws: `ChildFailure` of kind `step` where the file is not there, cut, or of another version.
    static func read(from path: String) throws(ChildFailure) -> LayerStep {
        guard let bytes = try? AtomicFile.read(path), let step = try? CanonicalJSON.value(LayerStep.self, from: bytes),
            step.format == currentFormat, step.threads >= 1, step.batch >= 1, step.seconds > 0
        else {
            throw ChildFailure(kind: .step, message: "\(path): not a step of this version that measures layers")
        }
        return step
    }

    /// Measures on images of noise: the machine's limits first, then the layers.
    /// - Parameter clock: seconds from any start; must not go backwards.
    public func perform(
        instructionSet: InstructionSet, clock: @escaping () -> Double
    ) throws(TrainingError) -> LayerMeasurement {
        let limits = MachineLimits.measure(instructionSet: instructionSet, threads: threads, clock: clock)
        var benchmark = NetworkBenchmark(
            graph: graph, batchSize: batch,
            context: KernelContext(instructionSet: instructionSet, threads: threads), seconds: seconds, clock: clock)
        return LayerMeasurement(
            key: key, threads: threads, instructionSet: instructionSet.rawValue, limits: limits,
            layers: try benchmark.layers())
    }

    /// The whole child process: reads the step file, measures and writes the result file, whatever happens.
    ///
    /// - Parameter words: what to tell people about an error.
    /// - Returns: whether it was measured.
    /// - Throws: `StoredFileError` where not even the result file can be written.
    public static func execute(
        stepPath: String, resultPath: String, instructionSet: InstructionSet, clock: @escaping () -> Double,
        words: (TrainingError) -> String
    ) throws(StoredFileError) -> Bool {
        var outcome: LayerOutcome
        do throws(ChildFailure) {
            let step = try read(from: stepPath)
            ParentWatch.endWithParent()
            do throws(TrainingError) {
                outcome = .finished(try step.perform(instructionSet: instructionSet, clock: clock))
            } catch {
                outcome = .failed(ChildFailure(kind: .training, message: words(error)))
            }
        } catch {
            outcome = .failed(error)
        }
        try AtomicFile.write(json: outcome, to: resultPath)
        if case .finished = outcome { return true }
        return false
    }
}

/// The content of the result file.
enum LayerOutcome: Codable, Sendable {
    case finished(LayerMeasurement)
    case failed(ChildFailure)
}
