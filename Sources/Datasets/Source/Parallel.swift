import Dispatch
import Synchronization

/// Work on numbered items with several threads.
enum Parallel {
    /// Calls `body` once for each number below `count`, from at most `threads` threads.
    ///
    /// - Returns: the failure of the lowest number that failed; numbers above it may not have been tried. The same for
    ///   any number of threads.
    static func forEach<Failure: Error>(
        _ count: Int, threads: Int, _ body: @Sendable (Int) throws(Failure) -> Void
    ) -> Failure? {
        let next = Atomic(0)
        let first = Mutex<(place: Int, failure: Failure)?>(nil)
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
            while true {
                // Numbers are drawn in rising order, and one below a failure is never left out.
                let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard place < count, first.withLock({ place < $0?.place ?? .max }) else { return }
                do throws(Failure) {
                    try body(place)
                } catch {
                    first.withLock { known in
                        if known.map({ place < $0.place }) ?? true { known = (place, error) }
                    }
                }
            }
        }
        return first.withLock { $0?.failure }
    }
}
