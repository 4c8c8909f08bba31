internal import CKernels

// Dense convolutions as products of spectra.
//
// Goals, in this order: results that do not depend on the number of threads (each sum is one chain over the channels
// in ascending order); the products at the peak of the cores; few passes over memory.
//
// Neighbouring channels c, c + 1 are one complex signal z = x1 + i x2 with the spectrum Z. Nothing is ever split into
// the spectra of single channels: a real kernel acts on Z(f) and on the conjugate of Z(-f) by one complex number
// each, and both are the spectra of combinations of taps (see `offprint_tap_kind`). So
//     U(f) = sum over pairs of Z(f) P(f) + conjugate(Z(-f)) Q(f),
// where U holds pairs of results, and FFTW writes Z, P and Q and reads U where the product has them.

extension KernelContext {
    func fourierForward(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        geometry: ConvolutionGeometry, into output: UnsafeMutablePointer<Float>
    ) {
        let shape = FourierShape(geometry, side: .forward)
        let target = ImageView(
            output, height: geometry.outputHeight, width: geometry.outputWidth, channels: geometry.outputChannels)
        fillBorder(of: target, shape: shape, batch: geometry.batch, with: bias)
        let source = ImageView(
            UnsafeMutablePointer(mutating: input), height: geometry.inputHeight, width: geometry.inputWidth,
            channels: geometry.inputChannels)
        let convolution = FourierConvolution(
            shape: shape, batch: geometry.batch, source: source,
            sourceChannels: geometry.groupInputChannels, target: target.without(border: shape.borderY, shape.borderX),
            targetChannels: geometry.outputChannels, kernel: weights, reversed: true, bias: bias)
        if geometry.groups > 1 {
            convolution.runChannelwise(in: self)
        } else {
            convolution.run(in: self)
        }
    }

    func fourierDataGradient(
        _ outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into inputGradient: UnsafeMutablePointer<Float>
    ) {
        let shape = FourierShape(geometry, side: .dataGradient)
        let source = ImageView(
            UnsafeMutablePointer(mutating: outputGradient), height: geometry.outputHeight,
            width: geometry.outputWidth, channels: geometry.outputChannels)
        let target = ImageView(
            inputGradient, height: geometry.inputHeight, width: geometry.inputWidth, channels: geometry.inputChannels)
        var convolution = FourierConvolution(
            shape: shape, batch: geometry.batch, source: source.without(border: shape.borderY, shape.borderX),
            sourceChannels: geometry.groupOutputChannels, target: target, targetChannels: geometry.inputChannels,
            kernel: weights, reversed: false, bias: nil)
        if geometry.groups > 1 { return convolution.runChannelwise(in: self) }
        let taps = geometry.kernelHeight * geometry.kernelWidth
        let c = geometry.inputChannels, k = geometry.outputChannels
        scratch.borrow(taps * c * k) { transposed in
            let loops = convolutionLoops
            pool.runRanges(taps) { range in
                for tap in range {
                    loops.pack_panel(k, c, weights + tap * c * k, 1, k, transposed + tap * c * k, c)
                }
            }
            convolution.kernel = UnsafePointer(transposed)
            convolution.run(in: self)
        }
    }

    /// Results whose window meets no source are the bias alone.
    private func fillBorder(
        of view: ImageView, shape: FourierShape, batch: Int, with bias: UnsafePointer<Float>?
    ) {
        guard shape.borderY > 0 || shape.borderX > 0 else { return }
        let inner = view.without(border: shape.borderY, shape.borderX)
        pool.runRanges(batch * view.height) { rows in
            for index in rows {
                let y = index % view.height - shape.borderY
                let isOutside = y < 0 || y >= inner.height
                for x in 0..<view.width {
                    let isInside = !isOutside && x >= shape.borderX && x < shape.borderX + inner.width
                    if isInside { continue }
                    let pixel = view.base + (index * view.width + x) * view.pixel
                    if let bias {
                        pixel.update(from: bias, count: view.pixel)
                    } else {
                        pixel.update(repeating: 0, count: view.pixel)
                    }
                }
            }
        }
    }
}

/// One convolution of images by a kernel, both given by what they are here: the data gradient is one, too.
struct FourierConvolution {
    var shape: FourierShape
    var batch: Int
    var source: ImageView
    /// Of a group.
    var sourceChannels: Int
    var target: ImageView
    var targetChannels: Int
    /// `[R, S, sourceChannels, targetChannels]`.
    var kernel: UnsafePointer<Float>
    /// Whether tap (0, 0) is the one that reads the first position of a window (and so lies on the last point).
    var reversed: Bool
    /// `[targetChannels]`, or nil for none.
    var bias: UnsafePointer<Float>?

