/// The density of the values of each category, mirrored, with the median and the middle half inside.
public struct ViolinMark: Sendable, Hashable {
    public var categories: [String]
    /// As many as categories: raw values in any order; those that are not finite are left out and counted.
    public var samples: [[Double]]
    /// As many as categories; `nil`: all have colour 0.
    public var colorIndices: [Int]?

    public init(categories: [String], samples: [[Double]], colorIndices: [Int]? = nil) {
        self.categories = categories
        self.samples = samples
        self.colorIndices = colorIndices
    }
}

// MARK: Layout

struct ViolinContent: PlotContent {
    private struct Violin {
        let place: Int
        let color: Color
        let summary: BoxSummary
        /// Values and densities, the largest density 1; a single pair for values that are all equal.
        let outline: [(value: Double, density: Double)]
    }

    var xDomain: HorizontalDomain
    var yDomain: ValueDomain
    private(set) var notes: [Drawing.Note] = []
    private let violins: [Violin]

    var legendEntries: [LegendEntry] { [] }

    init(_ mark: ViolinMark, figure: Figure) throws(FigureError) {
        let count = mark.categories.count
        guard mark.samples.count == count else {
            throw .wrongCount(mark: 0, list: .samples, expected: count, found: mark.samples.count)
        }
        if let colors = mark.colorIndices, colors.count != count {
            throw .wrongCount(mark: 0, list: .colors, expected: count, found: colors.count)
        }
        let slots = try CategorySlots(mark.categories, axis: figure.xAxis, kind: .violins)
        xDomain = .categories(slots.names)
        let scale = figure.yAxis.scale
        let logarithmic = scale == .log
        var all: [Violin] = []
        var extremes = Extremes()
        var hadFiniteValues = false
        for (place, category) in slots.order.enumerated() {
            guard let category else { continue }
            let (name, values) = (slots.names[place], mark.samples[category])
            let finite = values.filter(\.isFinite)
            let shown = (logarithmic ? finite.filter { $0 > 0 } : finite).sorted()
            hadFiniteValues = hadFiniteValues || !finite.isEmpty
            if finite.count < values.count {
                notes.append(.skippedNonFinite(name: name, count: values.count - finite.count))
            }
            if shown.count < finite.count {
                notes.append(.skippedNonPositive(name: name, count: finite.count - shown.count))
            }
            guard let summary = BoxSummary(sorted: shown) else {
                notes.append(.empty(name: name))
                continue
            }
            for value in [shown[0], shown[shown.count - 1]] where value.magnitude > ValueDomain.limit {
                throw .valueTooLarge(.y, found: value, limit: ValueDomain.limit)
            }
            if let range = figure.yAxis.range {
                let outside = shown.count { !range.contains($0) }
                if outside > 0 { notes.append(.outsideRange(name: name, count: outside)) }
            }
            let outline = KernelDensity.outline(shown, logarithmic: logarithmic)
            for pair in outline { extremes.add(pair.value) }
            all.append(
                Violin(
                    place: place, color: figure.theme.palette.style(mark.colorIndices?[category] ?? 0).color,
                    summary: summary, outline: outline))
        }
        for overlay in figure.overlays {
            if let y = overlay.overlayPlace.y, y.isFinite, !logarithmic || y > 0, !all.isEmpty { extremes.add(y) }
        }
        guard let range = extremes.range else {
            guard hadFiniteValues else { throw .nothingToDraw }
            throw .noPositiveValue(.y)
        }
        violins = all
        yDomain = try ValueDomain(lowest: range.lowerBound, highest: range.upperBound, axis: figure.yAxis, name: .y)
    }

    func insets(_ metrics: Metrics, _ measurer: any TextMeasurer) -> Insets {
        Insets(top: 4, bottom: yDomain.lower == 0 ? 0 : 4, sides: 0)
    }

    func draw(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let half = min(frame.horizontal.slot * 0.42, 34)
        let paper = metrics.theme.background
        for violin in violins {
            let x = frame.x(Double(violin.place))
            let color = violin.color
            let outline = Stroke(color: color, width: metrics.lineWidth * 0.55)
            let right = violin.outline.map { Point(x + half * $0.density, frame.y($0.value)) }
            if right.count > 1 {
                let left = right.reversed().map { Point(2 * x - $0.x, $0.y) }
                let area = Clip.polygon(right + left, to: frame.rect)
                if !area.isEmpty {
                    canvas.fill(.polygon(area), color.mixed(with: paper, 0.62), role: .data)
                    canvas.stroke(.polygon(area), outline, role: .data)
                }
            }
            func part(_ from: Double, _ to: Double, _ width: Double) {
                let ends = Clip.segment(Point(x, frame.y(from)), Point(x, frame.y(to)), to: frame.rect)
                if let (start, end) = ends {
                    canvas.stroke(.line(start, end), Stroke(color: color, width: width), role: .data)
                }
            }
            let summary = violin.summary
            part(summary.lowerWhisker, summary.upperWhisker, metrics.lineWidth * 0.55)
            part(summary.lowerQuartile, summary.upperQuartile, metrics.lineWidth * 2.6)
            let median = Point(x, frame.y(summary.median))
            if frame.rect.contains(median, slack: 0.01) {
                let size = metrics.markerSize * 0.45
                canvas.fill(Path([.circle(center: median, radius: size)]), color, role: .data)
                canvas.fill(Path([.circle(center: median, radius: size * 0.62)]), paper, role: .data)
            }
        }
    }
}
