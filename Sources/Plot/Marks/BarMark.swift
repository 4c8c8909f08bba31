/// Bars from zero, one for each category and group, side by side or one upon another.
public struct BarMark: Sendable, Hashable {
    public enum Arrangement: String, Sendable, Hashable, CaseIterable {
        case grouped
        /// Positive values upwards, negative ones downwards; the error bar of a group stands at its upper end. Not on
        /// logarithmic axes.
        case stacked
    }

    public var categories: [String]
    public var groups: [BarGroup]
    public var arrangement: Arrangement
    /// Write the value at each bar (stacked: the sum above), if all of them fit.
    public var valueLabels: Bool
    /// As many as categories: colours the bars of a single group by category, so that a network keeps its colour
    /// in every figure. `nil`: by group.
    public var categoryColors: [Int]?

    public init(
        categories: [String], groups: [BarGroup], arrangement: Arrangement = .grouped, valueLabels: Bool = true,
        categoryColors: [Int]? = nil
    ) {
        self.categories = categories
        self.groups = groups
        self.arrangement = arrangement
        self.valueLabels = valueLabels
        self.categoryColors = categoryColors
    }
}

/// One value for each category.
public struct BarGroup: Sendable, Hashable {
    public var name: String
    /// As many as categories; a value that is not finite leaves its place empty.
    public var values: [Double]
    /// As many as categories: the half length of the error bar. Where it is not finite or 0 none is drawn.
    public var errors: [Double]?
    public var colorIndex: Int

    public init(name: String, values: [Double], errors: [Double]? = nil, colorIndex: Int = 0) {
        self.name = name
        self.values = values
        self.errors = errors
        self.colorIndex = colorIndex
    }
}

// MARK: Layout

struct BarContent: PlotContent {
    var xDomain: HorizontalDomain
    var yDomain: ValueDomain
    private(set) var notes: [Drawing.Note] = []
    private let mark: BarMark
    /// For each place on the axis the index into the mark's categories.
    private let order: [Int?]
    private let theme: Theme
    private let yAxis: Axis
    private let logarithmic: Bool
    private var isStacked: Bool { mark.arrangement == .stacked }

    init(_ mark: BarMark, figure: Figure) throws(FigureError) {
        self.mark = mark
        (theme, yAxis) = (figure.theme, figure.yAxis)
        logarithmic = figure.yAxis.scale == .log
        if logarithmic, mark.arrangement == .stacked { throw .unsuitableScale(.y, .bars) }
        let count = mark.categories.count
        for group in mark.groups {
            if group.values.count != count {
                throw .wrongCount(
                    mark: 0, list: .values(group: group.name), expected: count, found: group.values.count)
            }
            if let errors = group.errors, errors.count != count {
                throw .wrongCount(mark: 0, list: .errors(group: group.name), expected: count, found: errors.count)
            }
        }
        if let colors = mark.categoryColors, colors.count != count {
            throw .wrongCount(mark: 0, list: .colors, expected: count, found: colors.count)
        }
        let slots = try CategorySlots(mark.categories, axis: figure.xAxis, kind: .bars)
        order = slots.order
        xDomain = .categories(slots.names)

        var values = Extremes()
        var hadFiniteValues = false
        let stacks = mark.arrangement == .stacked
        var tops = Array(repeating: (up: 0.0, down: 0.0), count: count)
        for group in mark.groups {
            let name = TextFitting.clean(group.name)
            var (notFinite, notPositive, outside) = (0, 0, 0)
            for (index, value) in group.values.enumerated() {
                guard value.isFinite else {
                    notFinite += 1
                    continue
                }
                hadFiniteValues = true
                guard !logarithmic || value > 0 else {
                    notPositive += 1
                    continue
                }
                if let range = figure.yAxis.range, !range.contains(value) { outside += 1 }
                let error = BarContent.error(group, index)
                var end = value
                if stacks {
                    if value < 0 { tops[index].down += value } else { tops[index].up += value }
                    end = value < 0 ? tops[index].down : tops[index].up
                    guard end.isFinite else { throw .valueTooLarge(.y, found: value, limit: ValueDomain.limit) }
                }
                for end in [end, end - error, end + error] where !logarithmic || end > 0 { values.add(end) }
            }
            if notFinite > 0 { notes.append(.skippedNonFinite(name: name, count: notFinite)) }
            if notPositive > 0 { notes.append(.skippedNonPositive(name: name, count: notPositive)) }
            if outside > 0 { notes.append(.outsideRange(name: name, count: outside)) }
        }
        for overlay in figure.overlays where values.range != nil {
            if let y = overlay.overlayPlace.y, y.isFinite, !logarithmic || y > 0 { values.add(y) }
        }
        guard let range = values.range else {
            guard hadFiniteValues else { throw .nothingToDraw }
            throw .noPositiveValue(.y)
        }
        // On a logarithmic axis bars have no natural foot: half the smallest value keeps every bar visible.
        let lowest = logarithmic ? range.lowerBound / 2 : range.lowerBound
        yDomain = try ValueDomain(
            lowest: lowest, highest: range.upperBound, axis: figure.yAxis, name: .y, startsAtZero: !logarithmic)
    }

