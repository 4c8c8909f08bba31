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
        try Composer(figure: self, measurer: measurer).compose()
    }
}

/// Puts one figure together.
private struct Composer {
    /// Where the legend goes.
    private enum LegendPlan {
        case none, lineEnds, smallLineEnds, inside, right, below
    }

    let figure: Figure
    let measurer: any TextMeasurer
    let metrics: Metrics
    let content: any PlotContent
    let xFormatter: AxisFormatter?
    let yFormatter: AxisFormatter

    init(figure: Figure, measurer: any TextMeasurer) throws(FigureError) {
        guard Figure.sizes.contains(figure.width), Figure.sizes.contains(figure.height) else {
            throw .badSize(width: figure.width, height: figure.height, allowed: Figure.sizes)
        }
        self.figure = figure
        self.measurer = measurer
        metrics = Metrics(theme: figure.theme, width: figure.width, height: figure.height)
        content = try Composer.content(of: figure)
        let y = content.yDomain
        yFormatter = AxisFormatter(axis: figure.yAxis.cleaned, lower: y.lower, upper: y.upper)
        if case .values(let x) = content.xDomain {
            xFormatter = AxisFormatter(axis: figure.xAxis.cleaned, lower: x.lower, upper: x.upper)
        } else {
            xFormatter = nil
        }
    }

    private static func content(of figure: Figure) throws(FigureError) -> any PlotContent {
        guard let first = figure.marks.first else { throw .nothingToDraw }
        var kinds: [Mark.Kind] = []
        for mark in figure.marks where !kinds.contains(mark.kind) { kinds.append(mark.kind) }
        guard kinds.count == 1 else { throw .incompatibleMarks(kinds) }
        if case .categorical = figure.yAxis.scale { throw .unsuitableScale(.y, first.kind) }
        if first.kind != .line, figure.marks.count > 1 {
            throw .repeatedMark(first.kind, found: figure.marks.count)
        }
        switch first {
        case .bars(let bars): return try BarContent(bars, figure: figure)
        case .boxes(let boxes): return try BoxContent(boxes, figure: figure)
        case .line:
            let lines = figure.marks.compactMap { if case .line(let line) = $0 { line } else { nil } }
            return try LineContent(lines, figure: figure)
        default: throw .incompatibleMarks(kinds)
        }
    }

    func compose() throws(FigureError) -> Drawing {
        let needsLegend = figure.legend == .automatic && content.legendEntries.count > 1
        for plan in needsLegend ? [LegendPlan.lineEnds, .smallLineEnds, .inside, .right, .below] : [] {
            if let canvas = try? attempt(plan) { return finished(canvas) }
        }
        guard var canvas = try attempt(.none) else {
            throw .noRoom(width: metrics.canvas.width, height: metrics.canvas.height, needed: 0)
        }
        if needsLegend { canvas.notes.append(.omittedLegendEntries(content.legendEntries.count)) }
        return finished(canvas)
    }

