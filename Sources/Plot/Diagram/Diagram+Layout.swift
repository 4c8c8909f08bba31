extension Diagram {
    /// Widths that a picture can have, in inches.
    public static let widths = Figure.sizes

    /// Places everything; lengths in the result are points. The same diagram and metrics give the same drawing.
    ///
    /// Time grows about quadratically with the boxes of a panel; a hundredth of a second for fifty.
    public func layout(measurer: any TextMeasurer) throws(DiagramError) -> Drawing {
        guard !panels.isEmpty else { throw .nothingToDraw }
        if let width, !Diagram.widths.contains(width) { throw .badWidth(width, allowed: Diagram.widths) }
        // Side by side and large, else smaller, else in rows.
        let perRow = flow == .down ? Array((1...panels.count).reversed()) : [1]
        let smallest = min(1, Diagram.smallestType / theme.fontSize)
        var narrowest = Double.infinity
        for scales in [Array(stride(from: 1.0, through: 0.8, by: -0.05)), Array(stride(from: 0.75, to: 0.25, by: -0.05))] {
            for columns in perRow {
                for scale in scales where scale > smallest - 0.01 {
                    let composer = try DiagramComposer(diagram: self, columns: columns, scale: scale, measurer: measurer)
                    narrowest = min(narrowest, composer.naturalWidth)
                    guard width.map({ composer.naturalWidth <= $0 * 72 }) ?? true else { continue }
                    return composer.compose()
                }
            }
        }
        throw .noRoom(width: width ?? 0, needed: (narrowest / 72 * 100).rounded(.up) / 100)
    }
}

/// Puts the panels of one diagram together, so many in a row, at one scale.
private struct DiagramComposer {
    let diagram: Diagram
    let measurer: any TextMeasurer
    let metrics: DiagramMetrics
    let placements: [DiagramPlacement]
    let rows: [Range<Int>]

    init(diagram: Diagram, columns: Int, scale: Double, measurer: any TextMeasurer) throws(DiagramError) {
        self.diagram = diagram
        self.measurer = measurer
        metrics = DiagramMetrics(theme: diagram.theme, scale: scale)
        var placements: [DiagramPlacement] = []
        for (index, panel) in diagram.panels.enumerated() {
            placements.append(
                try DiagramPlacement(panel, number: index, flow: diagram.flow, metrics: metrics, measurer: measurer))
        }
        self.placements = placements
        rows = stride(from: 0, to: placements.count, by: columns).map { $0..<min($0 + columns, placements.count) }
    }

    private var margin: Double { metrics.text.size * 0.8 }
    private var panelGap: Double { metrics.text.size * 2.2 }

    private func extent(_ text: String, _ style: TextStyle) -> TextExtent { measurer.extent(of: text, style: style) }

    private func heading(_ index: Int) -> String { TextFitting.clean(diagram.panels[index].title ?? "") }

    private var title: String { TextFitting.clean(diagram.title ?? "") }

    private func width(_ index: Int) -> Double {
        max(placements[index].width, heading(index).isEmpty ? 0 : extent(heading(index), metrics.heading).width)
    }

    private func width(of row: Range<Int>) -> Double {
        row.reduce(0) { $0 + width($1) } + panelGap * Double(row.count - 1)
    }

    /// Of the picture, in points.
    var naturalWidth: Double {
        let titleWidth = title.isEmpty ? 0 : extent(title, metrics.heading).width
        return max(rows.map(width).max() ?? 0, titleWidth) + 2 * margin
    }

    func compose() -> Drawing {
        var canvas = Canvas(measurer: measurer)
        let pictureWidth = diagram.width.map { $0 * 72 } ?? naturalWidth
        let theme = diagram.theme
        var top = margin
        if !title.isEmpty {
            canvas.text(title, at: Point(margin, top), .leading, .top, style: metrics.heading, color: theme.ink, role: .title)
            top += extent(title, metrics.heading).height + metrics.padding
        }
        for row in rows {
            let headings = row.map(heading)
            let headingHeight = headings.allSatisfy(\.isEmpty) ? 0 : extent("x", metrics.heading).height + metrics.padding
            var left = (pictureWidth - width(of: row)) / 2
            for index in row {
                let place = placements[index]
                let isRight = diagram.flow == .right
                let middle = left + width(index) / 2
                if !heading(index).isEmpty {
                    canvas.text(
                        heading(index), at: Point(isRight ? left : middle, top), isRight ? .leading : .center, .top,
                        style: metrics.heading, color: theme.ink, role: .title)
                }
                draw(
                    diagram.panels[index], place,
                    at: Point(isRight ? left : middle - place.width / 2, top + headingHeight), on: &canvas)
                left += width(index) + panelGap
            }
            top += headingHeight + (row.map { placements[$0].height }.max() ?? 0) + panelGap * 0.8
        }
        return Drawing(
            width: Canvas.snap(pictureWidth), height: Canvas.snap(top - panelGap * 0.8 + margin),
            background: theme.background, elements: canvas.elements, notes: canvas.notes)
    }

