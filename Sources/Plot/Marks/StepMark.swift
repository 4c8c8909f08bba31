/// A value that stays the same between points and jumps at them (a learning rate, a schedule).
public struct StepMark: Sendable, Hashable {
    /// Where the jump is between two points.
    public enum Jump: String, Sendable, Hashable, CaseIterable {
        /// At the second point: a value holds until the next one.
        case atNext
        /// At the first point: a value holds from the one before.
        case atPrevious
        case middle
    }

    public var name: String
    public var points: [DataPoint]
    public var jump: Jump
    public var colorIndex: Int

    public init(name: String, points: [DataPoint], jump: Jump = .atNext, colorIndex: Int = 0) {
        self.name = name
        self.points = points
        self.jump = jump
        self.colorIndex = colorIndex
    }
}

// MARK: Layout

/// What can be drawn of steps: runs of corners.
struct StepSeries: PlottedSeries {
    private let name: String
    private let style: SeriesStyle
    private var runs: [[DataPoint]] = []
    private let jump: StepMark.Jump

    init(_ step: StepMark, theme: Theme, intake: inout SeriesIntake) {
        name = TextFitting.clean(step.name)
        style = theme.palette.style(step.colorIndex)
        jump = step.jump
        var run: [DataPoint] = []
        for point in step.points {
            if intake.take(point) {
                run.append(point)
            } else if !run.isEmpty {
                runs.append(run)
                run = []
            }
        }
        if !run.isEmpty { runs.append(run) }
        intake.finish(name)
    }

    var count: Int { runs.reduce(0) { $0 + $1.count } }
    var isLine: Bool { true }
    var end: DataPoint? { runs.last?.last }

    func legendEntry(_ crowd: SeriesCrowd) -> LegendEntry? {
        LegendEntry(name: name, style: style, sample: .line(marker: false))
    }

    func drawLines(_ pen: SeriesPen, on canvas: inout Canvas) {
        for run in runs where run.count > 1 {
            let points = run.map(pen.place)
            var corners = [points[0]]
            for (from, to) in zip(points, points.dropFirst()) {
                switch jump {
                case .atNext: corners += [Point(to.x, from.y), to]
                case .atPrevious: corners += [Point(from.x, to.y), to]
                case .middle:
                    let middle = (from.x + to.x) / 2
                    corners += [Point(middle, from.y), Point(middle, to.y), to]
                }
            }
            pen.polyline(corners, pen.stroke(style), on: &canvas)
        }
    }

    func drawMarkers(_ pen: SeriesPen, line: Int, on canvas: inout Canvas) {
        for run in runs where run.count == 1 {
            let point = pen.place(run[0])
            guard pen.frame.rect.contains(point, slack: 0.01) else { continue }
            canvas.marker(
                style, at: point, size: pen.metrics.markerSize, paper: pen.metrics.theme.background, role: .data)
        }
    }
}
