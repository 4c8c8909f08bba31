/// Lines, their bands and markers.
struct LineContent: PlotContent {
    /// What can be drawn of one series: unbroken runs of points.
    private struct Series {
        let name: String
        let style: SeriesStyle
        var runs: [[DataPoint]] = []
        var bands: [[(x: Double, band: Interval)]] = []

        var points: Int { runs.reduce(0) { $0 + $1.count } }
    }

    let xDomain: HorizontalDomain
    let yDomain: ValueDomain
    private(set) var notes: [Drawing.Note] = []
    private let series: [Series]

    init(_ lines: [LineMark], figure: Figure) throws(FigureError) {
        let categories: [String]? = if case .categorical(let names) = figure.xAxis.scale { names } else { nil }
        let logarithmic = (x: figure.xAxis.scale == .log, y: figure.yAxis.scale == .log)
        let xLimits = categories.map { -0.5...(Double($0.count) - 0.5) } ?? figure.xAxis.range
        var all: [Series] = []
        var (xs, ys) = (Extremes(), Extremes())
        var hadFiniteValues = false
        for (index, line) in lines.enumerated() {
            if let band = line.band, band.count != line.points.count {
                throw .wrongCount(mark: index, list: .band, expected: line.points.count, found: band.count)
            }
            let name = TextFitting.clean(line.name)
            var one = Series(name: name, style: figure.theme.palette.style(line.colorIndex))
            var (run, bandRun): ([DataPoint], [(x: Double, band: Interval)]) = ([], [])
            var (notFinite, notPositive, outside) = (0, 0, 0)
            for (place, point) in line.points.enumerated() {
                let isFinite = point.x.isFinite && point.y.isFinite
                hadFiniteValues = hadFiniteValues || isFinite
                let isShown = isFinite && (!logarithmic.x || point.x > 0) && (!logarithmic.y || point.y > 0)
                if !isFinite { notFinite += 1 } else if !isShown { notPositive += 1 }
                if isShown {
                    run.append(point)
                    xs.add(point.x)
                    ys.add(point.y)
                    let isInside =
                        (xLimits?.contains(point.x) ?? true) && (figure.yAxis.range?.contains(point.y) ?? true)
                    if !isInside { outside += 1 }
                } else if !run.isEmpty {
                    one.runs.append(run)
                    run = []
                }
                let band = line.band?[place]
                if let band, isShown, band.lower.isFinite, band.upper.isFinite {
                    let ordered = Interval(lower: min(band.lower, band.upper), upper: max(band.lower, band.upper))
                    bandRun.append((point.x, ordered))
                    for end in [ordered.lower, ordered.upper] where !logarithmic.y || end > 0 { ys.add(end) }
                } else {
                    if band != nil, isShown { notFinite += 1 }
                    if !bandRun.isEmpty { one.bands.append(bandRun) }
                    bandRun = []
                }
            }
            if !run.isEmpty { one.runs.append(run) }
            if !bandRun.isEmpty { one.bands.append(bandRun) }
            if notFinite > 0 { notes.append(.skippedNonFinite(name: name, count: notFinite)) }
            if notPositive > 0 { notes.append(.skippedNonPositive(name: name, count: notPositive)) }
            if outside > 0 { notes.append(.outsideRange(name: name, count: outside)) }
            if one.runs.isEmpty { notes.append(.empty(name: name)) } else { all.append(one) }
        }
        guard let x = xs.range, let y = ys.range else {
            guard hadFiniteValues else { throw .nothingToDraw }
            throw .noPositiveValue(logarithmic.y ? .y : .x)
        }
        series = all
        if let categories {
            guard !categories.isEmpty else { throw .nothingToDraw }
            for bound in [x.lowerBound, x.upperBound] where bound.magnitude > ValueDomain.limit {
                throw .valueTooLarge(.x, found: bound, limit: ValueDomain.limit)
            }
            xDomain = .categories(categories.map(TextFitting.clean))
        } else {
            xDomain = .values(
                try ValueDomain(
                    lowest: x.lowerBound, highest: x.upperBound, axis: figure.xAxis, name: .x, keepsTight: true))
        }
        yDomain = try ValueDomain(lowest: y.lowerBound, highest: y.upperBound, axis: figure.yAxis, name: .y)
    }

    var legendEntries: [LegendEntry] {
        series.count < 2
            ? [] : series.map { LegendEntry(name: $0.name, style: $0.style, sample: .line(marker: hasMarkers)) }
    }

