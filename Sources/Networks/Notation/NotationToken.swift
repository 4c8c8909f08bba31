/// A word, number or sign of a text of the block notation, with its place.
struct NotationToken {
    enum Kind: Equatable {
        /// Starts with a letter: `Conv3x3`, `in`, `s`.
        case word
        /// Digits; too many of them make no value.
        case number(Int?)
        /// One of `signs`.
        case sign
        /// A character the notation does not have.
        case stray
        case end
    }

    let kind: Kind
    /// As the notation spells it: `x` where the text has `×`. Empty at the end.
    let text: String
    /// From 1.
    let line: Int
    /// From 1, in characters.
    let column: Int
    /// Only white space before it on its line.
    let startsLine: Bool

    /// Longer ones first.
    static let signs = ["++", "!=", "<=", ">=", ":", "-", "+", "/", "*", "(", ")", "[", "]", "=", "<", ">"]
    /// What typography makes of them.
    static let spellings: [Character: String] = ["−": "-", "–": "-", "≠": "!=", "≤": "<=", "≥": ">="]

    /// All tokens of a text, the last of them its end.
    static func tokens(of text: String) -> [NotationToken] {
        var reader = Reader(text)
        return reader.read()
    }
}

private struct Reader {
    private let characters: [Character]
    private var position = 0
    private var line = 1
    private var lineStart = 0
    private var lineIsBlank = true
    private var tokens: [NotationToken] = []

    init(_ text: String) { characters = Array(text) }

    mutating func read() -> [NotationToken] {
        while position < characters.count {
            let character = characters[position]
            if character.isNewline {
                position += 1
                line += 1
                lineStart = position
                lineIsBlank = true
            } else if character.isWhitespace {
                position += 1
            } else if character == "#" {
                while position < characters.count, !characters[position].isNewline { position += 1 }
            } else if character.isLetterOfWord {
                let word = take { $0.isLetterOfWord || $0.isDigit }
                append(.word, word, length: word.count)
            } else if character.isDigit {
                let digits = take { $0.isDigit }
                append(.number(Int(digits)), digits, length: digits.count)
            } else if character == "×" {
                position += 1
                append(.word, "x", length: 1)
            } else if let spelled = NotationToken.spellings[character] {
                position += 1
                append(.sign, spelled, length: 1)
            } else if let sign = NotationToken.signs.first(where: { starts(with: $0) }) {
                position += sign.count
                append(.sign, sign, length: sign.count)
            } else {
                position += 1
                append(.stray, String(character), length: 1)
            }
        }
        append(.end, "", length: 0)
        return tokens
    }

    private mutating func take(while belongs: (Character) -> Bool) -> String {
        let start = position
        while position < characters.count, belongs(characters[position]) { position += 1 }
        return String(characters[start..<position])
    }

    private func starts(with sign: String) -> Bool {
        characters[position...].starts(with: sign)
    }

    /// Called with the position already behind the token.
    private mutating func append(_ kind: NotationToken.Kind, _ text: String, length: Int) {
        tokens.append(
            NotationToken(
                kind: kind, text: text, line: line, column: position - length - lineStart + 1, startsLine: lineIsBlank))
        lineIsBlank = false
    }
}

extension Character {
    /// ASCII only, so that names stay plain in files and on command lines.
    fileprivate var isLetterOfWord: Bool { isASCII && (isLetter || self == "_") }
    /// ASCII only.
    fileprivate var isDigit: Bool { isASCII && isWholeNumber }
}
