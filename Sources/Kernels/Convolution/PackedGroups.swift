internal import CKernels

// Bands of convolutions with lanes across channels, one vector of 16 channels at a time where that pays: its source is
// copied to follow itself.
//
// Read where they lie, the pixels of 16 channels are as far apart as all channels are wide: with 256 channels 1 KiB, so that
// all of them share 4 of the 64 sets of the first cache. Packing moves one vector for 144 multiply-adds of a 3x3 kernel over
// groups of 16.

extension KernelContext {
    /// Computes the places of `band`. Rows of the source follow each other.
    func run(_ band: offprint_channel_band) {
        let loops = convolutionLoops
        guard band.isPackedForward(by: loops) else {
            return withUnsafePointer(to: band) { loops.channel_band($0) }
        }
        forEachVector(of: band) { _, part in
            withUnsafePointer(to: part) { part.group == 16 ? loops.dense_band($0) : loops.packed_band($0) }
        }
        if let rest = band.afterVectors { withUnsafePointer(to: rest) { loops.channel_band($0) } }
    }

    /// Adds the products of the band's source and of the gradient of its places to `sums`, laid out as its weights, rows in
    /// ascending order. Rows of the source, and of the gradient, follow each other.
    func addWeights(
        of band: offprint_channel_band, gradient: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Float>
    ) {
        let loops = convolutionLoops
        guard band.isPackedInWeightGradient(by: loops) else {
            return withUnsafePointer(to: band) { loops.channel_band_weights($0, gradient, sums) }
        }
        // A few rows at a time, which stay in the first cache while all taps pass over them.
        let vector = offprint_channel_band.vector
        let most = evenCut(band.rows, longest: max(1, 3072 / (max(1, band.places) * vector)), unit: 1).length
        for row in Swift.stride(from: 0, to: band.rows, by: most) {
            var rows = band
            rows.rows = min(most, band.rows - row)
            rows.y_origin += row * band.step
            let source = gradient + row * band.y_row
            withPackedVectors(source, pixels: rows.rows * band.places, pixel: band.y_place, channels: band.channels) {
                packed, pitch in
                forEachVector(of: rows) { first, part in
                    var part = part
                    part.y_place = vector
                    part.y_row = band.places * vector
                    let ownGradient = packed + first / vector * pitch, target = sums + first / vector * band.w_block
                    if part.group == 16 {
                        loops.dense_band_weights(&part, ownGradient, target)
                    } else {
                        loops.packed_band_weights(&part, ownGradient, target)
                    }
                }
            }
            if var rest = rows.afterVectors {
                let first = band.channels - rest.channels
                loops.channel_band_weights(&rest, source + first, sums + first / vector * band.w_block)
            }
        }
    }

    /// Calls `body` with the first channel and the band of each whole vector of channels, over its packed source rows.
    private func forEachVector(of band: offprint_channel_band, _ body: (Int, offprint_channel_band) -> Void) {
        let vector = offprint_channel_band.vector
        // The source rows that the band reads.
        let first = min(max(0, band.y_origin), band.height)
        let end = max(first, min(band.height, band.y_origin + (band.rows - 1) * band.step + band.taps_y))
        withPackedVectors(
            band.x + first * band.x_row, pixels: (end - first) * band.width, pixel: band.x_pixel, channels: band.channels
        ) { packed, pitch in
            for channel in Swift.stride(from: 0, to: band.channels - vector + 1, by: vector) {
                var part = band.from(channel: channel)
                part.channels = vector
                part.x = packed + channel / vector * pitch
                part.x_pixel = vector
                part.far = 0
                part.x_row = band.width * vector
                part.height = end - first
                part.y_origin -= first
                body(channel, part)
            }
        }
    }

    /// Calls `body` with a copy of `pixels` pixels, vector by vector of their channels, and the floats from one vector to the
    /// next. The pixels are read in the order in which they lie.
    private func withPackedVectors(
        _ source: UnsafePointer<Float>, pixels: Int, pixel: Int, channels: Int,
        _ body: (UnsafePointer<Float>, Int) -> Void
    ) {
        let vector = offprint_channel_band.vector, vectors = channels / vector, loops = convolutionLoops
        let pitch = (pixels + 1) * vector
        scratch.borrow(vectors * pitch) { packed in
            loops.pack_vectors(pixels, vectors, source, pixel, packed, pitch)
            body(UnsafePointer(packed), pitch)
        }
    }
}

extension offprint_channel_band {
    fileprivate static let vector = 16

    fileprivate func isPackedForward(by loops: offprint_convolution_kernels) -> Bool {
        if group == 16 { return true }
        guard loops.packs_groups != 0, multiplier == 1, channels >= Self.vector else { return false }
        // A depthwise forward pass gained nothing by packing.
        return group == 8 && step == 1
    }

    fileprivate func isPackedInWeightGradient(by loops: offprint_convolution_kernels) -> Bool {
        if group == 16 { return true }
        guard loops.packs_groups != 0, multiplier == 1, channels >= Self.vector else { return false }
        return group == 8 || (group == 1 && step == 1 && taps_x >= 5)
    }

    /// The channels from `channel`, a multiple of 16, on.
    fileprivate func from(channel: Int) -> offprint_channel_band {
        var band = self
        band.channels -= channel
        if let x { band.x = x + channel }
        if let w { band.w = w + channel / Self.vector * w_block }
        if let start { band.start = start + channel }
        if let y { band.y = y + channel }
        return band
    }

    /// The channels after the last whole vector, if any.
    fileprivate var afterVectors: offprint_channel_band? {
        channels % Self.vector == 0 ? nil : from(channel: channels / Self.vector * Self.vector)
    }
}
