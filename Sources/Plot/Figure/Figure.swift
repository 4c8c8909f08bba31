/// What a picture shows: marks, axes, legend, size and theme. No coordinates, no pixels.
///
///     Figure  --layout(measurer:)-->  Drawing  --Renderer.png-->  bytes
///     (what)                          (paths, areas, text
///                                      at places, in points)
///
/// A figure holds one kind of mark: any number of lines, or one set of bars, or one set of boxes.
public struct Figure: Sendable, Hashable {
    public var marks: [Mark]
    public var xAxis: Axis
    public var yAxis: Axis
    public var legend: LegendPlacement
    /// Set in bold above the picture, aligned to the left; `nil` or empty for none.
    public var title: String?
    /// In inches, `Figure.sizes`.
    public var width: Double
    /// In inches, `Figure.sizes`.
    public var height: Double
    public var theme: Theme

    /// Widths and heights that can be laid out, in inches.
    public static let sizes: ClosedRange<Double> = 1...40

    /// `height` defaults to `preferredHeight(width:)`.
    public init(
        marks: [Mark], xAxis: Axis = Axis(), yAxis: Axis = Axis(), legend: LegendPlacement = .automatic,
        title: String? = nil, width: Double = 6, height: Double? = nil, theme: Theme = .github
    ) {
        self.marks = marks
        self.xAxis = xAxis
        self.yAxis = yAxis
        self.legend = legend
        self.title = title
        self.width = width
        self.height = height ?? Figure.preferredHeight(width: width)
        self.theme = theme
    }

    /// A height in inches that suits a width in inches: near the golden section at 6 inches, relatively higher for
    /// narrow pictures (titles and labels do not shrink with them) and lower for wide ones.
    public static func preferredHeight(width: Double) -> Double {
        min(0.9 + 0.475 * width, 2.3 + 0.24 * width)
    }
}

/// Where the names of the series go.
public enum LegendPlacement: Sendable, Hashable {
    /// At the ends of the lines where they fit; else in an empty place inside; else beside or below. Never on data.
    case automatic
    case none
}

/// One axis of a figure.
public struct Axis: Sendable, Hashable {
    /// Without the unit: that is added in brackets. Empty for none.
    public var title: String
    /// The unit of the values; ignored by formats that choose their own (seconds, bytes, percent).
    public var unit: String?
    public var scale: AxisScale
    /// The values at the two ends. `nil`: chosen from the data.
    public var range: ClosedRange<Double>?
    public var format: AxisFormat

    public init(
        title: String = "", unit: String? = nil, scale: AxisScale = .linear, range: ClosedRange<Double>? = nil,
        format: AxisFormat = .number
    ) {
        self.title = title
        self.unit = unit
        self.scale = scale
        self.range = range
        self.format = format
    }
}

/// How values become places along an axis.
public enum AxisScale: Sendable, Hashable {
    case linear
    /// Decades; values that are not positive are left out and counted in the drawing's notes.
    case log
    /// For the x axis. Of bars and boxes: their categories in this order (a category without data keeps an empty
    /// place; the default `.linear` takes the mark's own order). Of lines: x is the index of the label, from 0.
    case categorical([String])
}

/// How values are written.
public enum AxisFormat: Sendable, Hashable, CaseIterable {
    case number
    /// Values are shares: 0.5 is written 50%.
    case percent
    /// Values are seconds, written in ns, µs, ms, s, min or h.
    case seconds
    /// Values are bytes, written in B, kB, MB, GB or TB (powers of 1000).
    case bytes
    /// Values are whole numbers (epochs, counts): no tick falls between two of them.
    case integer
}

/// Names an axis in an error.
public enum AxisName: String, Sendable, Hashable {
    case x, y
}
