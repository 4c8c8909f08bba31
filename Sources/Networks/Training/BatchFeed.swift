import Datasets
import Foundation
package import Kernels

/// Loads batches on a thread of its own, one ahead: reading, decoding and augmentation of the next batch overlap with
/// whatever is done with the current one.
///
/// What a batch holds is decided before (`BatchLoader`), so neither the overlap nor the number of threads changes a
/// bit of it.
package final class BatchFeed {
    private let exchange: BatchExchange

    /// - Parameters:
    ///   - batches: in the order to hand out.
    ///   - instructionSet: changes no result.
    ///   - threads: how many decode, where images are decoded.
    package init(_ loader: BatchLoader, batches: some Collection<BatchLoader.Batch>, instructionSet: InstructionSet, threads: Int)
    {
        let exchange = BatchExchange()
        let batches = Array(batches)
        self.exchange = exchange
        // A context of its own: a worker pool serves one caller at a time.
        let context = KernelContext(instructionSet: instructionSet, threads: 1)
        let thread = Thread {
            for batch in batches {
                let shape = [batch.indices.count, loader.source.height, loader.source.width, loader.source.channels]
                var images = exchange.spare(of: shape) ?? Tensor(shape: shape)
                let loaded = Result { () throws(DatasetError) in
                    try loader.load(batch, into: &images, context: context, threads: threads)
                }
                guard exchange.put(loaded.map { _ in LoadedBatch(batch: batch, images: images) }) else { return }
                if case .failure = loaded { return }
            }
        }
        thread.name = "offprint-batches"
        thread.start()
    }

    deinit { exchange.cancel() }

    /// The next batch; waits for it. Asking for more than there are waits for ever.
    package func next() throws(TrainingError) -> LoadedBatch {
        do throws(DatasetError) {
            return try exchange.take().get()
        } catch {
            throw .data(error)
        }
    }

    /// Gives back the memory of a batch that has been used.
    package func recycle(_ batch: consuming LoadedBatch) { exchange.give(batch.images) }
}

/// A batch with its images as the network takes them.
package struct LoadedBatch: Sendable {
    package var batch: BatchLoader.Batch
    /// `[N, H, W, C]`
    package var images: Tensor
}

/// One batch waiting, and the memory of used ones.
private final class BatchExchange: @unchecked Sendable {
    // Everything below `condition` is only touched while it is locked.
    private let condition = NSCondition()
    private var waiting: Result<LoadedBatch, DatasetError>?
    private var spares: [Tensor] = []
    private var isCancelled = false

    /// Waits until the batch before has been taken; false where nobody will take this one.
    func put(_ batch: Result<LoadedBatch, DatasetError>) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while waiting != nil, !isCancelled { condition.wait() }
        waiting = batch
        condition.broadcast()
        return !isCancelled
    }

    func take() -> Result<LoadedBatch, DatasetError> {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let batch = waiting {
                // A failure stays: it is the answer to every further question.
                if case .success = batch { waiting = nil }
                condition.broadcast()
                return batch
            }
            condition.wait()
        }
    }

    func give(_ images: consuming Tensor) {
        condition.lock()
        defer { condition.unlock() }
        if spares.count < 2 { spares.append(images) }
    }

    func spare(of shape: [Int]) -> Tensor? {
        condition.lock()
        defer { condition.unlock() }
        return spares.firstIndex { $0.shape == shape }.map { spares.remove(at: $0) }
    }

    func cancel() {
        condition.lock()
        defer { condition.unlock() }
        isCancelled = true
        condition.broadcast()
    }
}
