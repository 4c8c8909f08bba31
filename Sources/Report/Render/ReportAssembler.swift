/// Puts the finished report together: prose as it is, references replaced, cells by what they come to.
///
/// Prose passes byte for byte but for its references. Where a cell leaves nothing, at most one blank line remains of
/// the space around it; what a cell leaves is set apart by blank lines and keeps the cell's place in lists and quotes.
struct ReportAssembler {
    let content: ReportContent
    let figures: [String: PlacedFigure]
    let tables: [String: (lines: [String], caption: String?)]
    /// Markdown of each failed run, by the label of its training cell.
    let boxes: [String: [String]]
    let values: ValueResolver
    let words: (ReportProblem) -> String

    private(set) var problems: [ReportProblem] = []
    private var output = ""
    private var newline = "\n"

    init(
        content: ReportContent, figures: [String: PlacedFigure], tables: [String: (lines: [String], caption: String?)],
        boxes: [String: [String]], values: ValueResolver, words: @escaping (ReportProblem) -> String
    ) {
        self.content = content
        self.figures = figures
        self.tables = tables
        self.boxes = boxes
        self.values = values
        self.words = words
    }

    mutating func assemble(_ document: Document) -> String {
        newline = document.source.utf8.first { $0 == 10 || $0 == 13 } == 13 ? "\r\n" : "\n"
        let references = document.references().references
        let placed = Self.placedLabels(references)
        // Front matter leaves as a cell does that comes to nothing.
        var gap: Gap = document.head.isEmpty ? .none : .afterNothing(quoted: false)
        for (block, references) in zip(document.blocks, references) {
            switch block {
            case .prose(let prose):
                let text = closing(gap, before: replace(references, in: prose.value))
                output += text
                if !text.isEmpty { gap = .none }
            case .cell(let cell):
                if content.echo {
                    output += cell.source
                    if !output.hasSuffix("\n") { output += newline }
                }
                let lines = self.lines(of: cell, placed: placed)
                if lines.isEmpty {
                    if !content.echo { gap = openGap(cell, gap) }
                } else {
                    append(lines, prefix: cell.prefix)
                    gap = .afterOutput(prefix: cell.prefix)
                }
            }
        }
        if case .afterNothing(let quoted) = gap { dropBlankLinesAtEnd(quoted: quoted) }
        return output
    }

    // MARK: Space around cells

    private enum Gap {
        case none
        /// A cell that left nothing stands before.
        case afterNothing(quoted: Bool)
        /// Lines that a cell left stand before.
        case afterOutput(prefix: String)
    }

    private mutating func openGap(_ cell: Document.Cell, _ before: Gap) -> Gap {
        let quoted = cell.prefix.contains(">")
        // `- ` alone would be an empty item.
        if let last = output.lastLineStart, output[last...].isListMark { output.removeSubrange(last...) }
        if case .afterOutput = before { return before }
        return .afterNothing(quoted: quoted)
    }

    /// The prose after a gap, with as many blank lines at its start as belong there.
    private func closing(_ gap: Gap, before text: String) -> String {
        switch gap {
        case .none: return text
        case .afterNothing(let quoted):
            guard !text.isEmpty else { return "" }
            if output.isEmpty || output.endsWithBlankLine(quoted: quoted) { return text.droppingBlankLines(quoted: quoted) }
            return text.startsWithBlankLine(quoted: quoted) ? text : newline + text
        case .afterOutput(let prefix):
            guard !text.isEmpty, !text.startsWithBlankLine(quoted: prefix.contains(">")) else { return text }
            return prefix.trimmedEnd + newline + text
        }
    }

    /// Lines of Markdown after a blank line, each with the prefix of the cell's lists and quotes.
    private mutating func append(_ lines: [String], prefix: String) {
        let continuesLine = !output.isEmpty && !output.hasSuffix("\n")
        if !output.isEmpty, !continuesLine, !output.endsWithBlankLine(quoted: prefix.contains(">")) {
            output += prefix.trimmedEnd + newline
        }
        for (index, line) in lines.enumerated() {
            let start = index == 0 && continuesLine ? "" : prefix
            output += (line.isEmpty ? start.trimmedEnd : start + line) + newline
        }
    }

    private mutating func dropBlankLinesAtEnd(quoted: Bool) {
        while output.endsWithBlankLine(quoted: quoted) {
            let end = output.index(before: output.endIndex)
            guard let last = output[..<end].lastIndex(where: \.isNewline) else { break }
            output.removeSubrange(output.index(after: last)...)
        }
    }

    // MARK: What cells come to

