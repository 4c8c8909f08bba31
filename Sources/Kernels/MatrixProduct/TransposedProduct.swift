internal import CKernels

/// The product of weight gradients: (windows of the source) transposed times the output gradient, once for each
/// group; the reduction runs over the places.
///
/// Goals, in this order: a sum order that depends on the problem alone (places ascend within a chunk, chunks are
/// added in ascending order); every core near its peak; little memory. The places are cut into chunks only where
/// the result has too few rows to occupy many cores.
struct TransposedProduct {
    /// Where group 0's windows lie in `source`; group `g` starts `g * window.channels` floats later.
    var window: offprint_window
    var source: UnsafePointer<Float>
    /// Floats of the whole source tensor.
    var sourceCount: Int
    var groups: Int
    /// Elements of one window: rows of one group's result.
    var rows: Int
    /// Places x columns.
    var right: RightHandSide
    /// `[rows, groups * columns]`, overwritten.
    var output: UnsafeMutablePointer<Float>

    /// Of the source, if it is one to be normalized first: of windows in place.
    var normalizer: InputNormalizer?

    /// Floats from one gathered window to the next: an odd number of cache lines, 16 more than a task's rows.
    private static let pitch = 112
    private static let mostRows = 96

    func run(in context: KernelContext) {
        precondition(normalizer == nil || window.isInPlace, "normalized windows lie in place")
        let rowsPerTask = rowsPerTask
        let rowTasks = (rows + rowsPerTask - 1) / rowsPerTask
        let chunkLength = chunkLength(rowTasks: rowTasks)
        let chunks = max(1, (right.depth + chunkLength - 1) / chunkLength)
        let count = rows * groups * right.columns
        // The first chunk goes to the output itself.
        context.scratch.borrow((chunks - 1) * count) { partials in
            context.pool.run(chunks * groups * rowTasks) { task in
                let (rest, rowTask) = task.quotientAndRemainder(dividingBy: rowTasks)
                let (chunk, group) = rest.quotientAndRemainder(dividingBy: groups)
                let block = Block(
                    group: group, firstRow: rowTask * rowsPerTask,
                    rows: min(rowsPerTask, rows - rowTask * rowsPerTask),
                    firstPlace: chunk * chunkLength,
                    places: min(chunkLength, right.depth - chunk * chunkLength))
                compute(block, into: chunk == 0 ? output : partials + (chunk - 1) * count, in: context)
            }
            if chunks > 1 {
                context.addPartials(UnsafePointer(partials), partials: chunks - 1, count: count, to: output)
            }
        }
    }

    /// What one task computes.
    private struct Block {
        var group, firstRow, rows, firstPlace, places: Int
    }

    private func compute(_ block: Block, into target: UnsafeMutablePointer<Float>, in context: KernelContext) {
        let loops = context.convolutionLoops
        let length = Int(OFFPRINT_DEPTH)
        let groupSource = source + block.group * window.channels
        let readsInPlace = window.isInPlace && normalizer == nil
        context.scratch.borrow(readsInPlace ? 0 : length * Self.pitch) { left in
            var product = offprint_product()
            product.rows = block.rows
            product.columns = right.columns
            product.a_row = 1
            product.c_row = groups * right.columns
            product.c = target + block.firstRow * product.c_row + block.group * right.columns
            for from in Swift.stride(from: 0, to: max(block.places, 1), by: length) {
                product.depth = min(length, block.places - from)
                let place = block.firstPlace + from
                if readsInPlace {
                    product.a = groupSource + place * window.pixel + block.firstRow
                    product.a_step = window.pixel
                } else {
                    if let normalizer {
                        normalizer.copy(
                            rows: product.depth, channel: block.group * window.channels + block.firstRow,
                            columns: block.rows, from: groupSource + place * window.pixel + block.firstRow,
                            pitch: window.pixel, to: left, targetPitch: Self.pitch)
                        product.ask = groupSource + (place + product.depth) * window.pixel + block.firstRow
                        product.ask_row = window.pixel
                    } else {
                        withUnsafePointer(to: window) {
                            loops.gather(
                                $0, groupSource, source + sourceCount, place, product.depth, block.firstRow,
                                block.rows, left, Self.pitch)
                        }
                    }
                    product.a = UnsafePointer(left)
                    product.a_step = Self.pitch
                }
                right.place(in: &product, group: block.group, depth: place, column: 0)
                loops.multiply(&product)
                product.start = UnsafePointer(product.c)
                product.start_row = product.c_row
            }
        }
    }

    // MARK: Cuts, by the problem alone

    /// As many as keep the right-hand side from being read too often; fewer where chunks cannot make enough tasks.
    private var rowsPerTask: Int {
        let length = Int(OFFPRINT_DEPTH)
        let most = min(24, (right.depth + length - 1) / length)
        var rowsPerTask = Self.mostRows
        while rowsPerTask > 24 && groups * ((rows + rowsPerTask - 1) / rowsPerTask) * most < 24 { rowsPerTask /= 2 }
        return rowsPerTask
    }

    /// Whole pieces of the reduction; about 24 tasks in all where there are enough places.
    private func chunkLength(rowTasks: Int) -> Int {
        let length = Int(OFFPRINT_DEPTH)
        let wanted = max(1, (24 + rowTasks * groups - 1) / (rowTasks * groups))
        let pieces = (right.depth + length - 1) / length
        return max(1, (pieces + wanted - 1) / wanted) * length
    }
}

extension KernelContext {
    /// `output[i] += partials[p * count + i]` for all partials in ascending order.
    func addPartials(
        _ source: UnsafePointer<Float>, partials: Int, count: Int, to output: UnsafeMutablePointer<Float>
    ) {
        let length = 4096
        pool.run((count + length - 1) / length) { task in
            let from = task * length
            for partial in 0..<partials {
                elementwiseLoops.accumulate(
                    min(length, count - from), source + partial * count + from, output + from)
            }
        }
    }
}
