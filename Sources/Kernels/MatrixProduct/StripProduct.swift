internal import CKernels

/// Convolutions of few input channels, such as the first of a network: windows are read where they lie in a padded copy
/// of the image.
///
/// Goals, in this order: the order of operations of the gathered product; no copy of each window, which for few channels
/// costs as much as the multiplications. A window is one run of `kernelWidth * inputChannels` floats for each row of
/// taps, and the windows of one output row are evenly apart.
struct StripProduct {
    let geometry: ConvolutionGeometry

    /// Whether gathering costs more than padding: windows of few channels that overlap, little of them outside.
    static func pays(_ geometry: ConvolutionGeometry) -> Bool {
        let kernel = min(geometry.kernelHeight, geometry.kernelWidth)
        return geometry.groups == 1 && geometry.inputChannels <= 4 && geometry.stride < kernel
            && geometry.padding < kernel
    }

    /// - Parameters:
    ///   - right: the weights, `[R * S * C, K]`.
    ///   - start: `[K]`, or nil for zeros.
    func forward(
        _ input: UnsafePointer<Float>, right: RightHandSide, start: UnsafePointer<Float>?,
        into output: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let loops = context.convolutionLoops
        let width = geometry.outputWidth, columns = geometry.outputChannels
        runOverStrips(input, strips: geometry.strips(atLeast: 24), in: context) { strip, padded in
            var product = offprint_product()
            product.rows = width
            product.columns = columns
            product.depth = geometry.run
            product.runs = geometry.kernelHeight
            product.a_run = geometry.paddedRow
            product.a_row = geometry.stride * geometry.inputChannels
            product.a_step = 1
            product.start = start
            product.c_row = columns
            right.place(in: &product, group: 0, depth: 0, column: 0)
            for row in 0..<strip.rows {
                product.a = UnsafePointer(padded + row * geometry.stride * geometry.paddedRow)
                product.c = output + (strip.firstRow + row) * width * columns
                loops.multiply(&product)
            }
        }
    }

    /// - Parameters:
    ///   - right: the output gradient, `[N * OH * OW, K]`.
    ///   - output: `[R, S, C, K]`, overwritten.
    func weightGradient(
        _ input: UnsafePointer<Float>, right: RightHandSide, into output: UnsafeMutablePointer<Float>,
        in context: KernelContext
    ) {
        let loops = context.convolutionLoops
        let columns = geometry.outputChannels, count = geometry.reduction * columns
        let strips = geometry.strips(atLeast: 1)
        // Chunks of strips by the problem alone; each has sums of its own, added in ascending order.
        let (chunks, length) = evenCut(strips.count, longest: max(1, (strips.count + 23) / 24), unit: 1)
        context.scratch.borrow((chunks - 1) * count) { partials in
            context.pool.run(chunks) { chunk in
                let sums = chunk == 0 ? output : partials + (chunk - 1) * count
                var isFirst = true
                forEachStrip(
                    input, strips: strips[chunk * length..<min(strips.count, (chunk + 1) * length)], in: context
                ) { strip, padded in
                    var product = offprint_product()
                    product.rows = geometry.run
                    product.columns = columns
                    product.depth = geometry.outputWidth
                    product.runs = strip.rows
                    product.a_run = geometry.stride * geometry.paddedRow
                    product.a_row = 1
                    product.a_step = geometry.stride * geometry.inputChannels
                    product.c_row = columns
                    product.start_row = columns
                    right.place(in: &product, group: 0, depth: strip.firstRow * geometry.outputWidth, column: 0)
                    for tap in 0..<geometry.kernelHeight {
                        product.a = UnsafePointer(padded + tap * geometry.paddedRow)
                        product.c = sums + tap * geometry.run * columns
                        product.start = isFirst ? nil : UnsafePointer(product.c)
                        loops.multiply(&product)
                    }
                    isFirst = false
                }
            }
            context.addPartials(UnsafePointer(partials), partials: chunks - 1, count: count, to: output)
        }
    }

    // MARK: Parts

    private func runOverStrips(
        _ input: UnsafePointer<Float>, strips: [Strip], in context: KernelContext,
        _ body: (Strip, UnsafeMutablePointer<Float>) -> Void
    ) {
        context.pool.run(strips.count) { index in
            forEachStrip(input, strips: strips[index...index], in: context, body)
        }
    }

    /// Calls `body` with each strip and its padded input rows.
    private func forEachStrip(
        _ input: UnsafePointer<Float>, strips: ArraySlice<Strip>, in context: KernelContext,
        _ body: (Strip, UnsafeMutablePointer<Float>) -> Void
    ) {
        let row = geometry.inputWidth * geometry.inputChannels, margin = geometry.padding * geometry.inputChannels
        let tallest = strips.map(\.rows).max() ?? 0
        let paddedRows = (tallest - 1) * geometry.stride + geometry.kernelHeight
        context.scratch.borrow(paddedRows * geometry.paddedRow) { padded in
            for strip in strips {
                let (image, outputY) = strip.firstRow.quotientAndRemainder(dividingBy: geometry.outputHeight)
                let first = outputY * geometry.stride - geometry.padding
                for index in 0..<(strip.rows - 1) * geometry.stride + geometry.kernelHeight {
                    let target = padded + index * geometry.paddedRow
                    guard (0..<geometry.inputHeight).contains(first + index) else {
                        target.update(repeating: 0, count: geometry.paddedRow)
                        continue
                    }
                    target.update(repeating: 0, count: margin)
                    (target + margin).update(
                        from: input + (image * geometry.inputHeight + first + index) * row, count: row)
                    (target + margin + row).update(repeating: 0, count: margin)
                }
                body(strip, padded)
            }
        }
    }
}

/// Output rows of one image, numbered through all images.
private struct Strip {
    var firstRow, rows: Int
}

extension ConvolutionGeometry {
    /// Floats of a padded input row.
    fileprivate var paddedRow: Int { (inputWidth + 2 * padding) * inputChannels }
    /// Floats that a window takes of one of them.
    fileprivate var run: Int { kernelWidth * inputChannels }

    /// Whole images where they are enough, else parts of them; at most 16 output rows each.
    fileprivate func strips(atLeast wanted: Int) -> [Strip] {
        let parts = (wanted + batch - 1) / batch
        let (count, length) = evenCut(outputHeight, longest: min(16, (outputHeight + parts - 1) / parts), unit: 1)
        return (0..<batch * count).map { index in
            let (image, part) = index.quotientAndRemainder(dividingBy: count)
            return Strip(
                firstRow: image * outputHeight + part * length, rows: min(length, outputHeight - part * length))
        }
    }
}
