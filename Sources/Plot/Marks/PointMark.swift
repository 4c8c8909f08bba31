/// A series of points that are not joined, with error bars.
public struct PointMark: Sendable, Hashable {
    public var name: String
    public var points: [DataPoint]
    /// As many as points: the ends of an upright error bar. Where they are not finite none is drawn.
    public var errors: [Interval]?
    public var colorIndex: Int

    public init(name: String, points: [DataPoint], errors: [Interval]? = nil, colorIndex: Int = 0) {
        self.name = name
        self.points = points
        self.errors = errors
        self.colorIndex = colorIndex
    }
}

// MARK: Layout

struct PointSeries: PlottedSeries {
    private let name: String
    private let style: SeriesStyle
    private var points: [(point: DataPoint, error: Interval?)] = []

    init(_ mark: PointMark, index: Int, theme: Theme, intake: inout SeriesIntake) throws(FigureError) {
        if let errors = mark.errors, errors.count != mark.points.count {
            throw .wrongCount(
                mark: index, list: .errors(group: mark.name), expected: mark.points.count, found: errors.count)
        }
        name = TextFitting.clean(mark.name)
        style = theme.palette.style(mark.colorIndex)
        for (place, point) in mark.points.enumerated() where intake.take(point) {
            let error = mark.errors?[place]
            intake.takeError(y: error)
            points.append((point, error))
        }
        intake.finish(name)
    }

    var count: Int { points.count }

    func legendEntry(_ crowd: SeriesCrowd) -> LegendEntry? { LegendEntry(name: name, style: style, sample: .marker) }

    func drawMarkers(_ pen: SeriesPen, line: Int, on canvas: inout Canvas) {
        let stroke = Stroke(color: style.color.opacity(0.8), width: pen.metrics.lineWidth * 0.55)
        for (point, error) in points { pen.errorBar(at: point, x: nil, y: error, stroke, on: &canvas) }
        // Where very many points lie in one place the ones beneath are not seen: each place of half a marker has one.
        let isDense = points.count > 500
        let size = pen.metrics.markerSize * (isDense ? 0.6 : 1)
        var taken: Set<Point> = []
        for (point, _) in points {
            let place = pen.place(point)
            guard pen.frame.rect.contains(place, slack: 0.01) else { continue }
            let cell = Point((place.x / size * 4).rounded(), (place.y / size * 4).rounded())
            guard taken.insert(cell).inserted else { continue }
            if isDense {
                canvas.fill(style.marker.path(at: place, size: size), style.color.opacity(0.7), role: .data)
            } else {
                canvas.marker(style, at: place, size: size * 1.15, paper: pen.metrics.theme.background, role: .data)
            }
        }
    }
}
