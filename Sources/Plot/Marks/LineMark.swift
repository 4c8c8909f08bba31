/// A series of points joined in their order. A point that is not finite leaves a gap.
public struct LineMark: Sendable, Hashable {
    public var name: String
    public var points: [DataPoint]
    /// As many as points (mean ± deviation, quantiles…), drawn translucent behind the line.
    public var band: [Interval]?
    /// Chooses colour, marker and dashes from the theme: the same index looks the same in every figure.
    public var colorIndex: Int

    public init(name: String, points: [DataPoint], band: [Interval]? = nil, colorIndex: Int = 0) {
        self.name = name
        self.points = points
        self.band = band
        self.colorIndex = colorIndex
    }
}

// MARK: Layout

/// What can be drawn of a line: unbroken runs of points, with the band behind them.
struct LineSeries: PlottedSeries {
    private let name: String
    private let style: SeriesStyle
    private var runs: [[DataPoint]] = []
    private var bands: [[(x: Double, band: Interval)]] = []

    init(_ line: LineMark, index: Int, theme: Theme, intake: inout SeriesIntake) throws(FigureError) {
        if let band = line.band, band.count != line.points.count {
            throw .wrongCount(mark: index, list: .band, expected: line.points.count, found: band.count)
        }
        name = TextFitting.clean(line.name)
        style = theme.palette.style(line.colorIndex)
        var (run, bandRun): ([DataPoint], [(x: Double, band: Interval)]) = ([], [])
        for (place, point) in line.points.enumerated() {
            let isShown = intake.take(point)
            if isShown {
                run.append(point)
            } else if !run.isEmpty {
                runs.append(run)
                run = []
            }
            if isShown, let band = line.band?[place], let taken = intake.takeBand(band) {
                bandRun.append((point.x, taken))
            } else {
                if !bandRun.isEmpty { bands.append(bandRun) }
                bandRun = []
            }
        }
        if !run.isEmpty { runs.append(run) }
        if !bandRun.isEmpty { bands.append(bandRun) }
        intake.finish(name)
    }

    var count: Int { runs.reduce(0) { $0 + $1.count } }
    var isLine: Bool { true }
    var end: DataPoint? { runs.last?.last }

    func legendEntry(_ crowd: SeriesCrowd) -> LegendEntry? {
        LegendEntry(name: name, style: style, sample: .line(marker: crowd.hasMarkers))
    }

    func drawAreas(_ pen: SeriesPen, on canvas: inout Canvas) {
        for run in bands where run.count > 1 {
            pen.area(
                run.map { Point(pen.frame.x($0.x), pen.frame.y($0.band.upper)) },
                run.map { Point(pen.frame.x($0.x), pen.frame.y($0.band.lower)) }, style.color.opacity(0.2), on: &canvas)
        }
    }

    func drawLines(_ pen: SeriesPen, on canvas: inout Canvas) {
        for run in runs where run.count > 1 { pen.polyline(run.map(pen.place), pen.stroke(style), on: &canvas) }
    }

    func drawMarkers(_ pen: SeriesPen, line: Int, on canvas: inout Canvas) {
        // A band of one point alone has no area: it becomes an upright line.
        for run in bands where run.count == 1 {
            let x = pen.frame.x(run[0].x)
            let ends = Clip.segment(
                Point(x, pen.frame.y(run[0].band.lower)), Point(x, pen.frame.y(run[0].band.upper)), to: pen.frame.rect)
            if let (low, high) = ends {
                let stroke = Stroke(color: style.color.opacity(0.5), width: pen.metrics.lineWidth)
                canvas.stroke(.line(low, high), stroke, role: .data)
            }
        }
        for point in markedPoints(pen, line: line) where pen.frame.rect.contains(point, slack: 0.01) {
            canvas.marker(
                style, at: point, size: pen.metrics.markerSize, paper: pen.metrics.theme.background, role: .data)
        }
    }

    private func markedPoints(_ pen: SeriesPen, line: Int) -> [Point] {
        if pen.crowd.marksEveryPoint { return runs.joined().map(pen.place) }
        var marked = runs.filter { $0.count == 1 }.map { pen.place($0[0]) }
        guard pen.crowd.hasMarkers else { return marked }
        // Every line at other places, so that markers of neighbouring lines do not pile up.
        let rect = pen.frame.rect
        let spacing = max(40, rect.width / 6)
        var next = rect.x + spacing * (0.25 + 0.75 * Double(line) / Double(max(1, pen.crowd.lines)))
        for point in runs.joined().map(pen.place) where point.x >= next {
            marked.append(point)
            while next <= point.x, next < rect.maxX + spacing { next += spacing }
        }
        return marked
    }
}
