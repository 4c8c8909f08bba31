/// Boxes and arrows: what a network's structure is drawn from. No coordinates.
///
///     Diagram  --place(measurer:)-->  Placement  --layout(measurer:)-->  Drawing
///     (boxes,                         (rectangles and                    (paths, areas, text)
///      arrows)                         bent lines, in points)
///
/// Every panel is laid out by itself in layers; panels stand side by side, or under each other where the flow runs
/// to the right. No arrow crosses a box, no two boxes overlap and no text touches other text.
public struct Diagram: Sendable, Hashable {
    public var panels: [Panel]
    public var flow: Flow
    /// Set in bold above everything; `nil` or empty for none.
    public var title: String?
    /// Of the picture, in inches; `nil`: as wide as it needs to be. What does not fit is set smaller, down to
    /// `Diagram.smallestType`, and panels that do not fit beside each other are put in rows.
    public var width: Double?
    public var theme: Theme

    /// Which way the arrows run.
    public enum Flow: String, Sendable, Hashable, CaseIterable { case down, right }

    /// How small the type of a diagram may become, in points; of themes with smaller type, as small as that.
    public static let smallestType = 4.95

    public init(panels: [Panel], flow: Flow = .down, title: String? = nil, width: Double? = nil, theme: Theme = .github) {
        self.panels = panels
        self.flow = flow
        self.title = title
        self.width = width
        self.theme = theme
    }

    /// One graph of boxes.
    public struct Panel: Sendable, Hashable {
        /// Set in bold above it; `nil` or empty for none.
        public var title: String?
        public var boxes: [Box]
        public var arrows: [Arrow]

        public init(title: String? = nil, boxes: [Box], arrows: [Arrow]) {
            self.title = title
            self.boxes = boxes
            self.arrows = arrows
        }
    }

    /// One box with its lines of text; the first of several is bold.
    public struct Box: Sendable, Hashable {
        public var lines: [String]
        public var kind: Kind

        public init(_ lines: [String], kind: Kind) {
            self.lines = lines
            self.kind = kind
        }
    }

    /// What a box stands for, which chooses its colour and form.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// What enters or leaves.
        case end
        case convolution, normalization, activation, pooling, rearrangement, linear
        /// Several layers as one box.
        case group
        /// Where arrows meet: a circle around its one line of text.
        case join
    }

    /// From one box to another, both as indices of the panel's boxes.
    public struct Arrow: Sendable, Hashable {
        public var from: Int
        public var to: Int
        /// Stands on the arrow, which is interrupted for it.
        public var label: String?

        public init(from: Int, to: Int, label: String? = nil) {
            self.from = from
            self.to = to
            self.label = label
        }
    }
}

/// Why a diagram cannot be laid out.
public enum DiagramError: Error, Sendable, Hashable {
    /// No panel, or a panel without a box.
    case nothingToDraw
    /// An arrow whose end is no box of its panel, or that joins a box to itself.
    case unknownBox(panel: Int, arrow: Int)
    /// Arrows that lead back to where they began.
    case cycle(panel: Int)
    /// More boxes and bends than can be read.
    case tooLarge(panel: Int, boxes: Int, limit: Int)
    /// In inches.
    case badWidth(Double, allowed: ClosedRange<Double>)
    /// What it needs at its smallest, in inches.
    case noRoom(width: Double, needed: Double)
}
