/// Everything that stands on two numeric axes: lines, steps, areas, points, scatters, in the order of the figure.
struct SeriesContent: PlotContent {
    var xDomain: HorizontalDomain
    var yDomain: ValueDomain
    let notes: [Drawing.Note]
    private let series: [any PlottedSeries]
    private let crowd: SeriesCrowd

    init(_ marks: [Mark], figure: Figure) throws(FigureError) {
        var intake = SeriesIntake(figure: figure)
        var all: [any PlottedSeries] = []
        for (index, mark) in marks.enumerated() {
            let one: (any PlottedSeries)? =
                switch mark {
                case .line(let line): try LineSeries(line, index: index, theme: figure.theme, intake: &intake)
                case .step(let step): StepSeries(step, theme: figure.theme, intake: &intake)
                case .area(let area): try AreaSeries(area, index: index, theme: figure.theme, intake: &intake)
                case .points(let points): try PointSeries(points, index: index, theme: figure.theme, intake: &intake)
                case .scatter(let scatter): ScatterSeries(scatter, theme: figure.theme, intake: &intake)
                default: nil
                }
            if let one, one.count > 0 { all.append(one) }
        }
        for overlay in figure.overlays { intake.stretch(to: overlay) }
        (xDomain, yDomain) = try intake.domains(startsAtZero: marks.contains { $0.kind == .area })
        notes = intake.notes
        series = all
        crowd = SeriesCrowd(
            lines: all.filter(\.isLine).count, longest: all.filter(\.isLine).map(\.count).max() ?? 0)
    }

    var legendEntries: [LegendEntry] {
        let entries = series.compactMap { $0.legendEntry(crowd) }
        return entries.count < 2 ? [] : entries
    }

    func insets(_ metrics: Metrics, _ measurer: any TextMeasurer) -> Insets {
        let room = metrics.markerSize * 0.8 + 1
        let isArea = series.allSatisfy(\.isArea)
        let hasFoot = isArea && yDomain.lower == 0
        return Insets(top: room, bottom: hasFoot ? 0 : room, sides: isArea ? 0 : room + 1)
    }

    func draw(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let pen = SeriesPen(frame: frame, metrics: metrics, crowd: crowd)
        for one in series { one.drawAreas(pen, on: &canvas) }
        for one in series { one.drawLines(pen, on: &canvas) }
        var line = 0
        for one in series {
            one.drawMarkers(pen, line: line, on: &canvas)
            line += one.isLine ? 1 : 0
        }
        for one in series { one.drawLabels(pen, on: &canvas) }
    }

    func lineEnds(in frame: PlotFrame) -> [Point]? {
        let named = series.filter { $0.legendEntry(crowd) != nil }
        guard named.count <= 24, named.allSatisfy({ $0.isLine || $0.isArea }) else { return nil }
        let first = named.first?.end?.x
        let isOnePoint = named.allSatisfy { $0.count == 1 && $0.end?.x == first }
        var ends: [Point] = []
        for one in named {
            guard let last = one.end else { return nil }
            let (x, y) = (frame.x(last.x), frame.y(last.y))
            let isAtEdge = x >= frame.rect.maxX - max(14, frame.rect.width * 0.04) && x <= frame.rect.maxX + 0.01
            guard isAtEdge || isOnePoint, y >= frame.rect.y - 0.01, y <= frame.rect.maxY + 0.01 else { return nil }
            ends.append(Point(x, y))
        }
        return ends
    }
}

/// One mark on numeric axes, its values taken in. It is drawn in layers, so that no series hides another's line.
protocol PlottedSeries {
    /// How many points can be drawn.
    var count: Int { get }
    /// Told apart by its line: it may get markers and a name at its end.
    var isLine: Bool { get }
    var isArea: Bool { get }
    /// Where a name at the right end points to.
    var end: DataPoint? { get }

