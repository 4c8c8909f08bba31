/// Puts one plot together.
struct PlotComposer {
    /// Where the legend goes.
    private enum LegendPlan {
        case none, lineEnds, smallLineEnds, inside, right, below
    }

    let parts: FigureParts
    let content: any PlotContent
    private let xFormatter: AxisFormatter?
    private let yFormatter: AxisFormatter

    private var figure: Figure { parts.figure }
    private var metrics: Metrics { parts.metrics }
    private var measurer: any TextMeasurer { parts.measurer }

    init(parts: FigureParts, content: any PlotContent) {
        self.parts = parts
        self.content = content
        (xFormatter, yFormatter) = content.formatters(parts.figure)
    }

    func compose() throws(FigureError) -> Drawing {
        let needsLegend = figure.legend == .automatic && content.legendEntries.count > 1
        for plan in needsLegend ? [LegendPlan.lineEnds, .smallLineEnds, .inside, .right, .below] : [] {
            if let canvas = try? attempt(plan) { return parts.finished(canvas) }
        }
        guard var canvas = try attempt(.none) else {
            throw .noRoom(width: metrics.canvas.width, height: metrics.canvas.height, needed: 0)
        }
        if needsLegend { canvas.notes.append(.omittedLegendEntries(content.legendEntries.count)) }
        return parts.finished(canvas)
    }

    /// The whole picture with the legend in one place; `nil` where it does not fit there.
    private func attempt(_ plan: LegendPlan) throws(FigureError) -> Canvas? {
        var canvas = Canvas(measurer: measurer)
        canvas.notes = content.notes
        var area = parts.drawTitles(yTitle: yFormatter.title, on: &canvas)
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
        let xTitle = parts.xTitleLines(
            xFormatter?.title ?? TextFitting.clean(figure.xAxis.title), width: area.width)
        area.height -= parts.xTitleHeight(xTitle)

        let solver = FrameSolver(
            xDomain: content.xDomain, yDomain: content.yDomain, xAxis: figure.xAxis, yAxis: figure.yAxis,
            xFormatter: xFormatter, yFormatter: yFormatter, insets: parts.insets(of: content),
            metrics: metrics, measurer: measurer)
        let frame = try solver.solve(in: area, right: right)
        canvas.notes += frame.horizontal.notes
        parts.drawAxes(frame, labelGap: solver.labelGap, on: &canvas)
        parts.drawReferences(in: frame, on: &canvas)
        content.draw(in: frame, metrics, on: &canvas)
        parts.drawRemarks(in: frame, on: &canvas)
        parts.drawBaseline(frame, on: &canvas)
        parts.drawXTitle(xTitle, below: area.maxY, middle: frame.rect.midX, on: &canvas)

        switch plan {
        case .none: break
        case .lineEnds, .smallLineEnds:
            guard let ends = content.lineEnds(in: frame), let endLabels,
                endLabels.draw(ends: ends, beside: frame.rect, on: &canvas)
            else { return nil }
        case .inside:
            guard parts.drawInside(entries, frame: frame, on: &canvas) else { return nil }
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
}
