/// Writes a table as a LaTeX `tabular` with the rules of the booktabs package, to be put into a `table` with
/// `\input`. Needs no other package: every sign beyond ASCII is a command.
enum LatexTable {
    /// Without line ends.
    static func lines(of table: ResultTable) -> [String] {
        let letters = table.columns.map { $0.format == nil ? "l" : "r" }.joined()
        var lines = ["% Needs \\usepackage{booktabs}.", "\\begin{tabular}{\(letters)}", "\\toprule"]
        lines += groupLines(table.columns)
        lines.append(line(table.columns.map { escaped($0.heading) }))
        lines.append("\\midrule")
        lines += table.rows.map { row in line(zip(table.columns, row).map { cell($1, $0) }) }
        return lines + ["\\bottomrule", "\\end{tabular}"]
    }

    private static func line(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\" }

    /// The headings over groups and the rules below them; nothing where there is no group.
    private static func groupLines(_ columns: [ResultTable.Column]) -> [String] {
        guard columns.contains(where: { $0.group != nil }) else { return [] }
        var cells: [String] = []
        var rules: [String] = []
        var start = 0
        while start < columns.count {
            let end = columns[start...].firstIndex { $0.group != columns[start].group } ?? columns.count
            if let group = columns[start].group {
                cells.append("\\multicolumn{\(end - start)}{c}{\(escaped(group))}")
                rules.append("\\cmidrule(lr){\(start + 1)-\(end)}")
            } else {
                cells += Array(repeating: "", count: end - start)
            }
            start = end
        }
        return [line(cells), rules.joined(separator: " ")]
    }

    private static func cell(_ cell: ResultTable.Cell, _ column: ResultTable.Column) -> String {
        switch cell {
        case .text(let text), .note(let text): return escaped(text)
        case .number(let number):
            let format = column.format ?? NumberFormat(unit: .one, digits: 2)
            let mean = escaped(format.text(number.mean))
            let text = number.isBest ? "\\textbf{\(mean)}" : mean
            return text + (number.deviation.map { " $\\pm$ " + escaped(format.unsigned.text($0)) } ?? "")
        }
    }

    /// Text that LaTeX sets as it is.
    static func escaped(_ text: String) -> String {
        MarkdownText.oneLine(text).map { character -> String in
            switch character {
            case "\\": "\\textbackslash{}"
            case "{", "}", "$", "&", "#", "%", "_": "\\\(character)"
            case "~": "\\textasciitilde{}"
            case "^": "\\textasciicircum{}"
            case "−": "$-$"
            case "±": "$\\pm$"
            case "×": "$\\times$"
            case "Δ": "$\\Delta$"
            case "µ", "μ": "$\\mu$"
            case "∞": "$\\infty$"
            case "–": "--"
            case "—": "---"
            case "<": "$<$"
            case ">": "$>$"
            case "|": "$|$"
            default: String(character)
            }
        }.joined()
    }
}
