/// Names at the right ends of lines, moved apart vertically where they would touch.
struct EndLabels {
    /// Of the whole column, with its distance from the data region.
    let width: Double
    private let entries: [LegendEntry]
    private let metrics: Metrics
    private let style: TextStyle
    private let lineHeight: Double
    private let gap: Double

    /// `nil` where the names need more than 30% of the picture's width.
    init?(_ entries: [LegendEntry], style: TextStyle, metrics: Metrics, measurer: any TextMeasurer) {
        let fitting = TextFitting(measurer: measurer)
        let widest = entries.map { fitting.width($0.name, style) }.max() ?? 0
        gap = metrics.label.size * (entries.count > 1 ? 1.5 : 0.6)
        width = widest + gap
        lineHeight = measurer.extent(of: "x", style: style).height
        guard width <= 0.3 * metrics.canvas.width, !entries.contains(where: { $0.name.isEmpty }) else { return nil }
        self.entries = entries
        self.metrics = metrics
        self.style = style
    }

    /// `ends` has each line's end, in the order of the entries. False where the names do not fit.
    func draw(ends: [Point], beside rect: Rect, on canvas: inout Canvas) -> Bool {
        let top = rect.y - lineHeight * 0.3
        let bottom = rect.maxY + lineHeight * 0.3
        guard ends.count == entries.count, lineHeight * Double(ends.count) <= bottom - top else { return false }
        let places = EndLabels.spread(ends.map(\.y), height: lineHeight, top: top, bottom: bottom)
        let isMoved = zip(ends, places).contains { ($0.y - $1).magnitude > 1.5 }
        // From the very ends where nothing is in between: all lines end at one place.
        let isAligned = ends.allSatisfy { ($0.x - ends[0].x).magnitude < 0.01 }
        let isFar = rect.maxX - (ends.map(\.x).min() ?? rect.maxX) > 3 * metrics.markerSize
        let x = rect.maxX + (isMoved ? gap : min(gap, metrics.label.size * 0.5))
        for (index, entry) in entries.enumerated() {
            let place = places[index]
            if isMoved || isFar {
                let y = ends[index].y
                let from = isAligned ? min(ends[index].x + metrics.markerSize, rect.maxX + 1) : rect.maxX + 1
                canvas.stroke(
                    .polyline([
                        Point(from, y), Point(rect.maxX + 1, y), Point(x - metrics.label.size * 0.25, place),
                    ]), Stroke(color: entry.style.color.opacity(0.7), width: 0.6), role: .seriesLabel)
            }
            canvas.text(
                entry.name, at: Point(x, place), .leading, .middle, style: style,
                color: entry.style.color.readable(on: metrics.theme.background, ink: metrics.theme.ink),
                role: .seriesLabel)
        }
        return true
    }

    /// Centres as near to `wanted` (in the sense of least squares) as labels of this height allow without touching, in
    /// the same order, all between `top` and `bottom`: the pool-adjacent-violators algorithm of isotonic regression.
    static func spread(_ wanted: [Double], height: Double, top: Double, bottom: Double) -> [Double] {
        struct Block {
            var sum: Double
            var count: Int
            var mean: Double { sum / Double(count) }
        }
        let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
        var blocks: [Block] = []
        for (rank, index) in order.enumerated() {
            // With the distances taken out, "in order and apart" becomes "in order".
            blocks.append(Block(sum: wanted[index] - Double(rank) * height, count: 1))
            while blocks.count > 1, blocks[blocks.count - 2].mean > blocks[blocks.count - 1].mean {
                let last = blocks.removeLast()
                blocks[blocks.count - 1].sum += last.sum
                blocks[blocks.count - 1].count += last.count
            }
        }
        let lowest = top + height / 2
        let highest = bottom - height / 2 - Double(max(0, wanted.count - 1)) * height
        var result = wanted
        var rank = 0
        for block in blocks {
            let place = max(lowest, min(highest, block.mean))
            for _ in 0..<block.count {
                result[order[rank]] = place + Double(rank) * height
                rank += 1
            }
        }
        return result
    }
}
