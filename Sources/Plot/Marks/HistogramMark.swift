/// How often values fall into bins of equal width.
public struct HistogramMark: Sendable, Hashable {
    public var name: String
    /// In any order; those that are not finite are left out and counted.
    public var values: [Double]
    /// How many bins; `nil`: by the rule of Freedman and Diaconis over all values of the figure, with ends at round
    /// numbers. All histograms of a figure must ask for the same.
    public var bins: Int?
    /// Heights are shares of this mark's values instead of counts (with `AxisFormat.percent` on the y axis).
    public var isShare: Bool
    public var colorIndex: Int

    /// What `bins` may be.
    public static let allowedBins: ClosedRange<Int> = 1...1000

    public init(name: String, values: [Double], bins: Int? = nil, isShare: Bool = false, colorIndex: Int = 0) {
        self.name = name
        self.values = values
        self.bins = bins
        self.isShare = isShare
        self.colorIndex = colorIndex
    }
}
