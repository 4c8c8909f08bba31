/// What every kind of figure is put together from: titles, axes, legends in free places.
struct FigureParts {
    let figure: Figure
    let measurer: any TextMeasurer
    let metrics: Metrics

    init(figure: Figure, measurer: any TextMeasurer) {
        self.figure = figure
        self.measurer = measurer
        metrics = Metrics(theme: figure.theme, width: figure.width, height: figure.height)
    }

    var fitting: TextFitting { TextFitting(measurer: measurer) }
    func lineHeight(_ style: TextStyle) -> Double { measurer.extent(of: "x", style: style).height }

    func finished(_ canvas: Canvas) -> Drawing {
        var canvas = canvas
        canvas.removeConflicts(inside: metrics.canvas)
        return Drawing(
            width: Canvas.snap(metrics.canvas.width), height: Canvas.snap(metrics.canvas.height),
            background: figure.theme.background, elements: canvas.elements, notes: canvas.notes)
    }

    /// Title and y axis title, aligned to the left above the plot. Returns what remains for plot and labels.
    func drawTitles(yTitle: String, on canvas: inout Canvas) -> Rect {
        let inner = metrics.canvas.insetBy(metrics.margin)
        let fitting = TextFitting(measurer: measurer)
        var top = inner.y
        let parts = [
            (TextFitting.clean(figure.title ?? ""), metrics.title, metrics.theme.ink, Drawing.Role.title),
            (yTitle, metrics.label, metrics.theme.mutedInk, .axisTitle),
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

    /// At most two lines.
    func xTitleLines(_ text: String, width: Double) -> [String] {
        guard !text.isEmpty else { return [] }
        return TextFitting(measurer: measurer).wrapped(text, to: width, lines: 2, metrics.label)
    }

    /// What `xTitleLines` takes below the labels.
    func xTitleHeight(_ lines: [String]) -> Double {
        lines.isEmpty ? 0 : metrics.gap * 0.7 + lineHeight(metrics.label) * Double(lines.count)
    }

    /// Under the middle of the plot, as far as the picture's edges allow.
    func drawXTitle(_ lines: [String], below top: Double, middle center: Double, on canvas: inout Canvas) {
        let inner = metrics.canvas.insetBy(metrics.margin)
        for (index, line) in lines.enumerated() {
            let half = measurer.extent(of: line, style: metrics.label).width / 2
            let middle = min(max(center, inner.x + half), inner.maxX - half)
            let y = top + metrics.gap * 0.7 + Double(index) * lineHeight(metrics.label)
            canvas.text(
                line, at: Point(middle, y), .center, .top, style: metrics.label, color: metrics.theme.mutedInk,
                role: .axisTitle)
        }
    }

    /// Grid, ticks and labels. Inner panels have no labels on axes that they share.
    func drawAxes(
        _ frame: PlotFrame, labelGap: Double, xLabels: Bool = true, yLabels: Bool = true, on canvas: inout Canvas
    ) {
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
            guard yLabels else { continue }
            canvas.text(
                tick.label, at: Point(rect.x - labelGap, tick.place), .trailing, .middle, style: metrics.label,
                color: theme.mutedInk, role: .tickLabel)
        }
        if theme.drawsVerticalAxis {
            for place in frame.vertical.minor {
                canvas.stroke(
                    .line(Point(rect.x - tickLength * 0.5, place), Point(rect.x, place)), metrics.axisStroke,
                    role: .axis)
            }
        }
        for place in frame.horizontal.minor {
            canvas.stroke(
                .line(Point(place, rect.maxY), Point(place, rect.maxY + tickLength * 0.5)), metrics.axisStroke,
                role: .axis)
        }
        for place in frame.horizontal.ticks {
            canvas.stroke(
                .line(Point(place, rect.maxY), Point(place, rect.maxY + tickLength)), metrics.axisStroke, role: .axis)
        }
        if xLabels { for label in frame.horizontal.labels { canvas.append(label, role: .tickLabel) } }
    }

    /// What the content needs, and room above the data for the label of a line at the upper end.
    func insets(of content: any PlotContent) -> Insets {
        var insets = content.insets(metrics, measurer)
        let (lower, upper) = (content.yDomain.lower, content.yDomain.upper)
        for case .reference(let reference) in figure.overlays where !reference.label.isEmpty {
            guard case .y(let value) = reference.place, value <= upper else { continue }
            let isHigh = figure.yAxis.scale == .linear ? value > upper - 0.15 * (upper - lower) : value == upper
            if isHigh { insets.top = max(insets.top, lineHeight(metrics.small) + 5) }
        }
        return insets
    }

    /// Reference lines go behind the data, their labels and remarks where there is none.
    func drawReferences(in frame: PlotFrame, on canvas: inout Canvas) {
        for case .reference(let reference) in figure.overlays { reference.drawLine(in: frame, metrics, on: &canvas) }
    }

    func drawRemarks(in frame: PlotFrame, on canvas: inout Canvas) {
        for case .reference(let reference) in figure.overlays { reference.drawLabel(in: frame, metrics, on: &canvas) }
        let remarks = figure.overlays.compactMap { if case .annotation(let remark) = $0 { remark } else { nil } }
        AnnotationMark.draw(remarks, in: frame, metrics, on: &canvas)
    }

    /// After the marks, so that bars stand on it.
    func drawBaseline(_ frame: PlotFrame, on canvas: inout Canvas) {
        let rect = frame.rect
        canvas.stroke(.line(Point(rect.x, rect.maxY), Point(rect.maxX, rect.maxY)), metrics.axisStroke, role: .axis)
        if metrics.theme.drawsVerticalAxis {
            canvas.stroke(.line(Point(rect.x, rect.y), Point(rect.x, rect.maxY)), metrics.axisStroke, role: .axis)
        }
    }

    /// The legend in an empty place of the plot; false where there is none.
    func drawInside(_ entries: [LegendEntry], frame: PlotFrame, on canvas: inout Canvas) -> Bool {
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
    /// Title and unit as they are shown.
    var cleaned: Axis {
        var axis = self
        axis.title = TextFitting.clean(title)
        axis.unit = unit.map(TextFitting.clean)
        return axis
    }
}
