/// Reads definitions by recursive descent. After a mistake it goes on at the next definition.
///
/// ```
/// text       = { name [ "(" number "per" "stage" ")" ] ":" expression }
/// expression = join [ "if" condition [ "else" expression ] ]
/// join       = chain { "+" chain } | chain { "++" chain }
/// chain      = link { "-" link }
/// link       = number "x" link | number "units" "of" link | primary
/// primary    = "input" | "shortcut" | "(" expression ")" | layer [ "(" expression ")" ]
/// ```
struct BlockParser {
    private(set) var errors: [NotationError] = []
    private let tokens: [NotationToken]
    private var position = 0
    private var depth = 0

    static let largestErrorCount = 100

    /// - Parameter tokens: ends with an end token.
    init(tokens: [NotationToken]) { self.tokens = tokens }

    // MARK: Definitions

    mutating func parse() -> [PlacedBlock] {
        var blocks: [PlacedBlock] = []
        while token.kind != .end, errors.count < Self.largestErrorCount {
            let start = position
            depth = 0
            do throws(NotationError) {
                let block = try definition()
                if let first = blocks.first(where: { $0.definition.name == block.definition.name }) {
                    let problem = NotationError.Problem.duplicateBlock(
                        name: block.definition.name, firstLine: first.line)
                    throw NotationError(line: block.line, column: block.column, problem: problem)
                }
                blocks.append(block)
            } catch {
                errors.append(error)
                if position == start { advance() }
                while token.kind != .end, !startsDefinition { advance() }
            }
        }
        return blocks
    }

    private mutating func definition() throws(NotationError) -> PlacedBlock {
        let head = token
        guard head.kind == .word else { throw unexpected(["the name of a block"]) }
        guard head.text.count <= BlockNotation.longestName else {
            throw error(.nameTooLong(head.text, limit: BlockNotation.longestName))
        }
        guard !LayerWord.isReserved(head.text) else { throw error(.reservedName(head.text)) }
        advance()
        var perStage = BlockDefinition.usualPerStage
        if accept("(") {
            perStage = try number(in: BlockNotation.counts, or: "a number of blocks")
            try expect("per")
            try expect("stage")
            try expect(")")
            try expect(":")
        } else if !accept(":") {
            throw unexpected(["`:`", "`(1 per stage):`"])
        }
        let place = token
        let expression = try expression()
        guard !expression.isShortcut else { throw error(.shortcutOutsideSum, at: place) }
        guard token.kind == .end || (token.startsLine && token.kind == .word) else {
            throw unexpected(["`-`", "`+`", "`++`", "`if`", "the end of the line"])
        }
        let definition = BlockDefinition(name: head.text, perStage: perStage, expression: expression)
        return PlacedBlock(definition: definition, line: head.line, column: head.column)
    }

    /// `name:` or `name (` at the start of a line.
    private var startsDefinition: Bool {
        guard token.startsLine, token.kind == .word, position + 1 < tokens.count else { return false }
        let next = tokens[position + 1]
        if next.text == ":" { return true }
        guard next.text == "(", position + 3 < tokens.count else { return false }
        return tokens[position + 3].text == "per"
    }

    // MARK: Expressions

    private mutating func expression() throws(NotationError) -> BlockExpression {
        try descend()
        defer { depth -= 1 }
        let first = try join()
        guard acceptWord("if") else { return first }
        let condition = try condition()
        guard acceptWord("else") else { return .choice(condition, first, otherwise: nil) }
        return .choice(condition, first, otherwise: try expression())
    }

    private mutating func join() throws(NotationError) -> BlockExpression {
        let start = token
        let first = try chain()
        guard token.text == "+" || token.text == "++" else { return first }
        let sign = token.text
        let other = sign == "+" ? "++" : "+"
        var terms = [first]
        while accept(sign) {
            let place = token
            let term = try chain()
            if sign == "++", term.isShortcut { throw error(.shortcutOutsideSum, at: place) }
            terms.append(term)
        }
        if token.text == other { throw error(.mixedJoins) }
        guard sign == "+" else {
            if first.isShortcut { throw error(.shortcutOutsideSum, at: start) }
            return .concatenation(terms)
        }
        guard terms.contains(where: { !$0.isShortcut }) else { throw error(.shortcutOutsideSum, at: start) }
        return .sum(terms)
    }

