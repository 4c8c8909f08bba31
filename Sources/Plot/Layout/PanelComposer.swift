/// Puts small multiples together: a grid of equal plots with titles, one legend for all, and labels only at the outer
/// panels where axes are shared.
struct PanelComposer {
    let parts: FigureParts
    private let contents: [any PlotContent]
    /// How many to try, the best first.
    private let columnChoices: [Int]

    private var figure: Figure { parts.figure }
    private var metrics: Metrics { parts.metrics }

    init(parts: FigureParts) throws(FigureError) {
        self.parts = parts
        let figure = parts.figure
        let all = figure.panels.flatMap(\.marks) + figure.marks
        var first: Mark.Kind?
        for panel in figure.panels {
            guard let kind = (panel.marks + figure.marks).first(where: { !$0.isOverlay })?.kind else { continue }
            if kind == .heatMap || kind == .images { throw .notInPanels(kind) }
            if let first, !MarkGroup.haveCommonAxes(first, kind) { throw .incompatibleMarks([first, kind]) }
            first = first ?? kind
        }
        var contents: [any PlotContent] = []
        for panel in figure.panels {
            var one = figure
            one.marks = panel.marks + figure.marks
            if figure.panelAxes != .free, case .linear = figure.xAxis.scale {
                let categories = PanelComposer.categories(all)
                if !categories.isEmpty { one.xAxis.scale = .categorical(categories) }
            }
            _ = try MarkGroup(one.marks, yAxis: figure.yAxis)
            contents.append(try MarkGroup.content(of: one, among: figure.panelAxes == .free ? [] : all))
        }
        if figure.panelAxes != .free {
            PanelComposer.share(&contents, x: true, y: figure.panelAxes == .shared, hasBoxes: first == .boxes)
        }
        self.contents = contents
        let count = figure.panels.count
        if let asked = figure.panelColumns {
            guard (1...100).contains(asked) else { throw .badNumber(.panelColumns, found: asked, allowed: 1...100) }
            columnChoices = [min(asked, count)]
        } else {
            columnChoices = PanelComposer.columns(count, width: figure.width, height: figure.height)
        }
    }

    // MARK: Sharing

    /// The categories of all panels in the order of their first appearance.
    private static func categories(_ marks: [Mark]) -> [String] {
        var names: [String] = []
        var known: Set<String> = []
        for mark in marks {
            let own: [String] =
                switch mark {
                case .bars(let bars): bars.categories
                case .boxes(let boxes): boxes.categories
                case .violins(let violins): violins.categories
                default: []
                }
            for name in own where known.insert(name).inserted { names.append(name) }
        }
        return names
    }

    private static func share(_ contents: inout [any PlotContent], x: Bool, y: Bool, hasBoxes: Bool) {
        guard var shared = contents.first else { return }
        for content in contents.dropFirst() {
            shared.yDomain.join(content.yDomain)
            if case .values(var mine) = shared.xDomain, case .values(let other) = content.xDomain {
                mine.join(other)
                shared.xDomain = .values(mine)
            }
        }
        // Outliers counted as beyond the axis must be beyond it in every panel.
        if hasBoxes { shared.yDomain.keepTicksInside(lower: true, upper: true) }
        for index in contents.indices {
            if y { contents[index].yDomain = shared.yDomain }
            if x { contents[index].xDomain = shared.xDomain }
        }
    }

    /// Panels about 1.35 times as wide as high, and few empty places in the last row.
    private static func columns(_ count: Int, width: Double, height: Double) -> [Int] {
        let costs = (1...max(1, min(count, 12))).map { columns -> (Double, Int) in
            let rows = (count + columns - 1) / columns
            let shape = (width / Double(columns)) / (height / Double(rows)) / 1.35
            let empty = Double(rows * columns - count) / Double(columns)
            return (max(shape, 1 / shape) - 1 + 0.5 * empty, columns)
        }
        return costs.sorted { $0 < $1 }.map(\.1)
    }

    // MARK: Composing

