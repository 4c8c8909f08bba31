/// A matrix as coloured cells, the first row at the top. The figure's axes give the titles of columns (x) and rows (y);
/// their scales and ranges are not used.
public struct HeatMapMark: Sendable, Hashable {
    /// What is written in the cells.
    public enum CellText: Sendable, Hashable {
        case none
        /// The value, if all fit.
        case values
        /// For counts: the count, and its share of the row below where there is room. The colour is the share.
        case countsAndShares
    }

    /// How values become colours.
    public enum ColorScale: Sendable, Hashable {
        /// From the background to a dark colour: values of which more is more.
        case sequential
        /// Two colours that meet in a pale one at this value: differences.
        case diverging(middle: Double)
    }

    public var rows: [String]
    public var columns: [String]
    /// One list for each row, as long as `columns`. A value that is not finite leaves its cell empty.
    public var values: [[Double]]
    public var cellText: CellText
    public var colorScale: ColorScale
    /// The values at the ends of the colours; `nil`: from the data.
    public var range: ClosedRange<Double>?
    public var format: AxisFormat
    /// Beside the colour bar. Empty for none.
    public var valueTitle: String

    public init(
        rows: [String], columns: [String], values: [[Double]], cellText: CellText = .values,
        colorScale: ColorScale = .sequential, range: ClosedRange<Double>? = nil, format: AxisFormat = .number,
        valueTitle: String = ""
    ) {
        self.rows = rows
        self.columns = columns
        self.values = values
        self.cellText = cellText
        self.colorScale = colorScale
        self.range = range
        self.format = format
        self.valueTitle = valueTitle
    }

    /// How often each true class (a row) was taken for each class (a column), with its share of the row.
    public static func confusion(classes: [String], counts: [[Int]]) -> HeatMapMark {
        HeatMapMark(
            rows: classes, columns: classes, values: counts.map { $0.map(Double.init) }, cellText: .countsAndShares,
            range: 0...1, format: .percent, valueTitle: "Share of the class")
    }
}
