internal import CKernels

// Convolutions with lanes across channels: depthwise ones, and groups of 2, 4, 8 or 16 channels in and out (those of 16 with
// each vector of channels by itself, see PackedGroups.swift).
// Bands of rows of one image are the unit of work; the loops read the images where they lie. The weights of groups are
// packed by vectors of 16 channels: at their own distances they would collide in the first cache.

extension KernelContext {
    /// - Parameters:
    ///   - normalizer: of the input, if it is one to be normalized first.
    ///   - written: is told of what is written.
    func channelwiseForward(
        _ input: UnsafePointer<Float>, normalizer: InputNormalizer?, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>?, geometry: ConvolutionGeometry, into output: UnsafeMutablePointer<Float>,
        telling written: WrittenRows? = nil
    ) {
        let outputRow = geometry.outputWidth * geometry.outputChannels
        let layout = ChannelWeights(geometry)
        scratch.borrow(layout.packedCount) { packed in
            if layout.isPacked { layout.pack(weights, transposed: false, into: packed) }
            let laidOut = layout.isPacked ? UnsafePointer(packed) : weights
            runOverBands(
                images: geometry.batch, rows: geometry.outputHeight, wholeImages: normalizer != nil
            ) { index, rows in
                forEachBand(of: rows, image: index, input, normalizer, geometry, layout) { rows, part in
                    var band = part
                    let first = index * geometry.outputHeight + rows.lowerBound
                    band.w = laidOut
                    band.start = bias
                    band.y = output + first * outputRow
                    run(band)
                    let end = first + rows.count
                    written?.wrote(
                        first * geometry.outputWidth..<end * geometry.outputWidth, channels: geometry.outputChannels)
                }
            }
        }
    }

    /// Lanes are output channels and the output gradient is the source. With one channel a group, the lanes of one
    /// input channel are added up at the end.
    func channelwiseDataGradient(
        _ outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into inputGradient: UnsafeMutablePointer<Float>, telling written: WrittenRows? = nil
    ) {
        let loops = convolutionLoops
        let channels = geometry.outputChannels
        let multiplier = geometry.groupInputChannels == 1 ? geometry.groupOutputChannels : 1
        let layout = ChannelWeights(geometry)
        let stride = geometry.stride
        let verticals = (0..<min(stride, geometry.inputHeight)).map(geometry.verticalPhase)
        let horizontals = (0..<min(stride, geometry.inputWidth)).map(geometry.horizontalPhase)
        let inputRow = geometry.inputWidth * geometry.inputChannels
        let unfoldedRow = geometry.inputWidth * channels
        // Rows of all phases together, so that those of one task lie together.
        let steps = (geometry.inputHeight + stride - 1) / stride
        scratch.borrow(layout.packedCount) { packed in
            if layout.isPacked { layout.pack(weights, transposed: true, into: packed) }
            let laidOut = layout.isPacked ? UnsafePointer(packed) : weights
            runOverBands(images: geometry.batch, rows: steps) { index, rows in
                let first = rows.lowerBound * stride, end = min(geometry.inputHeight, rows.upperBound * stride)
                let target = inputGradient + (index * geometry.inputHeight + first) * inputRow
                scratch.borrow(multiplier > 1 ? (end - first) * unfoldedRow : 0) { unfolded in
                    var band = offprint_channel_band()
                    band.channels = channels
                    band.group = geometry.groupInputChannels
                    band.multiplier = 1
                    band.x = outputGradient + index * geometry.outputHeight * geometry.outputWidth * channels
                    band.x_row = geometry.outputWidth * channels
                    band.x_pixel = channels
                    band.height = geometry.outputHeight
                    band.width = geometry.outputWidth
                    // Along ascending places of the source the taps descend.
                    band.w_row = -stride * layout.row
                    band.w_tap = -stride * layout.tap
                    band.w_channel = layout.channel
                    band.w_block = layout.block
                    band.step = 1
                    band.y_row = stride * unfoldedRow
                    band.y_place = stride * channels
                    for vertical in verticals {
                        band.rows = (end - first - vertical.first + stride - 1) / stride
                        guard first + vertical.first < end else { continue }
                        band.y_origin = rows.lowerBound + vertical.origin
                        band.taps_y = vertical.taps
                        for horizontal in horizontals {
                            band.places = horizontal.places
                            band.taps_x = horizontal.taps
                            band.x_origin = horizontal.origin
                            band.w = laidOut + vertical.lastTap * layout.row + horizontal.lastTap * layout.tap
                            band.y = (multiplier > 1 ? unfolded : target)
                                + vertical.first * unfoldedRow + horizontal.first * channels
                            run(band)
                        }
                    }
                    if multiplier > 1 {
                        loops.fold_channels((end - first) * inputRow, multiplier, unfolded, target)
                    }
                }
                let before = index * geometry.inputHeight
                written?.wrote(
                    (before + first) * geometry.inputWidth..<(before + end) * geometry.inputWidth,
                    channels: geometry.inputChannels)
            }
        }
    }

