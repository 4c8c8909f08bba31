internal import CKernels

// The weight gradient of a dense convolution: the same tiles as forward, the products summed over all of them.
//
// With Z the spectra of pairs of inputs and D those of pairs of output gradients, the sums over tiles of Z(-f) D(f)
// and of conjugate(Z(f)) D(f) lead, transformed back, to the gradients of both channels of the pair: `store_taps` is
// the adjoint of `load_taps`. Sums are one chain over the tiles in ascending order.

extension KernelContext {
    func fourierWeightGradient(
        _ input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into weightGradient: UnsafeMutablePointer<Float>
    ) {
        let shape = FourierShape(geometry, side: .forward)
        let output = ImageView(
            UnsafeMutablePointer(mutating: outputGradient), height: geometry.outputHeight,
            width: geometry.outputWidth, channels: geometry.outputChannels)
        let gradient = FourierWeightGradient(
            shape: shape, batch: geometry.batch,
            input: ImageView(
                UnsafeMutablePointer(mutating: input), height: geometry.inputHeight, width: geometry.inputWidth,
                channels: geometry.inputChannels),
            inputChannels: geometry.groupInputChannels,
            outputGradient: output.without(border: shape.borderY, shape.borderX),
            outputChannels: geometry.outputChannels, weightGradient: weightGradient)
        if geometry.groups > 1 {
            gradient.runChannelwise(in: self)
        } else {
            gradient.run(in: self)
        }
    }
}

struct FourierWeightGradient {
    var shape: FourierShape
    var batch: Int
    var input: ImageView
    /// Of a group.
    var inputChannels: Int
    var outputGradient: ImageView
    var outputChannels: Int
    /// `[R, S, inputChannels, outputChannels]`, overwritten.
    var weightGradient: UnsafeMutablePointer<Float>

    /// A range of input channels, of output channels and of tiles.
    private struct Block {
        var inputs, outputs, tiles: Range<Int>
    }

    func run(in context: KernelContext) {
        let blocks = FourierBlocks(shape: shape, batch: batch, sources: inputChannels, targets: outputChannels)
        let n = blocks.frequencies
        context.scratch.borrow(n * sumFrequency(inputs: blocks.sources, outputs: blocks.targets)) { sums in
            context.scratch.borrow(n * blocks.frequency(blocks.sources)) { z in
                context.scratch.borrow(n * blocks.frequency(blocks.targets)) { d in
                    for outputs in FourierBlocks.ranges(outputChannels, by: blocks.targets) {
                        for inputs in FourierBlocks.ranges(inputChannels, by: blocks.sources) {
                            for tiles in FourierBlocks.ranges(batch * shape.tiles, by: blocks.tiles) {
                                let block = Block(inputs: inputs, outputs: outputs, tiles: tiles)
                                transform(block, blocks, inputs: z, gradients: d, in: context)
                                multiply(block, blocks, z, d, to: sums, in: context)
                            }
                            let block = Block(inputs: inputs, outputs: outputs, tiles: 0..<0)
                            transformBack(block, sums, in: context)
                        }
                    }
                }
            }
        }
    }

    /// Floats at one frequency of the sums: a row for each pair of inputs, then one for the mirror of each.
    private func sumFrequency(inputs: Int, outputs: Int) -> Int {
        FourierBlocks.apart((inputs + 1) / 2 * 2 * FourierBlocks.pitch(outputs))
    }

    private func transform(
        _ block: Block, _ blocks: FourierBlocks, inputs z: UnsafeMutablePointer<Float>,
        gradients d: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let columns = shape.horizontal.points
        let inputFrequency = blocks.frequency(block.inputs.count)
        let outputFrequency = blocks.frequency(block.outputs.count)
        context.transformTiles(
            block.tiles, channels: block.inputs, of: input, shape: shape, rows: shape.vertical.sourcePoints,
            layout: SpectrumLayout(row: columns * inputFrequency, column: inputFrequency),
            pitch: FourierBlocks.pitch(block.inputs.count), to: z
        ) { view, place, lanes in view.sources(of: place, shape: shape, lanes: lanes) }
        context.transformTiles(
            block.tiles, channels: block.outputs, of: outputGradient, shape: shape,
            rows: shape.vertical.targetPoints,
            layout: SpectrumLayout(row: columns * outputFrequency, column: outputFrequency),
            pitch: FourierBlocks.pitch(block.outputs.count), to: d
        ) { view, place, lanes in view.targets(of: place, shape: shape, lanes: lanes) }
    }

