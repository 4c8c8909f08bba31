/// Cuts lines and areas to a rectangle, so that a drawing needs no clipping and its geometry is what is seen.
enum Clip {
    /// The parts of a polyline inside (Liang and Barsky, "A new concept and method for line clipping", 1984).
    static func polyline(_ points: [Point], to rect: Rect) -> [[Point]] {
        var parts: [[Point]] = []
        var current: [Point] = []
        for (from, to) in zip(points, points.dropFirst()) {
            guard let (start, end) = segment(from, to, to: rect) else {
                if current.count > 1 { parts.append(current) }
                current = []
                continue
            }
            if current.last != start {
                if current.count > 1 { parts.append(current) }
                current = [start]
            }
            current.append(end)
        }
        if current.count > 1 { parts.append(current) }
        return parts
    }

    static func segment(_ from: Point, _ to: Point, to rect: Rect) -> (Point, Point)? {
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        var (enter, leave) = (0.0, 1.0)
        for (delta, distance) in [
            (-dx, from.x - rect.x), (dx, rect.maxX - from.x), (-dy, from.y - rect.y), (dy, rect.maxY - from.y),
        ] {
            if delta == 0 {
                if distance < 0 { return nil }
            } else if delta < 0 {
                enter = max(enter, distance / delta)
            } else {
                leave = min(leave, distance / delta)
            }
        }
        guard enter <= leave else { return nil }
        // Ends inside stay the very points they were: consecutive segments then join.
        let start = enter == 0 ? from : Point(from.x + enter * dx, from.y + enter * dy)
        let end = leave == 1 ? to : Point(from.x + leave * dx, from.y + leave * dy)
        return (start, end)
    }

    /// The part of a polygon inside (Sutherland and Hodgman, "Reentrant polygon clipping", 1974).
    static func polygon(_ points: [Point], to rect: Rect) -> [Point] {
        var result = points
        let edges: [(inside: (Point) -> Bool, cut: (Point, Point) -> Point)] = [
            ({ $0.x >= rect.x }, { cutX($0, $1, rect.x) }), ({ $0.x <= rect.maxX }, { cutX($0, $1, rect.maxX) }),
            ({ $0.y >= rect.y }, { cutY($0, $1, rect.y) }), ({ $0.y <= rect.maxY }, { cutY($0, $1, rect.maxY) }),
        ]
        for edge in edges {
            guard var previous = result.last else { return [] }
            var kept: [Point] = []
            for point in result {
                if edge.inside(point) != edge.inside(previous) { kept.append(edge.cut(previous, point)) }
                if edge.inside(point) { kept.append(point) }
                previous = point
            }
            result = kept
        }
        return result.count < 3 ? [] : result
    }

    private static func cutX(_ a: Point, _ b: Point, _ x: Double) -> Point {
        Point(x, a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x))
    }

    private static func cutY(_ a: Point, _ b: Point, _ y: Double) -> Point {
        Point(a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y), y)
    }

    /// At most four points for each column of `width` points, chosen so that the picture stays the same: the first,
    /// lowest, highest and last (M4: Jugel, Jerzak, Hackenbroich, Markl, "M4: a visualization-oriented time series
    /// data aggregation", 2014). Unchanged where x does not ascend or there is little to gain.
    static func thinned(_ points: [Point], column width: Double) -> [Point] {
        guard points.count > 2000, zip(points, points.dropFirst()).allSatisfy({ $0.x <= $1.x }) else { return points }
        var result: [Point] = []
        var start = 0
        while start < points.count {
            let column = (points[start].x / width).rounded(.down)
            var end = start
            var (low, high) = (start, start)
            while end < points.count, (points[end].x / width).rounded(.down) == column {
                if points[end].y < points[low].y { low = end }
                if points[end].y > points[high].y { high = end }
                end += 1
            }
            var last = -1
            for index in [start, min(low, high), max(low, high), end - 1] where index > last {
                result.append(points[index])
                last = index
            }
            start = end
        }
        return result
    }
}