    private func draw(_ panel: Diagram.Panel, _ place: DiagramPlacement, at corner: Point, on canvas: inout Canvas) {
        func moved(_ point: Point) -> Point { Point(point.x + corner.x, point.y + corner.y) }
        let theme = diagram.theme
        let line = Stroke(color: theme.mutedInk, width: theme.axisWidth * 1.1)
        for parts in place.arrows {
            for (index, part) in parts.enumerated() {
                var points = part.map(moved)
                let isLast = index == parts.count - 1
                let tip = points[points.count - 1]
                if isLast, points.count > 1 {
                    // The line ends within the head, which would else be blunt.
                    points[points.count - 1] = Self.back(from: tip, along: points[points.count - 2], by: metrics.head * 0.7)
                }
                canvas.stroke(.polyline(Self.rounded(points, radius: metrics.text.size * 0.45)), line, role: .axis)
                if isLast, part.count > 1 { drawHead(tip, from: moved(part[part.count - 2]), on: &canvas) }
            }
        }
        for (arrow, label) in zip(panel.arrows, place.labels) {
            guard let label, let text = arrow.label else { continue }
            canvas.text(
                TextFitting.clean(text), at: moved(Point(label.midX, label.midY)), .center, .middle, style: metrics.text,
                color: theme.mutedInk, role: .annotation)
        }
        for (box, rect) in zip(panel.boxes, place.boxes) {
            draw(box, Rect(x: rect.x + corner.x, y: rect.y + corner.y, width: rect.width, height: rect.height), on: &canvas)
        }
    }

    private func draw(_ box: Diagram.Box, _ rect: Rect, on canvas: inout Canvas) {
        let theme = diagram.theme
        let (fill, edge) = box.kind.colors(theme)
        let path =
            box.kind == .join
            ? Path([.circle(center: Point(rect.midX, rect.midY), radius: rect.width / 2)])
            : Self.roundedRect(rect, radius: min(metrics.text.size * 0.35, rect.height / 3))
        canvas.fill(path, fill, role: .data)
        canvas.stroke(path, Stroke(color: edge, width: theme.axisWidth), role: .data)
        let lines = box.lines.map(TextFitting.clean)
        let heights = lines.map { extent($0, metrics.text).height }
        var y = rect.midY - heights.reduce(0, +) / 2
        for (index, line) in lines.enumerated() {
            let style = lines.count > 1 && index == 0 ? metrics.bold : metrics.text
            canvas.text(
                line, at: Point(rect.midX, y + heights[index] / 2), .center, .middle, style: style, color: theme.ink,
                role: .valueLabel)
            y += heights[index]
        }
    }

    // MARK: Shapes

    private func drawHead(_ tip: Point, from point: Point, on canvas: inout Canvas) {
        let back = Self.back(from: tip, along: point, by: metrics.head)
        let (dx, dy) = ((tip.x - back.x) * 0.42, (tip.y - back.y) * 0.42)
        canvas.fill(
            .polygon([tip, Point(back.x - dy, back.y + dx), Point(back.x + dy, back.y - dx)]), diagram.theme.mutedInk,
            role: .axis)
    }

    /// A point so far before `tip` on the way from `point`.
    private static func back(from tip: Point, along point: Point, by length: Double) -> Point {
        let (dx, dy) = (point.x - tip.x, point.y - tip.y)
        let whole = (dx * dx + dy * dy).squareRoot()
        guard whole > 1e-9 else { return tip }
        let share = min(length / whole, 1)
        return Point(tip.x + dx * share, tip.y + dy * share)
    }

    /// Corners as quarter circles of a few points each.
    private static func rounded(_ points: [Point], radius: Double) -> [Point] {
        guard points.count > 2 else { return points }
        var result = [points[0]]
        for index in 1..<points.count - 1 {
            let (before, corner, after) = (points[index - 1], points[index], points[index + 1])
            let room = min(distance(before, corner), distance(corner, after)) / 2
            let start = back(from: corner, along: before, by: min(radius, room))
            let end = back(from: corner, along: after, by: min(radius, room))
            for step in 0...4 {
                // A quadratic curve with the corner as its handle.
                let t = Double(step) / 4
                let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
                result.append(
                    Point(a * start.x + b * corner.x + c * end.x, a * start.y + b * corner.y + c * end.y))
            }
        }
        return result + [points[points.count - 1]]
    }

    private static func distance(_ a: Point, _ b: Point) -> Double {
        ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
    }

    private static func roundedRect(_ rect: Rect, radius: Double) -> Path {
        let corners = [
            Point(rect.x, rect.y), Point(rect.maxX, rect.y), Point(rect.maxX, rect.maxY), Point(rect.x, rect.maxY),
        ]
        let start = Point(rect.midX, rect.y)
        let loop = rounded([start] + corners[1...] + [corners[0], start], radius: radius)
        return .polygon(loop.dropLast())
    }
}

extension Diagram.Kind {
    /// Of the area and of its edge: a tint of the palette's, light enough for text on either background.
    fileprivate func colors(_ theme: Theme) -> (fill: Color, edge: Color) {
        let colors = theme.palette.colors
        func tint(_ index: Int) -> (Color, Color) {
            let color = colors[index % colors.count]
            return (color.mixed(with: theme.background, 0.8), color.mixed(with: theme.background, 0.25))
        }
        switch self {
        case .end: return (theme.background, theme.axisColor)
        case .join: return (theme.background, theme.mutedInk)
        case .group: return (theme.gridColor.mixed(with: theme.background, 0.4), theme.axisColor)
        case .convolution: return tint(0)
        case .normalization: return tint(2)
        case .activation: return tint(4)
        case .pooling: return tint(1)
        case .rearrangement: return tint(3)
        case .linear: return tint(7)
        }
    }
}

extension Diagram {
    /// One panel at full size, for tests of the layout.
    package static func placement(
        of panel: Panel, flow: Flow, measurer: any TextMeasurer
    ) throws(DiagramError) -> DiagramPlacement {
        let metrics = DiagramMetrics(theme: .github, scale: 1)
        return try DiagramPlacement(panel, number: 0, flow: flow, metrics: metrics, measurer: measurer)
    }
}
