/// A series of points joined in their order. A point that is not finite leaves a gap.
public struct LineMark: Sendable, Hashable {
    public var name: String
    public var points: [DataPoint]
    /// As many as points (mean ± deviation, quantiles…), drawn translucent behind the line.
    public var band: [Interval]?
    /// Chooses colour, marker and dashes from the theme: the same index looks the same in every figure.
    public var colorIndex: Int

    public init(name: String, points: [DataPoint], band: [Interval]? = nil, colorIndex: Int = 0) {
        self.name = name
        self.points = points
        self.band = band
        self.colorIndex = colorIndex
    }
}