    /// - Parameter normalizer: of the input, if it is one to be normalized first.
    func channelwiseWeightGradient(
        _ input: UnsafePointer<Float>, normalizer: InputNormalizer?, outputGradient: UnsafePointer<Float>,
        geometry: ConvolutionGeometry, into weightGradient: UnsafeMutablePointer<Float>
    ) {
        let layout = ChannelWeights(geometry)
        let count = layout.isPacked ? layout.packedCount : layout.count
        let outputRow = geometry.outputWidth * geometry.outputChannels
        let rows = geometry.batch * geometry.outputHeight
        // Chunks by the number of rows alone; each has sums of its own, added in ascending order.
        let length = (rows + 15) / 16
        let chunks = (rows + length - 1) / length
        scratch.borrow((layout.isPacked ? chunks : chunks - 1) * count) { partials in
            let sums = layout.isPacked ? partials : weightGradient
            let others = layout.isPacked ? partials + count : partials
            pool.run(chunks) { chunk in
                let target = chunk == 0 ? sums : others + (chunk - 1) * count
                target.update(repeating: 0, count: count)
                let range = chunk * length..<min(rows, (chunk + 1) * length)
                bands(of: range, rows: geometry.outputHeight) { index, rows in
                    forEachBand(of: rows, image: index, input, normalizer, geometry, layout) { rows, band in
                        let row = index * geometry.outputHeight + rows.lowerBound
                        addWeights(of: band, gradient: outputGradient + row * outputRow, to: target)
                    }
                }
            }
            addPartials(UnsafePointer(others), partials: chunks - 1, count: count, to: sums)
            if layout.isPacked { layout.unpack(UnsafePointer(sums), into: weightGradient) }
        }
    }

    /// Single places of the forward pass, to the bit: `rows` are numbered over all images, and written one after the other.
    func channelwiseForward(
        rows: [Int], _ input: UnsafePointer<Float>, normalizer: InputNormalizer?, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>?, geometry: ConvolutionGeometry, into output: UnsafeMutablePointer<Float>
    ) {
        let layout = ChannelWeights(geometry)
        let channels = geometry.inputChannels, row = geometry.inputWidth * channels
        let window = geometry.kernelHeight * geometry.kernelWidth * channels
        scratch.borrow(layout.packedCount + window) { packed in
            if layout.isPacked { layout.pack(weights, transposed: false, into: packed) }
            let copy = packed + layout.packedCount
            for (index, place) in rows.enumerated() {
                let (allRows, x) = place.quotientAndRemainder(dividingBy: geometry.outputWidth)
                let (image, y) = allRows.quotientAndRemainder(dividingBy: geometry.outputHeight)
                let top = y * geometry.stride - geometry.padding, left = x * geometry.stride - geometry.padding
                // The part of the window that is in the image, by itself: less to normalize.
                let height = (top..<top + geometry.kernelHeight).clamped(to: 0..<geometry.inputHeight)
                let width = (left..<left + geometry.kernelWidth).clamped(to: 0..<geometry.inputWidth)
                for (line, y) in height.enumerated() {
                    let from = input + image * geometry.inputHeight * row + y * row + width.lowerBound * channels
                    let target = copy + line * width.count * channels
                    if let normalizer {
                        normalizer.copy(
                            rows: width.count, columns: channels, from: from, pitch: channels, to: target,
                            targetPitch: channels)
                    } else {
                        target.update(from: from, count: width.count * channels)
                    }
                }
                var band = geometry.channelBand(rows: 0..<1, weights: layout)
                band.places = 1
                band.x = UnsafePointer(copy)
                band.x_row = width.count * channels
                band.height = height.count
                band.width = width.count
                band.y_origin = top - height.lowerBound
                band.x_origin = left - width.lowerBound
                band.w = layout.isPacked ? UnsafePointer(packed) : weights
                band.start = bias
                band.y = output + index * geometry.outputChannels
                run(band)
            }
        }
    }

