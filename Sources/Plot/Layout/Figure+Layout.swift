extension Figure {
    /// Places everything. Lengths in the result are points.
    ///
    /// 1. The marks become content: finite values, the range they span, notes on what was left out.
    /// 2. A place for the legend is tried, the best first: line ends, an empty place inside, the right, below.
    /// 3. For each, the margins are found that the labels need, and everything is drawn.
    /// 4. Text that would still touch other text or leave the picture is removed, the least important first.
    ///
    /// The same figure and metrics give the same drawing. The time grows with the number of values; a few milliseconds
    /// for eight lines.
    public func layout(measurer: any TextMeasurer) throws(FigureError) -> Drawing {
        guard Figure.sizes.contains(width), Figure.sizes.contains(height) else {
            throw .badSize(width: width, height: height, allowed: Figure.sizes)
        }
        let parts = FigureParts(figure: self, measurer: measurer)
        if !panels.isEmpty { return try PanelComposer(parts: parts).compose() }
        switch try MarkGroup(marks, yAxis: yAxis) {
        case .heatMap(let mark): return try HeatMapComposer(mark, parts: parts).compose()
        case .images(let mark): return try ImageGridComposer(mark, parts: parts).compose()
        case .plot:
            return try PlotComposer(parts: parts, content: try MarkGroup.content(of: self)).compose()
        }
    }
}

/// Which marks share one plot, checked.
enum MarkGroup {
    /// On axes; `content(of:)` makes the content.
    case plot
    case heatMap(HeatMapMark)
    case images(ImageGridMark)

    private static let series: Set<Mark.Kind> = [.line, .step, .area, .points, .scatter]

    init(_ marks: [Mark], yAxis: Axis) throws(FigureError) {
        let data = marks.filter { !$0.isOverlay }
        guard let first = data.first else { throw .nothingToDraw }
        var kinds: [Mark.Kind] = []
        for mark in data where !kinds.contains(mark.kind) { kinds.append(mark.kind) }
        guard kinds.count == 1 || Set(kinds).isSubset(of: MarkGroup.series) else { throw .incompatibleMarks(kinds) }
        if !MarkGroup.series.contains(first.kind), first.kind != .histogram, data.count > 1 {
            throw .repeatedMark(first.kind, found: data.count)
        }
        let overlay = marks.first(where: \.isOverlay)
        switch first {
        case .heatMap(let mark):
            if let overlay { throw .incompatibleMarks([.heatMap, overlay.kind]) }
            self = .heatMap(mark)
        case .images(let mark):
            if let overlay { throw .incompatibleMarks([.images, overlay.kind]) }
            self = .images(mark)
        default:
            if case .categorical = yAxis.scale { throw .unsuitableScale(.y, first.kind) }
            self = .plot
        }
    }

    /// Whether two kinds may stand in panels of one figure.
    static func haveCommonAxes(_ a: Mark.Kind, _ b: Mark.Kind) -> Bool {
        a == b || series.contains(a) && series.contains(b)
    }

    /// What a legend of several panels says of one that has a single series.
    static func singleEntry(_ marks: [Mark], theme: Theme) -> LegendEntry? {
        let data = marks.filter { !$0.isOverlay }
        guard data.count == 1 else { return nil }
        func entry(_ name: String, _ color: Int, _ sample: LegendEntry.Sample) -> LegendEntry {
            LegendEntry(name: TextFitting.clean(name), style: theme.palette.style(color), sample: sample)
        }
        switch data[0] {
        case .line(let one): return entry(one.name, one.colorIndex, .line(marker: one.points.count <= 14))
        case .step(let one): return entry(one.name, one.colorIndex, .line(marker: false))
        case .area(let one): return entry(one.name, one.colorIndex, .area)
        case .points(let one): return entry(one.name, one.colorIndex, .marker)
        case .histogram(let one): return entry(one.name, one.colorIndex, .area)
        default: return nil
        }
    }

    /// `all` are the marks of all panels that share their x axis; empty for this figure's own.
    static func content(of figure: Figure, among all: [Mark] = []) throws(FigureError) -> any PlotContent {
        let data = figure.marks.filter { !$0.isOverlay }
        switch data.first {
        case .bars(let bars): return try BarContent(bars, figure: figure)
        case .boxes(let boxes): return try BoxContent(boxes, figure: figure)
        case .violins(let violins): return try ViolinContent(violins, figure: figure)
        case .histogram:
            let histograms = { (marks: [Mark]) in
                marks.compactMap { if case .histogram(let one) = $0 { one } else { nil } }
            }
            let own = histograms(data)
            return try HistogramContent(own, all: all.isEmpty ? own : histograms(all), figure: figure)
        default: return try SeriesContent(data, figure: figure)
        }
    }
}

extension Canvas {
    /// Removes text that touches more important text or leaves the picture. Layout avoids both; this is what makes it
    /// certain for pictures too small for their labels.
    mutating func removeConflicts(inside picture: Rect) {
        let importance = Drawing.Role.allCases
        let ranked = elements.indices.compactMap { index -> (rank: Int, index: Int, text: PlacedText)? in
            guard case .text(let text) = elements[index].shape else { return nil }
            return (importance.firstIndex(of: elements[index].role) ?? 0, index, text)
        }.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }
        var kept: [PlacedText] = []
        var removed: Set<Int> = []
        for (_, index, text) in ranked {
            let bounds = text.bounds
            let isInside =
                picture.contains(Point(bounds.x, bounds.y)) && picture.contains(Point(bounds.maxX, bounds.maxY))
            if isInside, !kept.contains(where: { $0.overlaps(text) }) {
                kept.append(text)
            } else {
                removed.insert(index)
                notes.append(.omittedText(text.text))
            }
        }
        removeElements(at: removed)
    }
}
