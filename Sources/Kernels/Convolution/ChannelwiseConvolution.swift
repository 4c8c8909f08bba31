internal import CKernels

// Convolutions with lanes across channels: depthwise ones, and groups of 2, 4 or 8 channels in and out.
// Rows of places are the unit of work; the loops read the images where they lie.

extension KernelContext {
    func channelwiseForward(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        geometry: ConvolutionGeometry, into output: UnsafeMutablePointer<Float>
    ) {
        let loops = convolutionLoops
        let outputRow = geometry.outputWidth * geometry.outputChannels
        runOverRows(geometry.batch * geometry.outputHeight) { rows in
            var row = geometry.channelRow
            row.start = bias
            row.y_place = geometry.outputChannels
            for index in rows {
                geometry.pointForward(&row, to: index, input: input, weights: weights)
                row.y = output + index * outputRow
                loops.channel_row(&row)
            }
        }
    }

    /// Lanes are output channels and the output gradient is the source. With one channel a group, the lanes of one
    /// input channel are added up at the end.
    func channelwiseDataGradient(
        _ outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into inputGradient: UnsafeMutablePointer<Float>
    ) {
        let loops = convolutionLoops
        let group = geometry.groupInputChannels, channels = geometry.outputChannels
        let multiplier = channels / geometry.inputChannels
        let weightCount = geometry.kernelHeight * geometry.kernelWidth * group * channels
        let verticals = (0..<min(geometry.stride, geometry.inputHeight)).map(geometry.verticalPhase)
        let horizontals = (0..<min(geometry.stride, geometry.inputWidth)).map(geometry.horizontalPhase)
        scratch.borrow(group > 1 ? weightCount : 0) { transposed in
            if group > 1 { transposeGroups(weights, geometry: geometry, into: transposed) }
            let gradientWeights = group > 1 ? UnsafePointer(transposed) : weights
            runOverRows(geometry.batch * geometry.inputHeight) { rows in
                scratch.borrow(multiplier > 1 ? geometry.inputWidth * channels : 0) { unfolded in
                    var row = offprint_channel_row()
                    row.channels = channels
                    row.group = group
                    row.multiplier = 1
                    row.x_row = geometry.outputWidth * channels
                    row.x_pixel = channels
                    row.width = geometry.outputWidth
                    row.w_row = -geometry.stride * geometry.kernelWidth * group * channels
                    row.w_tap = -geometry.stride * group * channels
                    row.step = 1
                    row.y_place = geometry.stride * channels
                    for index in rows {
                        let (image, y) = index.quotientAndRemainder(dividingBy: geometry.inputHeight)
                        let vertical = verticals[y % geometry.stride]
                        let source = y / geometry.stride + vertical.origin
                        let taps = clip(taps: vertical.taps, at: source, to: geometry.outputHeight)
                        row.taps_y = taps.count
                        row.x = outputGradient
                            + (image * geometry.outputHeight + source + taps.lowerBound) * row.x_row
                        let target = inputGradient + index * geometry.inputWidth * geometry.inputChannels
                        let r = vertical.lastTap - taps.lowerBound * geometry.stride
                        for horizontal in horizontals {
                            row.taps_x = horizontal.taps
                            row.origin = horizontal.origin
                            row.places = horizontal.places
                            row.w = gradientWeights
                                + (r * geometry.kernelWidth + horizontal.lastTap) * group * channels
                            row.y = (multiplier > 1 ? unfolded : target) + horizontal.first * channels
                            loops.channel_row(&row)
                        }
                        if multiplier > 1 {
                            loops.fold_channels(
                                geometry.inputWidth * geometry.inputChannels, multiplier, unfolded, target)
                        }
                    }
                }
            }
        }
    }