    var legendEntries: [LegendEntry] {
        mark.groups.count < 2
            ? []
            : mark.groups.map {
                LegendEntry(
                    name: TextFitting.clean($0.name), style: theme.palette.style($0.colorIndex), sample: .area)
            }
    }

    func insets(_ metrics: Metrics, _ measurer: any TextMeasurer) -> Insets {
        let label = measurer.extent(of: "0", style: metrics.small).height + 2
        let room = mark.valueLabels ? label : 2
        let isFloating = yDomain.lower < 0 && !logarithmic
        return Insets(top: yDomain.upper > 0 || logarithmic ? room : 0, bottom: isFloating ? room : 0, sides: 0)
    }

    // MARK: Drawing

    private struct Bar {
        let rect: Rect
        let value: Double
        let category: Int
        let color: Color
        /// Ends of the error bar; equal for none.
        let error: (low: Double, high: Double)
        var points: Double { value < 0 ? max(rect.maxY, error.low) : min(rect.y, error.high) }
    }

    func draw(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let bars = bars(in: frame)
        for bar in bars {
            canvas.fill(.rect(bar.rect), bar.color, role: .data)
            // A seam of the background keeps parts of like lightness apart.
            if isStacked, bar.rect.height > 2 {
                let seam = Stroke(color: metrics.theme.background, width: metrics.theme.axisWidth * 0.8)
                canvas.stroke(.rect(bar.rect), seam, role: .data)
            }
        }
        let stroke = Stroke(color: metrics.theme.ink, width: metrics.theme.axisWidth * 1.1)
        for bar in bars where bar.error.low - bar.error.high > 0.5 {
            let cap = min(2.5, bar.rect.width * 0.25)
            let middle = bar.rect.midX
            canvas.stroke(
                Path([
                    .move(Point(middle, bar.error.low)), .line(Point(middle, bar.error.high)),
                    .move(Point(middle - cap, bar.error.low)), .line(Point(middle + cap, bar.error.low)),
                    .move(Point(middle - cap, bar.error.high)), .line(Point(middle + cap, bar.error.high)),
                ]), stroke, role: .data)
        }
        if mark.valueLabels { drawValues(isStacked ? sums(bars) : bars, in: frame, metrics, on: &canvas) }
        if yDomain.lower < 0, !logarithmic, yDomain.upper > 0 {
            let zero = frame.y(0)
            canvas.stroke(
                .line(Point(frame.rect.x, zero), Point(frame.rect.maxX, zero)), metrics.axisStroke, role: .axis)
        }
    }

