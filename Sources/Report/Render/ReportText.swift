/// The line of prose that a reference stands in.
struct ReferenceLine {
    /// What further lines start with to stay in the same lists and quotes.
    let prefix: String
    /// Whether the reference is a paragraph by itself, apart from the marks of lists and quotes.
    let standsAlone: Bool

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        let start = (bytes[..<range.lowerBound].lastIndex(where: Self.endsLine) ?? -1) + 1
        let end = bytes[range.upperBound...].firstIndex(where: Self.endsLine) ?? bytes.count
        let before = String(decoding: bytes[start..<range.lowerBound], as: UTF8.self)
        let after = String(decoding: bytes[range.upperBound..<end], as: UTF8.self)
        prefix = String(before.map { $0 == ">" || $0 == "\t" ? $0 : " " })
        let above = Self.line(before: start, bytes)
        let below = Self.line(after: end, bytes)
        let isFirst = before.contains { $0 != " " && $0 != "\t" && $0 != ">" } || above.isBlank(quoted: true)
        standsAlone = (before.isBlank(quoted: true) || before[...].isListMark) && after.isBlank(quoted: false)
            && isFirst && below.isBlank(quoted: true)
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }

    private static func line(before start: Int, _ bytes: [UInt8]) -> String {
        guard start > 0 else { return "" }
        var end = start - 1
        if bytes[end] == 10, end > 0, bytes[end - 1] == 13 { end -= 1 }
        let begin = (bytes[..<end].lastIndex(where: endsLine) ?? -1) + 1
        return String(decoding: bytes[begin..<end], as: UTF8.self)
    }

    private static func line(after end: Int, _ bytes: [UInt8]) -> String {
        guard end < bytes.count else { return "" }
        var begin = end + 1
        if bytes[end] == 13, begin < bytes.count, bytes[begin] == 10 { begin += 1 }
        let next = bytes[begin...].firstIndex(where: endsLine) ?? bytes.count
        return String(decoding: bytes[begin..<next], as: UTF8.self)
    }
}

extension StringProtocol {
    /// Spaces and tabs only, and, within a quote, its marks.
    func isBlank(quoted: Bool) -> Bool { allSatisfy { $0 == " " || $0 == "\t" || (quoted && $0 == ">") } }

    /// A list's mark with nothing behind it: `- `, `> 12. `.
    var isListMark: Bool {
        let text = drop { $0 == " " || $0 == "\t" || $0 == ">" }
        let mark = text.prefix { $0 != " " && $0 != "\t" }
        guard !mark.isEmpty, text.dropFirst(mark.count).isBlank(quoted: false) else { return false }
        if mark.count == 1, "-*+".contains(mark) { return true }
        let number = mark.dropLast()
        return (1...9).contains(number.count) && number.allSatisfy { $0.isASCII && $0.isNumber }
            && (mark.last == "." || mark.last == ")")
    }
}

extension String {
    /// Where the last line starts, if it has no end yet and is not empty.
    var lastLineStart: Index? {
        guard let last, !last.isNewline else { return nil }
        guard let before = lastIndex(where: \.isNewline) else { return startIndex }
        return index(after: before)
    }

    func endsWithBlankLine(quoted: Bool) -> Bool {
        guard let last, last.isNewline else { return false }
        let line = self[..<index(before: endIndex)]
        let start = line.lastIndex(where: \.isNewline).map { line.index(after: $0) } ?? line.startIndex
        return line[start...].isBlank(quoted: quoted)
    }

    func startsWithBlankLine(quoted: Bool) -> Bool {
        guard let end = firstIndex(where: \.isNewline) else { return isBlank(quoted: quoted) }
        return self[..<end].isBlank(quoted: quoted)
    }

    func droppingBlankLines(quoted: Bool) -> String {
        var rest = self[...]
        while let end = rest.firstIndex(where: \.isNewline), rest[..<end].isBlank(quoted: quoted) {
            rest = rest[rest.index(after: end)...]
        }
        return rest.isBlank(quoted: quoted) ? "" : String(rest)
    }

    /// Without spaces and tabs at the end.
    var trimmedEnd: String {
        var text = self[...]
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
