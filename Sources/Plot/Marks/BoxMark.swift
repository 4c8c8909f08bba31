import Foundation

/// One box plot for each category.
public struct BoxMark: Sendable, Hashable {
    public var categories: [String]
    /// As many as categories.
    public var boxes: [BoxData]
    /// As many as categories; `nil`: all have colour 0.
    public var colorIndices: [Int]?

    public init(categories: [String], boxes: [BoxData], colorIndices: [Int]? = nil) {
        self.categories = categories
        self.boxes = boxes
        self.colorIndices = colorIndices
    }
}

/// What a box is drawn from.
public enum BoxData: Sendable, Hashable {
    /// Raw values in any order; those that are not finite are left out and counted.
    case samples([Double])
    case summary(BoxSummary)
}

// MARK: Layout

/// Box plots. The axis covers all boxes and whiskers; outliers far beyond are counted at the edge, so that a few of
/// them do not squash everything else.
struct BoxContent: PlotContent {
    private struct Box {
        let name: String
        let color: Color
        let summary: BoxSummary
        let place: Int
        /// Outliers beyond the axis.
        var above = 0
        var below = 0
    }

    var xDomain: HorizontalDomain
    /// Outliers beyond it are counted anew where panels share it.
    var yDomain: ValueDomain { didSet { boxes = BoxContent.counted(boxes, yDomain) } }
    private var leftOut: [Drawing.Note] = []
    private var boxes: [Box]
    private let logarithmic: Bool

    var legendEntries: [LegendEntry] { [] }

    init(_ mark: BoxMark, figure: Figure) throws(FigureError) {
        let logarithmic = figure.yAxis.scale == .log
        self.logarithmic = logarithmic
        let count = mark.categories.count
        guard mark.boxes.count == count else {
            throw .wrongCount(mark: 0, list: .boxes, expected: count, found: mark.boxes.count)
        }
        if let colors = mark.colorIndices, colors.count != count {
            throw .wrongCount(mark: 0, list: .colors, expected: count, found: colors.count)
        }
        let slots = try CategorySlots(mark.categories, axis: figure.xAxis, kind: .boxes)
        xDomain = .categories(slots.names)

        var all: [Box] = []
        var pooled: [Double] = []
        var hadFiniteValues = false
        for (place, category) in slots.order.enumerated() {
            guard let category else { continue }
            let name = slots.names[place]
            let color = figure.theme.palette.style(mark.colorIndices?[category] ?? 0).color
            let summary: BoxSummary?
            switch mark.boxes[category] {
            case .samples(let values):
                let finite = values.filter(\.isFinite)
                let shown = (logarithmic ? finite.filter { $0 > 0 } : finite).sorted()
                hadFiniteValues = hadFiniteValues || !finite.isEmpty
                if finite.count < values.count {
                    leftOut.append(.skippedNonFinite(name: name, count: values.count - finite.count))
                }
                if shown.count < finite.count {
                    leftOut.append(.skippedNonPositive(name: name, count: finite.count - shown.count))
                }
                summary = BoxSummary(sorted: shown)
                pooled += shown
            case .summary(let given):
                let numbers = given.fiveNumbers
                guard numbers.allSatisfy(\.isFinite), zip(numbers, numbers.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                    throw .unorderedBox(category: mark.categories[category], numbers: numbers)
                }
                if logarithmic, given.lowerWhisker <= 0 { throw .noPositiveValue(.y) }
                var kept = given
                kept.outliers = given.outliers.filter { $0.isFinite && (!logarithmic || $0 > 0) }.sorted()
                summary = kept
                pooled += numbers + kept.outliers
            }
            if let summary {
                all.append(Box(name: name, color: color, summary: summary, place: place))
            } else {
                leftOut.append(.empty(name: name))
            }
        }
        guard !all.isEmpty else {
            guard hadFiniteValues else { throw .nothingToDraw }
            throw .noPositiveValue(.y)
        }
        for value in pooled where value.magnitude > ValueDomain.limit {
            throw .valueTooLarge(.y, found: value, limit: ValueDomain.limit)
        }
        let shown = BoxContent.shownRange(all.map(\.summary), pooled: pooled.sorted(), logarithmic: logarithmic)
        var reach = Extremes()
        reach.add(shown)
        for overlay in figure.overlays {
            if let y = overlay.overlayPlace.y, y.isFinite, !logarithmic || y > 0 { reach.add(y) }
        }
        let (lowest, highest) = (reach.range?.lowerBound ?? 0, reach.range?.upperBound ?? 1)
        var domain = try ValueDomain(lowest: lowest, highest: highest, axis: figure.yAxis, name: .y)
        all = BoxContent.counted(all, domain)
        // What is counted as above must lie above every tick.
        domain.keepTicksInside(
            lower: all.contains { $0.below > 0 }, upper: all.contains { $0.above > 0 })
        (yDomain, boxes) = (domain, all)
    }

