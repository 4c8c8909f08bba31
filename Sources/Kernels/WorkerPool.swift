internal import CKernels
internal import Foundation
import Synchronization

/// Threads that share the tasks of one operation at a time.
///
/// The caller decides how many tasks there are from the problem alone; which thread runs which task
/// is left open. Tasks must therefore write to disjoint places and never add into a shared sum.
///
/// Goals, in order: no task is lost, run twice or left running; a hand-over that costs less than a microsecond, as a
/// network hands over hundreds of times a step; threads that sleep when there is nothing to do for long.
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
            withUnsafePointer(to: body) { shared.run(count, $0) }
        }
    }
}

/// The job at hand: how many tasks it has, what they do, and which is next.
///
/// `claim` holds the number of the job in its upper half and the next task in its lower half, so a thread takes a
/// task by one exchange that fails if the job has changed meanwhile. `count` and `body` are only written while `claim`
/// is closed (its lower half at the limit): a thread that read them for one job and then takes a task of that job
/// has read them right. `run` does not return, nor does `body` end, before every task is finished.
private final class Shared: @unchecked Sendable {  // `stopped` is only touched under `condition`
    private let claim = Atomic<UInt64>(Shared.closed)
    private let count = Atomic<Int>(0)
    private let body = Atomic<UInt>(0)
    private let finished = Atomic<Int>(0)
    private let busy = Atomic<Bool>(false)
    private let sleepers = Atomic<Int>(0)
    private let condition = NSCondition()
    private var stopped = false
    /// Looks before a thread that waits gives way: none where threads share processors.
    private let patience: Int

    private static let closed: UInt64 = 0xffff_ffff

    init(threads: Int) {
        patience = threads <= ProcessInfo.processInfo.activeProcessorCount ? 10_000 : 0
    }

    func run(_ newCount: Int, _ newBody: UnsafePointer<(Int) -> Void>) {
        precondition(newCount < Int(Shared.closed), "\(newCount) tasks")
        let wasBusy = busy.exchange(true, ordering: .acquiring)
        precondition(!wasBusy, "WorkerPool.run called from inside one of its own tasks")
        count.store(newCount, ordering: .releasing)
        body.store(UInt(bitPattern: newBody), ordering: .releasing)
        finished.store(0, ordering: .releasing)
        let job = (claim.load(ordering: .relaxed) >> 32 &+ 1) << 32
        claim.store(job, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            condition.lock()
            condition.broadcast()
            condition.unlock()
        }
        takeAll()
        var looks = 0
        while finished.load(ordering: .acquiring) < newCount {
            offprint_pause()
            looks += 1
            // A helper that has a task and no processor gets this one.
            if looks > patience { sched_yield() }
        }
        claim.store(job | Shared.closed, ordering: .sequentiallyConsistent)
        busy.store(false, ordering: .releasing)
    }

    func workUntilStopped() {
        while true {
            takeAll()
            // Layers follow each other within microseconds: look for a while before sleeping.
            var looks = 0
            while !hasTasks, looks < patience {
                offprint_pause()
                looks += 1
            }
            if hasTasks { continue }
            condition.lock()
            // Counted before the last look, so that `run` either sees the sleeper or is seen.
            sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
            while !hasTasks, !stopped { condition.wait() }
            sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
            let end = stopped
            condition.unlock()
            if end { return }
        }
    }

    func stop() {
        condition.lock()
        stopped = true
        condition.broadcast()
        condition.unlock()
    }

    private var hasTasks: Bool {
        let next = claim.load(ordering: .sequentiallyConsistent) & Shared.closed
        return next != Shared.closed && next < UInt64(count.load(ordering: .acquiring))
    }

    /// Performs tasks until none is left to take.
    private func takeAll() {
        var seen = claim.load(ordering: .acquiring)
        while true {
            let task = seen & Shared.closed
            guard task != Shared.closed, task < UInt64(count.load(ordering: .acquiring)) else { return }
            let address = body.load(ordering: .acquiring)
            let (taken, current) = claim.weakCompareExchange(
                expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing)
            if taken {
                perform(Int(task), address)
                finished.wrappingAdd(1, ordering: .acquiringAndReleasing)
                seen = claim.load(ordering: .acquiring)
            } else {
                seen = current
            }
        }
    }

    /// Apart, so that the closure is let go before its task counts as finished.
    @inline(never) private func perform(_ task: Int, _ address: UInt) {
        guard let body = UnsafePointer<(Int) -> Void>(bitPattern: address) else { return }
        body.pointee(task)
    }
}