    /// A range of source channels, of result channels and of tiles.
    private struct Block {
        var sources, targets, tiles: Range<Int>
    }

    func run(in context: KernelContext) {
        let blocks = FourierBlocks(shape: shape, batch: batch, sources: sourceChannels, targets: targetChannels)
        let sourceBlocks = FourierBlocks.ranges(sourceChannels, by: blocks.sources)
        let n = blocks.frequencies
        context.scratch.borrow(n * blocks.kernelFrequency(sources: blocks.sources, targets: blocks.targets)) { p in
            context.scratch.borrow(n * blocks.frequency(blocks.sources)) { z in
                context.scratch.borrow(n * blocks.frequency(blocks.targets)) { u in
                    for targets in FourierBlocks.ranges(targetChannels, by: blocks.targets) {
                        for tiles in FourierBlocks.ranges(batch * shape.tiles, by: blocks.tiles) {
                            for sources in sourceBlocks {
                                let block = Block(sources: sources, targets: targets, tiles: tiles)
                                if tiles.lowerBound == 0 || sourceBlocks.count > 1 {
                                    transformKernel(block, blocks, to: p, in: context)
                                }
                                transformSources(block, blocks, to: z, in: context)
                                multiply(block, blocks, z, p, to: u, in: context)
                            }
                            let block = Block(sources: 0..<0, targets: targets, tiles: tiles)
                            transformTargets(block, blocks, u, in: context)
                        }
                    }
                }
            }
        }
    }

    private func transformKernel(
        _ block: Block, _ blocks: FourierBlocks, to spectrum: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let tile = shape.tile, loops = context.fourierLoops
        let frequency = blocks.kernelFrequency(sources: block.sources.count, targets: block.targets.count)
        let panel = blocks.panelFloats(sources: block.sources.count)
        let transform = ForwardTransform(
            tile, rows: 0..<shape.vertical.kernel,
            layout: SpectrumLayout(row: tile.horizontal.points * frequency, column: frequency),
            plans: context.fourierPlans)
        let columns = (block.targets.count + 15) / 16, pairs = (block.sources.count + 1) / 2
        context.pool.runRanges(pairs * columns) { range in
            context.scratch.borrow(2 * tile.floats) { points in
                for index in range {
                    let (pair, column) = index.quotientAndRemainder(dividingBy: columns)
                    let target = block.targets.lowerBound + column * 16
                    let taps = taps(lanes: min(16, block.targets.upperBound - target))
                    let first = block.sources.lowerBound + 2 * pair
                    let taps1 = kernel + first * targetChannels + target
                    let taps2 = first + 1 < block.sources.upperBound ? taps1 + targetChannels : nil
                    let place = spectrum + column / 2 * panel + column % 2 * 16 + pair * 32
                    for (kind, row) in [(OFFPRINT_TAPS_PAIR, 0), (OFFPRINT_TAPS_MIRROR, pairs * 32)] {
                        withUnsafePointer(to: taps) { loops.load_taps($0, kind, taps1, taps2, points) }
                        transform.run(points, aside: points + tile.floats, to: place + row, with: loops)
                    }
                }
            }
        }
    }

    /// 16 result channels of the kernel.
    private func taps(lanes: Int) -> offprint_taps {
        offprint_taps(
            taps_y: shape.vertical.kernel, taps_x: shape.horizontal.kernel,
            tap_row: shape.horizontal.kernel * sourceChannels * targetChannels, tap: sourceChannels * targetChannels,
            reversed: reversed ? 1 : 0, columns: shape.horizontal.points, row: shape.tile.row, lanes: lanes,
            scale: shape.scale)
    }

    private func transformSources(
        _ block: Block, _ blocks: FourierBlocks, to spectrum: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let frequency = blocks.frequency(block.sources.count)
        let layout = SpectrumLayout(row: shape.horizontal.points * frequency, column: frequency)
        context.transformTiles(
            block.tiles, channels: block.sources, of: source, shape: shape, rows: shape.vertical.sourcePoints,
            layout: layout, pitch: FourierBlocks.pitch(block.sources.count), to: spectrum
        ) { view, place, lanes in view.sources(of: place, shape: shape, lanes: lanes) }
    }

