/// The density of the values of each category, mirrored, with the median and the middle half inside.
public struct ViolinMark: Sendable, Hashable {
    public var categories: [String]
    /// As many as categories: raw values in any order; those that are not finite are left out and counted.
    public var samples: [[Double]]
    /// As many as categories; `nil`: all have colour 0.
    public var colorIndices: [Int]?

    public init(categories: [String], samples: [[Double]], colorIndices: [Int]? = nil) {
        self.categories = categories
        self.samples = samples
        self.colorIndices = colorIndices
    }
}
