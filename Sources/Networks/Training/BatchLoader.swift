import Datasets
import Kernels

/// Cuts a set of images into batches and turns their bytes into the network's numbers.
struct BatchLoader {
    let images: LabeledImages
    /// `x * scale + shift` for a byte x: `(x / 255 - mean) / deviation`.
    private let scale: Float
    private let shift: Float

    init(_ images: LabeledImages, scaling: Scaling) {
        self.images = images
        scale = Float(1 / (255 * scaling.deviation))
        shift = Float(-scaling.mean / scaling.deviation)
    }

    /// One batch: which images, which of them mirrored, and what they show.
    struct Batch {
        let indices: [Int]
        let flips: [Bool]
        let labels: [Int32]
    }

    /// All images in the order of the set; the last batch holds the rest.
    func batches(of size: Int) -> [Batch] {
        cut(Array(0..<images.count), flips: Array(repeating: false, count: images.count), size: size)
    }

    /// All images in the order of one epoch. Order and flips each have a generator of their own, made from the seed and
    /// the epoch's number, so neither depends on the other or on earlier epochs.
    func shuffledBatches(of size: Int, seed: UInt64, epoch: Int, flips: Bool) -> [Batch] {
        var order = Array(0..<images.count)
        var shuffling = SeededGenerator(seed: seed, purpose: "shuffle \(epoch)")
        shuffling.shuffle(&order)
        var mirroring = SeededGenerator(seed: seed, purpose: "flips \(epoch)")
        return cut(order, flips: order.map { _ in flips && mirroring.next() >> 63 == 1 }, size: size)
    }

    private func cut(_ order: [Int], flips: [Bool], size: Int) -> [Batch] {
        stride(from: 0, to: order.count, by: max(1, min(size, order.count))).map { start in
            let range = start..<(order.count - start < size ? order.count : start + size)
            return Batch(
                indices: Array(order[range]), flips: Array(flips[range]),
                labels: order[range].map { images.labels[$0] })
        }
    }

    /// Makes `batch` the executor's current one.
    func load(_ batch: Batch, into executor: Executor, context: KernelContext) throws(TrainingError) {
        try executor.load(batch: batch.indices.count) { tensor in
            context.loadImages(
                pixels: images.pixels, height: images.height, width: images.width, channels: images.channels,
                indices: batch.indices, flips: batch.flips, scale: scale, shift: shift, into: &tensor)
        }
    }
}
