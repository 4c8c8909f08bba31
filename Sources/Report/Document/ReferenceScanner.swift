/// Finds figures, tables, values and partials in the inline text of a Markdown file.
///
/// cmark says which lines are code, HTML or one run of inline text; within a run this scanner follows CommonMark's
/// order of precedence: backslash escapes, then code spans and HTML, then images. A code span's ends are searched
/// once per run (`closings`), so the time is linear in the text but for nested brackets, which are bounded.
struct ReferenceScanner {
    enum Content: Equatable {
        case figure(label: String, altText: String)
        case table(label: String)
        case value(path: [String], filters: [String])
        case partial(name: String, arguments: [PartialArgument])
        case fault(ReferenceFault)
    }

    struct Finding: Equatable {
        var content: Content
        /// Bytes of the whole text.
        var range: Range<Int>
    }

    private(set) var findings: [Finding] = []
    private let source: SourceText
    private let bytes: [UInt8]
    /// Longest alternative text that is looked through for its `](fig:`.
    private static let longestAltText = 4096

    init(_ source: SourceText) {
        self.source = source
        bytes = source.bytes
    }

    mutating func scan() {
        var covered = [Bool](repeating: false, count: source.lines.count)
        for leaf in MarkdownOutline(source).leaves {
            let lines = leaf.firstLine...leaf.lastLine
            // A table's rows follow the paragraph or row before them; nothing is read twice.
            guard !covered[leaf.firstLine] else { continue }
            for line in lines { covered[line] = true }
            let range = source.lines[leaf.firstLine].lowerBound..<source.lines[leaf.lastLine].upperBound
            switch leaf.kind {
            case .code(let info, let length, let byte, _):
                guard info != nil, leaf.lastLine + 1 < source.lines.count,
                    Fence.isClosing(source, line: leaf.lastLine + 1, byte: byte, length: length)
                else { continue }
                covered[leaf.lastLine + 1] = true
            case .html: scan(range, html: true)
            case .inline: scan(range, html: false)
            case .tableRow: for cell in tableCells(source.content(ofLine: leaf.firstLine)) { scan(cell, html: false) }
            }
        }
        // Link definitions and footnotes that nothing refers to leave no block behind.
        for line in source.lines.indices where !covered[line] { scan(source.lines[line], html: false) }
        findings.sort { $0.range.lowerBound < $1.range.lowerBound }
    }

    // MARK: One run of inline text

    private mutating func scan(_ range: Range<Int>, html: Bool) {
        var ends = html ? [:] : codeSpanEnds(range)
        var index = range.lowerBound
        while index < range.upperBound {
            let rest = index..<range.upperBound
            switch bytes[index] {
            case UInt8(ascii: "\\") where !html:
                // `\{{` shows braces; both are passed over.
                index += starts(rest.dropFirst(), "{{") ? 3 : 2
            case UInt8(ascii: "`") where !html:
                let run = runLength(of: UInt8(ascii: "`"), rest)
                index = ends.removeValue(forKey: index) ?? index + run
            case UInt8(ascii: "<"):
                index = htmlEnd(rest)
            case UInt8(ascii: "{") where starts(rest, "{{"):
                index = braces(rest)
            case UInt8(ascii: "!") where !html && starts(rest, "!["):
                index = figure(rest, codeSpans: ends) ?? index + 1
            case UInt8(ascii: "[") where !html && starts(rest, "[](tbl:"):
                index = table(rest)
            default: index += 1
            }
        }
    }

