/// The area between a series and its foot.
public struct AreaMark: Sendable, Hashable {
    public var name: String
    public var points: [DataPoint]
    /// As many as points; `nil`: zero, or the lower end of a logarithmic axis.
    public var foot: [Double]?
    public var colorIndex: Int

    public init(name: String, points: [DataPoint], foot: [Double]? = nil, colorIndex: Int = 0) {
        self.name = name
        self.points = points
        self.foot = foot
        self.colorIndex = colorIndex
    }

    /// The areas one upon another, the first at the bottom. All have the x values of the first; a value that is not
    /// finite counts as zero for those above it. `nil` where the x values differ.
    public static func stacked(_ areas: [AreaMark]) -> [AreaMark]? {
        guard let first = areas.first else { return [] }
        var foot = Array(repeating: 0.0, count: first.points.count)
        var result: [AreaMark] = []
        for area in areas {
            guard area.points.map(\.x) == first.points.map(\.x) else { return nil }
            var raised = area
            raised.foot = foot
            for index in foot.indices {
                let value = area.points[index].y
                raised.points[index].y = foot[index] + value
                if value.isFinite { foot[index] += value }
            }
            result.append(raised)
        }
        return result
    }
}
