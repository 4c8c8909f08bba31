internal import CKernels

/// The matrix product behind convolutions: places x reduction times reduction x columns, once for each group.
///
/// Goals, in this order: each output is one chain of fused multiply-adds in the order of the reduction, whatever
/// the cut into tasks and pieces; every core near its peak; little memory beside the operands. The left-hand side
/// is read in place where its rows lie evenly, else gathered for one task and one piece of the reduction at a time.
struct GatheredProduct {
    /// Where group 0's windows lie in `source`; group `g` starts `g * window.channels` floats later.
    var window: offprint_window
    var source: UnsafePointer<Float>
    /// Floats of the whole source tensor.
    var sourceCount: Int
    var groups: Int
    /// Windows over all images.
    var places: Int
    var right: RightHandSide
    /// What the sums start from, one value for each column of all groups, or nil for zero.
    var start: UnsafePointer<Float>?
    var output: PlaceLayout
    var outputBase: UnsafeMutablePointer<Float>
    /// Of the source, if it is one to be normalized first: of windows in place.
    var normalizer: InputNormalizer?
    /// Is told of what is written to every pixel in order.
    var written: WrittenRows?
    /// 12, 24, 48 or 96: a task has as many rows, for each task reads all of its columns' right-hand side.
    var leastRowsPerTask = 12

    func run(in context: KernelContext) {
        guard places > 0 else { return }
        precondition(normalizer == nil || window.isInPlace, "normalized windows lie in place")
        let (rowsPerTask, columnsPerTask) = cut
        let rowTasks = (places + rowsPerTask - 1) / rowsPerTask
        let columnTasks = (right.columns + columnsPerTask - 1) / columnsPerTask
        context.pool.run(groups * rowTasks * columnTasks) { task in
            let (rest, columnTask) = task.quotientAndRemainder(dividingBy: columnTasks)
            let (group, rowTask) = rest.quotientAndRemainder(dividingBy: rowTasks)
            let firstRow = rowTask * rowsPerTask, firstColumn = columnTask * columnsPerTask
            let block = Block(
                group: group, firstRow: firstRow, rows: min(rowsPerTask, places - firstRow),
                firstColumn: firstColumn, columns: min(columnsPerTask, right.columns - firstColumn))
            compute(block, in: context)
        }
    }

    /// What one task computes.
    private struct Block {
        var group, firstRow, rows, firstColumn, columns: Int
    }

    private func compute(_ block: Block, in context: KernelContext) {
        let gathered = readsInPlace ? 0 : block.rows * Int(OFFPRINT_PITCH)
        let aside = output.isEven ? 0 : block.rows * block.columns
        context.scratch.borrow(gathered + aside) { scratch in
            let column = block.group * right.columns + block.firstColumn
            let target = output.isEven
                ? outputBase + block.firstRow * output.pixel + column : scratch + gathered
            var product = offprint_product()
            product.rows = block.rows
            product.columns = block.columns
            product.c = target
            product.c_row = output.isEven ? output.pixel : block.columns
            multiply(&product, block, start: start.map { $0 + column }, left: scratch, in: context)
            if !output.isEven {
                output.scatter(
                    target, firstPlace: block.firstRow, places: block.rows, columns: block.columns,
                    to: outputBase + column)
            }
            if output.isEven { written?.wrote(block.firstRow..<block.firstRow + block.rows, channels: block.columns) }
        }
    }

    /// Rows a multiple of 4 KiB apart share one set of the first cache: where many columns read them, they are copied.
    private var readsInPlace: Bool {
        normalizer == nil && window.isInPlace && (right.columns <= 64 || window.pixel % 1024 != 0)
    }

