public import Networks

/// One diagram of networks, every name checked and every graph built.
public struct DiagramCell: Sendable, Equatable {
    /// What is shown of each network.
    public enum Content: Sendable, Hashable {
        /// Stem, stages and head, with sizes on the arrows.
        case architecture
        /// The inside of blocks, both numbered from 1.
        case blocks(stage: Int, [Int])
    }

    /// How much of a block becomes one box.
    public enum Detail: String, CaseIterable, Hashable, Codable, Sendable {
        case layers
        /// A convolution together with the normalization and activation behind it.
        case fused
    }

    /// One network, as a data set makes it.
    public struct Network: Sendable, Hashable {
        public var block: String
        public var dataset: String
        public var graph: Graph
    }

    public var label: String
    public var location: SourceLocation
    public var content: Content
    public var detail: Detail
    /// Never empty. Side by side.
    public var networks: [Network]
    /// Whether arrows run to the right and not down.
    public var runsRight: Bool
    public var title: String?
    public var caption: String?
    /// Inches; `nil` for what it needs, if that is at most 6.5.
    public var width: Double?
    public var theme: String
}

/// One grid of pictures of a data set.
public struct ImagesCell: Sendable, Equatable {
    public enum Split: String, CaseIterable, Hashable, Codable, Sendable { case training, validation }

    public var label: String
    public var location: SourceLocation
    public var dataset: String
    public var split: Split
    /// The first so many.
    public var count: Int
    /// `nil`: as many as make the pictures largest.
    public var columns: Int?
    /// Whether the name of its class stands below each.
    public var showsClasses: Bool
    public var title: String?
    public var caption: String?
    /// Inches.
    public var width: Double
    public var height: Double
    public var theme: String

    /// Of rows of square pictures with a line of text each, where the author says how many stand in a row.
    static func preferredHeight(width: Double, count: Int, columns: Int?) -> Double {
        guard let columns else { return PlotCell.preferredHeight(width: width) }
        let rows = (count + columns - 1) / columns
        return min(max(Double(rows) * (width / Double(columns) + 0.16) + 0.1, 1), 20)
    }
}