    // MARK: Parts

    /// Calls `body` with output rows of one image and the band that computes them from the input.
    ///
    /// Where the input is to be normalized, a few rows at a time: what they read is copied, normalized, into memory that
    /// stays in the second cache. The rows that two parts share are normalized once.
    private func forEachBand(
        of rows: Range<Int>, image index: Int, _ input: UnsafePointer<Float>, _ normalizer: InputNormalizer?,
        _ geometry: ConvolutionGeometry, _ layout: ChannelWeights, _ body: (Range<Int>, offprint_channel_band) -> Void
    ) {
        let row = geometry.inputWidth * geometry.inputChannels
        let image = input + index * geometry.inputHeight * row
        guard let normalizer else {
            var band = geometry.channelBand(rows: rows, weights: layout)
            band.x = image
            return body(rows, band)
        }
        let fitting = (geometry.normalizedRows - geometry.kernelHeight) / geometry.stride + 1
        let length = evenCut(rows.count, longest: max(2, fitting), unit: 2).length
        scratch.borrow(geometry.sourceRows(of: min(length, rows.count)) * row) { copy in
            var known = 0..<0
            for first in stride(from: rows.lowerBound, to: rows.upperBound, by: length) {
                let part = first..<min(rows.upperBound, first + length)
                let origin = part.lowerBound * geometry.stride - geometry.padding
                let wanted = (origin..<origin + geometry.sourceRows(of: part.count))
                    .clamped(to: 0..<geometry.inputHeight)
                let kept = known.clamped(to: wanted)
                if !kept.isEmpty {
                    copy.update(from: copy + (kept.lowerBound - known.lowerBound) * row, count: kept.count * row)
                }
                let fresh = wanted.lowerBound + kept.count
                normalizer.copy(
                    rows: (wanted.upperBound - fresh) * geometry.inputWidth, columns: geometry.inputChannels,
                    from: image + fresh * row, pitch: geometry.inputChannels, to: copy + kept.count * row,
                    targetPitch: geometry.inputChannels)
                known = wanted
                var band = geometry.channelBand(rows: part, weights: layout)
                band.x = UnsafePointer(copy)
                band.y_origin -= wanted.lowerBound
                band.height = wanted.count
                // While this piece is computed, what the next one is made of is asked for.
                let next = image + (wanted.lowerBound + (part.count - 1) * geometry.stride) * row
                band.ahead = (Int(bitPattern: next) - Int(bitPattern: copy)) / MemoryLayout<Float>.stride
                body(part, band)
            }
        }
    }

    /// Calls `body` with an image and a range of its rows, in parallel, until all `rows` of all `images` had their turn.
    /// - Parameter wholeImages: not parts of them, where they are enough: what needs rows beside its own needs fewer.
    private func runOverBands(
        images: Int, rows: Int, wholeImages: Bool = false, _ body: (Int, Range<Int>) -> Void
    ) {
        let all = images * rows
        var length = max(1, (all + 63) / 64)
        if wholeImages && images >= 16 { length = (length + rows - 1) / rows * rows }
        pool.run((all + length - 1) / length) { task in
            bands(of: task * length..<min(all, (task + 1) * length), rows: rows, body)
        }
    }