    private func multiply(
        _ product: inout offprint_product, _ block: Block, start: UnsafePointer<Float>?,
        left: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let loops = context.convolutionLoops
        let groupSource = source + block.group * window.channels
        let length = Self.pieceLength(depth: right.depth)
        product.start = start
        product.start_row = 0
        product.a_step = 1
        for from in Swift.stride(from: 0, to: max(right.depth, 1), by: length) {
            product.depth = min(length, right.depth - from)
            if readsInPlace {
                product.a = groupSource + block.firstRow * window.pixel + from
                product.a_row = window.pixel
            } else {
                if let normalizer {
                    normalizer.copy(
                        rows: block.rows, channel: block.group * window.channels + from, columns: product.depth,
                        from: groupSource + block.firstRow * window.pixel + from, pitch: window.pixel, to: left,
                        targetPitch: Int(OFFPRINT_PITCH))
                    // The rows of the next task, which most likely is this thread's.
                    product.ask = groupSource + (block.firstRow + block.rows) * window.pixel + from
                    product.ask_row = window.pixel
                } else {
                    withUnsafePointer(to: window) {
                        loops.gather(
                            $0, groupSource, source + sourceCount, block.firstRow, block.rows, from, product.depth,
                            left, Int(OFFPRINT_PITCH))
                    }
                }
                product.a = UnsafePointer(left)
                product.a_row = Int(OFFPRINT_PITCH)
            }
            right.place(in: &product, group: block.group, depth: from, column: block.firstColumn)
            loops.multiply(&product)
            product.start = UnsafePointer(product.c)
            product.start_row = product.c_row
        }
    }

    // MARK: Cuts, by the problem alone

    /// Rows and columns of a task: as many rows as keep the right-hand side from being read too often, and as few
    /// columns as make enough tasks, but not so few that gathering the rows again for each of them costs much.
    private var cut: (rows: Int, columns: Int) {
        let panel = Int(OFFPRINT_PANEL), enough = 24
        for (rows, narrowest) in [(96, 4 * panel), (48, 2 * panel), (24, panel), (12, panel)]
        where rows >= leastRowsPerTask {
            let rowTasks = groups * ((places + rows - 1) / rows)
            let wanted = (enough + rowTasks - 1) / rowTasks
            let columns = max(narrowest, (right.columns + wanted - 1) / wanted)
            let width = min(right.columns, (columns + panel - 1) / panel * panel)
            let tasks = rowTasks * ((right.columns + width - 1) / width)
            if tasks >= enough || (tasks >= enough / 2 && rows <= 48) || rows == leastRowsPerTask { return (rows, width) }
        }
        return (leastRowsPerTask, right.columns)
    }

    /// Even pieces, none longer than `OFFPRINT_DEPTH`.
    private static func pieceLength(depth: Int) -> Int {
        let longest = Int(OFFPRINT_DEPTH)
        let pieces = max(1, (depth + longest - 1) / longest)
        return max(8, ((depth + pieces - 1) / pieces + 7) / 8 * 8)
    }
}

extension offprint_window {
    /// Whether the windows are the pixels themselves, in their order.
    var isInPlace: Bool {
        taps_y == 1 && taps_x == 1 && step == 1 && y_origin == 0 && x_origin == 0
            && grid_height == height && grid_width == width
    }

    /// Rows of a matrix, `channels` floats of `pixel` each.
    static func rows(of channels: Int, apart pixel: Int) -> offprint_window {
        offprint_window(
            height: 1, width: 1, pixel: pixel, channels: channels, grid_height: 1, grid_width: 1, step: 1,
            y_origin: 0, x_origin: 0, taps_y: 1, taps_x: 1)
    }
}

/// Where the places of a grid lie in the output images: all pixels in order, or those of one phase of a stride.
struct PlaceLayout {
    /// Floats from one pixel to the next.
    var pixel: Int
    /// Pixels of an image, the places of the grid over it, and where its first one lies.
    var height = 1, width = 1
    var gridHeight = 1, gridWidth = 1
    var firstY = 0, firstX = 0
    var step = 1
    /// Pixels of a place, from its first one: the columns are pixel by pixel. Those past the image are left out.
    var blockHeight = 1, blockWidth = 1

    /// Whether place `i` is pixel `i`.
    var isEven: Bool { step == 1 }

    /// Copies rows of `columns` floats to the pixels of the places.
    func scatter(
        _ rows: UnsafePointer<Float>, firstPlace: Int, places: Int, columns: Int, to base: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<places {
            let (image, place) = (firstPlace + row).quotientAndRemainder(dividingBy: gridHeight * gridWidth)
            let (gridY, gridX) = place.quotientAndRemainder(dividingBy: gridWidth)
            let y = firstY + gridY * step, x = firstX + gridX * step
            let channels = columns / (blockHeight * blockWidth)
            for blockY in 0..<min(blockHeight, height - y) {
                for blockX in 0..<min(blockWidth, width - x) {
                    let target = base + ((image * height + y + blockY) * width + x + blockX) * pixel
                    let from = rows + row * columns + (blockY * blockWidth + blockX) * channels
                    target.update(from: from, count: channels)
                }
            }
        }
    }
}
