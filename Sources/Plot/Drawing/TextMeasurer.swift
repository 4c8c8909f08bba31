/// How a line of text is set.
public struct TextStyle: Sendable, Hashable {
    public enum Weight: String, Sendable, Hashable {
        case regular, bold
    }

    public var family: String
    /// In points.
    public var size: Double
    public var weight: Weight

    public init(family: String, size: Double, weight: Weight = .regular) {
        self.family = family
        self.size = size
        self.weight = weight
    }
}

/// The room a line of text takes, in points: its advance width, and the font's height above and below the baseline
/// (of the font, not of these letters, so that lines are evenly spaced).
public struct TextExtent: Sendable, Hashable {
    public var width: Double
    public var ascent: Double
    public var descent: Double

    public init(width: Double, ascent: Double, descent: Double) {
        self.width = width
        self.ascent = ascent
        self.descent = descent
    }

    public var height: Double { ascent + descent }
}

/// Measures text for the layout, which so depends on no font library.
public protocol TextMeasurer {
    /// Of one line without control characters. Never negative or infinite.
    func extent(of text: String, style: TextStyle) -> TextExtent
}

/// Every letter 0.6 em wide: the same on every machine, for tests whose expected drawings are files.
public struct FixedMetricMeasurer: TextMeasurer, Sendable {
    public init() {}

    public func extent(of text: String, style: TextStyle) -> TextExtent {
        TextExtent(width: 0.6 * style.size * Double(text.count), ascent: 0.93 * style.size, descent: 0.24 * style.size)
    }
}
