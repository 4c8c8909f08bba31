/// The area between a series and its foot.
public struct AreaMark: Sendable, Hashable {
    public var name: String
    public var points: [DataPoint]
    /// As many as points; `nil`: zero, or the lower end of a logarithmic axis.
    public var foot: [Double]?
    public var colorIndex: Int

    public init(name: String, points: [DataPoint], foot: [Double]? = nil, colorIndex: Int = 0) {
        self.name = name
        self.points = points
        self.foot = foot
        self.colorIndex = colorIndex
    }

    /// The areas one upon another, the first at the bottom. All have the x values of the first; a value that is not
    /// finite counts as zero for those above it. `nil` where the x values differ.
    public static func stacked(_ areas: [AreaMark]) -> [AreaMark]? {
        guard let first = areas.first else { return [] }
        var foot = Array(repeating: 0.0, count: first.points.count)
        var result: [AreaMark] = []
        for area in areas {
            guard area.points.map(\.x) == first.points.map(\.x) else { return nil }
            var raised = area
            raised.foot = foot
            for index in foot.indices {
                let value = area.points[index].y
                raised.points[index].y = foot[index] + value
                if value.isFinite { foot[index] += value }
            }
            result.append(raised)
        }
        return result
    }
}

// MARK: Layout

/// What can be drawn of an area: runs of points with their feet.
struct AreaSeries: PlottedSeries {
    private let name: String
    private let style: SeriesStyle
    private var runs: [[(point: DataPoint, foot: Double?)]] = []
    /// Areas one upon another are solid: a translucent one would take on the colour of what lies beneath.
    private let isStacked: Bool

    init(_ area: AreaMark, index: Int, theme: Theme, intake: inout SeriesIntake) throws(FigureError) {
        if let foot = area.foot, foot.count != area.points.count {
            throw .wrongCount(mark: index, list: .foot, expected: area.points.count, found: foot.count)
        }
        name = TextFitting.clean(area.name)
        style = theme.palette.style(area.colorIndex)
        isStacked = area.foot != nil
        var run: [(point: DataPoint, foot: Double?)] = []
        for (place, point) in area.points.enumerated() {
            if intake.take(point) {
                let foot = area.foot.flatMap { $0[place].isFinite ? $0[place] : nil }
                if let foot { intake.takeError(y: Interval(lower: foot, upper: foot)) }
                run.append((point, foot))
            } else if !run.isEmpty {
                runs.append(run)
                run = []
            }
        }
        if !run.isEmpty { runs.append(run) }
        intake.finish(name)
    }

    var count: Int { runs.reduce(0) { $0 + $1.count } }
    var isArea: Bool { true }

    /// The middle of the last value of a stacked area, else its upper end.
    var end: DataPoint? {
        guard let last = runs.last?.last else { return nil }
        guard isStacked else { return last.point }
        return DataPoint(x: last.point.x, y: last.point.y / 2 + (last.foot ?? 0) / 2)
    }

    func legendEntry(_ crowd: SeriesCrowd) -> LegendEntry? { LegendEntry(name: name, style: style, sample: .area) }

    func drawAreas(_ pen: SeriesPen, on canvas: inout Canvas) {
        for run in runs {
            let upper = run.map { pen.place($0.point) }
            let lower = run.map { Point(pen.frame.x($0.point.x), foot($0.foot, pen)) }
            if run.count == 1 {
                let width = pen.metrics.lineWidth * 2
                if let (start, end) = Clip.segment(upper[0], lower[0], to: pen.frame.rect) {
                    canvas.stroke(.line(start, end), Stroke(color: style.color, width: width), role: .data)
                }
                continue
            }
            pen.area(upper, lower, isStacked ? fillOfStack(pen) : style.color.opacity(0.3), on: &canvas)
        }
    }

    func drawLines(_ pen: SeriesPen, on canvas: inout Canvas) {
        var stroke = pen.stroke(style)
        if isStacked { stroke = Stroke(color: pen.metrics.theme.background, width: pen.metrics.theme.axisWidth) }
        for run in runs where run.count > 1 { pen.polyline(run.map { pen.place($0.point) }, stroke, on: &canvas) }
    }

    private func fillOfStack(_ pen: SeriesPen) -> Color { style.color.mixed(with: pen.metrics.theme.background, 0.12) }

    private func foot(_ foot: Double?, _ pen: SeriesPen) -> Double {
        let rect = pen.frame.rect
        guard let foot, pen.frame.vertical.projection.scale != .log || foot > 0 else {
            return pen.frame.vertical.projection.scale == .log
                ? rect.maxY : max(rect.y, min(rect.maxY, pen.frame.y(0)))
        }
        return pen.frame.y(foot)
    }
}
