/// Which places of a region hold data, on a fine grid: finds an empty place for a legend. It errs towards occupied.
struct OccupancyGrid {
    private let region: Rect
    private let cell = 2.0
    private let columns: Int
    private let rows: Int
    private var taken: [Bool]

    init(region: Rect) {
        self.region = region
        columns = max(1, Int((region.width / cell).rounded(.up)))
        rows = max(1, Int((region.height / cell).rounded(.up)))
        taken = Array(repeating: false, count: columns * rows)
    }

    /// Marks everything that a legend must not cover: data and the text that belongs to it.
    mutating func mark(_ elements: [Drawing.Element]) {
        for element in elements where [.data, .valueLabel, .annotation, .seriesLabel].contains(element.role) {
            switch element.shape {
            case .text(let text): mark(text.bounds)
            case .stroke(let path, let stroke): mark(path, reach: stroke.width / 2, filled: false)
            case .fill(let path, _): mark(path, reach: 0, filled: true)
            case .image(_, let rect): mark(rect)
            }
        }
    }

    /// Whether no marked place lies in the part of the box that is in the region.
    func isFree(_ box: Rect) -> Bool {
        let left = max(0, Int(((box.x - region.x) / cell).rounded(.down)))
        let top = max(0, Int(((box.y - region.y) / cell).rounded(.down)))
        let right = min(columns - 1, Int(((box.maxX - region.x) / cell).rounded(.down)))
        let bottom = min(rows - 1, Int(((box.maxY - region.y) / cell).rounded(.down)))
        guard left <= right, top <= bottom else { return true }
        return (top...bottom).allSatisfy { row in
            !taken[(row * columns + left)...(row * columns + right)].contains(true)
        }
    }

    /// Where a box of this size covers nothing, nearest to a corner: top right is best, then top left, bottom right,
    /// bottom left. The place of its top left corner.
    func place(width: Double, height: Double) -> Point? {
        let (wide, high) = (Int((width / cell).rounded(.up)), Int((height / cell).rounded(.up)))
        guard wide <= columns, high <= rows else { return nil }
        let sums = prefixSums()
        var best: (cost: Int, column: Int, row: Int)?
        for row in 0...(rows - high) {
            for column in 0...(columns - wide) where isFree(sums, column, row, wide, high) {
                let (right, bottom) = (columns - wide - column, rows - high - row)
                let cost = min(right + row, column + row + 6, right + bottom + 12, column + bottom + 18)
                if best.map({ cost < $0.cost }) ?? true { best = (cost, column, row) }
            }
        }
        return best.map {
            Point(
                min(region.x + Double($0.column) * cell, region.maxX - width),
                min(region.y + Double($0.row) * cell, region.maxY - height))
        }
    }

    /// Top left corners at which a box of this size covers nothing, the nearest to `point` first (by the distance from
    /// the point to the box), no nearer than `gap`; at most `limit`. `sums` are `prefixSums()`, which one caller asks once for
    /// all its boxes.
    func places(
        width: Double, height: Double, near point: Point, gap: Double, limit: Int, sums: [Int32]
    ) -> [Point] {
        let (wide, high) = (Int((width / cell).rounded(.up)) + 1, Int((height / cell).rounded(.up)) + 1)
        guard wide <= columns, high <= rows else { return [] }
        var found: [(distance: Double, place: Point)] = []
        for row in stride(from: 0, through: rows - high, by: 2) {
            for column in stride(from: 0, through: columns - wide, by: 2) where isFree(sums, column, row, wide, high) {
                let corner = Point(region.x + Double(column) * cell, region.y + Double(row) * cell)
                let away = Point(
                    max(corner.x - point.x, 0, point.x - corner.x - width),
                    max(corner.y - point.y, 0, point.y - corner.y - height))
                let distance = (away.x * away.x + away.y * away.y).squareRoot()
                guard distance >= gap, corner.x + width <= region.maxX, corner.y + height <= region.maxY else {
                    continue
                }
                found.append((distance, corner))
            }
        }
        return found.sorted { ($0.distance, $0.place.y, $0.place.x) < ($1.distance, $1.place.y, $1.place.x) }
            .prefix(limit).map(\.place)
    }

    // MARK: Marking

    private mutating func mark(_ rect: Rect) {
        let left = max(0, Int(((rect.x - region.x) / cell).rounded(.down)))
        let top = max(0, Int(((rect.y - region.y) / cell).rounded(.down)))
        let right = min(columns - 1, Int(((rect.maxX - region.x) / cell).rounded(.down)))
        let bottom = min(rows - 1, Int(((rect.maxY - region.y) / cell).rounded(.down)))
        guard left <= right, top <= bottom else { return }
        for row in top...bottom {
            for column in left...right { taken[row * columns + column] = true }
        }
    }

    private mutating func mark(_ path: Path, reach: Double, filled: Bool) {
        var loops: [[Point]] = []
        for segment in path.segments {
            switch segment {
            case .move(let point): loops.append([point])
            case .line(let point):
                if loops.isEmpty { loops.append([]) }
                loops[loops.count - 1].append(point)
            case .close:
                if let first = loops.last?.first { loops[loops.count - 1].append(first) }
            case .circle(let center, let radius):
                let size = radius + reach
                mark(Rect(x: center.x - size, y: center.y - size, width: 2 * size, height: 2 * size))
            }
        }
        for loop in loops {
            for (from, to) in zip(loop, loop.dropFirst()) { markLine(from, to, reach: reach) }
            if filled { markInside(loop) }
        }
    }

    private mutating func markLine(_ from: Point, _ to: Point, reach: Double) {
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let steps = max(1, Int(((dx * dx + dy * dy).squareRoot() / cell).rounded(.up)))
        let size = reach + cell / 2
        for step in 0...steps {
            let share = Double(step) / Double(steps)
            let (x, y) = (from.x + dx * share, from.y + dy * share)
            mark(Rect(x: x - size, y: y - size, width: 2 * size, height: 2 * size))
        }
    }

    /// Row by row, between each odd crossing of the outline and the next.
    private mutating func markInside(_ loop: [Point]) {
        let bounds = Rect(around: loop)
        for row in 0..<rows {
            let y = region.y + (Double(row) + 0.5) * cell
            guard y >= bounds.y, y <= bounds.maxY else { continue }
            var crossings: [Double] = []
            for (index, from) in loop.enumerated() {
                let to = loop[(index + 1) % loop.count]
                if (from.y <= y) != (to.y <= y) {
                    crossings.append(from.x + (to.x - from.x) * (y - from.y) / (to.y - from.y))
                }
            }
            crossings.sort()
            for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
                let (left, right) = (crossings[pair], crossings[pair + 1])
                mark(Rect(x: left, y: y, width: right - left, height: 0))
            }
        }
    }

    // MARK: Asking

    /// How many places are marked above and left of each.
    func prefixSums() -> [Int32] {
        var sums = [Int32](repeating: 0, count: (columns + 1) * (rows + 1))
        for row in 0..<rows {
            var line: Int32 = 0
            for column in 0..<columns {
                line += taken[row * columns + column] ? 1 : 0
                sums[(row + 1) * (columns + 1) + column + 1] = sums[row * (columns + 1) + column + 1] + line
            }
        }
        return sums
    }

    private func isFree(_ sums: [Int32], _ column: Int, _ row: Int, _ wide: Int, _ high: Int) -> Bool {
        let (top, bottom) = (row * (columns + 1), (row + high) * (columns + 1))
        return sums[bottom + column + wide] - sums[bottom + column] - sums[top + column + wide] + sums[top + column]
            == 0
    }
}
