/// Sets labels beside points so that they touch neither each other nor the data.
///
/// Every label has a list of candidate places, the nearest first: beside, above and below its point, then further out
/// with a thin line to it. Labels choose in turn, those with the fewest free places first, and then may change their
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
        var cost: Double
    }

    /// Draws those that find a place and notes the others.
    func draw(_ requests: [Request], role: Drawing.Role, on canvas: inout Canvas) {
        var grid = OccupancyGrid(region: region)
        grid.mark(canvas.elements)
        let counted = requests.prefix(LabelPlacer.most)
        let choices = counted.map { candidates($0, grid: grid, on: canvas) }
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
    private func candidates(_ request: Request, grid: OccupancyGrid, on canvas: Canvas) -> [Candidate] {
        let style = metrics.small
        let fitting = TextFitting(measurer: canvas.measurer)
        let text = fitting.shortened(request.text, to: region.width * 0.6, style)
        var found: [Candidate] = []
        // Right is where a reader looks first; then left, above, below, the corners.
        let near: [(Double, Double)] = [(1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1)]
        for ring in 0..<5 {
            let reach = gap + Double(ring) * style.size * 0.9
            for (order, (dx, dy)) in near.enumerated() {
                let diagonal = dx != 0 && dy != 0 ? 0.75 : 1
                let anchor = Point(request.at.x + dx * reach * diagonal, request.at.y + dy * reach * diagonal)
                let placed = canvas.placed(
                    text, at: anchor, dx > 0 ? .leading : dx < 0 ? .trailing : .center,
                    dy > 0 ? .top : dy < 0 ? .bottom : .middle, style: style, color: request.color)
                let box = LabelPlacer.tight(placed)
                guard region.contains(Point(box.x, box.y)), region.contains(Point(box.maxX, box.maxY)),
                    grid.isFree(box)
                else { continue }
                let leader = ring == 0 ? nil : (
                    Point(request.at.x + dx * gap * diagonal, request.at.y + dy * gap * diagonal),
                    Point(anchor.x - dx * style.size * 0.15, anchor.y - dy * style.size * 0.15)
                )
                found.append(
                    Candidate(text: placed, box: placed.bounds, leader: leader, cost: Double(order) + 10 * Double(ring)))
            }
        }
        return found
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
