/// A series of points that are not joined, with error bars.
public struct PointMark: Sendable, Hashable {
    public var name: String
    public var points: [DataPoint]
    /// As many as points: the ends of an upright error bar. Where they are not finite none is drawn.
    public var errors: [Interval]?
    public var colorIndex: Int

    public init(name: String, points: [DataPoint], errors: [Interval]? = nil, colorIndex: Int = 0) {
        self.name = name
        self.points = points
        self.errors = errors
        self.colorIndex = colorIndex
    }
}
