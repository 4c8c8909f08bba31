/// One axis of a figure.
public struct Axis: Sendable, Hashable {
    /// Without the unit: that is added in brackets. Empty for none. See `MathText` for Greek letters and powers.
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
    /// Linear from `-threshold` to `threshold` (positive), decades beyond: for values of both signs, or with zeros, that
    /// span decades.
    case symlog(threshold: Double)
    /// For the x axis. Of bars, boxes and violins: their categories in this order (a category without data keeps an
    /// empty place; the default `.linear` takes the mark's own order). Of lines: x is the index of the label, from 0.
    case categorical([String])
}

/// How values are written.
public enum AxisFormat: String, Sendable, Hashable, CaseIterable {
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