    var notes: [Drawing.Note] {
        leftOut
            + boxes.flatMap { box -> [Drawing.Note] in
                let hidden = box.summary.fiveNumbers.count { $0 < yDomain.lower || $0 > yDomain.upper }
                return (box.above > 0 ? [.outliersAbove(category: box.name, count: box.above)] : [])
                    + (box.below > 0 ? [.outliersBelow(category: box.name, count: box.below)] : [])
                    + (hidden > 0 ? [.outsideRange(name: box.name, count: hidden)] : [])
            }
    }

    /// With the numbers of outliers beyond the axis.
    private static func counted(_ boxes: [Box], _ domain: ValueDomain) -> [Box] {
        boxes.map { box in
            var box = box
            box.above = box.summary.outliers.count { $0 > domain.upper }
            box.below = box.summary.outliers.count { $0 < domain.lower }
            return box
        }
    }

    /// All values where that leaves boxes and whiskers at least half of the axis; else the outliers up to the outer
    /// half percent of all values, and never more than half as much again as the whiskers span.
    private static func shownRange(
        _ boxes: [BoxSummary], pooled: [Double], logarithmic: Bool
    ) -> ClosedRange<Double> {
        func scaled(_ value: Double) -> Double { logarithmic ? log10(value) : value }
        var (core, full) = (Extremes(), Extremes())
        for box in boxes {
            for end in [box.lowerWhisker, box.upperWhisker] { core.add(end) }
            for end in [box.outliers.first, box.outliers.last].compactMap({ $0 }) { full.add(end) }
        }
        guard let inner = core.range, let outer = full.range else { return core.range ?? 0...1 }
        let span = scaled(inner.upperBound) - scaled(inner.lowerBound)
        let all =
            max(scaled(outer.upperBound), scaled(inner.upperBound))
            - min(scaled(outer.lowerBound), scaled(inner.lowerBound))
        if all <= 2 * span || span == 0 && boxes.allSatisfy({ $0.outliers.isEmpty }) {
            return min(inner.lowerBound, outer.lowerBound)...max(inner.upperBound, outer.upperBound)
        }
        let reach = span > 0 ? 0.5 * span : 0.05 * max(scaled(inner.upperBound).magnitude, 1e-290)
        let high = max(inner.upperBound, BoxSummary.quantile(0.995, ofSorted: pooled))
        let low = min(inner.lowerBound, BoxSummary.quantile(0.005, ofSorted: pooled))
        // An end goes no further than the last value inside, so that no empty strip remains.
        let highest = pooled.last { $0 <= high && scaled($0) <= scaled(inner.upperBound) + reach } ?? inner.upperBound
        let lowest = pooled.first { $0 >= low && scaled($0) >= scaled(inner.lowerBound) - reach } ?? inner.lowerBound
        return min(lowest, inner.lowerBound)...max(highest, inner.upperBound)
    }

    func insets(_ metrics: Metrics, _ measurer: any TextMeasurer) -> Insets {
        let remark = measurer.extent(of: "0", style: metrics.small).height + 3
        return Insets(
            top: boxes.contains { $0.above > 0 } ? remark + 3 : 4,
            bottom: boxes.contains { $0.below > 0 } ? remark + 3 : yDomain.lower == 0 ? 0 : 4, sides: 0)
    }

    // MARK: Drawing

    func draw(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let width = min(frame.horizontal.slot * 0.58, 46)
        for box in boxes { draw(box, width: width, in: frame, metrics, on: &canvas) }
        drawRemarks(in: frame, metrics, on: &canvas)
    }

