internal import Dispatch
internal import Foundation
internal import Subprocess
internal import Synchronization

#if canImport(System)
internal import System
#else
internal import SystemPackage
#endif

/// A child in a process group of its own, watched while it runs.
///
/// The group is what is killed, so nothing the child started outlives it. Where the task that waits is cancelled,
/// the group gets a polite signal, half a second, and then the one that cannot be refused.
struct ChildProcess: Sendable {
    /// Absolute, or looked up in `PATH`.
    var executable: String
    var arguments: [String]
    /// Seconds.
    var timeLimit: Double?
    /// Bytes, resident.
    var memoryLimit: Int?

    enum Ending: Sendable, Equatable {
        case couldNotStart(reason: String)
        case exited(code: Int, lastWords: String)
        case signaled(Int, lastWords: String)
        case outOfTime(limit: Double)
        case outOfMemory(limit: Int, used: Int)
        case interrupted

        /// Why there is no result; `nil` where the child ended well.
        var failure: RunFailure? {
            switch self {
            case .couldNotStart(let reason): .couldNotStart(reason: reason)
            case .exited(code: 0, _): nil
            case .exited(let code, let words): .exited(code: code, lastWords: words)
            case .signaled(let signal, let words): .killed(signal: signal, lastWords: words)
            case .outOfTime(let limit): .outOfTime(limit: limit)
            case .outOfMemory(let limit, let used): .outOfMemory(limit: limit, used: used)
            case .interrupted: .interrupted
            }
        }
    }

    /// Starts the child and returns when it has ended.
    /// - Parameter onLine: called for each line of its standard output.
    func run(onLine: @escaping @Sendable (String) -> Void) async -> Ending {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(500))
        ]
        let verdict = Verdict()
        let place: Executable = executable.contains("/") ? .path(FilePath(executable)) : .name(executable)
        do {
            let result = try await Subprocess.run(
                place, arguments: Arguments(arguments), platformOptions: options, input: .none, output: .sequence,
                error: .sequence
            ) { execution in
                await withTaskGroup(of: String?.self) { group in
                    group.addTask {
                        await read(execution.standardOutput, onLine)
                        return nil
                    }
                    group.addTask { await lastWords(execution.standardError) }
                    let watch = verdict.watch(self, process: execution.processIdentifier.value) {
                        try? execution.send(signal: .kill, toProcessGroup: true)
                    }
                    defer { verdict.stop(watch) }
                    var words = ""
                    for await finished in group { words += finished ?? "" }
                    return words
                }
            }
            if let ending = verdict.ending { return ending }
            if Task.isCancelled { return .interrupted }
            switch result.terminationStatus {
            case .exited(let code): return .exited(code: Int(code), lastWords: result.closureResult)
            case .signaled(let signal): return .signaled(Int(signal), lastWords: result.closureResult)
            }
        } catch {
            if let ending = verdict.ending { return ending }
            if Task.isCancelled || error is CancellationError { return .interrupted }
            return .couldNotStart(reason: "\(error)")
        }
    }

    /// Lines to their end; a child that writes something else than lines of text is not listened to any further.
    private func read(_ output: SubprocessOutputSequence, _ onLine: @Sendable (String) -> Void) async {
        do {
            for try await line in output.strings() { onLine(line.trimmingCharacters(in: .newlines)) }
        } catch {
            do { for try await _ in output {} } catch {}
        }
    }

    /// The last two kilobytes of what the child had to say.
    private func lastWords(_ output: SubprocessOutputSequence) async -> String {
        var tail: [UInt8] = []
        do {
            for try await buffer in output {
                buffer.withUnsafeBytes { tail += $0 }
                if tail.count > 1 << 16 { tail = Array(tail.suffix(2048)) }
            }
        } catch {}
        return String(decoding: tail.suffix(2048), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Why this program killed a child, if it did.
///
/// The watch runs on a timer and not as a task: a child that floods its output can keep all threads of the task
/// pool busy.
private final class Verdict: Sendable {
    private struct State {
        var ending: ChildProcess.Ending?
        var stopped = false
    }
    private let state = Mutex(State())

    var ending: ChildProcess.Ending? { state.withLock { $0.ending } }

    /// Looks ten times a second and kills at most once.
    func watch(
        _ child: ChildProcess, process: Int32, kill: @escaping @Sendable () -> Void
    ) -> (any DispatchSourceTimer)? {
        guard child.timeLimit != nil || child.memoryLimit != nil else { return nil }
        let start = ContinuousClock.now
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + 0.1, repeating: 0.1)
        timer.setEventHandler { [self] in
            // Under the lock, so that nothing is sent once `stop` has returned: the number may be another's by then.
            state.withLock { state in
                guard !state.stopped, state.ending == nil else { return }
                if let limit = child.timeLimit, start.duration(to: .now) > .seconds(limit) {
                    state.ending = .outOfTime(limit: limit)
                } else if let limit = child.memoryLimit, let used = SystemFacts.peakMemory(of: process), used > limit {
                    state.ending = .outOfMemory(limit: limit, used: used)
                }
                if state.ending != nil { kill() }
            }
        }
        timer.resume()
        return timer
    }

    func stop(_ timer: (any DispatchSourceTimer)?) {
        timer?.cancel()
        state.withLock { $0.stopped = true }
    }
}
