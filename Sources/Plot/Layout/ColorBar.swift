/// The colours of a heat map with their values, at its right.
struct ColorBar {
    /// With the gap before it; 0 where it is not shown.
    let width: Double
    private let domain: ClosedRange<Double>
    private let axis: Axis
    private let formatter: AxisFormatter
    private let colors: ColorMap
    private let parts: FigureParts

    private var metrics: Metrics { parts.metrics }
    private var gap: Double { metrics.label.size * 1.2 }
    private var thickness: Double { metrics.label.size * 1.1 }

    init(
        domain: ClosedRange<Double>, axis: Axis, colors: ColorMap, isShown: Bool, height: Double, parts: FigureParts
    ) {
        (self.domain, self.axis, self.colors, self.parts) = (domain, axis, colors, parts)
        formatter = AxisFormatter(axis: axis, lower: domain.lowerBound, upper: domain.upperBound)
        guard isShown else {
            width = 0
            return
        }
        // How many ticks there will be depends on the height, which depends on other labels: room for the widest.
        let formatter = formatter
        let widest =
            (2...6).flatMap { formatter.labels(ColorBar.ticks(domain, formatter, count: $0)) }
            .map { parts.fitting.width($0, parts.metrics.label) }.max() ?? 0
        let size = parts.metrics.label.size
        let title = formatter.title.isEmpty ? 0 : parts.lineHeight(parts.metrics.label) + size * 0.3
        width = size * 2.3 + size * 0.4 + widest + title
    }

    private static func ticks(_ domain: ClosedRange<Double>, _ formatter: AxisFormatter, count: Int) -> [Double] {
        ExtendedWilkinson.ticks(
            from: domain.lowerBound / formatter.factor, to: domain.upperBound / formatter.factor, target: count
        ).map { $0 * formatter.factor }.filter { domain.contains($0) }
    }

    func draw(beside rect: Rect, on canvas: inout Canvas) {
        guard width > 0 else { return }
        let box = Rect(x: rect.maxX + gap, y: rect.y, width: thickness, height: rect.height)
        let steps = 64
        for step in 0..<steps {
            let top = box.maxY - box.height * Double(step + 1) / Double(steps)
            // Each reaches under the next, so that no seam shows between them.
            let height = box.height / Double(steps) + (step == 0 ? 0 : 0.4)
            canvas.fill(
                .rect(Rect(x: box.x, y: top, width: box.width, height: height)),
                colors.color((Double(step) + 0.5) / Double(steps)), role: .axis)
        }
        let line = parts.lineHeight(metrics.label)
        let count = max(2, min(6, Int(box.height / (line * 2.2))))
        var values = ColorBar.ticks(domain, formatter, count: count)
        let span = domain.upperBound / 2 - domain.lowerBound / 2
        func place(_ value: Double) -> Double {
            box.maxY - box.height * (value / span - domain.lowerBound / span) / 2
        }
        while values.count > 1, (place(values[0]) - place(values[1])).magnitude < line {
            values = values.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        }
        let size = metrics.label.size
        var widest = 0.0
        for (value, label) in zip(values, formatter.labels(values)) {
            let y = place(value)
            canvas.stroke(
                .line(Point(box.maxX, y), Point(box.maxX + size * 0.25, y)), metrics.axisStroke, role: .axis)
            canvas.text(
                label, at: Point(box.maxX + size * 0.4, y), .leading, .middle, style: metrics.label,
                color: metrics.theme.mutedInk, role: .tickLabel)
            widest = max(widest, parts.fitting.width(label, metrics.label))
        }
        guard !formatter.title.isEmpty else { return }
        let title = parts.fitting.shortened(formatter.title, to: box.height, metrics.label)
        if title != formatter.title { canvas.notes.append(.shortened(formatter.title)) }
        let extent = parts.measurer.extent(of: title, style: metrics.label)
        let x = box.maxX + size * 0.7 + widest + extent.ascent
        canvas.append(
            PlacedText(
                text: title, style: metrics.label, color: metrics.theme.mutedInk,
                origin: Point(x, box.midY + extent.width / 2), angle: 90, extent: extent), role: .axisTitle)
    }
}