    private func bars(in frame: PlotFrame) -> [Bar] {
        let slot = frame.horizontal.slot
        let groups = Double(isStacked ? 1 : max(1, mark.groups.count))
        let share = groups > 1 ? 0.8 : 0.66
        let gap = groups > 1 ? min(1, slot * share / groups * 0.1) : 0
        let width = min(slot * share / groups, 64)
        let foot = logarithmic ? frame.rect.maxY : min(max(frame.y(0), frame.rect.y), frame.rect.maxY)
        var bars: [Bar] = []
        for (place, category) in order.enumerated() {
            guard let category else { continue }
            var (up, down) = (0.0, 0.0)
            for (index, group) in mark.groups.enumerated() {
                let value = group.values[category]
                guard value.isFinite, !logarithmic || value > 0 else { continue }
                let row = isStacked ? 0 : Double(index)
                let left = frame.x(Double(place)) + (row - groups / 2) * width + gap / 2
                func clamped(_ value: Double) -> Double {
                    min(max(frame.y(value), frame.rect.y), frame.rect.maxY)
                }
                var (start, tip) = (foot, value)
                if isStacked {
                    start = clamped(value < 0 ? down : up)
                    if value < 0 { down += value } else { up += value }
                    tip = value < 0 ? down : up
                }
                let end = clamped(tip)
                let error = BarContent.error(group, category)
                let colors = mark.groups.count == 1 ? mark.categoryColors : nil
                bars.append(
                    Bar(
                        rect: Rect(x: left, y: min(end, start), width: width - gap, height: (end - start).magnitude),
                        value: value, category: category,
                        color: theme.palette.style(colors?[category] ?? group.colorIndex).color,
                        error: (clamped(tip - error), clamped(tip + error))))
            }
        }
        return bars
    }

    /// One bar for all parts of a stack that point the same way, with their sum.
    private func sums(_ bars: [Bar]) -> [Bar] {
        var result: [Bar] = []
        for bar in bars {
            let known = result.firstIndex { $0.category == bar.category && ($0.value < 0) == (bar.value < 0) }
            guard let known else {
                result.append(bar)
                continue
            }
            let old = result[known]
            let (top, bottom) = (min(old.rect.y, bar.rect.y), max(old.rect.maxY, bar.rect.maxY))
            result[known] = Bar(
                rect: Rect(x: bar.rect.x, y: top, width: bar.rect.width, height: bottom - top),
                value: old.value + bar.value, category: bar.category, color: bar.color,
                error: (max(old.error.low, bar.error.low), min(old.error.high, bar.error.high)))
        }
        return result
    }

    /// All or none: a value that is written for one bar and not for its neighbour raises questions.
    private func drawValues(_ bars: [Bar], in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let formatter = AxisFormatter(axis: yAxis, lower: yDomain.lower, upper: yDomain.upper)
        let texts = formatter.valueLabels(bars.map(\.value))
        for size in [1, 0.88] {
            var style = metrics.small
            style.size *= size
            let labels = zip(bars, texts).map { bar, text in
                let isBelow = bar.value < 0
                return canvas.placed(
                    text, at: Point(bar.rect.midX, bar.points + (isBelow ? 1 : -1)), .center, isBelow ? .top : .bottom,
                    style: style, color: metrics.theme.mutedInk)
            }
            let fit = labels.enumerated().allSatisfy { index, label in
                let box = label.bounds
                let room = Rect(
                    x: frame.rect.x - 1, y: frame.rect.y - 0.5, width: frame.rect.width + 2,
                    height: frame.rect.height + 1)
                return room.contains(Point(box.x, box.y)) && room.contains(Point(box.maxX, box.maxY))
                    && bars.enumerated().allSatisfy { other, bar in
                        let covered = Rect(
                            x: bar.rect.x, y: min(bar.rect.y, bar.error.high), width: bar.rect.width,
                            height: max(bar.rect.maxY, bar.error.low) - min(bar.rect.y, bar.error.high))
                        return other == index || !covered.overlaps(box, slack: -0.4)
                    }
                    && (index == 0
                        || !Rect(x: box.x - 1.5, y: box.y, width: box.width, height: box.height).overlaps(
                            labels[index - 1].bounds))
            }
            if fit {
                for label in labels { canvas.append(label, role: .valueLabel) }
                return
            }
        }
    }

    private static func error(_ group: BarGroup, _ index: Int) -> Double {
        guard let error = group.errors?[index], error.isFinite, error > 0 else { return 0 }
        return error
    }
}
