internal import CKernels
internal import Foundation
import Synchronization

/// Threads that share the tasks of one operation at a time.
///
/// The caller decides how many tasks there are from the problem alone; which thread runs which task
/// is left open. Tasks must therefore write to disjoint places and never add into a shared sum.
public final class WorkerPool: Sendable {
    /// Threads that take part, the caller included.
    public let threads: Int

    private let shared: Shared

    /// - Parameter threads: at least 1. `threads - 1` threads are started and end with the pool.
    public init(threads: Int) {
        precondition(threads >= 1, "a worker pool needs at least one thread, got \(threads)")
        self.threads = threads
        shared = Shared(threads: threads)
        for index in 1..<max(threads, 1) {
            let thread = Thread { [shared] in shared.workUntilStopped() }
            thread.name = "offprint-worker-\(index)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    deinit { shared.stop() }

    /// Runs `body(0)` … `body(count - 1)`, each once, and returns when all are done.
    /// Not reentrant: a task must not call `run` of the same pool.
    public func run(_ count: Int, _ body: (Int) -> Void) {
        if threads == 1 || count <= 1 {
            for task in 0..<count { body(task) }
            return
        }
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { shared.run(Job(count: count, body: $0)) }
        }
    }
}

/// One call of `run`: the tasks, and how many are taken and done.
///
/// A helper may hold on to a job for a moment after its last task, but reads `body` only for a task it has
/// taken, and `run` does not return, nor does `body` end, before every task is finished.
private final class Job: @unchecked Sendable {
    let count: Int
    let body: UnsafePointer<(Int) -> Void>
    let next = Atomic<Int>(0)
    let finished = Atomic<Int>(0)

    init(count: Int, body: UnsafePointer<(Int) -> Void>) {
        self.count = count
        self.body = body
    }

    func takeAll() {
        while true {
            let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if task >= count { break }
            perform(task)
            finished.wrappingAdd(1, ordering: .acquiringAndReleasing)
        }
    }

    /// Apart, so that the closure is let go before its task counts as finished.
    @inline(never) private func perform(_ task: Int) { body.pointee(task) }
}

private final class Shared: @unchecked Sendable {  // `job` is only touched under `condition`
    private let condition = NSCondition()
    private let generation = Atomic<Int>(0)
    private var job: Job?
    private var stopped = false
    /// Looks before a thread that waits gives way: none where threads share processors.
    private let patience: Int

    init(threads: Int) {
        patience = threads <= ProcessInfo.processInfo.activeProcessorCount ? 2_000 : 0
    }

    func run(_ newJob: Job) {
        condition.lock()
        precondition(job == nil, "WorkerPool.run called from inside one of its own tasks")
        job = newJob
        generation.wrappingAdd(1, ordering: .releasing)
        condition.broadcast()
        condition.unlock()
        newJob.takeAll()
        var looks = 0
        while newJob.finished.load(ordering: .acquiring) < newJob.count {
            pauseBriefly()
            looks += 1
            // A helper that has a task and no processor gets this one.
            if looks > patience { sched_yield() }
        }
        condition.lock()
        job = nil
        condition.unlock()
    }

    func workUntilStopped() {
        var seen = 0
        while true {
            // Layers follow each other within microseconds: look for a while before sleeping.
            var looks = 0
            while generation.load(ordering: .acquiring) == seen, looks < patience {
                pauseBriefly()
                looks += 1
            }
            condition.lock()
            while generation.load(ordering: .acquiring) == seen, !stopped { condition.wait() }
            seen = generation.load(ordering: .acquiring)
            let current = job
            let end = stopped
            condition.unlock()
            current?.takeAll()
            if end { return }
        }
    }

    func stop() {
        condition.lock()
        stopped = true
        condition.broadcast()
        condition.unlock()
    }
}

/// A few processor cycles, spent without touching memory the other threads write.
@inline(__always) private func pauseBriefly() {
    for _ in 0..<8 { offprint_pause() }
}
