/// One block of a network, as the notation of `BlockNotation` writes it: a recipe that becomes nodes once
/// the channels that enter and leave it and its stride are known.
///
/// Only the parser makes one, so its expression is always one that can be written down; two definitions are
/// equal where they mean the same text up to white space, comments and aliases.
public struct BlockDefinition: Hashable, Sendable {
    /// Letters, digits and `_`: `mobile_v2`.
    public let name: String
    /// How many of it follow each other in a stage of a network, 1…1000; the first has the stage's stride.
    public let perStage: Int
    public let expression: BlockExpression

    /// Where a definition does not say: four, as in the study.
    public static let usualPerStage = 4

    init(name: String, perStage: Int, expression: BlockExpression) {
        self.name = name
        self.perStage = perStage
        self.expression = expression
    }
}

/// What the notation can say, as a tree. `BlockNotation` gives the meaning of each case.
public indirect enum BlockExpression: Hashable, Sendable {
    /// `input`: what enters the sum, unchanged.
    case input
    /// `shortcut`: the input, or its projection where the sum has another shape.
    case shortcut
    /// `Conv3x3/s`
    case layer(LayerTemplate)
    /// `A - B - C`: two or more links, each fed with the one before.
    case chain([BlockExpression])
    /// `A + B`: two or more terms, all fed with the same.
    case sum([BlockExpression])
    /// `A ++ B`: the same for concatenation.
    case concatenation([BlockExpression])
    /// `ReLU(A)`: the layer after what is in the parentheses.
    case wrapped(LayerTemplate, BlockExpression)
    /// `8 x (A)`: one after the other, with the block's own `in`, `out` and `s`.
    case repeated(Int, BlockExpression)
    /// `2 units of (A)`: as a stage does, the first from `in` to `out` at stride `s`, the others from `out` to `out`
    /// at stride 1.
    case units(Int, BlockExpression)
    /// `A if s = 2 else B`, or `A if s = 2`.
    case choice(BlockCondition, BlockExpression, otherwise: BlockExpression?)
}

/// A layer before its widths and strides are known.
public enum LayerTemplate: Hashable, Sendable {
    case convolution(ConvolutionTemplate)
    case batchNorm
    /// `ReLU`, or `ReLU6` with its maximum.
    case relu(maximum: Int?)
    case maxPool(PoolTemplate)
    case averagePool(PoolTemplate)
    case channelShuffle(groups: Int)
}

/// `Conv3x3/s[out/4] in 32 groups with bias pad 0`, `Depthwise3x3/s[out]`
public struct ConvolutionTemplate: Hashable, Sendable {
    public enum Grouping: Hashable, Sendable {
        case groups(Int)
        /// As many groups as channels come in.
        case depthwise
    }

    public var kernel: Int
    public var stride: StrideTemplate = .fixed(1)
    /// Output channels; `nil` for `out`, or for as many as come in where the convolution is depthwise.
    public var width: ChannelExpression?
    public var grouping: Grouping
    public var bias = false
    /// `nil` for `(kernel - 1) / 2`, which keeps the size of odd kernels at stride 1.
    public var padding: Int?
}

/// `MaxPool2x2/s pad 0`
public struct PoolTemplate: Hashable, Sendable {
    public var window: Int
    /// As large as the window where nothing is said.
    public var stride: StrideTemplate
    /// `nil` for `(window - 1) / 2`.
    public var padding: Int?
}

/// `/s`, the block's stride, or a number.
public enum StrideTemplate: Hashable, Sendable {
    case block
    case fixed(Int)
}

/// Comparisons joined by `and`, such groups joined by `or`.
public struct BlockCondition: Hashable, Sendable {
    public struct Comparison: Hashable, Sendable {
        public let left: ChannelExpression
        public let relation: Relation
        public let right: ChannelExpression
    }
    public enum Relation: String, Hashable, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case greater = ">"
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
    }

    /// True where every comparison of one of these is; neither level is empty.
    public let alternatives: [[Comparison]]
}

// MARK: Files

extension BlockDefinition: Codable {
    /// Writes the canonical text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// - Throws: `DecodingError` unless the text is one block of the notation, with the `NotationErrors` underneath.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            let blocks = try BlockNotation.parse(text)
            guard blocks.count == 1 else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "Expected one block, found \(blocks.count)")
            }
            self = blocks[0].definition
        } catch let errors as NotationErrors {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath, debugDescription: "Not a block of the notation: \(text)",
                    underlyingError: errors))
        }
    }
}
