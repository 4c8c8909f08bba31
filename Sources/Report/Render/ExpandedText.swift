/// A text with partials put in, and for each of its lines the place of the file that brought it.
public struct ExpandedText: Sendable, Equatable {
    public private(set) var text: String
    /// For each line: where the file has it, or where it has the partial that brought it.
    private var origins: [Origin]

    private struct Origin: Sendable, Equatable {
        var line: Int
        /// Of the partial; `nil` where the line is the file's own.
        var column: Int?
        /// The innermost template.
        var template: String?
    }

    init(unexpanded text: String) {
        self.text = text
        origins = SourceText(Array(text.utf8)).lines.indices.map { Origin(line: $0 + 1) }
    }

    /// Where the experiment file has what stands at a place of `text`: the same place of the file's own lines, the
    /// partial for lines that it brought.
    public func origin(of location: SourceLocation) -> SourceLocation {
        guard origins.indices.contains(location.line - 1) else { return location }
        let origin = origins[location.line - 1]
        return SourceLocation(line: origin.line, column: origin.column ?? location.column)
    }

    /// The template that brought this line; `nil` for the file's own.
    public func template(ofLine line: Int) -> String? {
        origins.indices.contains(line - 1) ? origins[line - 1].template : nil
    }

    struct Change {
        /// Bytes of the text.
        var range: Range<Int>
        var text: String
        var template: String
        var at: SourceLocation

        init(range: Range<Int>, text: String, template: String, at location: SourceLocation) {
            self.range = range
            self.text = text
            self.template = template
            self.at = location
        }
    }

    /// Makes all changes at once; they are in order and do not overlap.
    mutating func apply(_ changes: [Change]) {
        let source = SourceText(Array(text.utf8))
        let newline = source.bytes.first { $0 == 10 || $0 == 13 } == 13 ? "\r\n" : "\n"
        var result: [UInt8] = []
        var newOrigins: [Origin] = []
        var end = 0
        var nextLine = 0
        /// Copies up to `offset`, with the origins of the lines that begin on the way.
        func keep(to offset: Int) {
            while nextLine < source.lines.count, source.lines[nextLine].lowerBound < offset {
                newOrigins.append(origins[nextLine])
                nextLine += 1
            }
            result += source.bytes[end..<offset]
        }
        for change in changes {
            // The line of the change begins before it, or with it.
            keep(to: change.range.lowerBound)
            let lineStart = source.lines[source.line(at: change.range.lowerBound)].lowerBound
            if nextLine < source.lines.count, source.lines[nextLine].lowerBound == change.range.lowerBound {
                newOrigins.append(origins[nextLine])
                nextLine += 1
            }
            let prefix = String(
                decoding: source.bytes[lineStart..<change.range.lowerBound], as: UTF8.self
            ).map { $0 == ">" || $0 == "\t" ? String($0) : " " }.joined()
            let isAlone = prefix.isEmpty || source.text(lineStart..<change.range.lowerBound).isListOrQuote
            let place = origin(of: change.at)
            let brought = Origin(line: place.line, column: place.column, template: change.template)
            let lines = SourceText(Array(change.text.utf8))
            if !newOrigins.isEmpty, isAlone { newOrigins[newOrigins.count - 1] = brought }
            for index in lines.lines.indices {
                let line = lines.text(lines.content(ofLine: index))
                if index > 0 {
                    newOrigins.append(brought)
                    result += newline.utf8
                    if isAlone { result += (line.isEmpty ? prefix.trimmedEnd : prefix).utf8 }
                }
                result += line.utf8
            }
            end = change.range.upperBound
        }
        keep(to: source.bytes.count)
        if source.bytes.isEmpty { newOrigins = origins }
        text = String(decoding: result, as: UTF8.self)
        origins = newOrigins
    }
}

extension String {
    /// Nothing but what lists and quotes put before a line.
    fileprivate var isListOrQuote: Bool { isBlank(quoted: true) || isListMark }
}
