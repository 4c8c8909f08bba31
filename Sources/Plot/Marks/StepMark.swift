/// A value that stays the same between points and jumps at them (a learning rate, a schedule).
public struct StepMark: Sendable, Hashable {
    /// Where the jump is between two points.
    public enum Jump: String, Sendable, Hashable, CaseIterable {
        /// At the second point: a value holds until the next one.
        case atNext
        /// At the first point: a value holds from the one before.
        case atPrevious
        case middle
    }

    public var name: String
    public var points: [DataPoint]
    public var jump: Jump
    public var colorIndex: Int

    public init(name: String, points: [DataPoint], jump: Jump = .atNext, colorIndex: Int = 0) {
        self.name = name
        self.points = points
        self.jump = jump
        self.colorIndex = colorIndex
    }
}
