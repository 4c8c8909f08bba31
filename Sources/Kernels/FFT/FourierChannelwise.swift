internal import CKernels

// Convolutions in which each channel meets only itself (depthwise): spectra stay in the caches of one thread, from
// the images to the results.
//
// Of two neighbouring channels in one complex signal, Z(f) meets half of the sum of both kernels' spectra and the
// conjugate of Z(-f) half of their difference.

extension FourierConvolution {
    /// `kernel` is `[R, S, 1, targetChannels]`.
    func runChannelwise(in context: KernelContext) {
        let tile = shape.tile, loops = context.fourierLoops
        let layout = SpectrumLayout(row: tile.row, column: FourierTile.signals)
        let columns = (targetChannels + 15) / 16
        let kernelTransform = ForwardTransform(
            tile, rows: 0..<shape.vertical.kernel, layout: layout, plans: context.fourierPlans)
        let transform = ForwardTransform(
            tile, rows: shape.vertical.sourcePoints, layout: layout, plans: context.fourierPlans)
        let inverse = InverseTransform(
            tile, rows: shape.vertical.targetPoints, layout: layout, plans: context.fourierPlans)
        let spectrum = offprint_spectrum(
            rows: tile.vertical.points, columns: tile.horizontal.points, row: tile.row)
        // Blocks of 16 channels and runs of tiles: each transforms its kernel anew, so no run is short.
        let count = batch * shape.tiles
        let runs = FourierBlocks.ranges(count, by: max(4, (count + 7) / 8))
        context.pool.run(columns * runs.count) { task in
            let (column, run) = task.quotientAndRemainder(dividingBy: runs.count)
            let channel = column * 16, lanes = min(16, targetChannels - channel)
            context.scratch.borrow(4 * tile.floats) { points in
                let aside = points + tile.floats
                let sum = aside + tile.floats, difference = sum + tile.floats
                let taps = taps(channelwise: lanes)
                for (kind, place) in [(OFFPRINT_TAPS_SUM, sum), (OFFPRINT_TAPS_DIFFERENCE, difference)] {
                    withUnsafePointer(to: taps) { loops.load_taps($0, kind, kernel + channel, nil, points) }
                    kernelTransform.run(points, aside: aside, to: place, with: loops)
                }
                for index in runs[run] {
                    let place = TilePlace(index, shape: shape)
                    let description = source.sources(of: place, shape: shape, lanes: lanes)
                    withUnsafePointer(to: description) {
                        loops.load_tile(
                            $0, source.base + place.image * source.image + channel,
                            points + shape.vertical.sourcePoints.lowerBound * tile.row)
                    }
                    transform.run(points, aside: aside, to: points, with: loops)
                    withUnsafePointer(to: spectrum) { loops.channel_product($0, sum, difference, points) }
                    inverse.run(points, aside: aside, to: points, with: loops)
                    store(points, place: place, channel: channel, with: loops)
                }
            }
        }
    }

    private func taps(channelwise lanes: Int) -> offprint_taps {
        offprint_taps(
            taps_y: shape.vertical.kernel, taps_x: shape.horizontal.kernel,
            tap_row: shape.horizontal.kernel * targetChannels, tap: targetChannels, reversed: reversed ? 1 : 0,
            columns: shape.horizontal.points, row: shape.tile.row, lanes: lanes, scale: shape.scale)
    }
}

extension FourierWeightGradient {
    /// `weightGradient` is `[R, S, 1, outputChannels]`.
    func runChannelwise(in context: KernelContext) {
        let tile = shape.tile, loops = context.fourierLoops
        let layout = SpectrumLayout(row: tile.row, column: FourierTile.signals)
        let inputs = ForwardTransform(
            tile, rows: shape.vertical.sourcePoints, layout: layout, plans: context.fourierPlans)
        let gradients = ForwardTransform(
            tile, rows: shape.vertical.targetPoints, layout: layout, plans: context.fourierPlans)
        let inverse = InverseTransform(
            tile, rows: 0..<shape.vertical.kernel, layout: layout, plans: context.fourierPlans)
        let spectrum = offprint_spectrum(
            rows: tile.vertical.points, columns: tile.horizontal.points, row: tile.row)
        let columns = (outputChannels + 15) / 16
        // Runs by the number of tiles alone; each has sums of its own, added in ascending order.
        let count = batch * shape.tiles
        let runs = FourierBlocks.ranges(count, by: max(4, (count + 3) / 4))
        context.scratch.borrow(columns * runs.count * tile.floats) { sums in
            context.pool.run(columns * runs.count) { task in
                let (column, run) = task.quotientAndRemainder(dividingBy: runs.count)
                let channel = column * 16, lanes = min(16, outputChannels - channel)
                let sum = sums + task * tile.floats
                sum.update(repeating: 0, count: tile.floats)
                context.scratch.borrow(3 * tile.floats) { x in
                    let y = x + tile.floats, aside = y + tile.floats
                    for index in runs[run] {
                        let place = TilePlace(index, shape: shape)
                        let inputTile = input.sources(of: place, shape: shape, lanes: lanes)
                        let gradientTile = outputGradient.targets(of: place, shape: shape, lanes: lanes)
                        withUnsafePointer(to: inputTile) {
                            loops.load_tile(
                                $0, input.base + place.image * input.image + channel,
                                x + inputs.rows.lowerBound * tile.row)
                        }
                        withUnsafePointer(to: gradientTile) {
                            loops.load_tile(
                                $0, outputGradient.base + place.image * outputGradient.image + channel,
                                y + gradients.rows.lowerBound * tile.row)
                        }
                        inputs.run(x, aside: aside, to: x, with: loops)
                        gradients.run(y, aside: aside, to: y, with: loops)
                        withUnsafePointer(to: spectrum) { loops.channel_gradient($0, x, y, sum) }
                    }
                }
            }
            context.pool.run(columns) { column in
                let channel = column * 16
                let first = sums + column * runs.count * tile.floats
                for run in runs.indices.dropFirst() {
                    context.elementwiseLoops.accumulate(tile.floats, first + run * tile.floats, first)
                }
                context.scratch.borrow(2 * tile.floats) { points in
                    inverse.run(first, aside: points + tile.floats, to: points, with: loops)
                    let taps = taps(lanes: min(16, outputChannels - channel))
                    withUnsafePointer(to: taps) {
                        loops.store_taps($0, points, nil, weightGradient + channel, nil)
                    }
                }
            }
        }
    }
}
