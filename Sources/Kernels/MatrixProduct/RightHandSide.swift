internal import CKernels

/// The right-hand sides of one product for each group, where they lie or packed into panels of 32 columns (16 where
/// there are no more) that are padded with zeros.
struct RightHandSide {
    let depth: Int
    let columns: Int
    private let base: UnsafePointer<Float>
    private let step: Int
    private let panel: Int
    private let group: Int

    /// Row-major `[depth, …]` with `row` floats a row; group `g` starts `g * columns` floats into a row.
    /// - Parameter columns: a multiple of 16, see `canStayInPlace`.
    init(inPlace base: UnsafePointer<Float>, depth: Int, columns: Int, row: Int) {
        precondition(Self.canStayInPlace(columns: columns))
        self.base = base
        self.depth = depth
        self.columns = columns
        step = row
        panel = Int(OFFPRINT_PANEL)
        group = columns
    }

    /// Panels as `Panels` describes them.
    init(packed base: UnsafePointer<Float>, panels: Panels) {
        self.base = base
        depth = panels.depth
        columns = panels.columns
        step = panels.width
        panel = panels.depth * panels.width
        group = panels.count * panel
    }

    /// Loops read whole vectors of columns.
    static func canStayInPlace(columns: Int) -> Bool { columns % 16 == 0 }

    /// Points `product` to the rows from `depth` on and the columns from `column` (a multiple of 32) on.
    func place(in product: inout offprint_product, group index: Int, depth: Int, column: Int) {
        product.b = base + index * group + column / Int(OFFPRINT_PANEL) * panel + depth * step
        product.b_step = step
        product.b_panel = panel
    }
}

/// The extents of packed right-hand sides of `depth` x `columns`.
struct Panels {
    let depth: Int
    let columns: Int

    var width: Int { columns <= 16 ? 16 : Int(OFFPRINT_PANEL) }
    /// Panels of one group.
    var count: Int { (columns + width - 1) / width }
    /// Floats of one group.
    var floats: Int { count * depth * width }

    /// Packs the rows `[firstRow, firstRow + rows)` of one panel of one group from source elements
    /// `source[row * step + column * columnStep]`, both counted from the first row and from column 0.
    func pack(
        group: Int, panel: Int, firstRow: Int, rows: Int, source: UnsafePointer<Float>, step: Int, columnStep: Int,
        into base: UnsafeMutablePointer<Float>, with loops: offprint_convolution_kernels
    ) {
        let firstColumn = panel * width
        loops.pack_panel(
            rows, min(width, columns - firstColumn), source + firstColumn * columnStep, step, columnStep,
            base + group * floats + (panel * depth + firstRow) * width, width)
    }
}