    /// The whole picture with the legend in one place; `nil` where it does not fit there.
    private func attempt(_ plan: LegendPlan) throws(FigureError) -> Canvas? {
        var canvas = Canvas(measurer: measurer)
        canvas.notes = content.notes
        var area = drawTitles(on: &canvas)
        let entries = content.legendEntries
        var endLabels: EndLabels?
        var block: LegendBlock?
        var right = 0.0
        let gap = metrics.label.size
        switch plan {
        case .none, .inside: break
        case .lineEnds, .smallLineEnds:
            let style = plan == .lineEnds ? metrics.label : metrics.small
            guard let labels = EndLabels(entries, style: style, metrics: metrics, measurer: measurer) else {
                return nil
            }
            (endLabels, right) = (labels, labels.width)
        case .right:
            let legend = LegendBlock(
                entries, columns: 1, maximumWidth: metrics.canvas.width * 0.28, metrics: metrics, measurer: measurer)
            guard legend.notes.isEmpty, figure.width >= 4 else { return nil }
            (block, right) = (legend, legend.width + gap)
        case .below:
            let columns = LegendBlock.columns(entries, width: area.width, metrics: metrics, measurer: measurer)
            let legend = LegendBlock(
                entries, columns: columns, maximumWidth: area.width, maximumHeight: metrics.canvas.height * 0.3,
                metrics: metrics, measurer: measurer)
            block = legend
            area.height -= legend.height + gap * 0.6
        }
        let xTitle = xTitleLines(width: area.width)
        let xTitleHeight = xTitle.isEmpty ? 0 : metrics.gap * 0.7 + lineHeight(metrics.label) * Double(xTitle.count)
        area.height -= xTitleHeight

        let solver = FrameSolver(
            xDomain: content.xDomain, yDomain: content.yDomain, xAxis: figure.xAxis, yAxis: figure.yAxis,
            xFormatter: xFormatter, yFormatter: yFormatter, insets: content.insets(metrics, measurer),
            metrics: metrics, measurer: measurer)
        let frame = try solver.solve(in: area, right: right)
        canvas.notes += frame.horizontal.notes
        drawAxes(frame, labelGap: solver.labelGap, on: &canvas)
        content.draw(in: frame, metrics, on: &canvas)
        drawBaseline(frame, on: &canvas)
        drawXTitle(xTitle, below: area.maxY, frame: frame, on: &canvas)

        switch plan {
        case .none: break
        case .lineEnds, .smallLineEnds:
            guard let ends = content.lineEnds(in: frame), let endLabels,
                endLabels.draw(ends: ends, beside: frame.rect, on: &canvas)
            else { return nil }
        case .inside:
            guard drawInside(entries, frame: frame, on: &canvas) else { return nil }
        case .right:
            guard let block, block.height <= frame.rect.height else { return nil }
            let corner = Point(metrics.canvas.maxX - metrics.margin - block.width, frame.rect.y)
            block.draw(at: corner, covers: false, on: &canvas)
        case .below:
            guard let block else { return nil }
            let left = min(frame.rect.x, metrics.canvas.maxX - metrics.margin - block.width)
            let corner = Point(left, metrics.canvas.maxY - metrics.margin - block.height)
            block.draw(at: corner, covers: false, on: &canvas)
            canvas.notes += block.notes
        }
        return canvas
    }

    private func finished(_ canvas: Canvas) -> Drawing {
        var canvas = canvas
        canvas.removeConflicts(inside: metrics.canvas)
        return Drawing(
            width: Canvas.snap(metrics.canvas.width), height: Canvas.snap(metrics.canvas.height),
            background: figure.theme.background, elements: canvas.elements, notes: canvas.notes)
    }

    // MARK: Parts

    private func lineHeight(_ style: TextStyle) -> Double { measurer.extent(of: "x", style: style).height }

    /// Title and y axis title, aligned to the left above the plot. Returns what remains for plot and labels.
    private func drawTitles(on canvas: inout Canvas) -> Rect {
        let inner = metrics.canvas.insetBy(metrics.margin)
        let fitting = TextFitting(measurer: measurer)
        var top = inner.y
        let parts = [
            (TextFitting.clean(figure.title ?? ""), metrics.title, metrics.theme.ink, Drawing.Role.title),
            (yFormatter.title, metrics.label, metrics.theme.mutedInk, .axisTitle),
        ]
        for (text, style, color, role) in parts where !text.isEmpty {
            for line in fitting.wrapped(text, to: inner.width, lines: 2, style) {
                canvas.text(line, at: Point(inner.x, top), .leading, .top, style: style, color: color, role: role)
                top += lineHeight(style)
            }
            top += role == .title ? metrics.gap * 0.8 : metrics.gap * 0.4
        }
        top += lineHeight(metrics.label) * 0.6
        return Rect(x: inner.x, y: top, width: inner.width, height: inner.maxY - top)
    }