    private func multiply(
        _ block: Block, _ blocks: FourierBlocks, _ z: UnsafePointer<Float>, _ p: UnsafePointer<Float>,
        to u: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let loops = context.fourierLoops
        let sourceFrequency = blocks.frequency(block.sources.count)
        let targetFrequency = blocks.frequency(block.targets.count)
        let kernelFrequency = blocks.kernelFrequency(sources: block.sources.count, targets: block.targets.count)
        var product = offprint_complex_product()
        product.rows = block.tiles.count
        product.columns = (block.targets.count + 15) / 16 * 8
        product.depth = (block.sources.count + 1) / 2
        product.a_row = FourierBlocks.pitch(block.sources.count)
        product.a_step = 2
        product.b_step = 32
        product.b_panel = blocks.panelFloats(sources: block.sources.count)
        product.accumulate = block.sources.lowerBound > 0 ? 1 : 0
        product.c_row = FourierBlocks.pitch(block.targets.count)
        let pairs = shape.tile.mirroredPairs
        context.pool.runRanges(pairs.count) { [product] range in
            var product = product
            for pair in pairs[range] {
                // Once for the frequency and once for its mirror image: both read the same tiles.
                for (here, there) in [pair, (pair.mirror, pair.frequency)].prefix(pair.frequency == pair.mirror ? 1 : 2) {
                    product.a = z + here * sourceFrequency
                    product.a_conjugate = z + there * sourceFrequency
                    product.b = p + here * kernelFrequency
                    product.b_conjugate = product.b + product.depth * product.b_step
                    product.c = u + here * targetFrequency
                    loops.complex_multiply(&product)
                }
            }
        }
    }

    private func transformTargets(
        _ block: Block, _ blocks: FourierBlocks, _ spectrum: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let tile = shape.tile, loops = context.fourierLoops
        let frequency = blocks.frequency(block.targets.count), pitch = FourierBlocks.pitch(block.targets.count)
        let transform = InverseTransform(
            tile, rows: shape.vertical.targetPoints,
            layout: SpectrumLayout(row: tile.horizontal.points * frequency, column: frequency),
            plans: context.fourierPlans)
        let columns = (block.targets.count + 15) / 16
        context.pool.runRanges(block.tiles.count * columns) { range in
            context.scratch.borrow(2 * tile.floats) { points in
                for index in range {
                    let (tileIndex, column) = index.quotientAndRemainder(dividingBy: columns)
                    transform.run(
                        spectrum + tileIndex * pitch + column * 16, aside: points + tile.floats, to: points,
                        with: loops)
                    store(
                        points, place: TilePlace(block.tiles.lowerBound + tileIndex, shape: shape),
                        channel: block.targets.lowerBound + column * 16, with: loops)
                }
            }
        }
    }

    /// Writes the results of a tile for up to 16 channels from `channel` on.
    func store(
        _ points: UnsafePointer<Float>, place: TilePlace, channel: Int, with loops: offprint_fourier_kernels
    ) {
        let results = target.targets(of: place, shape: shape, lanes: min(16, targetChannels - channel))
        withUnsafePointer(to: results) {
            loops.store_tile(
                $0, points + shape.vertical.targetPoints.lowerBound * shape.tile.row, bias.map { $0 + channel },
                target.base + place.image * target.image + channel)
        }
    }
}

extension KernelContext {
    /// Spectra of the tiles `tiles`, 16 channels at a time: those of tile t begin `t * pitch` floats into a frequency.
    /// - Parameters:
    ///   - rows: the points that `describe` brings something to.
    ///   - describe: how `load_tile` shall read a tile.
    func transformTiles(
        _ tiles: Range<Int>, channels: Range<Int>, of view: ImageView, shape: FourierShape, rows: Range<Int>,
        layout: SpectrumLayout, pitch: Int, to spectrum: UnsafeMutablePointer<Float>,
        describe: (ImageView, TilePlace, Int) -> offprint_tile
    ) {
        let tile = shape.tile, loops = fourierLoops
        let transform = ForwardTransform(tile, rows: rows, layout: layout, plans: fourierPlans)
        let columns = (channels.count + 15) / 16
        pool.runRanges(tiles.count * columns) { range in
            scratch.borrow(2 * tile.floats) { points in
                for index in range {
                    let (tileIndex, column) = index.quotientAndRemainder(dividingBy: columns)
                    let place = TilePlace(tiles.lowerBound + tileIndex, shape: shape)
                    let channel = channels.lowerBound + column * 16
                    let description = describe(view, place, min(16, channels.upperBound - channel))
                    withUnsafePointer(to: description) {
                        loops.load_tile(
                            $0, view.base + place.image * view.image + channel,
                            points + rows.lowerBound * tile.row)
                    }
                    transform.run(
                        points, aside: points + tile.floats, to: spectrum + tileIndex * pitch + column * 16,
                        with: loops)
                }
            }
        }
    }
}