    func channelwiseWeightGradient(
        _ input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into weightGradient: UnsafeMutablePointer<Float>
    ) {
        let loops = convolutionLoops
        let count = geometry.reduction * geometry.outputChannels
        let outputRow = geometry.outputWidth * geometry.outputChannels
        let rows = geometry.batch * geometry.outputHeight
        // Chunks by the number of rows alone; each has sums of its own, added in ascending order.
        let length = (rows + 15) / 16
        let chunks = (rows + length - 1) / length
        scratch.borrow((chunks - 1) * count) { partials in
            pool.run(chunks) { chunk in
                let sums = chunk == 0 ? weightGradient : partials + (chunk - 1) * count
                sums.update(repeating: 0, count: count)
                var row = geometry.channelRow
                row.y_place = geometry.outputChannels
                for index in chunk * length..<min(rows, (chunk + 1) * length) {
                    let firstTap = geometry.pointForward(&row, to: index, input: input, weights: nil)
                    loops.channel_row_weights(
                        &row, outputGradient + index * outputRow, sums + firstTap * row.w_row)
                }
            }
            addPartials(UnsafePointer(partials), partials: chunks - 1, count: count, to: weightGradient)
        }
    }

    // MARK: Parts

    /// Calls `body` with ranges of `0..<rows`, in parallel.
    private func runOverRows(_ rows: Int, _ body: (Range<Int>) -> Void) {
        let length = max(1, (rows + 63) / 64)
        pool.run((rows + length - 1) / length) { task in
            body(task * length..<min(rows, (task + 1) * length))
        }
    }

    /// Exchanges, within each tap and group of q channels, input and output channels:
    /// out[tap, j, g * q + i] = weights[tap, i, g * q + j].
    private func transposeGroups(
        _ weights: UnsafePointer<Float>, geometry: ConvolutionGeometry, into out: UnsafeMutablePointer<Float>
    ) {
        let group = geometry.groupInputChannels, channels = geometry.outputChannels
        for tap in 0..<geometry.kernelHeight * geometry.kernelWidth {
            let first = tap * group * channels
            for j in 0..<group {
                for base in Swift.stride(from: 0, to: channels, by: group) {
                    for i in 0..<group {
                        out[first + j * channels + base + i] = weights[first + i * channels + base + j]
                    }
                }
            }
        }
    }
}

/// The taps t in `0..<taps` with `0 <= position + t < extent`.
private func clip(taps: Int, at position: Int, to extent: Int) -> Range<Int> {
    let from = min(max(0, -position), taps)
    return from..<max(from, min(taps, extent - position))
}

extension ConvolutionGeometry {
    /// What the rows of the forward windows have in common.
    fileprivate var channelRow: offprint_channel_row {
        var row = offprint_channel_row()
        row.places = outputWidth
        row.channels = outputChannels
        row.group = groupInputChannels
        row.multiplier = groupInputChannels == 1 ? groupOutputChannels : 1
        row.x_row = inputWidth * inputChannels
        row.x_pixel = inputChannels
        row.width = inputWidth
        row.w_tap = groupInputChannels * outputChannels
        row.w_row = kernelWidth * row.w_tap
        row.taps_x = kernelWidth
        row.step = stride
        row.origin = -padding
        return row
    }

    /// Points `row` to the source rows under output row `index` (of all images), and to the weights of the first tap
    /// row that lies inside of the image, which is returned.
    @discardableResult
    fileprivate func pointForward(
        _ row: inout offprint_channel_row, to index: Int, input: UnsafePointer<Float>,
        weights: UnsafePointer<Float>?
    ) -> Int {
        let (image, outputY) = index.quotientAndRemainder(dividingBy: outputHeight)
        let y = outputY * stride - padding
        let taps = clip(taps: kernelHeight, at: y, to: inputHeight)
        row.taps_y = taps.count
        row.x = input + (image * inputHeight + y + taps.lowerBound) * row.x_row
        row.w = weights.map { $0 + taps.lowerBound * row.w_row }
        return taps.lowerBound
    }
}