    private func multiply(
        _ block: Block, _ blocks: FourierBlocks, _ z: UnsafePointer<Float>, _ d: UnsafePointer<Float>,
        to sums: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let loops = context.fourierLoops
        let inputFrequency = blocks.frequency(block.inputs.count)
        let outputFrequency = blocks.frequency(block.outputs.count)
        let sumFrequency = sumFrequency(inputs: block.inputs.count, outputs: block.outputs.count)
        var product = offprint_complex_product()
        product.rows = (block.inputs.count + 1) / 2
        product.columns = (block.outputs.count + 15) / 16 * 8
        product.depth = block.tiles.count
        product.a_row = 2
        product.a_step = FourierBlocks.pitch(block.inputs.count)
        product.b_step = FourierBlocks.pitch(block.outputs.count)
        product.b_panel = 32
        product.accumulate = block.tiles.lowerBound > 0 ? 1 : 0
        product.c_row = FourierBlocks.pitch(block.outputs.count)
        let pairs = shape.tile.mirroredPairs
        context.pool.runRanges(pairs.count) { [product] range in
            var product = product
            for pair in pairs[range] {
                for (here, there) in [pair, (pair.mirror, pair.frequency)].prefix(pair.frequency == pair.mirror ? 1 : 2) {
                    product.a = z + there * inputFrequency
                    product.b = d + here * outputFrequency
                    product.a_conjugate = nil
                    product.c = sums + here * sumFrequency
                    loops.complex_multiply(&product)
                    product.a_conjugate = z + here * inputFrequency
                    product.b_conjugate = product.b
                    product.a = nil
                    product.c += product.rows * product.c_row
                    loops.complex_multiply(&product)
                }
            }
        }
    }

    private func transformBack(
        _ block: Block, _ sums: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let tile = shape.tile, loops = context.fourierLoops
        let frequency = sumFrequency(inputs: block.inputs.count, outputs: block.outputs.count)
        let pitch = FourierBlocks.pitch(block.outputs.count)
        let transform = InverseTransform(
            tile, rows: 0..<shape.vertical.kernel,
            layout: SpectrumLayout(row: tile.horizontal.points * frequency, column: frequency),
            plans: context.fourierPlans)
        let columns = (block.outputs.count + 15) / 16, pairs = (block.inputs.count + 1) / 2
        context.pool.runRanges(pairs * columns) { range in
            context.scratch.borrow(3 * tile.floats) { points in
                for index in range {
                    let (pair, column) = index.quotientAndRemainder(dividingBy: columns)
                    let place = sums + pair * pitch + column * 16
                    let mirror = points + tile.floats, aside = points + 2 * tile.floats
                    transform.run(place, aside: aside, to: points, with: loops)
                    transform.run(place + pairs * pitch, aside: aside, to: mirror, with: loops)
                    let output = block.outputs.lowerBound + column * 16
                    let taps = taps(lanes: min(16, block.outputs.upperBound - output))
                    let first = block.inputs.lowerBound + 2 * pair
                    let gradient = weightGradient + first * outputChannels + output
                    let second = first + 1 < block.inputs.upperBound ? gradient + outputChannels : nil
                    withUnsafePointer(to: taps) { loops.store_taps($0, points, mirror, gradient, second) }
                }
            }
        }
    }

    /// 16 output channels of the gradient.
    func taps(lanes: Int) -> offprint_taps {
        offprint_taps(
            taps_y: shape.vertical.kernel, taps_x: shape.horizontal.kernel,
            tap_row: shape.horizontal.kernel * inputChannels * outputChannels, tap: inputChannels * outputChannels,
            reversed: 1, columns: shape.horizontal.points, row: shape.tile.row, lanes: lanes, scale: shape.scale)
    }
}
