/// Sets labels beside points so that they touch neither each other nor the data.
///
/// Every label has a list of candidate places, the best first: beside, above and below its point, then further out with
/// a thin line to it. Labels choose in turn, those with the fewest free places first, and then may change their
/// choice as long as that lowers the cost of the whole (a greedy form of Christensen, Marks, Shieber, "An empirical
/// study of algorithms for point-feature label placement", 1995). The cost grows with the number of labels squared;
/// more than `most` are not tried.
struct LabelPlacer {
    struct Request {
        let text: String
        let at: Point
        let color: Color
        /// Of the line to a label that stands away from its point.
        let line: Color
    }

    /// Labels must stay inside.
    let region: Rect
    let metrics: Metrics
    /// Between a point's middle and a label beside it.
    let gap: Double

    static let most = 150

    private struct Candidate {
        let text: PlacedText
        let box: Rect
        /// From the point to the label; `nil` beside it.
        let leader: (Point, Point)?
    }

    /// Draws those that find a place and notes the others.
    func draw(_ requests: [Request], role: Drawing.Role, on canvas: inout Canvas) {
        var grid = OccupancyGrid(region: region)
        grid.mark(canvas.elements)
        let counted = requests.prefix(LabelPlacer.most)
        let sums = grid.prefixSums()
        let choices = counted.map { candidates($0, grid: grid, sums: sums, on: canvas) }
        let chosen = choose(choices)
        var left: [String] = requests.dropFirst(LabelPlacer.most).map(\.text)
        for (index, request) in counted.enumerated() {
            guard let pick = chosen[index] else {
                left.append(request.text)
                continue
            }
            let candidate = choices[index][pick]
            if let (from, to) = candidate.leader {
                canvas.stroke(.line(from, to), Stroke(color: request.line, width: 0.6), role: role)
            }
            canvas.append(candidate.text, role: role)
        }
        for text in left { canvas.notes.append(.omittedText(text)) }
    }

    // MARK: Candidates

    /// Free places only, the best first.
    private func candidates(_ request: Request, grid: OccupancyGrid, sums: [Int32], on canvas: Canvas) -> [Candidate] {
        let style = metrics.small
        let fitting = TextFitting(measurer: canvas.measurer)
        let text = fitting.shortened(request.text, to: region.width * 0.6, style)
        var found: [Candidate] = []
        // Right is where a reader looks first; then left, above, below, the corners.
        let near: [(Double, Double)] = [(1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1)]
        for ring in 0..<3 {
            let reach = gap + Double(ring) * style.size * 0.9
            for (dx, dy) in near {
                let diagonal = dx != 0 && dy != 0 ? 0.75 : 1
                let anchor = Point(request.at.x + dx * reach * diagonal, request.at.y + dy * reach * diagonal)
                let placed = canvas.placed(
                    text, at: anchor, dx > 0 ? .leading : dx < 0 ? .trailing : .center,
                    dy > 0 ? .top : dy < 0 ? .bottom : .middle, style: style, color: request.color)
                let box = LabelPlacer.tight(placed)
                guard region.contains(Point(box.x, box.y)), region.contains(Point(box.maxX, box.maxY)),
                    grid.isFree(box)
                else { continue }
                found.append(candidate(placed, request, isBeside: ring == 0))
            }
        }
        // Then wherever there is room, the nearest first.
        let extent = canvas.measurer.extent(of: text, style: style)
        let far = grid.places(
            width: extent.width, height: extent.height, near: request.at, gap: gap, limit: found.isEmpty ? 60 : 24,
            sums: sums)
        for corner in far {
            let placed = canvas.placed(text, at: corner, .leading, .top, style: style, color: request.color)
            found.append(candidate(placed, request, isBeside: false))
        }
        return found
    }

    /// Away from its point a label has a line to it, from the marker's edge to the nearest place of the box.
    private func candidate(_ placed: PlacedText, _ request: Request, isBeside: Bool) -> Candidate {
        let box = placed.bounds
        guard !isBeside else { return Candidate(text: placed, box: box, leader: nil) }
        let inner = LabelPlacer.tight(placed)
        let end = Point(
            max(inner.x - 1.5, min(inner.maxX + 1.5, request.at.x)), max(inner.y, min(inner.maxY, request.at.y)))
        let (dx, dy) = (end.x - request.at.x, end.y - request.at.y)
        let length = (dx * dx + dy * dy).squareRoot()
        let start = min(metrics.markerSize * 0.9, length)
        guard length > start + 2 else { return Candidate(text: placed, box: box, leader: nil) }
        let from = Point(request.at.x + dx / length * start, request.at.y + dy / length * start)
        return Candidate(text: placed, box: box, leader: (from, end))
    }

    /// The box without the room above capitals and below the baseline that plain words hardly use.
    private static func tight(_ text: PlacedText) -> Rect {
        let bounds = text.bounds
        let trim = text.style.size * 0.12
        return Rect(x: bounds.x, y: bounds.y + trim, width: bounds.width, height: bounds.height - 2 * trim)
    }

    // MARK: Choosing

    private func conflict(_ a: Candidate, _ b: Candidate) -> Bool {
        if a.box.overlaps(b.box, slack: -0.5) { return true }
        if let (from, to) = a.leader, Clip.segment(from, to, to: b.box) != nil { return true }
        if let (from, to) = b.leader, Clip.segment(from, to, to: a.box) != nil { return true }
        return false
    }

    /// The index of each label's candidate; `nil` for none that is free.
    private func choose(_ choices: [[Candidate]]) -> [Int?] {
        var chosen = [Int?](repeating: nil, count: choices.count)
        let order = choices.indices.sorted { (choices[$0].count, $0) < (choices[$1].count, $1) }
        func isFree(_ index: Int, _ pick: Int) -> Bool {
            chosen.indices.allSatisfy { other in
                guard other != index, let theirs = chosen[other] else { return true }
                return !conflict(choices[index][pick], choices[other][theirs])
            }
        }
        for _ in 0..<3 {
            var isChanged = false
            for index in order {
                let best = choices[index].indices.first { isFree(index, $0) }
                if best != chosen[index] { (chosen[index], isChanged) = (best, true) }
            }
            if !isChanged { break }
        }
        return chosen
    }
}
