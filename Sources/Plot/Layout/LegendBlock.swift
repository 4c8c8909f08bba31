/// A legend of known size: samples and names in columns.
struct LegendBlock {
    let width: Double
    let height: Double
    /// Entries that found no room.
    let omitted: Int
    private let entries: [LegendEntry]
    private let names: [String]
    private let columns: Int
    private let columnWidth: Double
    private let metrics: Metrics
    private let lineHeight: Double
    private let sampleWidth: Double
    private let shortened: [String]

    /// `columns` side by side; names are shortened to fit `maximumWidth`, entries beyond `maximumHeight` are replaced
    /// by their number.
    init(
        _ all: [LegendEntry], columns wanted: Int, maximumWidth: Double, maximumHeight: Double = .infinity,
        metrics: Metrics, measurer: any TextMeasurer
    ) {
        self.metrics = metrics
        let style = metrics.label
        let fitting = TextFitting(measurer: measurer)
        lineHeight = measurer.extent(of: "x", style: style).height * 1.08
        let hasLines = all.contains { if case .line = $0.sample { true } else { false } }
        sampleWidth = style.size * (hasLines ? 1.9 : 0.85)
        columns = max(1, min(wanted, all.count))

        let rows = max(1, min((all.count + columns - 1) / columns, Int(min(maximumHeight / lineHeight, 1e6))))
        let isCut = rows * columns < all.count
        let shown = isCut ? rows * columns - 1 : all.count
        entries = Array(all[..<shown])
        omitted = all.count - shown
        let spacing = style.size * 1.4
        let room =
            (maximumWidth - spacing * Double(columns - 1)) / Double(columns) - sampleWidth - style.size * 0.55
        let fitted = entries.map { fitting.shortened($0.name, to: room, style) }
        shortened = zip(entries, fitted).filter { $0.name != $1 }.map(\.0.name)
        names = fitted + (isCut ? [fitting.shortened("and \(omitted) more", to: room, style)] : [])
        let widest = names.map { fitting.width($0, style) }.max() ?? 0
        columnWidth = sampleWidth + style.size * 0.55 + widest
        width = columnWidth * Double(columns) + spacing * Double(columns - 1)
        height = lineHeight * Double((names.count + columns - 1) / columns)
    }

    /// The most columns that fit the width with every name whole.
    static func columns(_ entries: [LegendEntry], width: Double, metrics: Metrics, measurer: any TextMeasurer) -> Int {
        let fitting = TextFitting(measurer: measurer)
        let widest = entries.map { fitting.width($0.name, metrics.label) }.max() ?? 0
        let size = metrics.label.size
        let each = widest + size * (1.9 + 0.55 + 1.4)
        let most = max(1, min(entries.count, Int((width + size * 1.4) / each)))
        // As many rows as that needs, and then no more columns than those rows need.
        let rows = (entries.count + most - 1) / most
        return (entries.count + rows - 1) / rows
    }

    var notes: [Drawing.Note] {
        shortened.map { .shortened($0) } + (omitted > 0 ? [.omittedLegendEntries(omitted)] : [])
    }

    /// `covers`: on a background that hides the grid.
    func draw(at corner: Point, covers: Bool, on canvas: inout Canvas) {
        if covers {
            let box = Rect(x: corner.x, y: corner.y, width: width, height: height).insetBy(-1)
            canvas.fill(.rect(box), metrics.theme.background, role: .legend)
        }
        let rows = (names.count + columns - 1) / columns
        let style = metrics.label
        for (index, name) in names.enumerated() {
            let x = corner.x + Double(index / rows) * (columnWidth + style.size * 1.4)
            let middle = corner.y + (Double(index % rows) + 0.5) * lineHeight
            if index < entries.count { drawSample(entries[index], x: x, y: middle, on: &canvas) }
            canvas.text(
                name, at: Point(x + sampleWidth + style.size * 0.55, middle), .leading, .middle, style: style,
                color: metrics.theme.ink, role: .legend)
        }
    }

    private func drawSample(_ entry: LegendEntry, x: Double, y: Double, on canvas: inout Canvas) {
        switch entry.sample {
        case .area:
            let size = sampleWidth
            canvas.fill(
                .rect(Rect(x: x, y: y - size / 2, width: size, height: size)), entry.style.color, role: .legend)
        case .marker:
            canvas.marker(
                entry.style, at: Point(x + sampleWidth / 2, y), size: metrics.markerSize * 1.15,
                paper: metrics.theme.background, role: .legend)
        case .line(let marker):
            canvas.stroke(
                .line(Point(x, y), Point(x + sampleWidth, y)), metrics.stroke(of: entry.style), role: .legend)
            if marker {
                canvas.marker(
                    entry.style, at: Point(x + sampleWidth / 2, y), size: metrics.markerSize,
                    paper: metrics.theme.background, role: .legend)
            }
        }
    }
}

extension Metrics {
    func stroke(of style: SeriesStyle) -> Stroke {
        Stroke(color: style.color, width: lineWidth, dash: style.dash.map { $0 * lineWidth })
    }
}

extension Canvas {
    /// A filled marker with a thin rim of the background, which keeps overlapping ones apart.
    mutating func marker(
        _ style: SeriesStyle, at center: Point, size: Double, paper: Color, role: Drawing.Role
    ) {
        let path = style.marker.path(at: center, size: size)
        stroke(path, Stroke(color: paper, width: size * 0.3), role: role)
        fill(path, style.color, role: role)
    }
}
