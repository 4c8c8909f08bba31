extension Document {
    /// Reads a file's bytes.
    ///
    /// ```
    /// bytes -> valid UTF-8? -> front matter | body -> cmark's code blocks -> those whose info string is ours
    /// ```
    ///
    /// Linear in the length of the file.
    /// - Returns: the document with every mistake of its form; `nil` where nothing could be made of the bytes (not
    ///   UTF-8, empty, or front matter without an end), with the one diagnostic that says why.
    public static func read(_ bytes: [UInt8]) -> (document: Document?, diagnostics: [Diagnostic]) {
        let file = SourceText(bytes)
        if let offset = firstInvalidByte(bytes) {
            return (nil, [Diagnostic(.notUTF8(byte: bytes[offset]), at: file.location(at: offset))])
        }
        let start = SourceLocation(line: 1, column: 1)
        if file.text(0..<bytes.count).trimmingByteOrderMark().allSatisfy(\.isWhitespace) {
            return (nil, [Diagnostic(.emptyFile, at: start)])
        }
        guard let head = FrontMatter(file) else { return (nil, [Diagnostic(.unclosedFrontMatter, at: start)]) }

        var reader = CellFinder(SourceText(Array(bytes[head.end...])), linesBefore: head.lines)
        reader.read()
        let document = Document(
            frontMatter: head.yaml, blocks: reader.blocks, head: file.text(0..<head.end))
        return (document, Diagnostic.sorted(reader.diagnostics))
    }

    /// The offset of the first byte that is no part of valid UTF-8.
    private static func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar): offset += scalar.count
            case .error: return offset
            case .emptyInput: return nil
            }
        }
    }
}

/// The YAML between `---` on the very first line and the next `---` or `...`.
private struct FrontMatter {
    var yaml: Located<String>?
    /// Where the body begins: byte and number of lines before it.
    var end = 0
    var lines = 0

    /// `nil` where it has no end.
    init?(_ file: SourceText) {
        guard FrontMatter.text(of: 0, in: file).trimmingByteOrderMark() == "---" else { return }
        guard
            let last = file.lines.indices.dropFirst().first(where: {
                ["---", "..."].contains(FrontMatter.text(of: $0, in: file))
            })
        else { return nil }
        let range = file.lines[0].upperBound..<file.lines[last].lowerBound
        yaml = Located(file.text(range), at: SourceLocation(line: 2, column: 1))
        end = file.lines[last].upperBound
        lines = last + 1
    }

    private static func text(of line: Int, in file: SourceText) -> String {
        var text = Substring(file.text(file.content(ofLine: line)))
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}

/// Cuts the text after the front matter into prose and cells.
private struct CellFinder {
    private(set) var blocks: [Document.Block] = []
    private(set) var diagnostics: [Diagnostic] = []
    private let source: SourceText
    private let linesBefore: Int

    init(_ source: SourceText, linesBefore: Int) {
        self.source = source
        self.linesBefore = linesBefore
    }

    mutating func read() {
        let leaves = MarkdownOutline(source).leaves
        var fenceLines: Set<Int> = []
        for leaf in leaves {
            if case .code(.some, _, _, _) = leaf.kind { fenceLines.insert(leaf.firstLine) }
        }
        var end = 0
        for leaf in leaves {
            guard case .code(let info?, let length, let byte, let literal) = leaf.kind,
                let info = CellInfo(info)
            else { continue }
            let fence = source.lines[leaf.firstLine].lowerBound + leaf.firstByte
            let closingLine = leaf.lastLine + 1
            let closed =
                closingLine < source.lines.count && !fenceLines.contains(closingLine)
                && Fence.isClosing(source, line: closingLine, byte: byte, length: length)
            let start = lineStart(before: fence)
            // Two blocks cannot overlap; a file that makes cmark say so keeps its text as prose.
            guard start >= end, fence < source.lines[leaf.firstLine].upperBound else { continue }
            let range = start..<source.lines[closed ? closingLine : leaf.lastLine].upperBound
            addProse(end..<range.lowerBound)
            end = range.upperBound

            let cell = cell(info, fence: fence, range: range, firstLine: leaf.firstLine + 1, literal: literal)
            blocks.append(.cell(cell))
            if !closed {
                diagnostics.append(Diagnostic(.unclosedCell(kind: info.kind), at: cell.location))
            }
            if !info.isYAML {
                let problem = Problem.cellLanguage(kind: info.kind, found: info.language, expected: "yaml")
                diagnostics.append(Diagnostic(problem, at: cell.kind.location))
            }
        }
        addProse(end..<source.bytes.count)
    }

