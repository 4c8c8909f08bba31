internal import CKernels
internal import Foundation
import Synchronization

/// Threads that share the tasks of one operation at a time.
///
/// The caller decides how many tasks there are from the problem alone; which thread runs which task
/// is left open. Tasks must therefore write to disjoint places and never add into a shared sum.
///
/// Each thread begins with a share of its own, the same part of the tasks in every operation, and helps the others when that
/// is done: what it wrote of a map in one operation it mostly reads itself in the next, out of its own cache.
///
/// Goals, in order: no task is lost, run twice or left running; a hand-over that costs less than a microsecond, as a
/// network hands over hundreds of times a step; data that stay with their thread; threads that sleep when there is nothing
/// to do for long.
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
            let thread = Thread { [shared] in shared.workUntilStopped(as: index) }
            thread.name = "offprint-worker-\(index)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    deinit { shared.stop() }

    /// Runs `body(0)` … `body(count - 1)`, each once, and returns when all are done.
    /// Not reentrant: a task must not call `run` of the same pool.
    ///
    /// - Parameter fromLast: whether every thread goes through its share backwards, and so begins with what it wrote last.
    public func run(_ count: Int, fromLast: Bool = false, _ body: (Int) -> Void) {
        if threads == 1 || count <= 1 {
            for task in 0..<count { body(fromLast ? count - 1 - task : task) }
            return
        }
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { shared.run(count, fromLast: fromLast, $0) }
        }
    }
}

/// The job at hand: how many tasks it has, what they do, and which is next in each thread's share.
///
/// A claim holds the number of the job in its upper half and the next task of one share in its lower half, so a thread takes a
/// task by one exchange that fails if the job has changed meanwhile. `count`, `fromLast` and `body` are only written while
/// all claims are closed (their lower halves at the limit): a thread that read them for one job and then takes a task of that
/// job has read them right. `run` does not return, nor does `body` end, before every task is finished.
private final class Shared: @unchecked Sendable {  // `stopped` is only touched under `condition`
    private let threads: Int
    /// One for each share, in cache lines of their own.
    private let claims: UnsafeMutablePointer<Atomic<UInt64>>
    private let count = Atomic<Int>(0)
    private let fromLast = Atomic<Bool>(false)
    private let body = Atomic<UInt>(0)
    private let finished = Atomic<Int>(0)
    private let busy = Atomic<Bool>(false)
    private let sleepers = Atomic<Int>(0)
    private let condition = NSCondition()
    private var stopped = false
    /// Looks before a thread that waits gives way: none where threads share processors.
    private let patience: Int

    private static let closed: UInt64 = 0xffff_ffff
    /// Claims in two cache lines, which some processors fetch in pairs.
    private static let spacing = 16

    init(threads: Int) {
        self.threads = threads
        patience = threads <= ProcessInfo.processInfo.activeProcessorCount ? 10_000 : 0
        claims = .allocate(capacity: threads * Self.spacing)
        for index in 0..<threads * Self.spacing { (claims + index).initialize(to: Atomic(Self.closed)) }
    }

    deinit {
        claims.deinitialize(count: threads * Self.spacing)
        claims.deallocate()
    }

    func run(_ newCount: Int, fromLast backwards: Bool, _ newBody: UnsafePointer<(Int) -> Void>) {
        precondition(newCount < Int(Shared.closed), "\(newCount) tasks")
        let wasBusy = busy.exchange(true, ordering: .acquiring)
        precondition(!wasBusy, "WorkerPool.run called from inside one of its own tasks")
        count.store(newCount, ordering: .releasing)
        fromLast.store(backwards, ordering: .releasing)
        body.store(UInt(bitPattern: newBody), ordering: .releasing)
        finished.store(0, ordering: .releasing)
        let job = (claim(0).pointee.load(ordering: .relaxed) >> 32 &+ 1) << 32
        for share in 0..<threads {
            claim(share).pointee.store(job | UInt64(first(of: share, newCount)), ordering: .sequentiallyConsistent)
        }
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            condition.lock()
            condition.broadcast()
            condition.unlock()
        }
        takeAll(as: 0)
        var looks = 0
        while finished.load(ordering: .acquiring) < newCount {
            offprint_pause()
            looks += 1
            // A helper that has a task and no processor gets this one.
            if looks > patience { sched_yield() }
        }
        for share in 0..<threads { claim(share).pointee.store(job | Shared.closed, ordering: .sequentiallyConsistent) }
        busy.store(false, ordering: .releasing)
    }

    func workUntilStopped(as thread: Int) {
        while true {
            takeAll(as: thread)
            // Layers follow each other within microseconds: look for a while before sleeping.
            var looks = 0
            while !hasTasks(for: thread), looks < patience {
                offprint_pause()
                looks += 1
            }
            if hasTasks(for: thread) { continue }
            condition.lock()
            // Counted before the last look, so that `run` either sees the sleeper or is seen.
            sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
            while !hasTasks(for: thread), !stopped { condition.wait() }
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

    private func claim(_ share: Int) -> UnsafeMutablePointer<Atomic<UInt64>> { claims + share * Self.spacing }

    /// The first task of a share; of the one after the last, the number of tasks.
    private func first(of share: Int, _ count: Int) -> Int { share * count / threads }

    private func hasTasks(for thread: Int) -> Bool {
        for step in 0..<threads {
            let share = (thread + step) % threads
            let next = claim(share).pointee.load(ordering: .sequentiallyConsistent) & Shared.closed
            let end = first(of: share + 1, count.load(ordering: .acquiring))
            if next != Shared.closed, next < UInt64(end) { return true }
        }
        return false
    }

    /// Performs tasks until none is left to take: of the thread's own share, then of the others'.
    private func takeAll(as thread: Int) {
        for step in 0..<threads { takeAll(ofShare: (thread + step) % threads) }
    }

    private func takeAll(ofShare share: Int) {
        let claim = claim(share)
        var seen = claim.pointee.load(ordering: .acquiring)
        while true {
            let task = seen & Shared.closed
            let count = count.load(ordering: .acquiring)
            let end = first(of: share + 1, count)
            guard task != Shared.closed, task < UInt64(end) else { return }
            let address = body.load(ordering: .acquiring), backwards = fromLast.load(ordering: .acquiring)
            let (taken, current) = claim.pointee.weakCompareExchange(
                expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing)
            if taken {
                perform(backwards ? first(of: share, count) + end - 1 - Int(task) : Int(task), address)
                finished.wrappingAdd(1, ordering: .acquiringAndReleasing)
                seen = claim.pointee.load(ordering: .acquiring)
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
