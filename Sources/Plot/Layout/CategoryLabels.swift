/// Sets the labels under a categorical axis so that none is cut or touches another: on one line, wrapped, turned, and
/// at last only every so many-th.
struct CategoryLabels {
    /// One line of a label, placed relative to the middle of its slot and the top of the label area.
    let lines: [[PlacedText]]
    /// Of the label area, in points.
    let height: Double
    let notes: [Drawing.Note]

    /// `slot` is the width of one category, `room` the height labels may take.
    init(_ labels: [String], slot: Double, room: Double, metrics: Metrics, measurer: any TextMeasurer) {
        let fitting = TextFitting(measurer: measurer)
        let style = metrics.label
        let gap = 0.5 * style.size
        let color = metrics.theme.mutedInk
        let lineHeight = measurer.extent(of: "x", style: style).height

        func upright(_ rows: [[String]], _ style: TextStyle) -> [[PlacedText]] {
            let height = measurer.extent(of: "x", style: style).height
            let canvas = Canvas(measurer: measurer)
            return rows.map { row in
                row.enumerated().map { index, line in
                    canvas.placed(
                        line, at: Point(0, Double(index) * height), .center, .top, style: style, color: color)
                }
            }
        }
        let widest = labels.map { fitting.width($0, style) }.max() ?? 0
        let wrapped = labels.map { fitting.wrapped($0, to: slot - gap, lines: 3, style) }
        let wrapsWell = zip(labels, wrapped).allSatisfy { label, rows in
            !rows.contains { $0.hasSuffix("…") } || label.hasSuffix("…")
        }
        var slightlySmaller = style
        slightlySmaller.size *= 0.88
        if widest <= slot - gap {
            (lines, height, notes) = (upright(labels.map { [$0] }, style), lineHeight, [])
        } else if widest * 0.88 <= slot - gap * 0.8 {
            (lines, height, notes) = (upright(labels.map { [$0] }, slightlySmaller), lineHeight, [])
        } else if wrapsWell {
            let rows = wrapped.map(\.count).max() ?? 1
            (lines, height, notes) = (upright(wrapped, style), Double(rows) * lineHeight, [])
        } else {
            let turned = CategoryLabels.turned(
                labels, slot: slot, room: room, widest: widest, lineHeight: lineHeight, style: style, color: color,
                fitting: fitting)
            (lines, height, notes) = (turned.lines, turned.height, turned.notes)
        }
    }

    /// Turned by the smallest angle at which neighbours pass each other and the longest fits the height.
    private static func turned(
        _ labels: [String], slot: Double, room: Double, widest: Double, lineHeight: Double, style: TextStyle,
        color: Color, fitting: TextFitting
    ) -> (lines: [[PlacedText]], height: Double, notes: [Drawing.Note]) {
        var angle = 90.0
        for candidate in [30.0, 45.0] {
            let turn = Turn(degrees: candidate)
            if slot * turn.sine >= lineHeight + 1, widest * turn.sine + lineHeight * turn.cosine <= room {
                angle = candidate
                break
            }
        }
        let turn = Turn(degrees: angle)
        let step = max(1, Int(((lineHeight + 0.5) / max(slot * turn.sine, 0.01)).rounded(.up)))
        let longest = max(lineHeight, (room - lineHeight * turn.cosine) / turn.sine)
        var notes: [Drawing.Note] = []
        var height = 0.0
        let lines = labels.enumerated().map { index, label -> [PlacedText] in
            guard index % step == 0 else { return [] }
            let text = fitting.shortened(label, to: longest, style)
            if text != label { notes.append(.shortened(label)) }
            let extent = fitting.measurer.extent(of: text, style: style)
            // The middle of the text's end sits under the tick, its upper corner at the top of the area.
            // Closer to the axis than upright labels: away from the tick a turned label falls clear of all others.
            let end = Point(0, turn.cosine * extent.height / 2 - 0.36 * style.size)
            let middle = (extent.ascent - extent.descent) / 2
            let origin = turn.place(-extent.width, -middle, from: end)
            height = max(height, extent.width * turn.sine + extent.height * turn.cosine - 0.36 * style.size)
            return [
                PlacedText(text: text, style: style, color: color, origin: origin, angle: angle, extent: extent)
            ]
        }
        if step > 1 { notes.append(.thinnedLabels(shown: (labels.count + step - 1) / step, of: labels.count)) }
        return (lines, height, notes)
    }
}
