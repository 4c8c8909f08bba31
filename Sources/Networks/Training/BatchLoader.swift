package import Datasets
package import Kernels

/// Cuts a set of images into batches, decides what chance does to each image, and turns bytes into the network's
/// numbers.
package struct BatchLoader: Sendable {
    package let source: any ImageSource
    private let augmentation: Augmentation
    /// `x * scale + shift` for a byte x, by channel: `(x / 255 - mean) / deviation`.
    private let scale: [Float]
    private let shift: [Float]

    /// - Parameters:
    ///   - scaling: one that fits the channels (traps otherwise).
    ///   - augmentation: of shuffled batches.
    package init(_ source: any ImageSource, scaling: Scaling, augmentation: Augmentation = .none) {
        precondition(scaling.fits(channels: source.channels), "scaling of \(scaling.mean.count) channels")
        self.source = source
        self.augmentation = augmentation
        func channel(_ numbers: [Double], _ index: Int) -> Double { numbers.count == 1 ? numbers[0] : numbers[index] }
        scale = (0..<source.channels).map { Float(1 / (255 * channel(scaling.deviation, $0))) }
        shift = (0..<source.channels).map { Float(-channel(scaling.mean, $0) / channel(scaling.deviation, $0)) }
    }

    /// One batch: which images, how each is shown, and what they show.
    package struct Batch: Sendable {
        package let indices: [Int]
        package let placements: [ImagePlacement]
        package let labels: [Int32]
    }

    /// All images in the order of the set, as they are; the last batch holds the rest.
    package func batches(of size: Int) -> [Batch] {
        let order = Array(0..<source.count)
        return cut(order, order.map { _ in ImagePlacement() }, size: size)
    }

    /// All images in the order of one epoch. Order, flips, crops and cutouts each have a generator of their own, made
    /// from the seed and the epoch's number, so none depends on the others or on earlier epochs.
    package func shuffledBatches(of size: Int, seed: UInt64, epoch: Int) -> [Batch] {
        var order = Array(0..<source.count)
        var shuffling = SeededGenerator(seed: seed, purpose: "shuffle \(epoch)")
        shuffling.shuffle(&order)
        return cut(order, placements(seed: seed, epoch: epoch), size: size)
    }

    /// Makes `tensor` the images of `batch`, `[N, H, W, C]`.
    /// - Parameter threads: how many decode, where images are decoded.
    package func load(
        _ batch: Batch, into tensor: inout Tensor, context: KernelContext, threads: Int
    ) throws(DatasetError) {
        let inMemory = source as? LabeledImages
        let pixels: [UInt8]
        if let inMemory { pixels = inMemory.pixels } else { pixels = try source.pixels(of: batch.indices, threads: threads) }
        context.loadImages(
            pixels: pixels, height: source.height, width: source.width, channels: source.channels,
            indices: inMemory == nil ? Array(batch.indices.indices) : batch.indices, placements: batch.placements,
            scale: scale, shift: shift, into: &tensor)
    }

    private func placements(seed: UInt64, epoch: Int) -> [ImagePlacement] {
        var placements = Array(repeating: ImagePlacement(), count: source.count)
        if augmentation.flips {
            var chance = SeededGenerator(seed: seed, purpose: "flips \(epoch)")
            for place in placements.indices { placements[place].flipped = chance.next() >> 63 == 1 }
        }
        if augmentation.crop > 0 {
            let reach = augmentation.crop
            var chance = SeededGenerator(seed: seed, purpose: "crops \(epoch)")
            for place in placements.indices {
                placements[place].rowShift = chance.index(below: 2 * reach + 1) - reach
                placements[place].columnShift = chance.index(below: 2 * reach + 1) - reach
            }
        }
        if augmentation.cutout > 0 {
            let side = augmentation.cutout
            var chance = SeededGenerator(seed: seed, purpose: "cutouts \(epoch)")
            for place in placements.indices {
                let (row, column) = (chance.index(below: source.height), chance.index(below: source.width))
                placements[place].cutout = .init(top: row - side / 2, left: column - side / 2, side: side)
            }
        }
        return placements
    }

    private func cut(_ order: [Int], _ placements: [ImagePlacement], size: Int) -> [Batch] {
        let labels = source.labels
        return stride(from: 0, to: order.count, by: max(1, min(size, order.count))).map { start in
            let range = start..<(order.count - start < size ? order.count : start + size)
            return Batch(
                indices: Array(order[range]), placements: Array(placements[range]),
                labels: order[range].map { labels[$0] })
        }
    }
}
