/// A remark on a place in the plot, set where there is no data, with a line to the place.
public struct AnnotationMark: Sendable, Hashable {
    public var text: String
    /// In the units of the axes; x is the index of the category, from 0, on categorical axes.
    public var point: DataPoint

    public init(_ text: String, at point: DataPoint) {
        self.text = text
        self.point = point
    }
}

// MARK: Layout

extension AnnotationMark {
    /// All remarks of a plot at once, so that they keep clear of each other. Those outside the plot are noted.
    static func draw(_ remarks: [AnnotationMark], in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let requests = remarks.compactMap { remark -> LabelPlacer.Request? in
            let text = TextFitting.clean(remark.text)
            guard !text.isEmpty else { return nil }
            let (x, y) = (remark.point.x, remark.point.y)
            let place = x.isFinite && y.isFinite ? Point(frame.x(x), frame.y(y)) : Point(-1, -1)
            guard frame.rect.contains(place, slack: 0.01) else {
                canvas.notes.append(.omittedText(text))
                return nil
            }
            return LabelPlacer.Request(text: text, at: place, color: metrics.theme.ink, line: metrics.theme.mutedInk)
        }
        guard !requests.isEmpty else { return }
        let size = metrics.markerSize * 0.7
        for request in requests {
            canvas.stroke(
                Path([.circle(center: request.at, radius: size)]),
                Stroke(color: metrics.theme.ink, width: metrics.theme.axisWidth * 1.2), role: .annotation)
        }
        LabelPlacer(region: frame.rect, metrics: metrics, gap: metrics.markerSize * 0.8 + 4)
            .draw(requests, role: .annotation, on: &canvas)
    }
}
