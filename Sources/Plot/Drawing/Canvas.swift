/// Collects the elements of a drawing while it is laid out, and measures its text.
struct Canvas {
    enum Horizontal { case leading, center, trailing }
    enum Vertical { case top, middle, baseline, bottom }

    let measurer: any TextMeasurer
    private(set) var elements: [Drawing.Element] = []
    var notes: [Drawing.Note] = []

    init(measurer: any TextMeasurer) { self.measurer = measurer }

    mutating func stroke(_ path: Path, _ stroke: Stroke, role: Drawing.Role) {
        guard !path.segments.isEmpty else { return }
        let rounded = Stroke(
            color: stroke.color, width: Canvas.snap(stroke.width), dash: stroke.dash.map(Canvas.snap))
        elements.append(Drawing.Element(role: role, shape: .stroke(Canvas.snap(path), rounded)))
    }

    mutating func fill(_ path: Path, _ color: Color, role: Drawing.Role) {
        guard !path.segments.isEmpty else { return }
        elements.append(Drawing.Element(role: role, shape: .fill(Canvas.snap(path), color)))
    }

    mutating func image(_ raster: Raster, in rect: Rect, role: Drawing.Role) {
        let corner = Canvas.snap(Point(rect.x, rect.y))
        let snapped = Rect(
            x: corner.x, y: corner.y, width: Canvas.snap(rect.width), height: Canvas.snap(rect.height))
        elements.append(Drawing.Element(role: role, shape: .image(raster, snapped)))
    }

    mutating func append(_ text: PlacedText, role: Drawing.Role) {
        guard !text.text.isEmpty else { return }
        var rounded = text
        rounded.origin = Canvas.snap(text.origin)
        elements.append(Drawing.Element(role: role, shape: .text(rounded)))
    }

    /// Places a line by its box: `at` is the named point of it.
    mutating func text(
        _ string: String, at point: Point, _ horizontal: Horizontal, _ vertical: Vertical, style: TextStyle,
        color: Color, role: Drawing.Role
    ) {
        append(placed(string, at: point, horizontal, vertical, style: style, color: color), role: role)
    }

    func placed(
        _ string: String, at point: Point, _ horizontal: Horizontal, _ vertical: Vertical, style: TextStyle,
        color: Color
    ) -> PlacedText {
        let extent = measurer.extent(of: string, style: style)
        let x: Double =
            switch horizontal {
            case .leading: point.x
            case .center: point.x - extent.width / 2
            case .trailing: point.x - extent.width
            }
        let y: Double =
            switch vertical {
            case .top: point.y + extent.ascent
            case .middle: point.y + Canvas.middle(style)
            case .baseline: point.y
            case .bottom: point.y - extent.descent
            }
        return PlacedText(text: string, style: style, color: color, origin: Point(x, y), extent: extent)
    }

    /// From the middle of digits and capitals down to the baseline: boxes are taller above than letters are.
    static func middle(_ style: TextStyle) -> Double { 0.365 * style.size }

    /// All elements and notes of another canvas, on top.
    mutating func append(_ other: Canvas) {
        elements += other.elements
        notes += other.notes
    }

    mutating func removeElements(at indices: Set<Int>) {
        elements = elements.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
    }

    // MARK: Rounding

    /// To a thousandth of a point: far below what can be seen, far above differences between math libraries.
    static func snap(_ value: Double) -> Double { (value * 1000).rounded() / 1000 + 0 }

    static func snap(_ point: Point) -> Point { Point(snap(point.x), snap(point.y)) }

    static func snap(_ path: Path) -> Path {
        Path(
            path.segments.map { segment in
                switch segment {
                case .move(let point): .move(snap(point))
                case .line(let point): .line(snap(point))
                case .close: .close
                case .circle(let center, let radius): .circle(center: snap(center), radius: snap(radius))
                }
            })
    }
}