    private func draw(
        _ box: Box, width: Double, in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas
    ) {
        let theme = metrics.theme
        let (x, left) = (frame.x(Double(box.place)), frame.x(Double(box.place)) - width / 2)
        let summary = box.summary
        let outline = Stroke(color: box.color, width: metrics.lineWidth * 0.55)
        func part(_ from: Point, _ to: Point, _ stroke: Stroke) {
            if let (start, end) = Clip.segment(from, to, to: frame.rect) {
                canvas.stroke(.line(start, end), stroke, role: .data)
            }
        }
        drawOutliers(of: box, x: x, in: frame, metrics, on: &canvas)
        for (whisker, quartile) in [
            (summary.lowerWhisker, summary.lowerQuartile), (summary.upperWhisker, summary.upperQuartile),
        ] where whisker != quartile {
            let y = frame.y(whisker)
            part(Point(x, frame.y(quartile)), Point(x, y), outline)
            part(Point(x - width * 0.2, y), Point(x + width * 0.2, y), outline)
        }
        let (top, bottom) = (frame.y(summary.upperQuartile), frame.y(summary.lowerQuartile))
        let area = Clip.polygon(
            [Point(left, top), Point(left + width, top), Point(left + width, bottom), Point(left, bottom)],
            to: frame.rect)
        if !area.isEmpty {
            canvas.fill(.polygon(area), box.color.mixed(with: theme.background, 0.68), role: .data)
            canvas.stroke(.polygon(area), outline, role: .data)
        }
        let median = frame.y(summary.median)
        let dark = box.color.readable(on: theme.background, ink: theme.ink)
        part(
            Point(left, median), Point(left + width, median), Stroke(color: dark, width: metrics.lineWidth * 0.95))
    }

    /// One circle for all outliers within half a circle of each other: it looks the same, and a thousand of them do not
    /// make a thousand shapes.
    private func drawOutliers(
        of box: Box, x: Double, in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas
    ) {
        let radius = metrics.markerSize * 0.3
        var last = Double.infinity
        let stroke = Stroke(color: box.color.opacity(0.75), width: 0.6)
        for value in box.summary.outliers where value >= yDomain.lower && value <= yDomain.upper {
            let y = frame.y(value)
            guard (last - y).magnitude >= radius else { continue }
            last = y
            canvas.stroke(Path([.circle(center: Point(x, y), radius: radius)]), stroke, role: .data)
        }
    }

    /// How many outliers lie beyond, with an arrow: "▲ 12 above" where that fits every slot, else the number alone.
    private func drawRemarks(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let color = metrics.theme.mutedInk
        for isAbove in [true, false] {
            let counted = boxes.filter { (isAbove ? $0.above : $0.below) > 0 }
            guard !counted.isEmpty else { continue }
            let fitting = TextFitting(measurer: canvas.measurer)
            func words(_ box: Box) -> [String] {
                let count = isAbove ? box.above : box.below
                return ["\(count) \(isAbove ? "above" : "below")", "\(count)"]
            }
            func fits(_ form: Int, _ style: TextStyle) -> Bool {
                let room = frame.horizontal.slot - 2
                return counted.allSatisfy { fitting.width(words($0)[form], style) + style.size * 0.77 <= room }
            }
            var style = metrics.small
            let fitsWords = fits(0, style)
            if !fitsWords, !fits(1, style) { style.size *= 0.82 }
            let fitsArrow = fitsWords || fits(1, style)
            let (arrow, spaced) = (style.size * 0.55, style.size * 0.77)
            let middle = isAbove ? frame.rect.y + style.size * 0.62 : frame.rect.maxY - style.size * 0.62
            for box in counted {
                let text = words(box)[fitsWords ? 0 : 1]
                let width = fitting.width(text, style) + (fitsArrow ? spaced : 0)
                let start = frame.x(Double(box.place)) - width / 2
                if fitsArrow {
                    let tip = isAbove ? -arrow * 0.45 : arrow * 0.45
                    canvas.fill(
                        .polygon([
                            Point(start + arrow / 2, middle + tip), Point(start + arrow, middle - tip),
                            Point(start, middle - tip),
                        ]), color, role: .annotation)
                }
                canvas.text(
                    text, at: Point(start + (fitsArrow ? spaced : 0), middle), .leading, .middle, style: style,
                    color: color, role: .annotation)
            }
        }
    }
}
