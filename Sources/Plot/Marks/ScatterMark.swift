/// Named points, each with its label beside it: accuracy against parameters, size or latency.
public struct ScatterMark: Sendable, Hashable {
    /// Of the whole set, for the legend where a figure has several; empty for none.
    public var name: String
    public var points: [ScatterPoint]
    /// Write the names beside the points. Where one finds no place without touching anything it is left out and noted.
    public var labels: Bool
    public var front: ParetoFront?

    public init(name: String = "", points: [ScatterPoint], labels: Bool = true, front: ParetoFront? = nil) {
        self.name = name
        self.points = points
        self.labels = labels
        self.front = front
    }
}

public struct ScatterPoint: Sendable, Hashable {
    public var name: String
    public var x: Double
    public var y: Double
    /// Ends of error bars.
    public var xError: Interval?
    public var yError: Interval?
    public var colorIndex: Int

    public init(
        name: String, x: Double, y: Double, xError: Interval? = nil, yError: Interval? = nil, colorIndex: Int = 0
    ) {
        self.name = name
        self.x = x
        self.y = y
        self.xError = xError
        self.yError = yError
        self.colorIndex = colorIndex
    }
}

/// Which points no other beats in one value without losing in the other.
public struct ParetoFront: Sendable, Hashable {
    public enum Better: String, Sendable, Hashable {
        case lower, higher
    }

    public var x: Better
    public var y: Better

    public init(x: Better = .lower, y: Better = .higher) {
        self.x = x
        self.y = y
    }
}
