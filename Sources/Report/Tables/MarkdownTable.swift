/// Writes a table in GitHub's Markdown. Groups stand above the headings of their columns, since Markdown has one
/// heading line only.
enum MarkdownTable {
    /// Without line ends.
    static func lines(of table: ResultTable) -> [String] {
        let headings = table.columns.map { column in
            let group = column.group.map { MarkdownText.escaped($0) + "<br>" } ?? ""
            return group + MarkdownText.escaped(column.heading)
        }
        let rule = "|" + table.columns.map { $0.format == nil ? "---|" : "---:|" }.joined()
        let rows = table.rows.map { row in
            line(zip(table.columns, row).map { cell($1, $0) })
        }
        return [line(headings), rule] + rows
    }

    private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private static func cell(_ cell: ResultTable.Cell, _ column: ResultTable.Column) -> String {
        switch cell {
        case .text(let text): return MarkdownText.escaped(text)
        case .note(let text): return text
        case .number(let number):
            let format = column.format ?? NumberFormat(unit: .one, digits: 2)
            var text = format.text(number.mean)
            if let deviation = number.deviation { text += " ± " + format.unsigned.text(deviation) }
            return number.isBest ? "**\(text)**" : text
        }
    }
}

extension NumberFormat {
    /// For deviations, which have no sign.
    var unsigned: NumberFormat {
        var copy = self
        copy.isSigned = false
        return copy
    }
}