    /// For every run of backticks that opens a code span, the offset after the run that closes it.
    private func codeSpanEnds(_ range: Range<Int>) -> [Int: Int] {
        var runs: [Range<Int>] = []
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "`") else {
                index += 1
                continue
            }
            let length = runLength(of: UInt8(ascii: "`"), index..<range.upperBound)
            runs.append(index..<index + length)
            index += length
        }
        var ends: [Int: Int] = [:]
        var laterOfLength: [Int: Int] = [:]
        for run in runs.reversed() {
            ends[run.lowerBound] = laterOfLength[run.count]
            // An escaped backtick shortens its run, which then opens with one fewer and cannot close.
            if run.count > 1 { ends[run.lowerBound + 1] = laterOfLength[run.count - 1] }
            laterOfLength[run.count] = run.upperBound
        }
        return ends
    }

    /// Rows are cut at `|` before anything else is read, except within `{{ value | filter }}`.
    private func tableCells(_ line: Range<Int>) -> [Range<Int>] {
        var cells: [Range<Int>] = []
        var start = line.lowerBound
        var index = line.lowerBound
        while index < line.upperBound {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 2
            } else if starts(index..<line.upperBound, "{{"), let end = find("}}", index + 2..<line.upperBound) {
                index = end + 2
            } else {
                if bytes[index] == UInt8(ascii: "|") {
                    cells.append(start..<index)
                    start = index + 1
                }
                index += 1
            }
        }
        return cells + [start..<line.upperBound]
    }

    // MARK: HTML

    /// The offset after a comment or an element whose text is code; else after the `<`.
    private func htmlEnd(_ rest: Range<Int>) -> Int {
        if starts(rest, "<!--") {
            return find("-->", rest.lowerBound + 4..<rest.upperBound).map { $0 + 3 } ?? rest.lowerBound + 4
        }
        for name in ["code", "pre", "script", "style", "textarea"] where starts(rest, "<" + name) {
            let after = rest.lowerBound + 1 + name.utf8.count
            guard after < rest.upperBound, [UInt8(ascii: ">"), UInt8(ascii: " ")].contains(bytes[after]) else { continue }
            let close = "</" + name
            return find(close, after..<rest.upperBound).map { $0 + close.utf8.count } ?? rest.lowerBound + 1
        }
        return rest.lowerBound + 1
    }

    // MARK: {{ value }} and {{> partial }}

    private mutating func braces(_ rest: Range<Int>) -> Int {
        let line = source.content(ofLine: source.line(at: rest.lowerBound))
        let limit = min(line.upperBound, rest.upperBound)
        guard let close = find("}}", rest.lowerBound + 2..<max(rest.lowerBound + 2, limit)) else {
            findings.append(Finding(content: .fault(.unclosed), range: rest.lowerBound..<limit))
            return limit
        }
        let range = rest.lowerBound..<close + 2
        let text = source.text(rest.lowerBound + 2..<close)
        findings.append(Finding(content: BraceReference.read(text), range: range))
        return range.upperBound
    }

    // MARK: ![alt](fig:label) and [](tbl:label)

    /// The offset after the image, or `nil` where it is no figure of ours.
    private mutating func figure(_ rest: Range<Int>, codeSpans: [Int: Int]) -> Int? {
        let limit = min(rest.upperBound, rest.lowerBound + ReferenceScanner.longestAltText)
        var depth = 1
        var index = rest.lowerBound + 2
        while index < limit, depth > 0 {
            switch bytes[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "`"):
                index = codeSpans[index] ?? index + runLength(of: UInt8(ascii: "`"), index..<limit)
            case UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "]"):
                depth -= 1
                index += 1
            default: index += 1
            }
        }
        guard depth == 0, index <= limit else { return nil }
        let altText = source.text(rest.lowerBound + 2..<index - 1)
        guard let (label, end) = destination(index..<rest.upperBound, scheme: "fig:") else { return nil }
        let range = rest.lowerBound..<end
        findings.append(
            label.isEmpty
                ? Finding(content: .fault(.empty), range: range)
                : Finding(content: .figure(label: label, altText: joinLines(altText)), range: range))
        return end
    }

    private mutating func table(_ rest: Range<Int>) -> Int {
        guard let (label, end) = destination(rest.lowerBound + 2..<rest.upperBound, scheme: "tbl:") else {
            return rest.lowerBound + 1
        }
        let range = rest.lowerBound..<end
        let line = source.content(ofLine: source.line(at: rest.lowerBound))
        let space: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        let before = bytes[line.lowerBound..<range.lowerBound].allSatisfy { space.contains($0) || $0 == UInt8(ascii: ">") }
        let after = end <= line.upperBound && bytes[end..<line.upperBound].allSatisfy(space.contains)
        let content: Content =
            label.isEmpty ? .fault(.empty) : before && after ? .table(label: label) : .fault(.tableWithinText)
        findings.append(Finding(content: content, range: range))
        return end
    }

    /// Reads `(fig:label)`, `(<fig:label>)` or `(fig:label "title")`.
    private func destination(_ rest: Range<Int>, scheme: String) -> (label: String, end: Int)? {
        var index = rest.lowerBound
        func current() -> UInt8? { index < rest.upperBound ? bytes[index] : nil }
        func skipSpace() {
            while let byte = current(), byte == 0x20 || (0x09...0x0d).contains(byte) { index += 1 }
        }
        guard current() == UInt8(ascii: "(") else { return nil }
        index += 1
        skipSpace()
        let pointed = current() == UInt8(ascii: "<")
        if pointed { index += 1 }
        guard starts(index..<rest.upperBound, scheme) else { return nil }
        index += scheme.utf8.count
        let start = index
        while let byte = current(), byte > 0x20, byte != UInt8(ascii: ")"), byte != UInt8(ascii: ">") { index += 1 }
        let label = source.text(start..<index)
        if pointed {
            guard current() == UInt8(ascii: ">") else { return nil }
            index += 1
        }
        skipSpace()
        if let quote = current(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            index += 1
            while let byte = current(), byte != quote { index += byte == UInt8(ascii: "\\") ? 2 : 1 }
            index += 1
            skipSpace()
        }
        guard current() == UInt8(ascii: ")") else { return nil }
        return (label, index + 1)
    }

    // MARK: Bytes

    private func starts(_ range: Range<Int>, _ text: String) -> Bool {
        text.utf8.count <= range.count && bytes[range].starts(with: text.utf8)
    }

    private func find(_ text: String, _ range: Range<Int>) -> Int? {
        let wanted = Array(text.utf8)
        guard range.count >= wanted.count else { return nil }
        return (range.lowerBound...range.upperBound - wanted.count).first { offset in
            bytes[offset] == wanted[0] && bytes[offset..<offset + wanted.count].elementsEqual(wanted)
        }
    }

    private func runLength(of byte: UInt8, _ range: Range<Int>) -> Int {
        bytes[range].prefix { $0 == byte }.count
    }

    /// A line break in an alternative text, with the marks of a quote after it, is a space.
    private func joinLines(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\n")) || text.utf8.contains(UInt8(ascii: "\r")) else { return text }
        let lines = SourceText(Array(text.utf8))
        return lines.lines.indices.map { index in
            let line = lines.text(lines.content(ofLine: index))
            return index == 0 ? line : String(line.drop { $0 == " " || $0 == "\t" || $0 == ">" })
        }.joined(separator: " ")
    }
}
