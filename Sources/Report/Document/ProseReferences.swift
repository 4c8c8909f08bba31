/// Something in prose that rendering replaces: `range` counts UTF-8 bytes of the prose block's text and covers
/// exactly what is to be replaced. References inside code spans, code blocks and HTML comments are none.
public enum ProseReference: Sendable, Hashable {
    /// `![alt text](fig:label)`, in any place where Markdown takes an image.
    case figure(label: String, altText: String, location: SourceLocation, range: Range<Int>)
    /// `[](tbl:label)` on a line of its own. The range has neither the line's indentation nor its end.
    case table(label: String, location: SourceLocation, range: Range<Int>)
    /// `{{ mnist.residual.valid.accuracy.best | percent }}`: the path split at its dots, the filters in order.
    case value(path: [String], filters: [String], location: SourceLocation, range: Range<Int>)
    /// `{{> dataset-section dataset=mnist title="Hand-written digits" }}`, arguments in the order written.
    case partial(name: String, arguments: [PartialArgument], location: SourceLocation, range: Range<Int>)

    public var range: Range<Int> {
        switch self {
        case .figure(_, _, _, let range), .table(_, _, let range), .value(_, _, _, let range),
            .partial(_, _, _, let range):
            range
        }
    }

    /// Where the reference begins in the file.
    public var location: SourceLocation {
        switch self {
        case .figure(_, _, let location, _), .table(_, let location, _), .value(_, _, let location, _),
            .partial(_, _, let location, _):
            location
        }
    }
}

/// `dataset=mnist` of a partial.
public struct PartialArgument: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

extension Document {
    /// The references of every block, an empty list for cells; `result[i]` belongs to `blocks[i]`.
    ///
    /// Reads the whole text once, so that a paragraph of a list after a cell is not taken for indented code:
    /// prefer this to `references(in:)` for what comes from a document.
    public func references() -> (references: [[ProseReference]], diagnostics: [Diagnostic]) {
        var bytes: [UInt8] = []
        var starts: [Int] = []
        for block in blocks {
            starts.append(bytes.count)
            switch block {
            case .prose(let prose): bytes += prose.value.utf8
            case .cell(let cell): bytes += cell.source.utf8
            }
        }
        let source = SourceText(bytes)
        var scanner = ReferenceScanner(source)
        scanner.scan()

        var references = [[ProseReference]](repeating: [], count: blocks.count)
        var diagnostics: [Diagnostic] = []
        var block = 0
        for finding in scanner.findings {
            while block + 1 < blocks.count, starts[block + 1] <= finding.range.lowerBound { block += 1 }
            guard case .prose(let prose) = blocks[block] else { continue }
            let start = starts[block]
            let location = source.location(at: finding.range.lowerBound)
                .moved(from: source.location(at: start), to: prose.location)
            let range = finding.range.lowerBound - start..<finding.range.upperBound - start
            switch finding.content {
            case .figure(let label, let altText):
                references[block].append(
                    .figure(label: label, altText: altText, location: location, range: range))
            case .table(let label):
                references[block].append(.table(label: label, location: location, range: range))
            case .value(let path, let filters):
                references[block].append(.value(path: path, filters: filters, location: location, range: range))
            case .partial(let name, let arguments):
                references[block].append(
                    .partial(name: name, arguments: arguments, location: location, range: range))
            case .fault(let fault):
                let text = source.text(finding.range)
                diagnostics.append(Diagnostic(.malformedReference(text: text, fault), at: location))
            }
        }
        return (references, diagnostics)
    }
}

/// The references of one piece of prose read by itself, as of an expanded partial.
public func references(in prose: Located<String>) -> (references: [ProseReference], diagnostics: [Diagnostic]) {
    let (references, diagnostics) = Document(frontMatter: nil, blocks: [.prose(prose)]).references()
    return (references[0], diagnostics)
}

extension SourceLocation {
    /// The same place when the text that began at `start` begins at `newStart`.
    func moved(from start: SourceLocation, to newStart: SourceLocation) -> SourceLocation {
        SourceLocation(
            line: line - start.line + newStart.line,
            column: line == start.line ? column - start.column + newStart.column : column)
    }
}
