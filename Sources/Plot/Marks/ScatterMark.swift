/// Named points, each with its label beside it: accuracy against parameters, size or latency.
public struct ScatterMark: Sendable, Hashable {
    /// Of the whole set, for the legend where a figure has several; empty for none.
    public var name: String
    public var points: [ScatterPoint]
    /// Write the names beside the points. Where one finds no place without touching anything it is left out and noted.
    public var labels: Bool
    public var front: ParetoFront?

    public init(name: String = "", points: [ScatterPoint], labels: Bool = true, front: ParetoFront? = nil) {
        self.name = name
        self.points = points
        self.labels = labels
        self.front = front
    }
}

public struct ScatterPoint: Sendable, Hashable {
    public var name: String
    public var x: Double
    public var y: Double
    /// Ends of error bars.
    public var xError: Interval?
    public var yError: Interval?
    public var colorIndex: Int

    public init(
        name: String, x: Double, y: Double, xError: Interval? = nil, yError: Interval? = nil, colorIndex: Int = 0
    ) {
        self.name = name
        self.x = x
        self.y = y
        self.xError = xError
        self.yError = yError
        self.colorIndex = colorIndex
    }
}

/// Which points no other beats in one value without losing in the other.
public struct ParetoFront: Sendable, Hashable {
    public enum Better: String, Sendable, Hashable {
        case lower, higher
    }

    public var x: Better
    public var y: Better

    public init(x: Better = .lower, y: Better = .higher) {
        self.x = x
        self.y = y
    }
}

// MARK: Layout

struct ScatterSeries: PlottedSeries {
    private let name: String
    private let theme: Theme
    private let points: [ScatterPoint]
    private let labels: Bool
    private let front: ParetoFront?

    init(_ mark: ScatterMark, theme: Theme, intake: inout SeriesIntake) {
        name = TextFitting.clean(mark.name)
        self.theme = theme
        (labels, front) = (mark.labels, mark.front)
        var shown: [ScatterPoint] = []
        for point in mark.points where intake.take(DataPoint(x: point.x, y: point.y)) {
            intake.takeError(x: point.xError, y: point.yError)
            shown.append(point)
        }
        points = shown
        intake.finish(name)
    }

    var count: Int { points.count }

    /// Of several named sets; the points themselves are named where they are.
    func legendEntry(_ crowd: SeriesCrowd) -> LegendEntry? {
        guard !name.isEmpty, let first = points.first else { return nil }
        return LegendEntry(name: name, style: theme.palette.style(first.colorIndex), sample: .marker)
    }

    /// The front as stairs: what lies beyond them is beaten by no point shown.
    func drawLines(_ pen: SeriesPen, on canvas: inout Canvas) {
        guard let front else { return }
        let best = front.best(points)
        guard best.count > 1 else { return }
        let places = best.map { pen.place(DataPoint(x: $0.x, y: $0.y)) }
        var corners = [places[0]]
        for (from, to) in zip(places, places.dropFirst()) {
            // Sorted by x: with better values at lower x the best y so far holds until the next point.
            corners += [front.x == .lower ? Point(to.x, from.y) : Point(from.x, to.y), to]
        }
        let stroke = Stroke(
            color: theme.mutedInk.opacity(0.55), width: pen.metrics.lineWidth * 0.6, dash: [3, 2.2])
        pen.polyline(corners, stroke, on: &canvas)
    }

    func drawMarkers(_ pen: SeriesPen, line: Int, on canvas: inout Canvas) {
        for point in points {
            let style = theme.palette.style(point.colorIndex)
            let place = DataPoint(x: point.x, y: point.y)
            let stroke = Stroke(color: style.color.opacity(0.8), width: pen.metrics.lineWidth * 0.55)
            pen.errorBar(at: place, x: point.xError, y: point.yError, stroke, on: &canvas)
        }
        for point in points {
            let place = pen.place(DataPoint(x: point.x, y: point.y))
            guard pen.frame.rect.contains(place, slack: 0.01) else { continue }
            canvas.marker(
                theme.palette.style(point.colorIndex), at: place, size: pen.metrics.markerSize * 1.35,
                paper: theme.background, role: .data)
        }
    }

    func drawLabels(_ pen: SeriesPen, on canvas: inout Canvas) {
        guard labels else { return }
        let wanted = points.compactMap { point -> LabelPlacer.Request? in
            let place = pen.place(DataPoint(x: point.x, y: point.y))
            let text = TextFitting.clean(point.name)
            guard !text.isEmpty, pen.frame.rect.contains(place, slack: 0.01) else { return nil }
            let color = theme.palette.style(point.colorIndex).color
            return LabelPlacer.Request(
                text: text, at: place, color: color.readable(on: theme.background, ink: theme.ink),
                line: color.opacity(0.7))
        }
        LabelPlacer(region: pen.frame.rect, metrics: pen.metrics, gap: pen.metrics.markerSize * 0.8 + 3)
            .draw(wanted, role: .seriesLabel, on: &canvas)
    }
}

extension ParetoFront {
    /// Points that no other beats, by ascending x. Of equal ones the first.
    package func best(_ points: [ScatterPoint]) -> [ScatterPoint] {
        let signs = (x: x == .lower ? 1.0 : -1.0, y: y == .higher ? 1.0 : -1.0)
        let order = points.enumerated().sorted { a, b in
            (signs.x * a.element.x, -signs.y * a.element.y, a.offset)
                < (signs.x * b.element.x, -signs.y * b.element.y, b.offset)
        }
        var kept: [ScatterPoint] = []
        for (_, point) in order where kept.last.map({ signs.y * point.y > signs.y * $0.y }) ?? true {
            kept.append(point)
        }
        return x == .lower ? kept : kept.reversed()
    }
}
