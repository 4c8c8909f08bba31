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

    /// More cells than this are refused: they would be smaller than a page can show.
    public static let mostCells = 250_000

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

// MARK: Layout

/// Cells, the names of rows and columns, and a bar that explains the colours.
struct HeatMapComposer {
    private let mark: HeatMapMark
    private let parts: FigureParts
    /// What the colour stands for: the values, or shares of their rows.
    private let shown: [[Double]]
    private let domain: ClosedRange<Double>
    private var notes: [Drawing.Note] = []

    private var metrics: Metrics { parts.metrics }

    init(_ mark: HeatMapMark, parts: FigureParts) throws(FigureError) {
        guard mark.values.count == mark.rows.count else {
            throw .wrongCount(mark: 0, list: .rows, expected: mark.rows.count, found: mark.values.count)
        }
        for (index, row) in mark.values.enumerated() where row.count != mark.columns.count {
            throw .wrongCount(mark: 0, list: .row(index), expected: mark.columns.count, found: row.count)
        }
        let cells = mark.rows.count * mark.columns.count
        guard cells <= HeatMapMark.mostCells else {
            throw .badNumber(.cells, found: cells, allowed: 1...HeatMapMark.mostCells)
        }
        self.mark = mark
        self.parts = parts
        var extremes = Extremes()
        for (name, row) in zip(mark.rows, mark.values) {
            let broken = row.count { !$0.isFinite }
            if broken > 0 { notes.append(.skippedNonFinite(name: TextFitting.clean(name), count: broken)) }
            for value in row where value.isFinite {
                guard value.magnitude <= ValueDomain.limit else {
                    throw .valueTooLarge(.y, found: value, limit: ValueDomain.limit)
                }
            }
        }
        shown = mark.cellText == .countsAndShares ? mark.values.map(HeatMapComposer.shares) : mark.values
        for value in shown.joined() where value.isFinite { extremes.add(value) }
        guard let found = extremes.range else { throw .nothingToDraw }
        var range = mark.range ?? found
        guard range.lowerBound.isFinite, range.upperBound.isFinite,
            mark.range == nil || range.lowerBound < range.upperBound,
            max(range.lowerBound.magnitude, range.upperBound.magnitude) <= ValueDomain.limit
        else { throw .badColorRange(lower: range.lowerBound, upper: range.upperBound) }
        if case .diverging(let middle) = mark.colorScale {
            guard middle.isFinite else { throw .badColorRange(lower: middle, upper: middle) }
            let reach = max((range.upperBound - middle).magnitude, (middle - range.lowerBound).magnitude)
            range = (middle - reach)...(middle + reach)
        }
        if range.lowerBound == range.upperBound {
            let half = max(range.lowerBound.magnitude * 0.05, 1e-290)
            range = (range.lowerBound - half)...(range.upperBound + half)
        }
        domain = range
    }

    private static func shares(_ row: [Double]) -> [Double] {
        let sum = row.filter(\.isFinite).reduce(0, +)
        return row.map { sum > 0 ? $0 / sum : 0 }
    }

    func compose() throws(FigureError) -> Drawing {
        var canvas = Canvas(measurer: parts.measurer)
        canvas.notes = notes
        let figure = parts.figure
        var area = parts.drawTitles(yTitle: TextFitting.clean(figure.yAxis.title), on: &canvas)
        let xTitle = parts.xTitleLines(TextFitting.clean(figure.xAxis.title), width: area.width)
        area.height -= parts.xTitleHeight(xTitle)

        let gap = 0.5 * metrics.label.size
        let rowNames = mark.rows.map(TextFitting.clean)
        let columnNames = mark.columns.map(TextFitting.clean)
        let widest = rowNames.map { parts.fitting.width($0, metrics.label) }.max() ?? 0
        let left = min(widest, area.width * 0.3) + gap
        let bar = colorBar(room: area)
        let width = min(area.width - left - bar.width, area.height * 2.2)
        var labels: CategoryLabels?
        var height = area.height - metrics.label.size * 1.8
        for _ in 0..<4 {
            let set = CategoryLabels(
                columnNames, slot: width / Double(columnNames.count), room: area.height * 0.36, metrics: metrics,
                measurer: parts.measurer)
            labels = set
            height = min(height, area.height - set.height - gap)
        }
        guard width >= FrameSolver.smallest.width, height >= FrameSolver.smallest.height, let labels else {
            throw .noRoom(width: width, height: height, needed: FrameSolver.smallest.height)
        }
        // Labels turned at the left edge may need more room than row names do.
        let slot = width / Double(columnNames.count)
        let overhang =
            labels.lines.enumerated().flatMap { index, lines in
                lines.map { -$0.bounds.x - slot * (Double(index) + 0.5) }
            }.max() ?? 0
        let shift = max(0, overhang - left)
        let rect = Rect(x: area.x + left + shift, y: area.y, width: width - shift, height: height)

        drawCells(in: rect, on: &canvas)
        drawNames(rowNames, columnNames, beside: rect, left: left - gap, gap: gap, on: &canvas)
        bar.draw(beside: rect, on: &canvas)
        parts.drawXTitle(xTitle, below: area.maxY, middle: rect.midX, on: &canvas)
        return parts.finished(canvas)
    }

    // MARK: Cells

    private func share(_ value: Double) -> Double {
        value / (domain.upperBound - domain.lowerBound) - domain.lowerBound / (domain.upperBound - domain.lowerBound)
    }

    private var colors: ColorMap {
        switch mark.colorScale {
        case .sequential: metrics.theme.sequentialColors
        case .diverging: metrics.theme.divergingColors
        }
    }

