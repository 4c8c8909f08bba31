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
