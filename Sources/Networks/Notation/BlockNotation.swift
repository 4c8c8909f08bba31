/// The notation of the field for blocks of convolutional networks, as text that is executed.
///
/// ```
/// # One definition after the other; a comment ends with its line.
/// plain:    BatchNorm - ReLU - Conv3x3/s - BatchNorm - ReLU - Conv3x3
/// residual: ReLU(Conv3x3/s - BatchNorm - ReLU - Conv3x3 - BatchNorm + shortcut)
/// ```
///
/// `in` and `out` are the channels that enter and leave the block, `s` its stride.
///
/// | written | means |
/// |---|---|
/// | `Conv3x3` | convolution to `out` channels, size kept, no bias; `Conv3x3[out/4]` to another width |
/// | `Conv3x3/s`, `/2` | with the block's stride, with stride 2 |
/// | `Conv3x3 in 32 groups` | grouped; also `with bias`, `pad 0` (zeros on each side) |
/// | `Depthwise3x3` | one filter for each channel; `Depthwise3x3[out]` several where `out` is a multiple |
/// | `BatchNorm` (or `BN`), `ReLU`, `ReLU6` | |
/// | `MaxPool2x2`, `AvgPool3x3/2` | stride of the window's size unless one is given |
/// | `Shuffle in 4 groups` | channel shuffle |
/// | `A - B` | B after A |
/// | `A + B`, `A ++ B` | sum, concatenation; both are fed with what enters the sum |
/// | `input` | a term that is what enters the sum |
/// | `shortcut` | the same where the sum has its shape, else `Conv1x1/s - BatchNorm` of it |
/// | `ReLU(A)` | ReLU after A |
/// | `8 x (A)` | eight times A, one after the other |
/// | `2 units of (A)` | the first A from `in` to `out` at stride `s`, the next from `out` to `out` at stride 1 |
/// | `(A if s = 2)` | A, or nothing: the link or the term is left out. Also `in != out`, `and`, `or` |
/// | `(A if s = 1 else B)` | one or the other |
/// | `[(out - in)/8]`, `[6 in]` | widths in whole numbers; a division with a remainder is an error |
/// | `name (1 per stage): A` | how many blocks a stage has, where it is not four |
///
/// `-` binds tighter than `+` and `++`, and these tighter than `if`. A definition goes on over lines for as
/// long as it is not complete, or where the next line starts with an operator.
public enum BlockNotation {
    /// The definitions of a text, in its order. An empty text has none.
    ///
    /// Cost: linear in the text, which may have 100000 characters.
    /// - Throws: every mistake of the text (one for each definition, 100 at most), each with its place.
    public static func parse(_ text: String) throws(NotationErrors) -> [PlacedBlock] {
        guard text.utf8.count <= largestText else {
            throw NotationErrors([.init(line: 1, column: 1, problem: .textTooLong(limit: largestText))])
        }
        var parser = BlockParser(tokens: NotationToken.tokens(of: text))
        let blocks = parser.parse()
        guard parser.errors.isEmpty else { throw NotationErrors(parser.errors) }
        return blocks
    }

    /// Bytes in UTF-8 of one text.
    static let largestText = 100_000
    /// Parentheses, brackets and repetitions inside each other.
    static let deepestNesting = 40
    /// Of repetitions, units and blocks of a stage.
    static let counts = 1...1000
    /// Of numbers in widths and conditions, groups, strides and paddings.
    static let largestNumber = 1_000_000_000
    static let longestName = 64
}

/// A definition with the place of its name in the text.
public struct PlacedBlock: Hashable, Sendable {
    public let definition: BlockDefinition
    /// From 1.
    public let line: Int
    /// From 1, in characters.
    public let column: Int
}
