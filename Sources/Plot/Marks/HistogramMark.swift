/// How often values fall into bins of equal width.
public struct HistogramMark: Sendable, Hashable {
    public var name: String
    /// In any order; those that are not finite are left out and counted.
    public var values: [Double]
    /// How many bins; `nil`: by the rule of Freedman and Diaconis over all values of the figure, with ends at round
    /// numbers. All histograms of a figure must ask for the same.
    public var bins: Int?
    /// Heights are shares of this mark's values instead of counts (with `AxisFormat.percent` on the y axis).
    public var isShare: Bool
    public var colorIndex: Int

    /// What `bins` may be.
    public static let allowedBins: ClosedRange<Int> = 1...1000

    public init(name: String, values: [Double], bins: Int? = nil, isShare: Bool = false, colorIndex: Int = 0) {
        self.name = name
        self.values = values
        self.bins = bins
        self.isShare = isShare
        self.colorIndex = colorIndex
    }
}

// MARK: Layout

/// Histograms on common bins. One is solid bars, several are translucent ones with an outline.
struct HistogramContent: PlotContent {
    private struct Series {
        let name: String
        let style: SeriesStyle
        /// As many as bins.
        let heights: [Double]
    }

    var xDomain: HorizontalDomain
    var yDomain: ValueDomain
    private(set) var notes: [Drawing.Note] = []
    private let series: [Series]
    /// One more than bins.
    private let edges: [Double]
    private let logarithmic: Bool

    /// `all` are the histograms of all panels that share their x axis, or those of this plot.
    init(_ marks: [HistogramMark], all: [HistogramMark], figure: Figure) throws(FigureError) {
        if figure.xAxis.scale != .linear { throw .unsuitableScale(.x, .histogram) }
        if case .symlog = figure.yAxis.scale { throw .unsuitableScale(.y, .histogram) }
        logarithmic = figure.yAxis.scale == .log
        var asked: [Int] = []
        for mark in all {
            if let bins = mark.bins {
                guard HistogramMark.allowedBins.contains(bins) else {
                    throw .badNumber(.bins, found: bins, allowed: HistogramMark.allowedBins)
                }
                if !asked.contains(bins) { asked.append(bins) }
            }
        }
        guard asked.count < 2 else { throw .differentBins(asked) }
        let pooled = all.flatMap { $0.values.filter(\.isFinite) }.sorted()
        guard let lowest = pooled.first, let highest = pooled.last else { throw .nothingToDraw }
        for value in [lowest, highest] where value.magnitude > ValueDomain.limit {
            throw .valueTooLarge(.x, found: value, limit: ValueDomain.limit)
        }
        let edges = HistogramBins.edges(
            pooled, range: figure.xAxis.range, bins: asked.first, integer: figure.xAxis.format == .integer)
        self.edges = edges
        var all: [Series] = []
        var extremes = Extremes()
        for mark in marks {
            let name = TextFitting.clean(mark.name)
            let finite = mark.values.filter(\.isFinite)
            if finite.count < mark.values.count {
                notes.append(.skippedNonFinite(name: name, count: mark.values.count - finite.count))
            }
            guard !finite.isEmpty else {
                notes.append(.empty(name: name))
                continue
            }
            let counts = HistogramBins.counts(finite, edges)
            let outside = finite.count - counts.reduce(0, +)
            if outside > 0 { notes.append(.outsideRange(name: name, count: outside)) }
            let unit = mark.isShare ? 1 / Double(finite.count) : 1
            let heights = counts.map { Double($0) * unit }
            for height in heights where height > 0 { extremes.add(height) }
            all.append(
                Series(name: name, style: figure.theme.palette.style(mark.colorIndex), heights: heights))
        }
        for overlay in figure.overlays {
            if let y = overlay.overlayPlace.y, y.isFinite, !logarithmic || y > 0 { extremes.add(y) }
        }
        guard !all.isEmpty, let heights = extremes.range else { throw .nothingToDraw }
        series = all
        xDomain = .values(
            try ValueDomain(
                lowest: edges[0], highest: edges[edges.count - 1], axis: figure.xAxis, name: .x, keepsTight: true))
        yDomain = try ValueDomain(
            lowest: logarithmic ? heights.lowerBound / 2 : 0, highest: heights.upperBound, axis: figure.yAxis, name: .y,
            startsAtZero: !logarithmic)
    }

    var legendEntries: [LegendEntry] {
        series.count < 2 ? [] : series.map { LegendEntry(name: $0.name, style: $0.style, sample: .area) }
    }

    func insets(_ metrics: Metrics, _ measurer: any TextMeasurer) -> Insets {
        Insets(top: 4, bottom: 0, sides: metrics.label.size * 0.5)
    }

    func draw(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let foot = logarithmic ? frame.rect.maxY : max(frame.rect.y, min(frame.rect.maxY, frame.y(0)))
        func place(_ edge: Double) -> Double { max(frame.rect.x, min(frame.rect.maxX, frame.x(edge))) }
        let isOne = series.count == 1
        let gap = isOne && edges.count > 1 && (place(edges[1]) - place(edges[0])) > 5 ? 0.5 : 0
        for one in series {
            var outline = [Point(place(edges[0]), foot)]
            for (bin, height) in one.heights.enumerated() {
                let (left, right) = (place(edges[bin]), place(edges[bin + 1]))
                let top = height > 0 ? max(frame.rect.y, min(foot, frame.y(height))) : foot
                outline += [Point(left, top), Point(right, top)]
                if isOne, top < foot, right > left {
                    let rect = Rect(x: left + gap / 2, y: top, width: max(0.2, right - left - gap), height: foot - top)
                    canvas.fill(.rect(rect), one.style.color, role: .data)
                }
            }
            outline.append(Point(place(edges[edges.count - 1]), foot))
            guard !isOne else { continue }
            canvas.fill(.polygon(outline), one.style.color.opacity(0.28), role: .data)
            canvas.stroke(
                .polyline(outline), Stroke(color: one.style.color, width: metrics.lineWidth * 0.7), role: .data)
        }
    }
}
