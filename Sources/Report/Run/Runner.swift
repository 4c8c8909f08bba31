public import Foundation
public import Networks

/// Something that happened to a run, for whoever shows progress.
public enum RunEvent: Sendable, Equatable {
    /// The lock has its result under the same key.
    case cached(RunIdentifier)
    /// `number` counts from 1 over the `of` runs that are executed.
    case started(RunIdentifier, number: Int, of: Int)
    case progress(RunIdentifier, TrainingProgress)
    /// Worth saying; stops nothing.
    case notice(RunIdentifier, RunNotice)
    /// `seconds` of wall-clock time, start of the process to result.
    case finished(RunIdentifier, RunResult, seconds: Double)
    case failed(RunIdentifier, RunFailure)
}

/// Executes what a report still lacks, each run in a child process.
///
/// After every finished run the lock and the timings are written, whole: a render that is killed goes on with the
/// next run when it is started again. A run that fails costs that run alone.
public struct Runner: Sendable {
    /// The program to start, and what stands before the two paths (`run-step` for our own).
    public var executable: String
    public var arguments: [String]
    /// Runs at a time, at least 1.
    public var jobs: Int
    public var store: ResultsStore
    public var machine: Machine
    /// Step and result files live here while a run does.
    public var workFolder: String
    /// Keys of runs that are computed again although the lock has their results: a part of those is lost.
    public var repeated: Set<String>

    public init(
        executable: String, arguments: [String] = ["run-step"], jobs: Int = 1, store: ResultsStore,
        machine: Machine = .current, workFolder: String = NSTemporaryDirectory(), repeated: Set<String> = []
    ) {
        self.executable = executable
        self.arguments = arguments
        self.jobs = max(1, jobs)
        self.store = store
        self.machine = machine
        self.workFolder = workFolder
        self.repeated = repeated
    }

    /// Runs every step that the lock does not have by key, and makes the lock hold exactly these steps' results.
    ///
    /// Steps with equal keys are run once. Where the task is cancelled, running children are ended, and what had
    /// finished is in the lock; results of an older plan are only dropped once something new has been computed or
    /// the whole plan has been gone through.
    /// - Parameters:
    ///   - steps: in the order to run.
    ///   - wantedMachine: whose timings to render from (front matter), see `ResultsStore.load`.
    ///   - onEvent: called from several tasks; events of one run come in order.
    /// - Returns: the results as the files now hold them, with this call's failures.
    /// - Throws: `ResultsError` where the files cannot be read or written. What ran before stays written.
    public func run(
        _ steps: [ChildStep], wantedMachine: String? = nil, onEvent: @escaping @Sendable (RunEvent) -> Void
    ) async throws(ResultsError) -> Results {
        var book = try ResultsBook(steps: steps, store: store, machine: machine)
        for step in steps where book.hasResult(step) && !repeated.contains(step.key) { onEvent(.cached(step.run)) }
        let missing = book.missing(besides: repeated)
        var failures: [String: RunFailure] = [:]
        await withTaskGroup(of: (ChildStep, Result<Finished, RunFailure>).self) { group in
            var waiting = missing.enumerated().makeIterator()
            func startNext() {
                guard !Task.isCancelled, let (index, step) = waiting.next() else { return }
                onEvent(.started(step.run, number: index + 1, of: missing.count))
                group.addTask { (step, await execute(step, onEvent: onEvent)) }
            }
            for _ in 0..<jobs { startNext() }
            for await (step, outcome) in group {
                switch outcome {
                case .success(let finished):
                    book.add(step, finished.result, finished.timing, finished.predictions)
                    if book.writeError == nil { dropCheckpoints(of: step) }
                    onEvent(.finished(step.run, finished.result, seconds: finished.seconds))
                case .failure(let failure):
                    failures[step.key] = failure
                    // It would diverge again from any of them.
                    if case .reported(let reason) = failure, reason.kind == .diverged { dropCheckpoints(of: step) }
                    onEvent(.failed(step.run, failure))
                }
                if book.writeError != nil { group.cancelAll() } else { startNext() }
            }
        }
        if !Task.isCancelled {
            book.saveAll()
            if book.writeError == nil { store.removePredictions(exceptOf: Set(book.lock.runs.values.map(\.key))) }
        }
        if let error = book.writeError { throw .file(error) }
        var results = try store.load(machine: wantedMachine, thisMachine: machine.name)
        results.lock = book.lock
        for step in steps where !book.hasResult(step) { results.failures[step.run] = failures[step.key] ?? .interrupted }
        return results
    }