    func insets(_ metrics: Metrics, _ measurer: any TextMeasurer) -> Insets {
        let room = metrics.markerSize * 0.8 + 1
        return Insets(top: room, bottom: room, sides: room + 1)
    }

    // MARK: Drawing

    /// Few points are all marked. Many series are told apart by markers too, sparsely set on long lines.
    private var marksEveryPoint: Bool { (series.map(\.points).max() ?? 0) <= 14 && series.count <= 30 }
    private var hasMarkers: Bool { marksEveryPoint || (6...30).contains(series.count) }

    func draw(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let paper = metrics.theme.background
        for one in series {
            for run in one.bands where run.count > 1 {
                let upper = run.map { Point(frame.x($0.x), frame.y($0.band.upper)) }
                let lower = run.map { Point(frame.x($0.x), frame.y($0.band.lower)) }
                let area = Clip.polygon(
                    Clip.thinned(upper, column: 0.5) + Clip.thinned(lower, column: 0.5).reversed(), to: frame.rect)
                if !area.isEmpty {
                    canvas.fill(.polygon(area), one.style.color.opacity(0.2), role: .data)
                }
            }
        }
        let crowded = series.count > 30
        for one in series {
            var stroke = metrics.stroke(of: one.style)
            if crowded {
                stroke.width *= 0.6
                stroke.color = stroke.color.opacity(0.6)
            }
            for run in one.runs where run.count > 1 {
                let points = Clip.thinned(run.map { Point(frame.x($0.x), frame.y($0.y)) }, column: 0.5)
                for part in Clip.polyline(points, to: frame.rect) {
                    canvas.stroke(.polyline(part), stroke, role: .data)
                }
            }
        }
        for (index, one) in series.enumerated() {
            drawIntervals(one, in: frame, metrics, on: &canvas)
            for point in markedPoints(of: one, index: index, in: frame) where frame.rect.contains(point, slack: 0.01) {
                canvas.marker(one.style, at: point, size: metrics.markerSize, paper: paper, role: .data)
            }
        }
    }

    /// A band of one point alone has no area: it becomes an upright line.
    private func drawIntervals(_ one: Series, in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        for run in one.bands where run.count == 1 {
            let x = frame.x(run[0].x)
            let ends = Clip.segment(
                Point(x, frame.y(run[0].band.lower)), Point(x, frame.y(run[0].band.upper)), to: frame.rect)
            if let (low, high) = ends {
                let stroke = Stroke(color: one.style.color.opacity(0.5), width: metrics.lineWidth)
                canvas.stroke(.line(low, high), stroke, role: .data)
            }
        }
    }

    private func markedPoints(of one: Series, index: Int, in frame: PlotFrame) -> [Point] {
        func place(_ point: DataPoint) -> Point { Point(frame.x(point.x), frame.y(point.y)) }
        if marksEveryPoint { return one.runs.joined().map(place) }
        var marked = one.runs.filter { $0.count == 1 }.map { place($0[0]) }
        guard hasMarkers else { return marked }
        // Every line at other places, so that markers of neighbouring lines do not pile up.
        let points = one.runs.joined().map(place)
        let spacing = max(40, frame.rect.width / 6)
        var next = frame.rect.x + spacing * (0.25 + 0.75 * Double(index) / Double(series.count))
        for point in points where point.x >= next {
            marked.append(point)
            while next <= point.x, next < frame.rect.maxX + spacing { next += spacing }
        }
        return marked
    }

    func lineEnds(in frame: PlotFrame) -> [Point]? {
        guard series.count <= 24 else { return nil }
        let isOnePoint = series.allSatisfy { $0.points == 1 && $0.runs[0][0].x == series[0].runs[0][0].x }
        var ends: [Point] = []
        for one in series {
            guard let last = one.runs.last?.last else { return nil }
            let (x, y) = (frame.x(last.x), frame.y(last.y))
            let isAtEdge = x >= frame.rect.maxX - max(14, frame.rect.width * 0.04) && x <= frame.rect.maxX + 0.01
            guard isAtEdge || isOnePoint, y >= frame.rect.y - 0.01, y <= frame.rect.maxY + 0.01 else { return nil }
            ends.append(Point(x, y))
        }
        return ends
    }
}

/// The smallest and largest of what was added.
struct Extremes {
    private(set) var range: ClosedRange<Double>?

    /// Finite values only.
    mutating func add(_ value: Double) {
        guard let old = range else {
            range = value...value
            return
        }
        range = min(old.lowerBound, value)...max(old.upperBound, value)
    }
}
