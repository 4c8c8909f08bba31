import Plot

/// Geometry written independently of the module's own, to check it.
enum PlainGeometry {
    /// Separating axes over the edges of both convex polygons.
    static func polygonsOverlap(_ a: [Point], _ b: [Point], slack: Double) -> Bool {
        for polygon in [a, b] {
            for index in polygon.indices {
                let (p, q) = (polygon[index], polygon[(index + 1) % polygon.count])
                let (nx, ny) = (q.y - p.y, p.x - q.x)
                let length = (nx * nx + ny * ny).squareRoot()
                guard length > 0 else { continue }
                let first = a.map { ($0.x * nx + $0.y * ny) / length }
                let second = b.map { ($0.x * nx + $0.y * ny) / length }
                guard let a0 = first.min(), let a1 = first.max(), let b0 = second.min(), let b1 = second.max() else {
                    return false
                }
                if a1 - b0 <= slack || b1 - a0 <= slack { return false }
            }
        }
        return true
    }

    /// Whether a mark's geometry (lines without their width) meets a convex box.
    static func covers(_ shape: Drawing.Shape, _ box: [Point]) -> Bool {
        let path: Path
        var isFilled = false
        switch shape {
        case .text: return false
        case .image(_, let rect):
            let corners = [
                Point(rect.x, rect.y), Point(rect.maxX, rect.y), Point(rect.maxX, rect.maxY), Point(rect.x, rect.maxY),
            ]
            return polygonsOverlap(corners, box, slack: 0.5)
        case .stroke(let stroked, _): path = stroked
        case .fill(let filled, _): (path, isFilled) = (filled, true)
        }
        var loop: [Point] = []
        for segment in path.segments {
            switch segment {
            case .move(let point): loop = [point]
            case .line(let point):
                if let last = loop.last, segmentMeets(last, point, box) { return true }
                loop.append(point)
            case .close:
                if let first = loop.first, let last = loop.last, segmentMeets(last, first, box) { return true }
                if isFilled, contains(loop, box[0]) { return true }
            case .circle(let center, let radius):
                let r = radius * 0.9
                let square = [
                    Point(center.x - r, center.y - r), Point(center.x + r, center.y - r),
                    Point(center.x + r, center.y + r), Point(center.x - r, center.y + r),
                ]
                if polygonsOverlap(square, box, slack: 0.5) { return true }
            }
        }
        return false
    }

    private static func segmentMeets(_ a: Point, _ b: Point, _ box: [Point]) -> Bool {
        let isDegenerate = (a.x - b.x).magnitude + (a.y - b.y).magnitude < 1e-9
        return polygonsOverlap(isDegenerate ? [a, Point(a.x + 1e-6, a.y), a] : [a, b], box, slack: 0)
    }

    /// Even-odd.
    private static func contains(_ loop: [Point], _ point: Point) -> Bool {
        var inside = false
        for index in loop.indices {
            let (p, q) = (loop[index], loop[(index + 1) % loop.count])
            if (p.y > point.y) != (q.y > point.y),
                point.x < p.x + (q.x - p.x) * (point.y - p.y) / (q.y - p.y)
            {
                inside.toggle()
            }
        }
        return inside
    }
}
