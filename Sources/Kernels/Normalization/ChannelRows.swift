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

    init(_ tensor: Tensor) {
        rows = tensor.rowCount
        channels = tensor.channelCount
        precondition(channels > 0, "batch norm of a map without channels: \(tensor.shape)")
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

    /// `[count, width]`: vectors of channels, each repeated to the pattern's width.
    func patterns(_ vectors: [[Float]]) -> Tensor {
        var result = Tensor(shape: [vectors.count, width])
        let target = result.mutablePointer()
        for (index, vector) in vectors.enumerated() {
            var channel = 0
            for place in 0..<width {
                target[index * width + place] = vector[channel]
                channel = channel + 1 == channels ? 0 : channel + 1
            }
        }
        return result
    }

    /// Two sums for every channel over all rows: first sums in `0..<C`, second in `C..<2C`.
    ///
    /// - Parameter accumulate: adds the sums of `length` floats from `start` to `2 * width` doubles.
    func sums(
        in context: KernelContext,
        accumulate: (_ start: Int, _ length: Int, _ sums: UnsafeMutablePointer<Double>) -> Void
    ) -> [Double] {
        let stride = 2 * width
        let partial = UnsafeMutablePointer<Double>.allocate(capacity: max(1, blocks) * stride)
        defer { partial.deallocate() }
        context.pool.run(blocks) { block in
            let mine = partial + block * stride
            mine.initialize(repeating: 0, count: stride)
            let first = block * rowsPerBlock
            accumulate(first * channels, min(rowsPerBlock, rows - first) * channels, mine)
        }
        for block in 1..<max(1, blocks) {
            let next = partial + block * stride
            for place in 0..<stride { partial[place] += next[place] }
        }
        var totals = [Double](repeating: 0, count: 2 * channels)
        if blocks == 0 { return totals }
        for which in 0..<2 {
            for place in 0..<width {
                totals[which * channels + place % channels] += partial[which * width + place]
            }
        }
        return totals
    }
}

extension KernelContext {
    func requireChannelVector(_ vector: Tensor, _ channels: Int, _ what: StaticString) {
        precondition(vector.shape == [channels], "\(what): \(vector.shape) for \(channels) channels")
    }
}