    private struct Finished: Sendable {
        var result: RunResult
        var timing: RunTiming
        var predictions: RunPredictions?
        var seconds: Double
    }

    private func dropCheckpoints(of step: ChildStep) {
        if let place = step.checkpoints { CheckpointStore(folder: place.folder, key: step.key).removeAll() }
    }

    private func execute(
        _ step: ChildStep, onEvent: @escaping @Sendable (RunEvent) -> Void
    ) async -> Result<Finished, RunFailure> {
        let folder = "\(workFolder)/offprint-step-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let stepPath = folder + "/step.json"
        let resultPath = folder + "/result.json"
        do throws(StoredFileError) {
            try step.write(to: stepPath)
        } catch {
            return .failure(.couldNotStart(reason: "\(error)"))
        }
        let child = ChildProcess(
            executable: executable, arguments: arguments + [stepPath, resultPath], timeLimit: step.timeLimit,
            memoryLimit: step.memoryLimit)
        let start = ContinuousClock.now
        let ending = await child.run { line in
            switch ChildLine(line) {
            case .progress(let progress): onEvent(.progress(step.run, progress))
            case .notice(let notice): onEvent(.notice(step.run, notice))
            case nil: break
            }
        }
        let elapsed = start.duration(to: .now).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        do throws(RunFailure) {
            if let failure = ending.failure {
                if case .exited = ending {
                    // A child that could say why has written it down.
                    do throws(RunFailure) {
                        _ = try ChildOutcome.read(from: resultPath, for: step)
                    } catch {
                        if case .reported = error { throw error }
                    }
                }
                throw failure
            }
            let (result, timing, predictions) = try ChildOutcome.read(from: resultPath, for: step)
            return .success(
                Finished(result: result, timing: timing, predictions: predictions, seconds: seconds))
        } catch {
            return .failure(error)
        }
    }
}

/// The two files as they grow over one call of `Runner.run`.
private struct ResultsBook {
    let steps: [ChildStep]
    let store: ResultsStore
    let machine: Machine
    private(set) var lock: ResultsLock
    private(set) var timings: Timings
    private(set) var writeError: StoredFileError?

    init(steps: [ChildStep], store: ResultsStore, machine: Machine) throws(ResultsError) {
        self.steps = steps
        self.store = store
        self.machine = machine
        lock = ResultsLock()
        do throws(StoredFileError) {
            let oldLock = try store.loadLock()
            let oldTimings = try store.loadTimings(machine: machine.name)
            // What was measured before keeps the machine's words of then, such as its processor's name under another hypervisor.
            timings = Timings(machine: oldTimings?.machine ?? machine, layers: oldTimings?.layers)
            for step in steps {
                let name = step.run.description
                lock.runs[name] = Self.find(step.key, name, in: oldLock.runs, key: \.key)
                timings.runs[name] = oldTimings.flatMap { Self.find(step.key, name, in: $0.runs, key: \.key) }
            }
        } catch {
            throw .file(error)
        }
    }

    /// A label is no part of a key: a run that was renamed keeps its result.
    private static func find<Run>(
        _ wanted: String, _ name: String, in runs: [String: Run], key: KeyPath<Run, String>
    ) -> Run? {
        if let run = runs[name], run[keyPath: key] == wanted { return run }
        return runs.sorted { $0.key < $1.key }.first { $0.value[keyPath: key] == wanted }?.value
    }

    func hasResult(_ step: ChildStep) -> Bool { lock.runs[step.run.description] != nil }

    /// Steps to execute: without a result or of these keys, one for each key.
    func missing(besides keys: Set<String>) -> [ChildStep] {
        var seen: Set<String> = []
        return steps.filter { (!hasResult($0) || keys.contains($0.key)) && seen.insert($0.key).inserted }
    }

    mutating func add(
        _ step: ChildStep, _ result: RunResult, _ timing: RunTiming, _ predictions: RunPredictions?
    ) {
        timings.machine = machine
        for same in steps where same.key == step.key {
            lock.runs[same.run.description] = result
            timings.runs[same.run.description] = timing
        }
        if let predictions {
            do throws(StoredFileError) { try store.save(predictions) } catch { writeError = error }
        }
        saveAll()
    }

    mutating func saveAll() {
        guard writeError == nil else { return }
        do throws(StoredFileError) {
            try store.save(lock)
            if !timings.runs.isEmpty { try store.save(timings) }
        } catch {
            writeError = error
        }
    }
}
