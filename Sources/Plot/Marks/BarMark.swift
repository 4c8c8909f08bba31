/// Bars from zero, one for each category and group, side by side or one upon another.
public struct BarMark: Sendable, Hashable {
    public enum Arrangement: String, Sendable, Hashable, CaseIterable {
        case grouped
        /// Positive values upwards, negative ones downwards; the error bar of a group stands at its upper end. Not on
        /// logarithmic axes.
        case stacked
    }

    public var categories: [String]
    public var groups: [BarGroup]
    public var arrangement: Arrangement
    /// Write the value at each bar (stacked: the sum above), if all of them fit.
    public var valueLabels: Bool
    /// As many as categories: colours the bars of a single group by category, so that a network keeps its colour
    /// in every figure. `nil`: by group.
    public var categoryColors: [Int]?

    public init(
        categories: [String], groups: [BarGroup], arrangement: Arrangement = .grouped, valueLabels: Bool = true,
        categoryColors: [Int]? = nil
    ) {
        self.categories = categories
        self.groups = groups
        self.arrangement = arrangement
        self.valueLabels = valueLabels
        self.categoryColors = categoryColors
    }
}

/// One value for each category.
public struct BarGroup: Sendable, Hashable {
    public var name: String
    /// As many as categories; a value that is not finite leaves its place empty.
    public var values: [Double]
    /// As many as categories: the half length of the error bar. Where it is not finite or 0 none is drawn.
    public var errors: [Double]?
    public var colorIndex: Int

    public init(name: String, values: [Double], errors: [Double]? = nil, colorIndex: Int = 0) {
        self.name = name
        self.values = values
        self.errors = errors
        self.colorIndex = colorIndex
    }
}
