import Foundation

/// Batches of pixels in a given order, read and decoded ahead on a thread of its own, so that decoding overlaps with
/// whatever is done with the batch before.
///
/// At most `lookAhead` batches wait at any time. The batches are the same for any look-ahead and any number of threads.
public final class ImageStream: Sendable {
    private let queue: StreamQueue

    /// - Parameters:
    ///   - batches: the numbers of the images of each batch; see `ImageSource.pixels(of:threads:)`.
    ///   - lookAhead: at least 1.
    ///   - threads: at least 1; how many decode at a time.
    public init(_ source: any ImageSource, batches: [[Int]], lookAhead: Int = 2, threads: Int = 1) {
        precondition(lookAhead >= 1 && threads >= 1)
        let queue = StreamQueue(capacity: lookAhead)
        self.queue = queue
        let worker = Thread {
            for batch in batches {
                let pixels = Result { () throws(DatasetError) in try source.pixels(of: batch, threads: threads) }
                guard queue.put(pixels) else { return }
                if case .failure = pixels { return }
            }
            queue.finish()
        }
        worker.name = "image-stream"
        worker.start()
    }

    deinit { queue.cancel() }

    /// The pixels of the next batch, waiting for them if need be; `nil` after the last.
    ///
    /// Throws the `DatasetError` of the first batch that could not be read, and throws it again when asked again.
    public func next() throws(DatasetError) -> [UInt8]? { try queue.take() }
}

/// Hands results from one thread to another, a bounded number at a time.
private final class StreamQueue: @unchecked Sendable {
    // Everything below `condition` is only touched while it is locked.
    private let condition = NSCondition()
    private let capacity: Int
    private var waiting: [Result<[UInt8], DatasetError>] = []
    private var isFinished = false
    private var isCancelled = false

    init(capacity: Int) { self.capacity = capacity }

    /// Waits for room; false where nobody will take anything any more.
    func put(_ result: Result<[UInt8], DatasetError>) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while waiting.count >= capacity, !isCancelled { condition.wait() }
        if isCancelled { return false }
        waiting.append(result)
        condition.broadcast()
        return true
    }

    func finish() {
        condition.lock()
        isFinished = true
        condition.broadcast()
        condition.unlock()
    }

    func cancel() {
        condition.lock()
        isCancelled = true
        waiting = []
        condition.broadcast()
        condition.unlock()
    }

    func take() throws(DatasetError) -> [UInt8]? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isFinished { condition.wait() }
        guard let first = waiting.first else { return nil }
        // A failure stays: it is the answer to every further question.
        guard case .success(let pixels) = first else { return try first.get() }
        waiting.removeFirst()
        condition.broadcast()
        return pixels
    }
}
