/// A thin dashed line at a value that others are compared with: chance, a published result, a limit.
public struct ReferenceMark: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        /// Level, at this value of the y axis.
        case y(Double)
        /// Upright, at this value of the x axis. Not on categorical axes.
        case x(Double)
        /// Where y equals x. Not on categorical axes.
        case identity
    }

    public var place: Place
    /// Written at the line where there is room; empty for none.
    public var label: String

    public init(_ place: Place, label: String = "") {
        self.place = place
        self.label = label
    }
}
