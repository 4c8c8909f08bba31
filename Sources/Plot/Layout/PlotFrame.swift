/// The data region of a figure with its two axes laid out.
struct PlotFrame {
    let rect: Rect
    let vertical: ScaledAxis
    let horizontal: HorizontalAxis

    func y(_ value: Double) -> Double { vertical.projection.place(value) }
    func x(_ value: Double) -> Double { horizontal.place(value) }
}

/// What the x axis spans.
enum HorizontalDomain {
    case values(ValueDomain)
    case categories([String])
}

/// Room inside the data region beyond the ends of the axes, in points.
struct Insets {
    var top = 0.0
    var bottom = 0.0
    var sides = 0.0
}

/// The x axis, numeric or categorical, with its labels.
struct HorizontalAxis {
    /// Labels at their places, grouped by tick.
    let labels: [PlacedText]
    /// Of the label area, from its top.
    let height: Double
    /// Where tick marks stand.
    let ticks: [Double]
    /// Shorter marks between them, on logarithmic axes.
    let minor: [Double]
    /// Width of one category; 0 on a numeric axis.
    let slot: Double
    let notes: [Drawing.Note]
    let projection: Projection
    /// Whether places are values and not categories.
    let isNumeric: Bool

    func place(_ value: Double) -> Double { projection.place(value) }

    /// Labels start at `top`; they may take `room` points of height.
    init(
        domain: HorizontalDomain, axis: Axis, formatter: AxisFormatter?, rect: Rect, inset: Double, top: Double,
        room: Double, metrics: Metrics, measurer: any TextMeasurer
    ) {
        if case .values = domain { isNumeric = true } else { isNumeric = false }
        switch domain {
        case .categories(let names):
            let slot = rect.width / Double(max(1, names.count))
            projection = Projection(
                lower: 0, upper: 1, start: rect.x + slot / 2, end: rect.x + slot * 1.5, scale: .linear)
            let set = CategoryLabels(names, slot: slot, room: room, metrics: metrics, measurer: measurer)
            labels = set.lines.enumerated().flatMap { index, lines in
                lines.map { line in
                    var moved = line
                    moved.origin.x += rect.x + slot * (Double(index) + 0.5)
                    moved.origin.y += top
                    return moved
                }
            }
            (height, ticks, minor, self.slot, notes) = (set.height, [], [], slot, set.notes)
        case .values(let values):
            let style = metrics.label
            let fitting = TextFitting(measurer: measurer)
            let numeric = ScaledAxis(
                domain: values, axis: axis, formatter: formatter ?? AxisFormatter(axis: axis, lower: 0, upper: 1),
                start: rect.x + inset, end: rect.maxX - inset, slack: (inset, inset),
                target: min(11, Int(rect.width / (4.6 * style.size)))
            ) { ticks in
                zip(ticks, ticks.dropFirst()).allSatisfy { left, right in
                    let half = (fitting.width(left.label, style) + fitting.width(right.label, style)) / 2
                    return right.place - left.place >= half + 0.7 * style.size
                }
            }
            projection = numeric.projection
            let canvas = Canvas(measurer: measurer)
            labels = numeric.ticks.map {
                canvas.placed(
                    $0.label, at: Point($0.place, top), .center, .top, style: style, color: metrics.theme.mutedInk)
            }
            height = measurer.extent(of: "0", style: style).height
            (ticks, minor, slot, notes) = (numeric.ticks.map(\.place), numeric.minor, 0, [])
        }
    }
}

/// Finds the data region: the margins depend on the labels, which depend on the region.
struct FrameSolver {
    let xDomain: HorizontalDomain
    let yDomain: ValueDomain
    let xAxis: Axis
    let yAxis: Axis
    let xFormatter: AxisFormatter?
    let yFormatter: AxisFormatter
    let insets: Insets
    let metrics: Metrics
    let measurer: any TextMeasurer

    /// Smallest data region worth drawing, in points.
    static let smallest = (width: 40.0, height: 26.0)

    /// `area` holds the data region and all labels of both axes but not their titles; `right` is kept free beside the
    /// region for other things. Margins only grow from pass to pass, so that a few suffice.
    func solve(in area: Rect, right: Double) throws(FigureError) -> PlotFrame {
        var (leftMargin, rightMargin, bottomMargin) = (metrics.label.size, right, metrics.label.size * 1.5)
        var result: PlotFrame?
        for _ in 0..<8 {
            let rect = Rect(
                x: area.x + leftMargin, y: area.y, width: area.width - leftMargin - rightMargin,
                height: area.height - bottomMargin)
            guard rect.width >= FrameSolver.smallest.width, rect.height >= FrameSolver.smallest.height else {
                throw .noRoom(width: rect.width, height: rect.height, needed: FrameSolver.smallest.height)
            }
            let frame = frame(rect, room: area.height)
            result = frame
            let fitting = TextFitting(measurer: measurer)
            let widest = frame.vertical.ticks.map { fitting.width($0.label, metrics.label) }.max() ?? 0
            let bounds = frame.horizontal.labels.map(\.bounds)
            let left = max(
                leftMargin, widest + labelGap, leftMargin + area.x - (bounds.map(\.x).min() ?? area.x))
            let rightOverflow = (bounds.map(\.maxX).max() ?? 0) - (area.maxX - rightMargin)
            let newRight = max(rightMargin, right, rightOverflow)
            let bottom = max(bottomMargin, frame.horizontal.height + belowAxis)
            if left - leftMargin < 0.01, newRight - rightMargin < 0.01, bottom - bottomMargin < 0.01 { break }
            (leftMargin, rightMargin, bottomMargin) = (left, newRight, bottom)
        }
        guard let result else { throw .noRoom(width: area.width, height: area.height, needed: 0) }
        return result
    }

    /// Between the y axis and its labels.
    var labelGap: Double { (metrics.theme.drawsVerticalAxis ? 0.65 : 0.5) * metrics.label.size }
    /// Between the x axis and its labels: enough that the lowest label of the y axis stays clear of them.
    var belowAxis: Double { 0.68 * metrics.label.size }

    /// The two axes of a data region that is `rect`; labels below it may take `0.36 * room`.
    func frame(_ rect: Rect, room: Double) -> PlotFrame {
        let style = metrics.label
        let spacing = measurer.extent(of: "0", style: style).height * 1.25
        let bottom = insets.bottom
        let vertical = ScaledAxis(
            domain: yDomain, axis: yAxis, formatter: yFormatter, start: rect.maxY - bottom, end: rect.y + insets.top,
            slack: (bottom, insets.top), target: min(8, max(3, Int(rect.height / (2.7 * style.size))))
        ) { ticks in zip(ticks, ticks.dropFirst()).allSatisfy { ($0.place - $1.place).magnitude >= spacing } }
        let horizontal = HorizontalAxis(
            domain: xDomain, axis: xAxis, formatter: xFormatter, rect: rect, inset: insets.sides,
            top: rect.maxY + belowAxis, room: 0.36 * room, metrics: metrics, measurer: measurer)
        return PlotFrame(rect: rect, vertical: vertical, horizontal: horizontal)
    }
}
