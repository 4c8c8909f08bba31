internal import Dispatch
internal import Foundation

/// Runs `operation` in a task that SIGINT and SIGTERM cancel instead of ending the program at once, so that children
/// are ended and files stay whole. A second signal while the first is being heeded changes nothing; the signals
/// have their usual effect again when `operation` returns.
/// - Parameter onInterrupt: called once, on another thread, when the first signal comes.
public func withInterruptsCancelling<Success: Sendable>(
    onInterrupt: @escaping @Sendable () -> Void = {}, _ operation: @escaping @Sendable () async throws -> Success
) async throws -> Success {
    let task = Task { try await operation() }
    // Without this the signal would end the program before anyone hears of it.
    let before = [SIGINT, SIGTERM].map { ($0, signal($0, SIG_IGN)) }
    let sources = before.map { number, _ in
        let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "offprint.interrupts"))
        source.setEventHandler {
            guard !task.isCancelled else { return }
            task.cancel()
            onInterrupt()
        }
        source.resume()
        return source
    }
    defer {
        for source in sources { source.cancel() }
        for (number, handler) in before { signal(number, handler) }
    }
    return try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() }
}