    /// Cuts a range of the rows of all images into ranges of rows of one image.
    private func bands(of range: Range<Int>, rows: Int, _ body: (Int, Range<Int>) -> Void) {
        var from = range.lowerBound
        while from < range.upperBound {
            let (image, row) = from.quotientAndRemainder(dividingBy: rows)
            let end = min(rows, row + range.upperBound - from)
            body(image, row..<end)
            from += end - row
        }
    }
}

/// How the weights of a channelwise convolution are laid out for the loops: where they lie for one channel a group,
/// else as `[vectors of 16 channels, R, S, C/groups, 16]`, filled up with zeros.
private struct ChannelWeights {
    let isPacked: Bool
    /// Floats of the weights as they come.
    let count: Int
    /// Floats from one tap row, tap, channel of the group and vector of channels to the next.
    let row, tap, channel, block: Int

    private let channels, group, taps: Int
    private static let lanes = 16

    init(_ geometry: ConvolutionGeometry) {
        channels = geometry.outputChannels
        group = geometry.groupInputChannels
        taps = geometry.kernelHeight * geometry.kernelWidth
        count = taps * group * channels
        isPacked = group > 1
        channel = isPacked ? Self.lanes : channels
        tap = group * channel
        row = geometry.kernelWidth * tap
        block = isPacked ? taps * tap : Self.lanes
    }

    var packedCount: Int { isPacked ? (channels + Self.lanes - 1) / Self.lanes * block : 0 }

    /// - Parameter transposed: exchanges, within each tap and group, input and output channels.
    func pack(_ weights: UnsafePointer<Float>, transposed: Bool, into packed: UnsafeMutablePointer<Float>) {
        forEachRow { offset, tap, j, first, width in
            for lane in 0..<width {
                let k = first + lane
                let base = k / group * group
                packed[offset + lane] = transposed
                    ? weights[(tap * group + k - base) * channels + base + j]
                    : weights[(tap * group + j) * channels + k]
            }
            for lane in width..<Self.lanes { packed[offset + lane] = 0 }
        }
    }

    func unpack(_ packed: UnsafePointer<Float>, into weights: UnsafeMutablePointer<Float>) {
        forEachRow { offset, tap, j, first, width in
            (weights + (tap * group + j) * channels + first).update(from: packed + offset, count: width)
        }
    }

    /// Calls `body` with the place of each packed row, its tap and channel of the group, its first output channel and
    /// how many there are.
    private func forEachRow(_ body: (Int, Int, Int, Int, Int) -> Void) {
        var offset = 0
        for first in Swift.stride(from: 0, to: channels, by: Self.lanes) {
            for tap in 0..<taps {
                for j in 0..<group {
                    body(offset, tap, j, first, min(Self.lanes, channels - first))
                    offset += Self.lanes
                }
            }
        }
    }
}

extension ConvolutionGeometry {
    /// Input rows whose normalized copy, with the map beside it, takes half of a second cache of 512 KiB.
    fileprivate var normalizedRows: Int { (1 << 15) / (inputWidth * inputChannels) }

    /// Input rows, in the image or not, of so many output rows.
    fileprivate func sourceRows(of outputRows: Int) -> Int { (outputRows - 1) * stride + kernelHeight }

    /// Rows of the forward windows over one image.
    fileprivate func channelBand(rows: Range<Int>, weights: ChannelWeights) -> offprint_channel_band {
        var band = offprint_channel_band()
        band.rows = rows.count
        band.places = outputWidth
        band.channels = outputChannels
        band.group = groupInputChannels
        band.multiplier = groupInputChannels == 1 ? groupOutputChannels : 1
        band.x_row = inputWidth * inputChannels
        band.x_pixel = inputChannels
        band.height = inputHeight
        band.width = inputWidth
        band.w_row = weights.row
        band.w_tap = weights.tap
        band.w_channel = weights.channel
        band.w_block = weights.block
        band.taps_y = kernelHeight
        band.taps_x = kernelWidth
        band.step = stride
        band.y_origin = rows.lowerBound * stride - padding
        band.x_origin = -padding
        band.y_row = outputWidth * outputChannels
        band.y_place = outputChannels
        band.far = NumberMemory.outgrowsCaches(inputCount + outputCount) ? 1 : 0
        return band
    }
}