    private mutating func chain() throws(NotationError) -> BlockExpression {
        let start = token
        let first = try link()
        guard token.text == "-" else { return first }
        if first.isShortcut { throw error(.shortcutOutsideSum, at: start) }
        var links = [first]
        while accept("-") {
            let place = token
            let link = try link()
            if link.isShortcut { throw error(.shortcutOutsideSum, at: place) }
            if case .input = link { throw error(.inputInsideChain, at: place) }
            links.append(link)
        }
        return .chain(links)
    }

    private mutating func link() throws(NotationError) -> BlockExpression {
        guard case .number = token.kind else { return try primary() }
        try descend()
        defer { depth -= 1 }
        let count = try number(in: BlockNotation.counts, or: "a number")
        let isRepetition = acceptWord("x")
        if !isRepetition {
            guard acceptWord("units") || acceptWord("unit") else { throw unexpected(["`x`", "`units of`"]) }
            try expect("of")
        }
        let place = token
        let body = try link()
        if body.isShortcut { throw error(.shortcutOutsideSum, at: place) }
        return isRepetition ? .repeated(count, body) : .units(count, body)
    }

    private mutating func primary() throws(NotationError) -> BlockExpression {
        if accept("(") {
            let inner = try expression()
            try close()
            return inner
        }
        guard token.kind == .word, !startsDefinition else {
            throw unexpected(["a layer", "`input`", "`shortcut`", "a number of repetitions", "`(`"])
        }
        if acceptWord("input") { return .input }
        if acceptWord("shortcut") { return .shortcut }
        let layer = try layer()
        guard accept("(") else { return .layer(layer) }
        let place = token
        let inner = try expression()
        if inner.isShortcut { throw error(.shortcutOutsideSum, at: place) }
        try close()
        return .wrapped(layer, inner)
    }

    private mutating func close() throws(NotationError) {
        if !accept(")") { throw unexpected(["`)`", "`-`", "`+`", "`++`", "`if`"]) }
    }

    // MARK: Tokens

    var token: NotationToken { tokens[position] }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    mutating func accept(_ sign: String) -> Bool {
        guard token.kind == .sign, token.text == sign else { return false }
        advance()
        return true
    }

    mutating func acceptWord(_ word: String) -> Bool {
        guard token.kind == .word, token.text == word, !startsDefinition else { return false }
        advance()
        return true
    }

    mutating func expect(_ text: String) throws(NotationError) {
        if !accept(text), !acceptWord(text) { throw unexpected(["`\(text)`"]) }
    }

    mutating func number(in range: ClosedRange<Int>, or expected: String) throws(NotationError) -> Int {
        guard case .number(let value) = token.kind else { throw unexpected([expected]) }
        guard let value, range.contains(value) else { throw error(.outOfRange(found: token.text, range)) }
        advance()
        return value
    }

    /// Enters parentheses, brackets or a repetition; the caller leaves with `depth -= 1`, or not at all after an error.
    mutating func descend() throws(NotationError) {
        guard depth < BlockNotation.deepestNesting else {
            throw error(.nestedTooDeep(limit: BlockNotation.deepestNesting))
        }
        depth += 1
    }

    mutating func ascend() { depth -= 1 }

    // MARK: Errors

    func error(_ problem: NotationError.Problem, at place: NotationToken? = nil) -> NotationError {
        let place = place ?? token
        return NotationError(line: place.line, column: place.column, problem: problem)
    }

    func unexpected(_ expected: [String]) -> NotationError {
        error(.unexpected(found: token.text, expected: expected))
    }
}

extension BlockExpression {
    /// Whether it may stand for a shortcut, and so only as a term of a sum.
    var isShortcut: Bool {
        switch self {
        case .shortcut: true
        case .choice(_, let first, let otherwise): first.isShortcut || (otherwise?.isShortcut ?? false)
        default: false
        }
    }
}
