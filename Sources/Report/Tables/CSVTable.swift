/// Writes a table as comma-separated values (RFC 4180, with line feeds): names for programs, numbers in base units
/// and in full, a column more where a measure has deviations, nothing where there is no number.
enum CSVTable {
    /// Without line ends.
    static func lines(of table: ResultTable) -> [String] {
        let hasDeviation = table.columns.indices.map { index in
            table.rows.contains { row in
                if case .number(let number) = row[index] { number.deviation != nil } else { false }
            }
        }
        var head: [String] = []
        for (column, hasDeviation) in zip(table.columns, hasDeviation) {
            head.append(column.name)
            if hasDeviation { head.append(column.name + ".deviation") }
        }
        let rows = table.rows.map { row -> [String] in
            var fields: [String] = []
            for (cell, hasDeviation) in zip(row, hasDeviation) {
                switch cell {
                case .text(let text): fields.append(text)
                case .note: fields += hasDeviation ? ["", ""] : [""]
                case .number(let number):
                    fields.append(text(number.mean))
                    if hasDeviation { fields.append(number.deviation.map(text) ?? "") }
                }
            }
            return fields
        }
        return ([head] + rows).map { $0.map(quoted).joined(separator: ",") }
    }

    /// The shortest text that reads back to the same bits.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { ",\"\n\r".contains($0) || $0 == "\r\n" }) else { return field }
        return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
