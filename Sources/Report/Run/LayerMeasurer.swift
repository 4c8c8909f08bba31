public import Foundation

/// Measures the layers that a report still lacks, one network after the other, each in a child process.
///
/// Never two at a time, and never beside a training: the times would be of half a machine. Only the timings of this
/// machine are written.
public struct LayerMeasurer: Sendable {
    /// The program to start, and what stands before the two paths.
    public var executable: String
    public var arguments: [String]
    public var store: ResultsStore
    public var machine: Machine
    /// Step and result files live here while a child does.
    public var workFolder: String

    public init(
        executable: String, arguments: [String] = ["measure-layers"], store: ResultsStore,
        machine: Machine = .current, workFolder: String = NSTemporaryDirectory()
    ) {
        self.executable = executable
        self.arguments = arguments
        self.store = store
        self.machine = machine
        self.workFolder = workFolder
    }

    /// - Parameters:
    ///   - steps: those that no timings have.
    ///   - planned: the names of all measurements of the report; others are dropped from this machine's timings.
    ///   - onStart: called before each.
    /// - Returns: why the others could not be measured, by name.
    /// - Throws: `StoredFileError` where the timings cannot be read or written.
    public func measure(
        _ steps: [LayerStep], planned: [String], onStart: (LayerStep) -> Void
    ) async throws(StoredFileError) -> [String: RunFailure] {
        var failures: [String: RunFailure] = [:]
        for step in steps {
            if Task.isCancelled {
                failures[step.name] = .interrupted
                continue
            }
            onStart(step)
            switch await execute(step) {
            case .success(let measurement):
                var timings = try store.loadTimings(machine: machine.name) ?? Timings(machine: machine)
                var layers = (timings.layers ?? [:]).filter { planned.contains($0.key) }
                layers[step.name] = measurement
                timings.layers = layers
                try store.save(timings)
            case .failure(let failure): failures[step.name] = failure
            }
        }
        return failures
    }

    private func execute(_ step: LayerStep) async -> Result<LayerMeasurement, RunFailure> {
        let folder = "\(workFolder)/offprint-layers-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (stepPath, resultPath) = (folder + "/step.json", folder + "/result.json")
        do throws(StoredFileError) {
            try AtomicFile.write(json: step, to: stepPath)
        } catch {
            return .failure(.couldNotStart(reason: "\(error)"))
        }
        let child = ChildProcess(executable: executable, arguments: arguments + [stepPath, resultPath])
        let ending = await child.run { _ in }
        if case .success(let outcome) = Self.read(resultPath) {
            switch outcome {
            case .failed(let failure): return .failure(.reported(failure))
            case .finished(let found):
                guard found.key == step.key else {
                    return .failure(.wrongResult(expectedKey: step.key, foundKey: found.key))
                }
                let timings = Timings(machine: machine, layers: [step.name: found])
                if let problem = timings.firstProblem {
                    return .failure(.damagedResult(place: problem.place, problem: problem.problem))
                }
                // Whatever it had to say, it ended well.
                if ending.failure == nil { return .success(found) }
            }
        }
        return .failure(ending.failure ?? .noResult)
    }

    private static func read(_ path: String) -> Result<LayerOutcome, any Error> {
        Result { try CanonicalJSON.value(LayerOutcome.self, from: try AtomicFile.read(path) ?? Data()) }
    }
}
