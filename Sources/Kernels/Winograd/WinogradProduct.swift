internal import CKernels

/// A convolution by tiles: patches are transformed, multiplied with the transformed weights position by position, and
/// transformed back.
///
/// Goals, in this order: a sum order that depends on the problem alone (each position is one chain of fused
/// multiply-adds over the channels, ascending); what a task transforms stays in the second cache until it is used;
/// every core near its peak; memory that does not grow with the number of images.
struct WinogradProduct {
    /// Tiles over all images.
    var tiles: Int
    /// The patches that are read; their channels are the reduction.
    var patches: offprint_tiles
    var source: UnsafePointer<Float>
    /// Rows are the channels of the patches, columns those of the targets.
    var weights: offprint_winograd_weights
    /// What is added to each channel, or nil for nothing.
    var start: UnsafePointer<Float>?
    /// The tiles that are written.
    var targets: offprint_tiles
    var output: UnsafeMutablePointer<Float>

    private static let panel = Int(OFFPRINT_PANEL), positions = Int(OFFPRINT_POSITIONS)

    func run(in context: KernelContext) {
        let cut = Cut(tiles: tiles, depth: patches.channels, columns: targets.channels)
        guard cut.sharesWeights else {
            return compute(columns: 0..<targets.channels, cut, sharedWeights: nil, in: context)
        }
        let layout = PanelLayout(depth: patches.channels)
        let rows = evenCut(patches.channels, longest: 64, unit: 16)
        context.scratch.borrow(cut.sharedColumns / Self.panel * layout.panel) { shared in
            for first in Swift.stride(from: 0, to: targets.channels, by: cut.sharedColumns) {
                let columns = first..<min(first + cut.sharedColumns, targets.channels)
                let panels = (columns.count + Self.panel - 1) / Self.panel
                context.pool.run(panels * rows.parts) { task in
                    let (panel, part) = task.quotientAndRemainder(dividingBy: rows.parts)
                    let row = part * rows.length
                    transformWeights(
                        firstColumn: first + panel * Self.panel, firstRow: row,
                        rows: min(rows.length, patches.channels - row),
                        into: shared + panel * layout.panel + row * Self.panel, layout: layout, in: context)
                }
                compute(columns: columns, cut, sharedWeights: UnsafePointer(shared), in: context)
            }
        }
    }

    private func compute(
        columns: Range<Int>, _ cut: Cut, sharedWeights: UnsafePointer<Float>?, in context: KernelContext
    ) {
        let columnTasks = (columns.count + cut.columnsPerTask - 1) / cut.columnsPerTask
        context.pool.run(cut.tileTasks * columnTasks) { task in
            let (tileTask, columnTask) = task.quotientAndRemainder(dividingBy: columnTasks)
            let firstTile = tileTask * cut.tilesPerTask, firstColumn = columnTask * cut.columnsPerTask
            let block = Block(
                firstTile: firstTile, tiles: min(cut.tilesPerTask, tiles - firstTile),
                firstColumn: columns.lowerBound + firstColumn,
                columns: min(cut.columnsPerTask, columns.count - firstColumn))
            let layout = PanelLayout(depth: patches.channels)
            compute(
                block, cut, sharedWeights: sharedWeights.map { $0 + firstColumn / Self.panel * layout.panel },
                in: context)
        }
    }

    /// What one task computes.
    private struct Block {
        var firstTile, tiles, firstColumn, columns: Int
    }

