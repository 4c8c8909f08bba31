import CKernels

/// How a map `[…, C]` is read by the loops of batch normalization, and how its sums are cut.
///
/// Narrow maps are read as rows of `width` floats, a multiple of C: 24 channels fill 3 vectors of 16 in two
/// rows of 48, and no vector is part empty. The sums of equal channels are put together at the end. All
/// numbers follow from the shape, so that the order of additions does too.
struct ChannelRows {
    let rows: Int
    let channels: Int
    /// Floats after which the pattern of channels repeats for the loops: C or a multiple, at least 64.
    let width: Int
    /// Rows of C channels summed by one task.
    let rowsPerBlock: Int

    /// Wider patterns would crowd the first-level cache.
    private static let largestPattern = 1024
    /// Enough independent vectors to hide the latency of an addition.
    private static let smallestPattern = 64
    /// Bounds the partial sums to be merged; enough for any processor's threads.
    private static let mostBlocks = 256

    init(_ tensor: Tensor) { self.init(shape: tensor.shape) }

    init(shape: [Int]) {
        rows = shape.dropLast().reduce(1, *)
        channels = shape.last ?? 0
        precondition(channels > 0, "batch norm of a map without channels: \(shape)")
        var commonFactor = 16
        while channels % commonFactor != 0 { commonFactor /= 2 }
        let wholeVectors = channels * (16 / commonFactor)
        if wholeVectors <= ChannelRows.largestPattern {
            width = wholeVectors * ((ChannelRows.smallestPattern + wholeVectors - 1) / wholeVectors)
        } else {
            width = channels
        }
        // A multiple of the 16 terms of one sum in float.
        let unit = 16 * (width / channels)
        let wanted = max(KernelContext.blockElements / channels, (rows + Self.mostBlocks - 1) / Self.mostBlocks, 1)
        rowsPerBlock = (wanted + unit - 1) / unit * unit
    }

    var blocks: Int { (rows + rowsPerBlock - 1) / rowsPerBlock }

    func rows(ofBlock block: Int) -> Range<Int> { block * rowsPerBlock..<min(rows, (block + 1) * rowsPerBlock) }

    /// The first 16 of these rows are spread over all by the golden ratio, which meets no rhythm of rows and images.
    func sampledRow(_ index: Int) -> Int {
        let fraction = UInt64(index) &* 0x9e37_79b9_7f4a_7c15
        return Int(fraction.multipliedFullWidth(by: UInt64(rows)).high)
    }

    /// Whether a loop may write where it reads: the last vector of a row then overlaps no other.
    var hasWholeVectors: Bool { width % 16 == 0 }

    /// What the loops call far: whether so many maps of this shape, read together, outgrow the caches.
    func isFar(maps: Int) -> Int32 { NumberMemory.outgrowsCaches(maps * rows * channels) ? 1 : 0 }

    /// Repeats the first C of `width` floats over the rest of them.
    func spread(_ pattern: UnsafeMutablePointer<Float>) {
        for place in stride(from: channels, to: width, by: channels) {
            (pattern + place).update(from: pattern, count: channels)
        }
    }

    /// Two sums for every channel over all rows, handed to `body`: first sums in `0..<C`, second in `C..<2C`.
    ///
    /// - Parameters:
    ///   - write: writes the map, and tells of what it has written; nil where the map exists.
    ///   - accumulate: adds the sums of `length` floats from `start` to `2 * width` doubles.
    func sums<Result>(
        in context: KernelContext, while write: ((WrittenRows) -> Void)? = nil,
        accumulate: @escaping (_ start: Int, _ length: Int, _ sums: UnsafeMutablePointer<Double>) -> Void,
        _ body: (UnsafePointer<Double>) -> Result
    ) -> Result {
        let stride = 2 * width
        return context.borrowDoubles((max(1, blocks) + 1) * stride) { partial in
            let sum = { (block: Int) in
                let mine = partial + block * stride
                mine.update(repeating: 0, count: stride)
                let rows = rows(ofBlock: block)
                accumulate(rows.lowerBound * channels, rows.count * channels, mine)
            }
            if let write {
                WrittenRows.sum(self, in: context, by: sum, while: write)
            } else {
                // From the last block to the first: what made the map wrote its end last, and what reads it after the sums
                // begins where they end. Both are then still in the cache.
                context.pool.run(blocks, fromLast: true, sum)
            }
            if blocks == 0 { partial.update(repeating: 0, count: stride) }
            for block in 1..<max(1, blocks) {
                let next = partial + block * stride
                for place in 0..<stride { partial[place] += next[place] }
            }
            let totals = partial + max(1, blocks) * stride
            totals.update(repeating: 0, count: 2 * channels)
            for which in 0..<2 {
                for first in Swift.stride(from: 0, to: width, by: channels) {
                    for channel in 0..<channels {
                        totals[which * channels + channel] += partial[which * width + first + channel]
                    }
                }
            }
            return body(totals)
        }
    }
}

extension KernelContext {
    func requireChannelVector(_ vector: Tensor, _ channels: Int, _ what: StaticString) {
        precondition(vector.shape == [channels], "\(what): \(vector.shape) for \(channels) channels")
    }

    /// Calls `body` with room for `count` doubles of any value.
    func borrowDoubles<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Double>) -> Result) -> Result {
        scratch.borrow(2 * count) { floats in
            floats.withMemoryRebound(to: Double.self, capacity: count) { body($0) }
        }
    }
}