    private func lines(of cell: Document.Cell, placed: Set<String>) -> [String] {
        if let training = content.trainings.first(where: { $0.location == cell.location }) {
            guard let runs = boxes[training.label] else { return [] }
            return ["> **Not everything here could be computed.**", ">"] + runs.map { "> * \($0)" }
        }
        if let figure = content.figures.first(where: { $0.location == cell.location }) {
            return placed.contains("fig:" + figure.label) ? [] : figureLines(figure.label, altText: "")
        }
        if let table = content.tables.first(where: { $0.location == cell.location }) {
            return placed.contains("tbl:" + table.label) ? [] : tableLines(table.label)
        }
        return []
    }

    private static func placedLabels(_ references: [[ProseReference]]) -> Set<String> {
        var labels: Set<String> = []
        for reference in references.joined() {
            switch reference {
            case .figure(let label, _, _, _): labels.insert("fig:" + label)
            case .table(let label, _, _): labels.insert("tbl:" + label)
            case .value, .partial: break
            }
        }
        return labels
    }

    /// A figure by itself: picture and caption, a sentence, or a box.
    private func figureLines(_ label: String, altText: String) -> [String] {
        switch figures[label] {
        case .image(let image):
            [imageTag(image, altText: altText)]
                + captionLines(([image.cell.caption].compactMap(\.self) + image.remarks).joined(separator: " "))
        case .sentence(let text): ["*\(MarkdownText.escaped(text))*"]
        case .problem(let words): ["> **\(MarkdownText.escaped(words))**"]
        case nil: []
        }
    }

    private func tableLines(_ label: String) -> [String] {
        guard let table = tables[label] else { return [] }
        return table.lines + captionLines(table.caption)
    }

    private func captionLines(_ caption: String?) -> [String] {
        let text = MarkdownText.escaped(caption ?? "")
        return text.isEmpty ? [] : ["", "*\(text)*"]
    }

    /// An HTML tag, because Markdown cannot say how wide a picture is: these have twice the pixels they are shown at.
    /// With a dark form, both, of which the page takes the one that suits it.
    private func imageTag(_ image: FigureImage, altText: String) -> String {
        let choices = [altText, image.cell.title ?? "", image.cell.caption ?? "", ReportWords.alternative(image.cell)]
        let text = choices.map(MarkdownText.oneLine).first { !$0.isEmpty } ?? ""
        let width = Int((min(max(image.width, 0), 1000) * 96).rounded())
        let tag = "<img src=\"\(image.paths[0])\" alt=\"\(MarkdownText.attribute(text))\" width=\"\(width)\">"
        guard image.paths.count > 1 else { return tag }
        return "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"\(image.paths[1])\">\(tag)</picture>"
    }

    // MARK: References

    private mutating func replace(_ references: [ProseReference], in prose: String) -> String {
        let bytes = Array(prose.utf8)
        var result = ""
        var end = 0
        for reference in references where reference.range.lowerBound >= end {
            result += String(decoding: bytes[end..<reference.range.lowerBound], as: UTF8.self)
            result += replacement(reference, ReferenceLine(bytes, reference.range))
            end = reference.range.upperBound
        }
        return result + String(decoding: bytes[end...], as: UTF8.self)
    }

    private mutating func replacement(_ reference: ProseReference, _ line: ReferenceLine) -> String {
        switch reference {
        case .value(let path, let filters, let location, _):
            switch values.text(path: path, filters: filters, location: location) {
            case .success(let text): return text
            case .failure(let problem): return inlineProblem(problem)
            }
        case .table(let label, let location, _):
            guard tables[label] != nil else { return inlineProblem(.unknownLabel(label, location: location)) }
            return joined(tableLines(label), line)
        case .figure(let label, let altText, let location, _):
            let altText = MarkdownText.plain(altText)
            guard let figure = figures[label] else {
                return inlineProblem(.unknownLabel(label, location: location))
            }
            if line.standsAlone { return joined(figureLines(label, altText: altText), line) }
            switch figure {
            case .image(let image): return imageTag(image, altText: altText)
            case .sentence(let text): return "*\(MarkdownText.escaped(text))*"
            case .problem(let words): return "**\(MarkdownText.escaped(words))**"
            }
        case .partial(let name, _, let location, _):
            return inlineProblem(.unknownLabel(name, location: location))
        }
    }

    private mutating func inlineProblem(_ problem: ReportProblem) -> String {
        problems.append(problem)
        return "**\(MarkdownText.escaped(words(problem)))**"
    }

    /// Several lines in place of a reference that has a line of its own.
    private func joined(_ lines: [String], _ line: ReferenceLine) -> String {
        lines.enumerated().map { index, text in
            index == 0 ? text : text.isEmpty ? line.prefix.trimmedEnd : line.prefix + text
        }.joined(separator: newline)
    }
}