    func compose() throws(FigureError) -> Drawing {
        var canvas = Canvas(measurer: parts.measurer)
        let formatters = contents.map { $0.formatters(figure) }
        var yTitles = Set(formatters.map(\.y.title))
        // Panels of their own may have their own units: then only what they have in common is said.
        if yTitles.count > 1 { yTitles = [TextFitting.clean(figure.yAxis.title)] }
        var area = parts.drawTitles(yTitle: yTitles.first ?? "", on: &canvas)

        let entries = legendEntries()
        var legend: LegendBlock?
        if entries.count > 1, figure.legend == .automatic {
            let count = LegendBlock.columns(entries, width: area.width, metrics: metrics, measurer: parts.measurer)
            let block = LegendBlock(
                entries, columns: count, maximumWidth: area.width, maximumHeight: metrics.canvas.height * 0.25,
                metrics: metrics, measurer: parts.measurer)
            area.height -= block.height + metrics.label.size * 0.6
            canvas.notes += block.notes
            legend = block
        }
        let xTitles = Set(formatters.map { $0.x?.title ?? TextFitting.clean(figure.xAxis.title) })
        let xTitle = parts.xTitleLines(
            xTitles.count == 1 ? xTitles.first ?? "" : TextFitting.clean(figure.xAxis.title), width: area.width)
        area.height -= parts.xTitleHeight(xTitle)

        let grid = try grid(in: area, formatters)
        for (index, content) in contents.enumerated() {
            for note in content.notes where !canvas.notes.contains(note) { canvas.notes.append(note) }
            let frame = grid.frames[index]
            for note in frame.horizontal.notes where !canvas.notes.contains(note) { canvas.notes.append(note) }
            drawTitle(of: index, above: frame, grid, on: &canvas)
            // Each panel alone, so that it sees only its own marks as obstacles.
            var panel = Canvas(measurer: parts.measurer)
            var own = figure
            own.marks = figure.panels[index].marks + figure.marks
            let inner = FigureParts(figure: own, measurer: parts.measurer)
            inner.drawAxes(
                frame, labelGap: grid.labelGap, xLabels: grid.hasXLabels(index), yLabels: grid.hasYLabels(index),
                on: &panel)
            inner.drawReferences(in: frame, on: &panel)
            content.draw(in: frame, metrics, on: &panel)
            inner.drawRemarks(in: frame, on: &panel)
            inner.drawBaseline(frame, on: &panel)
            canvas.append(panel)
        }
        let rects = grid.frames.map(\.rect)
        let middle = ((rects.map(\.x).min() ?? 0) + (rects.map(\.maxX).max() ?? 0)) / 2
        parts.drawXTitle(xTitle, below: area.maxY, middle: middle, on: &canvas)
        if let legend {
            let left = min(rects.first?.x ?? 0, metrics.canvas.maxX - metrics.margin - legend.width)
            legend.draw(
                at: Point(left, metrics.canvas.maxY - metrics.margin - legend.height), covers: false, on: &canvas)
        }
        return parts.finished(canvas)
    }

    /// With the first number of columns that leaves panels large enough.
    private func grid(
        in area: Rect, _ formatters: [(x: AxisFormatter?, y: AxisFormatter)]
    ) throws(FigureError) -> PanelGrid {
        var first: FigureError?
        for columns in columnChoices {
            do throws(FigureError) {
                return try PanelGrid(
                    contents: contents, formatters: formatters, columns: columns, area: area, parts: parts)
            } catch {
                first = first ?? error
            }
        }
        throw first ?? .nothingToDraw
    }

    /// Of all panels, each look once.
    private func legendEntries() -> [LegendEntry] {
        var entries: [LegendEntry] = []
        for (index, content) in contents.enumerated() {
            var own = content.legendEntries
            if own.isEmpty, let single = MarkGroup.singleEntry(figure.panels[index].marks, theme: figure.theme) {
                own = [single]
            }
            for entry in own where !entries.contains(entry) { entries.append(entry) }
        }
        // A panel for each series says its name already.
        let titles = figure.panels.map { TextFitting.clean($0.title) }
        return entries.allSatisfy { titles.contains($0.name) } ? [] : entries
    }

    private func drawTitle(of index: Int, above frame: PlotFrame, _ grid: PanelGrid, on canvas: inout Canvas) {
        let style = grid.titleStyle
        let text = parts.fitting.shortened(
            TextFitting.clean(figure.panels[index].title), to: frame.rect.width, style)
        if text != TextFitting.clean(figure.panels[index].title) {
            canvas.notes.append(.shortened(TextFitting.clean(figure.panels[index].title)))
        }
        canvas.text(
            text, at: Point(frame.rect.x, frame.rect.y - grid.titleGap), .leading, .bottom, style: style,
            color: metrics.theme.ink, role: .axisTitle)
    }
}