    private func drawCells(in rect: Rect, on canvas: inout Canvas) {
        let (wide, high) = (rect.width / Double(mark.columns.count), rect.height / Double(mark.rows.count))
        // White seams where cells are large; neighbours that share an edge would show a hairline.
        let seam = min(wide, high) > 9 ? 0.8 : 0
        let colors = colors
        for (row, values) in shown.enumerated() {
            for (column, value) in values.enumerated() where value.isFinite {
                let cell = Rect(
                    x: rect.x + Double(column) * wide, y: rect.y + Double(row) * high,
                    width: wide - seam, height: high - seam)
                let grown =
                    seam == 0
                    ? Rect(
                        x: cell.x, y: cell.y, width: min(cell.width + 0.3, rect.maxX - cell.x),
                        height: min(cell.height + 0.3, rect.maxY - cell.y))
                    : cell
                canvas.fill(.rect(grown), colors.color(share(value)), role: .data)
            }
        }
        drawTexts(in: rect, wide: wide, high: high, on: &canvas)
    }

    /// One form for all cells: two lines, one line, smaller, or none at all.
    private func drawTexts(in rect: Rect, wide: Double, high: Double, on canvas: inout Canvas) {
        guard mark.cellText != .none, mark.rows.count * mark.columns.count <= 2500 else { return }
        let formatter = AxisFormatter(
            axis: Axis(format: mark.format), lower: domain.lowerBound, upper: domain.upperBound)
        let flat = mark.values.flatMap { $0 }
        let finite = flat.filter(\.isFinite)
        var forms: [[[String]]]
        if mark.cellText == .countsAndShares {
            let counts = flat.map { $0.isFinite ? Decimal.trimmed($0, decimals: 2) : "" }
            let shares = shown.joined().map { $0.isFinite ? Decimal.fixed(100 * $0, decimals: 1) + "%" : "" }
            // A column of zeros says nothing: they are left out, and what remains stands out.
            forms = [
                zip(counts, shares).map { $0 == "0" || $0.isEmpty ? ["0"] : [$0, $1] },
                counts.map { [$0] },
            ]
        } else {
            let texts = formatter.cellLabels(finite, span: domain.upperBound - domain.lowerBound)
            var next = 0
            forms = [
                flat.map { value in
                    guard value.isFinite else { return [""] }
                    next += 1
                    return [texts[next - 1]]
                }
            ]
        }
        for scale in [1, 0.86, 0.74] {
            for form in forms {
                var style = metrics.small
                style.size *= scale
                let line = parts.lineHeight(style)
                let lines = form.map(\.count).max() ?? 1
                let widest = form.joined().map { parts.fitting.width($0, style) }.max() ?? 0
                guard widest <= wide - 3, line * Double(lines) <= high - 2 else { continue }
                draw(form, style: style, line: line, in: rect, wide: wide, high: high, on: &canvas)
                return
            }
        }
    }

    private func draw(
        _ form: [[String]], style: TextStyle, line: Double, in rect: Rect, wide: Double, high: Double,
        on canvas: inout Canvas
    ) {
        let theme = metrics.theme
        let (dark, light) = theme.isDark ? (theme.background, theme.ink) : (theme.ink, theme.background)
        for (index, lines) in form.enumerated() {
            let (row, column) = (index / mark.columns.count, index % mark.columns.count)
            let value = shown[row][column]
            guard value.isFinite else { continue }
            let cell = colors.color(share(value))
            var color = dark.contrast(with: cell) >= light.contrast(with: cell) ? dark : light
            if lines == ["0"], mark.cellText == .countsAndShares { color = color.mixed(with: cell, 0.45) }
            let middle = Point(
                rect.x + (Double(column) + 0.5) * wide - 0.4, rect.y + (Double(row) + 0.5) * high - 0.4)
            for (number, text) in lines.enumerated() {
                let offset = (Double(number) - Double(lines.count - 1) / 2) * line
                canvas.text(
                    text, at: Point(middle.x, middle.y + offset), .center, .middle, style: style, color: color,
                    role: .valueLabel)
            }
        }
    }

    // MARK: Names and colours

    private func drawNames(
        _ rows: [String], _ columns: [String], beside rect: Rect, left: Double, gap: Double, on canvas: inout Canvas
    ) {
        let high = rect.height / Double(rows.count)
        let line = parts.lineHeight(metrics.label)
        let step = max(1, Int((line / high).rounded(.up)))
        for (index, name) in rows.enumerated() where index % step == 0 {
            let text = parts.fitting.shortened(name, to: left, metrics.label)
            if text != name { canvas.notes.append(.shortened(name)) }
            canvas.text(
                text, at: Point(rect.x - gap, rect.y + (Double(index) + 0.5) * high), .trailing, .middle,
                style: metrics.label, color: metrics.theme.mutedInk, role: .tickLabel)
        }
        if step > 1 {
            canvas.notes.append(.thinnedLabels(shown: (rows.count + step - 1) / step, of: rows.count))
        }
        let wide = rect.width / Double(columns.count)
        let labels = CategoryLabels(
            columns, slot: wide, room: rect.height * 0.5, metrics: metrics, measurer: parts.measurer)
        for (index, lines) in labels.lines.enumerated() {
            for line in lines {
                var moved = line
                moved.origin.x += rect.x + wide * (Double(index) + 0.5)
                moved.origin.y += rect.maxY + gap * 0.8
                canvas.append(moved, role: .tickLabel)
            }
        }
        canvas.notes += labels.notes
    }

    private func colorBar(room area: Rect) -> ColorBar {
        // Cells that say their values need no bar where there is little room.
        let isSmall = parts.figure.width < (mark.cellText == .none ? 1.8 : 3.6)
        let axis = Axis(title: mark.valueTitle, format: mark.format).cleaned
        return ColorBar(
            domain: domain, axis: axis, colors: colors, isShown: !isSmall, height: area.height, parts: parts)
    }
}
