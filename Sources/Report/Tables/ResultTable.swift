/// A table as a value: what stands in each cell, before a writer decides how it looks.
///
///     TableCell + Results  --TableBuilder-->  ResultTable  --TableFormat-->  Markdown, CSV or LaTeX
public struct ResultTable: Sendable, Hashable {
    public var columns: [Column]
    /// Each as long as `columns`.
    public var rows: [[Cell]]

    public struct Column: Sendable, Hashable {
        /// Heading over this column and its neighbours of the same group; `nil` for none.
        public var group: String?
        /// Without the unit.
        public var title: String
        /// What a number must be multiplied with to be shown, with digits and sign; `nil` for a column of text.
        var format: NumberFormat?
        /// For programs: `valid.accuracy.final`.
        public var name: String

        init(group: String? = nil, title: String, format: NumberFormat? = nil, name: String) {
            self.group = group
            self.title = title
            self.format = format
            self.name = name
        }

        /// With the unit in brackets.
        var heading: String {
            guard let unit = format?.unit.name, !unit.isEmpty else { return title }
            return "\(title) (\(unit))"
        }
    }

    public enum Cell: Sendable, Hashable {
        case text(String)
        case number(Number)
        /// Why there is no number: failed, or a dash.
        case note(String)
    }

    public struct Number: Sendable, Hashable {
        /// In base units: shares, seconds, bytes.
        public var mean: Double
        /// Over seeds that differ.
        public var deviation: Double?
        /// One of those that read the same as the best of the column.
        public var isBest: Bool

        public init(mean: Double, deviation: Double? = nil, isBest: Bool = false) {
            self.mean = mean
            self.deviation = deviation
            self.isBest = isBest
        }
    }
}

/// How a table is written.
public enum TableFormat: String, Sendable, CaseIterable {
    /// GitHub's Markdown.
    case markdown = "md"
    /// Comma-separated, one heading line, numbers in base units and in full.
    case csv
    /// A `tabular` with the rules of the booktabs package.
    case latex = "tex"

    /// Ends in a newline. The same table gives the same text.
    public func text(of table: ResultTable) -> String {
        let lines =
            switch self {
            case .markdown: MarkdownTable.lines(of: table)
            case .csv: CSVTable.lines(of: table)
            case .latex: LatexTable.lines(of: table)
            }
        return lines.map { $0 + "\n" }.joined()
    }
}
