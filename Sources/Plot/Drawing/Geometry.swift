/// A place in points from the top left corner; y grows downwards.
public struct Point: Sendable, Hashable {
    public var x: Double
    public var y: Double

    public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// An upright rectangle in points.
public struct Rect: Sendable, Hashable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public var maxX: Double { x + width }
    public var maxY: Double { y + height }
    public var midX: Double { x + width / 2 }
    public var midY: Double { y + height / 2 }

    public func contains(_ point: Point, slack: Double = 0) -> Bool {
        point.x >= x - slack && point.x <= maxX + slack && point.y >= y - slack && point.y <= maxY + slack
    }

    /// Whether the insides share more than `slack` points in both directions.
    public func overlaps(_ other: Rect, slack: Double = 0) -> Bool {
        min(maxX, other.maxX) - max(x, other.x) > slack && min(maxY, other.maxY) - max(y, other.y) > slack
    }

    func insetBy(_ amount: Double) -> Rect {
        Rect(x: x + amount, y: y + amount, width: width - 2 * amount, height: height - 2 * amount)
    }

    /// The smallest rectangle around points; zero at the origin for none.
    init(around points: [Point]) {
        guard let first = points.first else {
            self.init(x: 0, y: 0, width: 0, height: 0)
            return
        }
        var (low, high) = (first, first)
        for point in points {
            low = Point(min(low.x, point.x), min(low.y, point.y))
            high = Point(max(high.x, point.x), max(high.y, point.y))
        }
        self.init(x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y)
    }
}

/// Lines and circles, in points.
public struct Path: Sendable, Hashable {
    public enum Segment: Sendable, Hashable {
        case move(Point)
        case line(Point)
        case close
        case circle(center: Point, radius: Double)
    }

    public var segments: [Segment]

    public init(_ segments: [Segment] = []) { self.segments = segments }

    static func polyline(_ points: [Point]) -> Path {
        Path(points.enumerated().map { $0.offset == 0 ? .move($0.element) : .line($0.element) })
    }

    static func polygon(_ points: [Point]) -> Path {
        Path(polyline(points).segments + [.close])
    }

    static func rect(_ rect: Rect) -> Path {
        polygon([
            Point(rect.x, rect.y), Point(rect.maxX, rect.y), Point(rect.maxX, rect.maxY), Point(rect.x, rect.maxY),
        ])
    }

    static func line(_ from: Point, _ to: Point) -> Path { polyline([from, to]) }
}

/// Whether two convex polygons share more than `slack` points along every direction that could part them (the
/// separating axis theorem).
func convexOverlap(_ a: [Point], _ b: [Point], slack: Double) -> Bool {
    for polygon in [a, b] {
        for index in polygon.indices {
            let (from, to) = (polygon[index], polygon[(index + 1) % polygon.count])
            let (dx, dy) = (to.x - from.x, to.y - from.y)
            let length = (dx * dx + dy * dy).squareRoot()
            guard length > 1e-9 else { continue }
            func shadow(_ points: [Point]) -> (Double, Double) {
                var (low, high) = (Double.infinity, -Double.infinity)
                for point in points {
                    let value = (point.x * dy - point.y * dx) / length
                    low = min(low, value)
                    high = max(high, value)
                }
                return (low, high)
            }
            let (first, second) = (shadow(a), shadow(b))
            if min(first.1, second.1) - max(first.0, second.0) <= slack { return false }
        }
    }
    return true
}
