internal import CKernels

/// A tile of points in the plane, 16 channels deep, in scratch memory: two transforms, along the rows and along the
/// columns, lead from it to a spectrum and back.
struct FourierTile: Sendable {
    /// Channels of a tile: 8 complex signals.
    static let signals = Int(OFFPRINT_SIGNALS)

    let vertical, horizontal: FourierLength

    /// Floats from one row to the next: an odd number of cache lines, so that the rows do not collide.
    var row: Int { (horizontal.points | 1) * Self.signals }
    /// Floats of one tile.
    var floats: Int { vertical.points * row }
    var frequencies: Int { vertical.points * horizontal.points }

    /// Frequencies that stand for themselves and their mirror image: indices `y * columns + x` of both, equal for
    /// the ones that are their own.
    var mirroredPairs: [(frequency: Int, mirror: Int)] {
        let rows = vertical.points, columns = horizontal.points
        return (0..<frequencies).compactMap { frequency in
            let (y, x) = frequency.quotientAndRemainder(dividingBy: columns)
            let mirror = (rows - y) % rows * columns + (columns - x) % columns
            return frequency <= mirror ? (frequency, mirror) : nil
        }
    }
}

/// Where the frequencies of a tile lie in a spectrum: floats between rows and between columns of frequencies.
struct SpectrumLayout: Hashable, Sendable {
    var row, column: Int

    /// Spectra from 8 MiB on are written past the caches: they would not stay there until they are read.
    func isFar(_ tile: FourierTile) -> Bool { tile.vertical.points * row >= 2 << 20 }
}

/// From the points of a tile to its spectrum.
struct ForwardTransform: Sendable {
    let tile: FourierTile
    /// Rows that are not zero.
    let rows: Range<Int>
    private let alongRows, alongColumns: FourierPlan
    private let rowTwiddles, columnTwiddles: [Float]
    /// Where the spectrum lies if it is written in a second step.
    private let far: SpectrumLayout?

    init(_ tile: FourierTile, rows: Range<Int>, layout: SpectrumLayout, plans: FourierPlans) {
        self.tile = tile
        self.rows = rows
        let point = FourierTile.signals
        far = layout.isFar(tile) ? layout : nil
        let near = layout.isFar(tile) ? SpectrumLayout(row: tile.row, column: point) : layout
        alongRows = plans.plan(
            tile.horizontal.description(
                sourceStep: point, targetStep: point,
                loops: [.init(count: rows.count, sourceStep: tile.row, targetStep: tile.row)], direction: .forward))
        alongColumns = plans.plan(
            tile.vertical.description(
                sourceStep: tile.row, targetStep: near.row,
                loops: [.init(count: tile.horizontal.points, sourceStep: point, targetStep: near.column)],
                direction: .forward))
        rowTwiddles = tile.horizontal.twiddles(.forward)
        columnTwiddles = tile.vertical.twiddles(.forward)
    }

    /// - Parameters:
    ///   - points: `tile.floats` floats whose rows `rows` are filled; overwritten.
    ///   - aside: as many floats, overwritten.
    ///   - spectrum: the first frequency of the 16 channels.
    func run(
        _ points: UnsafeMutablePointer<Float>, aside: UnsafeMutablePointer<Float>,
        to spectrum: UnsafeMutablePointer<Float>, with loops: offprint_fourier_kernels
    ) {
        let first = rows.lowerBound * tile.row
        tile.horizontal.butterflies(
            before: true, rowTwiddles, step: FourierTile.signals, transforms: rows.count, apart: tile.row,
            points + first, with: loops)
        alongRows.execute(from: points + first, to: aside + first)
        aside.update(repeating: 0, count: first)
        let end = rows.upperBound * tile.row
        (aside + end).update(repeating: 0, count: tile.floats - end)
        tile.vertical.butterflies(
            before: true, columnTwiddles, step: tile.row, transforms: tile.horizontal.points,
            apart: FourierTile.signals, aside, with: loops)
        guard let far else { return alongColumns.execute(from: aside, to: spectrum) }
        alongColumns.execute(from: aside, to: points)
        var shape = offprint_spectrum(
            rows: tile.vertical.points, columns: tile.horizontal.points, row: tile.row)
        loops.spread_spectrum(&shape, points, spectrum, far.row, far.column)
    }
}

/// From a spectrum to the points of a tile, not scaled.
struct InverseTransform: Sendable {
    let tile: FourierTile
    /// Rows that are asked for.
    let rows: Range<Int>
    private let alongRows, alongColumns: FourierPlan
    private let rowTwiddles, columnTwiddles: [Float]

    init(_ tile: FourierTile, rows: Range<Int>, layout: SpectrumLayout, plans: FourierPlans) {
        self.tile = tile
        self.rows = rows
        let point = FourierTile.signals
        alongColumns = plans.plan(
            tile.vertical.description(
                sourceStep: layout.row, targetStep: tile.row,
                loops: [.init(count: tile.horizontal.points, sourceStep: layout.column, targetStep: point)],
                direction: .inverse))
        alongRows = plans.plan(
            tile.horizontal.description(
                sourceStep: point, targetStep: point,
                loops: [.init(count: rows.count, sourceStep: tile.row, targetStep: tile.row)], direction: .inverse))
        rowTwiddles = tile.horizontal.twiddles(.inverse)
        columnTwiddles = tile.vertical.twiddles(.inverse)
    }

    /// - Parameters:
    ///   - spectrum: the first frequency of the 16 channels; only read.
    ///   - aside: `tile.floats` floats, overwritten.
    ///   - points: as many floats; the rows `rows` are written.
    func run(
        _ spectrum: UnsafeMutablePointer<Float>, aside: UnsafeMutablePointer<Float>,
        to points: UnsafeMutablePointer<Float>, with loops: offprint_fourier_kernels
    ) {
        alongColumns.execute(from: spectrum, to: aside)
        tile.vertical.butterflies(
            before: false, columnTwiddles, step: tile.row, transforms: tile.horizontal.points,
            apart: FourierTile.signals, aside, with: loops)
        let first = rows.lowerBound * tile.row
        alongRows.execute(from: aside + first, to: points + first)
        tile.horizontal.butterflies(
            before: false, rowTwiddles, step: FourierTile.signals, transforms: rows.count, apart: tile.row,
            points + first, with: loops)
    }
}

extension FourierLength {
    /// - Parameter twiddles: of the direction; empty where there is nothing to do.
    fileprivate func butterflies(
        before: Bool, _ twiddles: [Float], step: Int, transforms: Int, apart: Int,
        _ data: UnsafeMutablePointer<Float>, with loops: offprint_fourier_kernels
    ) {
        guard radix > 1 else { return }
        twiddles.withUnsafeBufferPointer { factors in
            var stage = offprint_butterflies(
                radix: radix, count: points / radix, step: step, transforms: transforms, apart: apart,
                before: before ? 1 : 0, sign: before ? -1 : 1, twiddles: factors.baseAddress)
            loops.butterflies(&stage, data)
        }
    }
}
