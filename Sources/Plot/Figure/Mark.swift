/// What is drawn from data.
public enum Mark: Sendable, Hashable {
    /// One series; a figure may have many.
    case line(LineMark)
    case bars(BarMark)
    case boxes(BoxMark)

    /// The case without its payload, for errors.
    public enum Kind: String, Sendable, Hashable {
        case line, bars, boxes
    }

    public var kind: Kind {
        switch self {
        case .line: .line
        case .bars: .bars
        case .boxes: .boxes
        }
    }
}

/// A value at a place, in the units of the axes.
public struct DataPoint: Sendable, Hashable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// Two ends of a band; unlike a `ClosedRange` it can hold values that are not finite, which are then skipped.
public struct Interval: Sendable, Hashable {
    public var lower: Double
    public var upper: Double

    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

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

/// Bars from zero, one for each category and group, side by side.
public struct BarMark: Sendable, Hashable {
    public var categories: [String]
    public var groups: [BarGroup]
    /// Write the value at each bar, if all of them fit.
    public var valueLabels: Bool
    /// As many as categories: colours the bars of a single group by category, so that a network keeps its colour
    /// in every figure. `nil`: by group.
    public var categoryColors: [Int]?

    public init(
        categories: [String], groups: [BarGroup], valueLabels: Bool = true, categoryColors: [Int]? = nil
    ) {
        self.categories = categories
        self.groups = groups
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