    private func xTitleLines(width: Double) -> [String] {
        let text = xFormatter?.title ?? TextFitting.clean(figure.xAxis.title)
        guard !text.isEmpty else { return [] }
        return TextFitting(measurer: measurer).wrapped(text, to: width, lines: 2, metrics.label)
    }

    /// Under the middle of the plot, as far as the picture's edges allow.
    private func drawXTitle(_ lines: [String], below top: Double, frame: PlotFrame, on canvas: inout Canvas) {
        let inner = metrics.canvas.insetBy(metrics.margin)
        for (index, line) in lines.enumerated() {
            let half = measurer.extent(of: line, style: metrics.label).width / 2
            let middle = min(max(frame.rect.midX, inner.x + half), inner.maxX - half)
            let y = top + metrics.gap * 0.7 + Double(index) * lineHeight(metrics.label)
            canvas.text(
                line, at: Point(middle, y), .center, .top, style: metrics.label, color: metrics.theme.mutedInk,
                role: .axisTitle)
        }
    }

    private func drawAxes(_ frame: PlotFrame, labelGap: Double, on canvas: inout Canvas) {
        let (rect, theme) = (frame.rect, metrics.theme)
        let tickLength = metrics.label.size * 0.3
        for tick in frame.vertical.ticks {
            if theme.drawsGrid, (tick.place - rect.maxY).magnitude > 0.5 {
                canvas.stroke(
                    .line(Point(rect.x, tick.place), Point(rect.maxX, tick.place)), metrics.gridStroke, role: .grid)
            }
            if theme.drawsVerticalAxis {
                canvas.stroke(
                    .line(Point(rect.x - tickLength, tick.place), Point(rect.x, tick.place)), metrics.axisStroke,
                    role: .axis)
            }
            canvas.text(
                tick.label, at: Point(rect.x - labelGap, tick.place), .trailing, .middle, style: metrics.label,
                color: theme.mutedInk, role: .tickLabel)
        }
        for place in frame.horizontal.ticks {
            canvas.stroke(
                .line(Point(place, rect.maxY), Point(place, rect.maxY + tickLength)), metrics.axisStroke, role: .axis)
        }
        for label in frame.horizontal.labels { canvas.append(label, role: .tickLabel) }
    }

    /// After the marks, so that bars stand on it.
    private func drawBaseline(_ frame: PlotFrame, on canvas: inout Canvas) {
        let rect = frame.rect
        canvas.stroke(.line(Point(rect.x, rect.maxY), Point(rect.maxX, rect.maxY)), metrics.axisStroke, role: .axis)
        if metrics.theme.drawsVerticalAxis {
            canvas.stroke(.line(Point(rect.x, rect.y), Point(rect.x, rect.maxY)), metrics.axisStroke, role: .axis)
        }
    }

    private func drawInside(_ entries: [LegendEntry], frame: PlotFrame, on canvas: inout Canvas) -> Bool {
        let padding = metrics.label.size * 0.5
        let region = frame.rect.insetBy(2)
        var grid = OccupancyGrid(region: region)
        grid.mark(canvas.elements)
        for columns in 1...min(3, entries.count) {
            let block = LegendBlock(
                entries, columns: columns, maximumWidth: region.width * 0.8, metrics: metrics, measurer: measurer)
            guard block.notes.isEmpty, block.height <= region.height * 0.75,
                let corner = grid.place(width: block.width + 2 * padding, height: block.height + 2 * padding)
            else { continue }
            block.draw(at: Point(corner.x + padding, corner.y + padding), covers: true, on: &canvas)
            return true
        }
        return false
    }
}

extension Axis {
    fileprivate var cleaned: Axis {
        var axis = self
        axis.title = TextFitting.clean(title)
        axis.unit = unit.map(TextFitting.clean)
        return axis
    }
}

extension Canvas {
    /// Removes text that touches more important text or leaves the picture. Layout avoids both; this is what makes it
    /// certain for pictures too small for their labels.
    fileprivate mutating func removeConflicts(inside picture: Rect) {
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
