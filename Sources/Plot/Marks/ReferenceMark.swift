/// A thin dashed line at a value that others are compared with: chance, a published result, a limit.
public struct ReferenceMark: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        /// Level, at this value of the y axis.
        case y(Double)
        /// Upright, at this value of the x axis. Not on categorical axes.
        case x(Double)
        /// Where y equals x. Not on categorical axes.
        case identity
    }

    public var place: Place
    /// Written at the line where there is room; empty for none.
    public var label: String

    public init(_ place: Place, label: String = "") {
        self.place = place
        self.label = label
    }
}

// MARK: Layout

extension ReferenceMark {
    /// The line, in the colour of the axes: it belongs to neither series.
    func drawLine(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        guard let (from, to) = ends(in: frame) else { return }
        let stroke = Stroke(color: metrics.theme.mutedInk, width: metrics.theme.axisWidth * 1.2, dash: [4, 2.5])
        canvas.stroke(.line(from, to), stroke, role: .annotation)
    }

    /// Its label at the end that is free, above the line before below it; noted where neither is.
    func drawLabel(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let text = TextFitting(measurer: canvas.measurer)
            .shortened(TextFitting.clean(label), to: frame.rect.width * 0.8, metrics.small)
        guard !text.isEmpty, let (from, to) = ends(in: frame) else { return }
        var grid = OccupancyGrid(region: frame.rect)
        grid.mark(canvas.elements)
        // Where areas cover everything it may stand on a pale one, but on no line and no text.
        var lines = OccupancyGrid(region: frame.rect)
        lines.mark(canvas.elements.filter { !$0.isPaleArea })
        let gap = 2.5
        var candidates: [(Point, Canvas.Horizontal, Canvas.Vertical)] = []
        switch place {
        case .y:
            for share in [1, 0, 0.75, 0.5, 0.25] {
                let x = from.x + (to.x - from.x) * share + (share == 1 ? -gap : share == 0 ? gap : 0)
                let side: Canvas.Horizontal = share == 1 ? .trailing : share == 0 ? .leading : .center
                candidates += [(Point(x, from.y - gap), side, .bottom), (Point(x, from.y + gap), side, .top)]
            }
        case .x:
            for share in [0, 0.25, 0.5, 0.75, 1] {
                let y = frame.rect.y + frame.rect.height * share + (share == 0 ? gap : share == 1 ? -gap : 0)
                let side: Canvas.Vertical = share == 0 ? .top : share == 1 ? .bottom : .middle
                candidates += [
                    (Point(from.x + gap + 1, y), .leading, side), (Point(from.x - gap - 1, y), .trailing, side),
                ]
            }
        case .identity:
            for share in [0.95, 0.7, 0.4, 0.15] {
                let point = Point(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share)
                candidates += [
                    (Point(point.x - gap, point.y - gap), .trailing, .bottom),
                    (Point(point.x + gap, point.y + gap), .leading, .top),
                ]
            }
        }
        for (grid, (anchor, horizontal, vertical)) in candidates.map({ (grid, $0) }) + candidates.map({ (lines, $0) }) {
            let placed = canvas.placed(
                text, at: anchor, horizontal, vertical, style: metrics.small, color: metrics.theme.mutedInk)
            let box = placed.bounds
            guard frame.rect.contains(Point(box.x, box.y)), frame.rect.contains(Point(box.maxX, box.maxY)),
                grid.isFree(box.insetBy(0.8))
            else { continue }
            canvas.append(placed, role: .annotation)
            return
        }
        canvas.notes.append(.omittedText(text))
    }

    /// `nil` outside the plot.
    private func ends(in frame: PlotFrame) -> (Point, Point)? {
        let rect = frame.rect
        switch place {
        case .y(let value):
            guard value.isFinite else { return nil }
            let y = frame.y(value)
            return y >= rect.y - 0.01 && y <= rect.maxY + 0.01 ? (Point(rect.x, y), Point(rect.maxX, y)) : nil
        case .x(let value):
            guard value.isFinite, frame.horizontal.isNumeric else { return nil }
            let x = frame.x(value)
            return x >= rect.x - 0.01 && x <= rect.maxX + 0.01 ? (Point(x, rect.maxY), Point(x, rect.y)) : nil
        case .identity:
            guard frame.horizontal.isNumeric else { return nil }
            let (x, y) = (frame.horizontal.projection, frame.vertical.projection)
            // A straight line only where both axes have the same scale, as they should.
            let (low, high) = (max(x.lower, y.lower), min(x.upper, y.upper))
            guard low < high else { return nil }
            return (Point(x.place(low), y.place(low)), Point(x.place(high), y.place(high)))
        }
    }
}

extension Drawing.Element {
    fileprivate var isPaleArea: Bool {
        if case .fill(_, let color) = shape { color.alpha < 0.4 } else { false }
    }
}

extension Mark {
    /// What the axes should reach to show this reference or annotation.
    var overlayPlace: (x: Double?, y: Double?) {
        switch self {
        case .reference(let reference):
            switch reference.place {
            case .x(let value): (value, nil)
            case .y(let value): (nil, value)
            case .identity: (nil, nil)
            }
        case .annotation(let annotation): (annotation.point.x, annotation.point.y)
        default: (nil, nil)
        }
    }

    var isOverlay: Bool { kind == .reference || kind == .annotation }
}

extension Figure {
    /// Marks that comment on data and are none themselves.
    var overlays: [Mark] { marks.filter(\.isOverlay) }
}
