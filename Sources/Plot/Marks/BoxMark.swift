/// One box plot for each category.
public struct BoxMark: Sendable, Hashable {
    public var categories: [String]
    /// As many as categories.
    public var boxes: [BoxData]
    /// As many as categories; `nil`: all have colour 0.
    public var colorIndices: [Int]?

    public init(categories: [String], boxes: [BoxData], colorIndices: [Int]? = nil) {
        self.categories = categories
        self.boxes = boxes
        self.colorIndices = colorIndices
    }
}

/// What a box is drawn from.
public enum BoxData: Sendable, Hashable {
    /// Raw values in any order; those that are not finite are left out and counted.
    case samples([Double])
    case summary(BoxSummary)
}