/// Where the panels are. Their margins depend on the labels, which depend on the panels' sizes.
struct PanelGrid {
    private(set) var frames: [PlotFrame] = []
    let titleStyle: TextStyle
    let titleGap: Double
    let labelGap: Double
    private let columns: Int
    private let count: Int
    private let axes: PanelAxes

    /// Less than a plot of its own needs: panels are read together.
    static let smallest = (width: 30.0, height: 22.0)

    init(
        contents: [any PlotContent], formatters: [(x: AxisFormatter?, y: AxisFormatter)], columns: Int, area: Rect,
        parts: FigureParts
    ) throws(FigureError) {
        let (figure, metrics) = (parts.figure, parts.metrics)
        (self.columns, count, axes) = (columns, contents.count, figure.panelAxes)
        var style = metrics.label
        style.weight = .bold
        (titleStyle, titleGap) = (style, 0.3 * style.size)
        let rows = (contents.count + columns - 1) / columns
        let hasTitles = figure.panels.contains { !$0.title.isEmpty }
        let titleHeight = hasTitles ? parts.lineHeight(style) + titleGap : metrics.label.size * 0.5
        let solvers = zip(contents, formatters).map { content, formatter in
            FrameSolver(
                xDomain: content.xDomain, yDomain: content.yDomain, xAxis: figure.xAxis, yAxis: figure.yAxis,
                xFormatter: formatter.x, yFormatter: formatter.y, insets: parts.insets(of: content),
                metrics: metrics, measurer: parts.measurer)
        }
        labelGap = solvers.first?.labelGap ?? 0
        let belowAxis = solvers.first?.belowAxis ?? 0
        let fitting = parts.fitting
        let base = metrics.label.size

        var (left, right, bottom) = (base, 0.0, base * 1.5)
        var (between, under) = (base * 1.2, base * 1.2)
        for _ in 0..<8 {
            // All panels are as large as the margins of the neediest one leave.
            let (ownLeft, ownBottom) = (axes == .shared ? 0 : left, axes == .free ? bottom : 0)
            let (columnCount, rowCount) = (Double(columns), Double(rows))
            let width =
                (area.width - left - right - (columnCount - 1) * (between + ownLeft)) / columnCount
            let height =
                (area.height - bottom - rowCount * titleHeight - (rowCount - 1) * (under + ownBottom)) / rowCount
            guard width >= PanelGrid.smallest.width, height >= PanelGrid.smallest.height else {
                throw .noRoom(width: width, height: height, needed: PanelGrid.smallest.height)
            }
            frames = solvers.enumerated().map { index, solver in
                let (row, column) = (Double(index / columns), Double(index % columns))
                let rect = Rect(
                    x: area.x + left + column * (width + between + ownLeft),
                    y: area.y + titleHeight + row * (height + titleHeight + under + ownBottom), width: width,
                    height: height)
                return solver.frame(rect, room: area.height / rowCount * 1.4)
            }
            var (newLeft, newRight, newBottom, newBetween) = (left, right, bottom, between)
            for (index, frame) in frames.enumerated() {
                let widest = frame.vertical.ticks.map { fitting.width($0.label, metrics.label) }.max() ?? 0
                if hasYLabels(index) { newLeft = max(newLeft, widest + labelGap) }
                guard hasXLabels(index) else { continue }
                newBottom = max(newBottom, frame.horizontal.height + belowAxis)
                let bounds = frame.horizontal.labels.map(\.bounds)
                let before = frame.rect.x - (bounds.map(\.x).min() ?? frame.rect.x)
                let after = (bounds.map(\.maxX).max() ?? frame.rect.maxX) - frame.rect.maxX
                if index % columns == 0 { newLeft = max(newLeft, before) }
                if index % columns == columns - 1 || index == frames.count - 1 { newRight = max(newRight, after) }
                newBetween = max(newBetween, max(0, before) + max(0, after) + base * 0.6 - ownLeft)
            }
            if newLeft - left < 0.01, newRight - right < 0.01, newBottom - bottom < 0.01, newBetween - between < 0.01 {
                break
            }
            (left, right, bottom, between) = (newLeft, newRight, newBottom, newBetween)
            under = base * 1.2
        }
    }

    /// The lowest of its column, or all where x axes are their own.
    func hasXLabels(_ index: Int) -> Bool { axes == .free || index + columns >= count }
    /// The first of its row, or all where y axes are their own.
    func hasYLabels(_ index: Int) -> Bool { axes != .shared || index % columns == 0 }
}