    /// - Parameter sharedWeights: those of the block's first column.
    private func compute(
        _ block: Block, _ cut: Cut, sharedWeights: UnsafePointer<Float>?, in context: KernelContext
    ) {
        let loops = context.convolutionLoops
        let depth = patches.channels
        let patchRow = oddPitch(cut.depthPerPiece), productRow = oddPitch(min(cut.columnsAtOnce, block.columns))
        let patchPosition = oddPitch(block.tiles * patchRow), productPosition = oddPitch(block.tiles * productRow)
        let layout = PanelLayout(depth: sharedWeights == nil ? cut.depthPerPiece : depth)
        let panelsAtOnce = (min(cut.columnsAtOnce, block.columns) + Self.panel - 1) / Self.panel
        let patchFloats = Self.positions * patchPosition, productFloats = Self.positions * productPosition
        let weightFloats = sharedWeights == nil ? panelsAtOnce * layout.panel : 0
        context.scratch.borrow(patchFloats + productFloats + weightFloats) { scratch in
            let transformed = scratch, products = scratch + patchFloats
            let ownWeights = products + productFloats
            for from in Swift.stride(from: 0, to: depth, by: cut.depthPerPiece) {
                let length = min(cut.depthPerPiece, depth - from)
                withUnsafePointer(to: patches.ofChannels(length)) {
                    loops.winograd.input(
                        $0, source + from, block.firstTile, block.tiles, 0, 6, transformed, patchPosition, patchRow)
                }
                for column in Swift.stride(from: 0, to: block.columns, by: cut.columnsAtOnce) {
                    let columns = min(cut.columnsAtOnce, block.columns - column)
                    var product = offprint_product()
                    if let sharedWeights {
                        product.b = sharedWeights + column / Self.panel * layout.panel + from * Self.panel
                    } else {
                        for panel in 0..<(columns + Self.panel - 1) / Self.panel {
                            transformWeights(
                                firstColumn: block.firstColumn + column + panel * Self.panel, firstRow: from, rows: length,
                                into: ownWeights + panel * layout.panel, layout: layout, in: context)
                        }
                        product.b = UnsafePointer(ownWeights)
                    }
                    product.rows = block.tiles
                    product.columns = columns
                    product.depth = length
                    product.a = UnsafePointer(transformed)
                    product.a_row = patchRow
                    product.a_step = 1
                    product.b_step = Self.panel
                    product.b_panel = layout.panel
                    product.c = products
                    product.c_row = productRow
                    product.start_row = productRow
                    for _ in 0..<Self.positions {
                        product.start = from == 0 ? nil : UnsafePointer(product.c)
                        loops.multiply(&product)
                        product.a += patchPosition
                        product.b += layout.position
                        product.c += productPosition
                    }
                    guard from + length == depth else { continue }
                    let channel = block.firstColumn + column
                    withUnsafePointer(to: targets.ofChannels(columns)) {
                        loops.winograd.output(
                            $0, products, productPosition, productRow, block.firstTile, block.tiles,
                            start.map { $0 + channel }, output + channel)
                    }
                }
            }
        }
    }

    private func transformWeights(
        firstColumn: Int, firstRow: Int, rows: Int, into out: UnsafeMutablePointer<Float>, layout: PanelLayout,
        in context: KernelContext
    ) {
        var part = weights
        part.w += firstRow * weights.row + firstColumn * weights.column
        part.rows = rows
        part.columns = min(Self.panel, weights.columns - firstColumn)
        context.convolutionLoops.winograd.weights(&part, out, layout.position)
    }

    /// How transformed weights lie: panel, position, row, column of the panel.
    private struct PanelLayout {
        let position: Int
        let panel: Int

        init(depth: Int) {
            position = oddPitch(depth * WinogradProduct.panel)
            panel = WinogradProduct.positions * position
        }
    }

    /// The cut into tasks and pieces, by the problem alone.
    ///
    /// A task's patches, products and the weights of its columns should fit 1 MiB together: then each is read from the
    /// second cache. More tiles make more of each weight, more columns more of each transformed patch.
    private struct Cut {
        let tileTasks, tilesPerTask: Int
        let columnsPerTask: Int
        /// Columns whose products are in memory at a time: all of the task's where the reduction has several pieces.
        let columnsAtOnce: Int
        let depthPerPiece: Int
        /// Whether the weights are transformed once for all tasks: where several tasks would each transform them.
        let sharesWeights: Bool
        /// Columns whose shared weights are in memory at a time.
        let sharedColumns: Int

        /// Floats of a task's transformed patches, of the weights that it transforms itself, and of all shared ones
        /// (10 MB: more would leave the third cache).
        private static let mostPatchFloats = 131_072, mostOwnFloats = 98_304, mostSharedFloats = 2_500_000

        init(tiles: Int, depth: Int, columns: Int) {
            let panel = WinogradProduct.panel, positions = WinogradProduct.positions
            (tileTasks, tilesPerTask) = evenCut(tiles, longest: depth <= 64 ? 32 : 48, unit: 4)
            // Writing many shared weights out and reading them back takes longer than transforming them a few times.
            sharesWeights = tileTasks >= (positions * depth * columns <= Self.mostSharedFloats ? 3 : 7)
            let widest = max(panel, Self.mostSharedFloats / (positions * depth))
            sharedColumns = sharesWeights ? evenCut(columns, longest: widest, unit: panel).length : columns
            // At least 16 tasks, where the columns suffice.
            let wanted = max(1, (16 + tileTasks - 1) / tileTasks)
            let share = max(panel, (columns + wanted - 1) / wanted)
            let narrow = min(share, 64)
            var deepest = Self.mostPatchFloats / (positions * tilesPerTask)
            if !sharesWeights { deepest = min(deepest, Self.mostOwnFloats / (positions * narrow)) }
            let pieces = evenCut(depth, longest: max(32, deepest / 16 * 16), unit: 16)
            depthPerPiece = pieces.length
            columnsPerTask = evenCut(sharedColumns, longest: pieces.parts > 1 ? narrow : share, unit: panel).length
            columnsAtOnce = pieces.parts > 1 ? columnsPerTask : min(columnsPerTask, 64)
        }
    }
}