    func legendEntry(_ crowd: SeriesCrowd) -> LegendEntry?
    func drawAreas(_ pen: SeriesPen, on canvas: inout Canvas)
    func drawLines(_ pen: SeriesPen, on canvas: inout Canvas)
    /// `line` counts the lines before this one.
    func drawMarkers(_ pen: SeriesPen, line: Int, on canvas: inout Canvas)
    func drawLabels(_ pen: SeriesPen, on canvas: inout Canvas)
}

extension PlottedSeries {
    var isLine: Bool { false }
    var isArea: Bool { false }
    var end: DataPoint? { nil }

    func drawAreas(_ pen: SeriesPen, on canvas: inout Canvas) {}
    func drawLines(_ pen: SeriesPen, on canvas: inout Canvas) {}
    func drawMarkers(_ pen: SeriesPen, line: Int, on canvas: inout Canvas) {}
    func drawLabels(_ pen: SeriesPen, on canvas: inout Canvas) {}
}

/// How many lines share a plot, on which their look depends.
struct SeriesCrowd {
    let lines: Int
    /// Points of the longest.
    let longest: Int

    /// Few points are all marked.
    var marksEveryPoint: Bool { longest <= 14 && lines <= 30 }
    /// Many series are told apart by markers too, sparsely set on long lines.
    var hasMarkers: Bool { marksEveryPoint || (6...30).contains(lines) }
    var isDense: Bool { lines > 30 }
}

/// What series are drawn with.
struct SeriesPen {
    let frame: PlotFrame
    let metrics: Metrics
    let crowd: SeriesCrowd

    func place(_ point: DataPoint) -> Point { Point(frame.x(point.x), frame.y(point.y)) }

    /// Of a line in this style; thin and pale among very many.
    func stroke(_ style: SeriesStyle) -> Stroke {
        var stroke = metrics.stroke(of: style)
        if crowd.isDense {
            stroke.width *= 0.6
            stroke.color = stroke.color.opacity(0.6)
        }
        return stroke
    }

    /// Joins points that are in the plot.
    func polyline(_ points: [Point], _ stroke: Stroke, on canvas: inout Canvas) {
        for part in Clip.polyline(Clip.thinned(points, column: 0.5), to: frame.rect) {
            canvas.stroke(.polyline(part), stroke, role: .data)
        }
    }

    /// Fills between two lines from left to right.
    func area(_ upper: [Point], _ lower: [Point], _ color: Color, on canvas: inout Canvas) {
        let outline = Clip.thinned(upper, column: 0.5) + Clip.thinned(lower, column: 0.5).reversed()
        let polygon = Clip.polygon(outline, to: frame.rect)
        if !polygon.isEmpty { canvas.fill(.polygon(polygon), color, role: .data) }
    }

    /// An error bar with caps between two values on one axis.
    func errorBar(at point: DataPoint, x: Interval?, y: Interval?, _ stroke: Stroke, on canvas: inout Canvas) {
        let cap = metrics.markerSize * 0.4
        func bar(_ from: Point, _ to: Point, _ across: (x: Double, y: Double)) {
            guard let (start, end) = Clip.segment(from, to, to: frame.rect) else { return }
            var segments: [Path.Segment] = [.move(start), .line(end)]
            for (tip, wanted) in [(start, from), (end, to)] where tip == wanted {
                segments += [
                    .move(Point(tip.x - across.x, tip.y - across.y)), .line(Point(tip.x + across.x, tip.y + across.y)),
                ]
            }
            canvas.stroke(Path(segments), stroke, role: .data)
        }
        let middle = place(point)
        if let y, y.lower.isFinite, y.upper.isFinite, y.lower != y.upper {
            bar(Point(middle.x, frame.y(y.lower)), Point(middle.x, frame.y(y.upper)), (cap, 0))
        }
        if let x, x.lower.isFinite, x.upper.isFinite, x.lower != x.upper {
            bar(Point(frame.x(x.lower), middle.y), Point(frame.x(x.upper), middle.y), (0, cap))
        }
    }
}