    private mutating func addProse(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        blocks.append(.prose(Located(source.text(range), at: location(at: range.lowerBound))))
    }

    private func cell(
        _ info: CellInfo, fence: Int, range: Range<Int>, firstLine: Int, literal: [UInt8]
    ) -> Document.Cell {
        let body = SourceText(literal)
        let bodyLines = literal.isEmpty ? 0 : body.lines.count
        var offsets: [Int] = []
        var prefixes: [String] = []
        for index in 0..<bodyLines {
            let line = source.text(source.content(ofLine: min(firstLine + index, source.lines.count - 1)))
            let rest = body.text(body.content(ofLine: index))
            offsets.append(line.unicodeScalars.count - rest.unicodeScalars.count)
            if !rest.isEmpty { prefixes.append(prefix(of: line, before: rest)) }
        }
        let fenceLine = source.content(ofLine: firstLine - 1)
        let before = source.text(fenceLine.lowerBound..<fence)
        let kindStart = kindOffset(info, in: fence..<fenceLine.upperBound)
        return Document.Cell(
            location: location(at: fence), kind: Located(info.kind, at: location(at: kindStart)),
            body: Located(
                String(decoding: literal, as: UTF8.self),
                at: SourceLocation(line: firstLine + 1 + linesBefore, column: max(1, 1 + (offsets.first ?? 0)))),
            prefix: prefixes.first ?? CellFinder.continuation(of: before), source: source.text(range),
            columnOffsets: offsets)
    }

    /// What stands in the file before the text that is left of a line.
    private func prefix(of line: String, before rest: String) -> String {
        if line.utf8.count >= rest.utf8.count, Array(line.utf8.suffix(rest.utf8.count)) == Array(rest.utf8) {
            return String(decoding: line.utf8.dropLast(rest.utf8.count), as: UTF8.self)
        }
        // A tab that a list consumed in part: its rest has become spaces.
        let withoutSpaces = String(rest.drop { $0 == " " })
        return String(decoding: line.utf8.dropLast(withoutSpaces.utf8.count), as: UTF8.self)
    }

    /// What the next line would have to start with to stay in the same lists and quotes.
    private static func continuation(of text: String) -> String {
        String(text.map { $0 == ">" || $0 == "\t" ? $0 : " " })
    }

    /// The beginning of the fence's line, or the fence itself where the mark of a list stands before it.
    private func lineStart(before fence: Int) -> Int {
        let start = source.lines[source.line(at: fence)].lowerBound
        let onlyContinues = source.bytes[start..<fence].allSatisfy {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ">")
        }
        return onlyContinues ? start : fence
    }

    /// Where the word that says the kind begins.
    private func kindOffset(_ info: CellInfo, in line: Range<Int>) -> Int {
        guard info.isBraced, let brace = line.first(where: { source.bytes[$0] == UInt8(ascii: "{") })
        else {
            return line.first { source.bytes[$0] == UInt8(ascii: "b") } ?? line.lowerBound
        }
        let word = (brace + 1..<line.upperBound).first { source.bytes[$0] > 0x20 }
        return word ?? brace
    }

    private func location(at offset: Int) -> SourceLocation {
        var location = source.location(at: offset)
        location.line += linesBefore
        return location
    }
}

/// The info string of a fence that is ours: `yaml {train}`, or `blocks`.
private struct CellInfo {
    var language: String
    var kind: String
    var isBraced: Bool
    /// Whether the language is the one that cells of this kind are written in.
    var isYAML: Bool

    /// `nil` for any other code: another language, or braces in another language that name no kind of cell.
    init?(_ info: String) {
        let text = info.trimmingSpaces()
        let brace = text.firstIndex(of: "{")
        let language = String(text[..<(brace ?? text.endIndex)]).trimmingSpaces()
        self.language = language
        if language.lowercased() == CellKind.blocks.rawValue {
            kind = CellKind.blocks.rawValue
            isBraced = false
            isYAML = true
            return
        }
        guard let brace, let end = text.lastIndex(of: "}"), end > brace else { return nil }
        kind = String(text[text.index(after: brace)..<end]).trimmingSpaces()
        isBraced = true
        isYAML = ["yaml", "yml"].contains(language.lowercased())
        guard isYAML || CellKind(rawValue: kind) != nil else { return nil }
    }
}

/// What a cell can be.
enum CellKind: String, CaseIterable, Sendable { case train, plot, table, diagram, images, layers, data, blocks }

extension String {
    /// Without the byte order mark that some editors put before everything.
    fileprivate func trimmingByteOrderMark() -> String {
        unicodeScalars.first == "\u{FEFF}" ? String(unicodeScalars.dropFirst()) : self
    }
}
