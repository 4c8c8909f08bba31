internal import CKernels

/// The weight gradient by tiles: transformed patches times transformed output gradients, summed over the tiles position
/// by position, and transformed back to 3x3 taps.
///
/// Goals, in this order: a sum order that depends on the problem alone (tiles ascend within a chunk, chunks are added in
/// ascending order); what a task transforms stays in the second cache until it is used; every core near its peak.
/// Each task takes one of the six frequencies down: its sums are a sixth of all, so that blocks of channels are wide
/// and few patches are transformed twice.
struct WinogradWeightGradient {
    /// Tiles over all images.
    var tiles: Int
    /// The patches of the input.
    var patches: offprint_tiles
    var input: UnsafePointer<Float>
    /// The tiles of the output gradient.
    var gradients: offprint_tiles
    var outputGradient: UnsafePointer<Float>
    /// `[3, 3, C, K]`, overwritten.
    var output: UnsafeMutablePointer<Float>

    private static let frequencies = 6

    func run(in context: KernelContext) {
        let cut = Cut(tiles: tiles, rows: patches.channels, columns: gradients.channels)
        let tap = patches.channels * gradients.channels
        let frequency = 3 * tap, chunk = Self.frequencies * frequency
        let blocks = cut.rows.parts * cut.columns.parts
        context.scratch.borrow(cut.chunks.parts * chunk) { sums in
            context.pool.run(cut.chunks.parts * Self.frequencies * blocks) { task in
                let (rest, place) = task.quotientAndRemainder(dividingBy: blocks)
                let (chunkIndex, index) = rest.quotientAndRemainder(dividingBy: Self.frequencies)
                let (rowBlock, columnBlock) = place.quotientAndRemainder(dividingBy: cut.columns.parts)
                let firstRow = rowBlock * cut.rows.length, firstColumn = columnBlock * cut.columns.length
                let firstTile = chunkIndex * cut.chunks.length
                let block = Block(
                    frequency: index, firstTile: firstTile, tiles: min(cut.chunks.length, tiles - firstTile),
                    firstRow: firstRow, rows: min(cut.rows.length, patches.channels - firstRow),
                    firstColumn: firstColumn, columns: min(cut.columns.length, gradients.channels - firstColumn))
                compute(
                    block, tilesPerPiece: cut.tilesPerPiece, into: sums + chunkIndex * chunk + index * frequency,
                    in: context)
            }
            let loops = context.convolutionLoops
            let pieces = evenCut(tap, longest: 4096, unit: 16)
            context.pool.run(3 * pieces.parts) { task in
                let (column, piece) = task.quotientAndRemainder(dividingBy: pieces.parts)
                let first = column * tap + piece * pieces.length
                loops.winograd.weights_down(
                    min(pieces.length, tap - piece * pieces.length), cut.chunks.parts, sums + first, chunk, frequency,
                    output + first, 3 * tap)
            }
        }
    }

    /// What one task computes.
    private struct Block {
        var frequency, firstTile, tiles, firstRow, rows, firstColumn, columns: Int
    }

    /// Writes the block's part of `[3, C, K]`.
    private func compute(
        _ block: Block, tilesPerPiece: Int, into target: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        let loops = context.convolutionLoops
        let patchRow = oddPitch(block.rows), gradientRow = oddPitch(block.columns)
        let patchPosition = oddPitch(tilesPerPiece * patchRow)
        let gradientPosition = oddPitch(tilesPerPiece * gradientRow)
        let sumPosition = oddPitch(block.rows * gradientRow)
        let six = Self.frequencies
        context.scratch.borrow(six * (patchPosition + gradientPosition + sumPosition)) { scratch in
            let transformedPatches = scratch, transformedGradients = scratch + six * patchPosition
            let sums = transformedGradients + six * gradientPosition
            let from = Int32(block.frequency)
            for piece in Swift.stride(from: 0, to: block.tiles, by: tilesPerPiece) {
                let count = min(tilesPerPiece, block.tiles - piece)
                withUnsafePointer(to: patches.ofChannels(block.rows)) {
                    loops.winograd.input(
                        $0, input + block.firstRow, block.firstTile + piece, count, from, from + 1,
                        transformedPatches, patchPosition, patchRow)
                }
                withUnsafePointer(to: gradients.ofChannels(block.columns)) {
                    loops.winograd.gradient(
                        $0, outputGradient + block.firstColumn, block.firstTile + piece, count, from, from + 1,
                        transformedGradients, gradientPosition, gradientRow)
                }
                var product = offprint_product()
                product.rows = block.rows
                product.columns = block.columns
                product.depth = count
                product.a = UnsafePointer(transformedPatches)
                product.a_row = 1
                product.a_step = patchRow
                product.b = UnsafePointer(transformedGradients)
                product.b_step = gradientRow
                product.b_panel = Int(OFFPRINT_PANEL)
                product.c = sums
                product.c_row = gradientRow
                product.start_row = gradientRow
                for _ in 0..<six {
                    product.start = piece == 0 ? nil : UnsafePointer(product.c)
                    loops.multiply(&product)
                    product.a += patchPosition
                    product.b += gradientPosition
                    product.c += sumPosition
                }
            }
            let row = gradients.channels
            loops.winograd.weights_across(
                block.rows, block.columns, sums, sumPosition, gradientRow,
                target + block.firstRow * row + block.firstColumn, patches.channels * row, row)
        }
    }

    /// The cut into tasks and pieces, by the problem alone.
    private struct Cut {
        let rows, columns, chunks: (parts: Int, length: Int)
        let tilesPerPiece: Int

        /// Floats of a task's transformed patches and gradients: with the sums of 128 x 128 channels, 1 MiB.
        private static let mostTransformed = 131_072

        init(tiles: Int, rows rowCount: Int, columns columnCount: Int) {
            rows = evenCut(rowCount, longest: 128, unit: 16)
            columns = evenCut(columnCount, longest: 128, unit: 32)
            // About 24 tasks, and 64 tiles or more in each chunk.
            let wanted = max(1, 24 / (WinogradWeightGradient.frequencies * rows.parts * columns.parts))
            chunks = evenCut(tiles, longest: max(64, (tiles + wanted - 1) / wanted), unit: 4)
            let most = max(16, Self.mostTransformed / (6 * (rows.length + columns.length)))
            tilesPerPiece = evenCut(chunks.length, longest: most, unit: 4).length
        }
    }
}
