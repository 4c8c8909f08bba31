/// One mistake in a text of the block notation.
public struct NotationError: Error, Hashable, Sendable {
    /// From 1.
    public let line: Int
    /// From 1, in characters.
    public let column: Int
    public let problem: Problem

    public enum Problem: Hashable, Sendable {
        /// Something else should stand here. `found` is the text itself, empty at the end; `expected` lists what
        /// could follow, each quoted where it is to be typed as it is and named otherwise.
        case unexpected(found: String, expected: [String])
        /// A word where a layer should be; `nearest` is the right word that looks most like it.
        case unknownLayer(found: String, nearest: String?)
        /// `Conv`, without its `3x3`.
        case missingSize(layer: String)
        /// `Conv3x1`: only square kernels and windows.
        case notSquare(found: String)
        /// `Shuffle`, without its `in 4 groups`.
        case missingGroups(layer: String)
        /// `ReLU/2`: an addition that this layer does not take.
        case additionNotTaken(layer: String, addition: String)
        /// `Conv3x3/2/2`
        case additionRepeated(layer: String, addition: String)
        /// `shortcut` that is not a term of a sum, or a sum of nothing else.
        case shortcutOutsideSum
        /// `input` after `-`: what enters can only start a chain.
        case inputInsideChain
        /// `A + B ++ C`: parentheses have to say which comes first.
        case mixedJoins
        /// A number outside what is possible here.
        case outOfRange(found: String, ClosedRange<Int>)
        case duplicateBlock(name: String, firstLine: Int)
        /// A block named like a layer or another word of the notation.
        case reservedName(String)
        case nameTooLong(String, limit: Int)
        case nestedTooDeep(limit: Int)
        /// In bytes.
        case textTooLong(limit: Int)
    }

    public init(line: Int, column: Int, problem: Problem) {
        self.line = line
        self.column = column
        self.problem = problem
    }
}

/// Every mistake of a text, in its order.
public struct NotationErrors: Error, Hashable, Sendable {
    /// Never empty where the parser threw it.
    public let errors: [NotationError]

    public init(_ errors: [NotationError]) { self.errors = errors }
}
