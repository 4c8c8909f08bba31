/// Layers with what is added to them, and the arithmetic of widths and conditions.
///
/// ```
/// layer      = word { "/" ( "s" | number ) | "[" sum "]" | "in" number "groups" | "with" "bias" | "pad" number }
/// condition  = all { "or" all }
/// all        = comparison { "and" comparison }
/// comparison = sum ( "=" | "!=" | "<" | ">" | "<=" | ">=" ) sum
/// sum        = product { ( "+" | "-" ) product }
/// product    = factor { [ "*" | "/" ] factor }
/// factor     = number | "in" | "out" | "s" | "(" sum ")"
/// ```
/// A product without a sign starts with a number: `6 in`.
extension BlockParser {
    mutating func layer() throws(NotationError) -> LayerTemplate {
        let place = token
        let (word, size) = try layerWord()
        var found = Additions()
        while let addition = try addition() {
            guard word.additions.contains(addition.kind) else {
                let problem = NotationError.Problem.additionNotTaken(
                    layer: place.text, addition: addition.kind.rawValue)
                throw error(problem, at: addition.place)
            }
            guard !found.seen.contains(addition.kind) else {
                let problem = NotationError.Problem.additionRepeated(
                    layer: place.text, addition: addition.kind.rawValue)
                throw error(problem, at: addition.place)
            }
            found.seen.append(addition.kind)
            addition.apply(&found)
        }
        switch word {
        case .conv, .depthwise:
            return .convolution(
                ConvolutionTemplate(
                    kernel: size, stride: found.stride ?? .fixed(1), width: found.width,
                    grouping: word == .depthwise ? .depthwise : .groups(found.groups ?? 1), bias: found.bias,
                    padding: found.padding))
        case .batchNorm: return .batchNorm
        case .relu: return .relu(maximum: nil)
        case .relu6: return .relu(maximum: 6)
        case .maxPool, .avgPool:
            let pool = PoolTemplate(window: size, stride: found.stride ?? .fixed(size), padding: found.padding)
            return word == .maxPool ? .maxPool(pool) : .averagePool(pool)
        case .shuffle:
            guard let groups = found.groups else { throw error(.missingGroups(layer: place.text), at: place) }
            return .channelShuffle(groups: groups)
        }
    }

    /// The word under the cursor and, where the layer has one, its size.
    private mutating func layerWord() throws(NotationError) -> (LayerWord, size: Int) {
        let text = token.text
        if let word = LayerWord(name: text) {
            guard !word.hasSize else { throw error(.missingSize(layer: text)) }
            advance()
            return (word, 0)
        }
        let (name, size) = LayerWord.parts(of: text)
        let sides = size.split(separator: "x", omittingEmptySubsequences: false)
        guard let word = LayerWord(name: name), word.hasSize, sides.count == 2,
            sides.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isNumber) })
        else { throw error(.unknownLayer(found: text, nearest: LayerWord.nearest(to: text))) }
        guard sides[0] == sides[1] else { throw error(.notSquare(found: text)) }
        let range = 1...SlidingWindow.largestSize
        guard let side = Int(sides[0]), range.contains(side) else {
            throw error(.outOfRange(found: String(sides[0]), range))
        }
        advance()
        return (word, side)
    }

    // MARK: What follows a layer's name

    private struct Additions {
        var seen: [LayerWord.Addition] = []
        var stride: StrideTemplate?
        var width: ChannelExpression?
        var groups: Int?
        var bias = false
        var padding: Int?
    }

    private typealias FoundAddition = (
        kind: LayerWord.Addition, place: NotationToken, apply: (inout Additions) -> Void
    )

    private mutating func addition() throws(NotationError) -> FoundAddition? {
        let place = token
        let positive = 1...BlockNotation.largestNumber
        if accept("/") {
            if acceptWord("s") { return (.stride, place, { $0.stride = .block }) }
            let stride = try number(in: positive, or: "`s` or a number")
            return (.stride, place, { $0.stride = .fixed(stride) })
        }
        if accept("[") {
            let width = try sum()
            guard accept("]") else { throw unexpected(["`]`"]) }
            return (.width, place, { $0.width = width })
        }
        if acceptWord("in") {
            let groups = try number(in: positive, or: "a number of groups")
            if !acceptWord("group") { try expect("groups") }
            return (.groups, place, { $0.groups = groups })
        }
        if acceptWord("with") {
            try expect("bias")
            return (.bias, place, { $0.bias = true })
        }
        if acceptWord("pad") {
            let padding = try number(in: 0...BlockNotation.largestNumber, or: "a number of zeros")
            return (.padding, place, { $0.padding = padding })
        }
        return nil
    }

    // MARK: Conditions and widths

    mutating func condition() throws(NotationError) -> BlockCondition {
        var alternatives: [[BlockCondition.Comparison]] = []
        repeat {
            var comparisons: [BlockCondition.Comparison] = []
            repeat { comparisons.append(try comparison()) } while acceptWord("and")
            alternatives.append(comparisons)
        } while acceptWord("or")
        return BlockCondition(alternatives: alternatives)
    }

    private mutating func comparison() throws(NotationError) -> BlockCondition.Comparison {
        let left = try sum()
        guard token.kind == .sign, let relation = BlockCondition.Relation(rawValue: token.text) else {
            throw unexpected(BlockCondition.Relation.allCases.map { "`\($0.rawValue)`" })
        }
        advance()
        return .init(left: left, relation: relation, right: try sum())
    }

    private mutating func sum() throws(NotationError) -> ChannelExpression {
        try descend()
        defer { ascend() }
        var result = try product()
        // Each sign makes the tree one deeper, and a tree is walked by recursion: it counts as nesting.
        var signs = 0
        defer { for _ in 0..<signs { ascend() } }
        while token.text == "+" || token.text == "-" {
            try descend()
            signs += 1
            let isSum = token.text == "+"
            advance()
            let next = try product()
            result = isSum ? .sum(result, next) : .difference(result, next)
        }
        return result
    }

    private mutating func product() throws(NotationError) -> ChannelExpression {
        var result = try factor()
        var signs = 0
        defer { for _ in 0..<signs { ascend() } }
        while true {
            let isQuotient = token.kind == .sign && token.text == "/"
            if isQuotient || (token.kind == .sign && token.text == "*") {
                advance()
            } else if case .number = result, startsVariable {
                // `6 in`
            } else {
                return result
            }
            try descend()
            signs += 1
            let next = try factor()
            result = isQuotient ? .quotient(result, next) : .product(result, next)
        }
    }

    private var startsVariable: Bool {
        token.kind == .word ? ["in", "out", "s"].contains(token.text) : token.kind == .sign && token.text == "("
    }

    private mutating func factor() throws(NotationError) -> ChannelExpression {
        if accept("(") {
            let inner = try sum()
            guard accept(")") else { throw unexpected(["`)`"]) }
            return inner
        }
        if acceptWord("in") { return .input }
        if acceptWord("out") { return .output }
        if acceptWord("s") { return .stride }
        guard case .number = token.kind else { throw unexpected(["`in`", "`out`", "`s`", "a number", "`(`"]) }
        return .number(try number(in: 0...BlockNotation.largestNumber, or: "a number"))
    }
}
