/// The five numbers of a box plot, and the values beyond its whiskers.
public struct BoxSummary: Sendable, Hashable {
    public var lowerWhisker: Double
    public var lowerQuartile: Double
    public var median: Double
    public var upperQuartile: Double
    public var upperWhisker: Double
    /// Ascending.
    public var outliers: [Double]

    /// Ready-made numbers. They are checked when the figure is laid out: finite, none below the one before.
    public init(
        lowerWhisker: Double, lowerQuartile: Double, median: Double, upperQuartile: Double, upperWhisker: Double,
        outliers: [Double] = []
    ) {
        self.lowerWhisker = lowerWhisker
        self.lowerQuartile = lowerQuartile
        self.median = median
        self.upperQuartile = upperQuartile
        self.upperWhisker = upperWhisker
        self.outliers = outliers.filter(\.isFinite).sorted()
    }

    /// Quartiles by linear interpolation (definition 7 of Hyndman and Fan, "Sample quantiles in statistical
    /// packages", 1996). Whiskers reach the outermost values within 1.5 interquartile ranges of the box (Tukey,
    /// "Exploratory data analysis", 1977), so they always end at a value that occurs. `nil` without a finite value.
    public init?(samples: [Double]) {
        self.init(sorted: samples.filter(\.isFinite).sorted())
    }

    /// As `init(samples:)`, of finite values in ascending order.
    init?(sorted values: [Double]) {
        guard !values.isEmpty else { return nil }
        lowerQuartile = BoxSummary.quantile(0.25, ofSorted: values)
        median = BoxSummary.quantile(0.5, ofSorted: values)
        upperQuartile = BoxSummary.quantile(0.75, ofSorted: values)
        let reach = 1.5 * (upperQuartile - lowerQuartile)
        let (lowest, highest) = (lowerQuartile - reach, upperQuartile + reach)
        // An interpolated quartile can lie beyond the last value inside the fence: the whisker then has no length.
        lowerWhisker = min(lowerQuartile, values.first { $0 >= lowest } ?? lowerQuartile)
        upperWhisker = max(upperQuartile, values.last { $0 <= highest } ?? upperQuartile)
        outliers = values.filter { $0 < lowest || $0 > highest }
    }

    /// Definition 7 of Hyndman and Fan; `share` in `0...1`, `values` ascending and not empty.
    static func quantile(_ share: Double, ofSorted values: [Double]) -> Double {
        let place = share * Double(values.count - 1)
        let below = Int(place.rounded(.down))
        let above = min(below + 1, values.count - 1)
        let part = place - Double(below)
        return values[below] * (1 - part) + values[above] * part
    }

    var fiveNumbers: [Double] { [lowerWhisker, lowerQuartile, median, upperQuartile, upperWhisker] }
}
