/// A picture as a list of paths, areas and lines of text at places, back to front. All lengths are points
/// (1/72 inch) from the top left corner, rounded to a thousandth so that the same figure gives the same value
/// everywhere.
public struct Drawing: Sendable, Hashable {
    public var width: Double
    public var height: Double
    public var background: Color
    public var elements: [Element]
    /// What a caption should mention: data that was left out, text that was shortened.
    public var notes: [Note]

    public init(
        width: Double, height: Double, background: Color, elements: [Element] = [], notes: [Note] = []
    ) {
        self.width = width
        self.height = height
        self.background = background
        self.elements = elements
        self.notes = notes
    }

    /// One thing to draw and what it stands for.
    public struct Element: Sendable, Hashable {
        public var role: Role
        public var shape: Shape

        public init(role: Role, shape: Shape) {
            self.role = role
            self.shape = shape
        }
    }

    public enum Shape: Sendable, Hashable {
        case stroke(Path, Stroke)
        /// Filled where the winding number is not zero.
        case fill(Path, Color)
        case text(PlacedText)
        /// Pixels stretched to a rectangle, each with sharp edges.
        case image(Raster, Rect)
    }

    /// What an element stands for. In order of importance where two lines of text compete for one place.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        case title, axisTitle, tickLabel, legend, seriesLabel, valueLabel, annotation
        case data, axis, grid
    }

    /// What the layout could not show as given.
    public enum Note: Sendable, Hashable {
        /// Values that are not finite.
        case skippedNonFinite(name: String, count: Int)
        /// Values that a logarithmic axis cannot show.
        case skippedNonPositive(name: String, count: Int)
        /// Values beyond the axis range that the figure asked for.
        case outsideRange(name: String, count: Int)
        /// Outliers beyond the axis, so that they do not squash the boxes.
        case outliersAbove(category: String, count: Int)
        case outliersBelow(category: String, count: Int)
        /// A series or category without anything to draw.
        case empty(name: String)
        case shortened(String)
        /// Only every so many-th category label fits.
        case thinnedLabels(shown: Int, of: Int)
        case omittedLegendEntries(Int)
        case omittedText(String)
    }

    /// The lines of the title as one; `nil` without a title.
    public var title: String? {
        let lines = elements.compactMap { element -> String? in
            guard element.role == .title, case .text(let text) = element.shape else { return nil }
            return text.text
        }
        return lines.isEmpty ? nil : lines.joined(separator: " ")
    }

    /// All lines of text.
    public var texts: [PlacedText] {
        elements.compactMap { element in
            if case .text(let text) = element.shape { text } else { nil }
        }
    }
}

/// How a path is stroked.
public struct Stroke: Sendable, Hashable {
    public var color: Color
    /// In points.
    public var width: Double
    /// Lengths on and off in points; empty for a solid line.
    public var dash: [Double]

    public init(color: Color, width: Double, dash: [Double] = []) {
        self.color = color
        self.width = width
        self.dash = dash
    }
}

/// A line of text at a place.
public struct PlacedText: Sendable, Hashable {
    public var text: String
    public var style: TextStyle
    public var color: Color
    /// Where its baseline starts.
    public var origin: Point
    /// In degrees, counterclockwise as seen.
    public var angle: Double
    public var extent: TextExtent

    public init(
        text: String, style: TextStyle, color: Color, origin: Point, angle: Double = 0, extent: TextExtent
    ) {
        self.text = text
        self.style = style
        self.color = color
        self.origin = origin
        self.angle = angle
        self.extent = extent
    }

    /// The corners of its box, turned with it.
    public var corners: [Point] {
        let turn = Turn(degrees: angle)
        return [
            turn.place(0, extent.ascent, from: origin), turn.place(extent.width, extent.ascent, from: origin),
            turn.place(extent.width, -extent.descent, from: origin), turn.place(0, -extent.descent, from: origin),
        ]
    }

    /// The upright rectangle around its box.
    public var bounds: Rect { Rect(around: corners) }

    /// Whether the two boxes share more than `slack` points.
    public func overlaps(_ other: PlacedText, slack: Double = 0.01) -> Bool {
        bounds.overlaps(other.bounds, slack: slack) && convexOverlap(corners, other.corners, slack: slack)
    }
}
