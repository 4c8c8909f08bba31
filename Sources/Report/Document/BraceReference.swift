/// Reads what stands between `{{` and `}}`.
enum BraceReference {
    /// A value with filters, or a partial with arguments; a fault where it is neither.
    static func read(_ text: String) -> ReferenceScanner.Content {
        let trimmed = text.trimmingSpaces()
        if trimmed.isEmpty { return .fault(.empty) }
        return trimmed.first == ">" ? partial(String(trimmed.dropFirst())) : value(trimmed)
    }

    private static func value(_ text: String) -> ReferenceScanner.Content {
        // Within a table, Markdown wants the bar escaped.
        let parts = text.split(separator: "|", omittingEmptySubsequences: false)
        var words: [String] = []
        for (index, part) in parts.enumerated() {
            let escaped = index + 1 < parts.count && part.last == "\\"
            words.append(String(escaped ? part.dropLast() : part).trimmingSpaces())
        }
        let path = words[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let filters = Array(words.dropFirst())
        guard path.allSatisfy(isWord), filters.allSatisfy(isFilter) else { return .fault(.notAValue) }
        return .value(path: path, filters: filters)
    }

    private static func partial(_ text: String) -> ReferenceScanner.Content {
        guard var tokens = tokens(text), !tokens.isEmpty else {
            return .fault(text.trimmingSpaces().isEmpty ? .empty : .notAPartial)
        }
        let name = tokens.removeFirst()
        guard isWord(name) else { return .fault(.notAPartial) }
        var arguments: [PartialArgument] = []
        for token in tokens {
            guard let equals = token.firstIndex(of: "="), isWord(String(token[..<equals])) else {
                return .fault(.notAPartial)
            }
            let name = String(token[..<equals])
            guard !arguments.contains(where: { $0.name == name }) else { return .fault(.notAPartial) }
            arguments.append(PartialArgument(name: name, value: String(token[token.index(after: equals)...])))
        }
        return .partial(name: name, arguments: arguments)
    }

    /// Words between spaces; `"…"` keeps spaces and loses its marks. `nil` where a mark is never closed.
    private static func tokens(_ text: String) -> [String]? {
        var tokens: [String] = []
        var current: String?
        var quoted = false
        for character in text {
            if character == "\"" {
                quoted.toggle()
                current = current ?? ""
            } else if !quoted, character == " " || character == "\t" {
                if let word = current { tokens.append(word) }
                current = nil
            } else {
                current = (current ?? "") + String(character)
            }
        }
        if let word = current { tokens.append(word) }
        return quoted ? nil : tokens
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isWordByte($0) }
    }

    /// A word, with an argument after a colon where the filter takes one: `decimals:3`.
    private static func isFilter(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { isWord(String($0)) }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: byte >= 0x80
        }
    }
}

extension String {
    /// Without spaces and tabs at either end.
    func trimmingSpaces() -> String {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(start[...last])
    }
}
