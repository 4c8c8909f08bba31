/// Numbers that stand in the experiment file itself, in columns of equal length.
public struct DataCell: Sendable, Equatable {
    public var label: String
    public var location: SourceLocation
    /// At least one, each with another name.
    public var columns: [Column]

    public struct Column: Sendable, Hashable {
        public var name: String
        public var values: Values
        /// Numbers from 0 to 1 to be shown in percent.
        public var isShare = false
    }

    /// Numbers where every value is one; an empty field is then not a number.
    public enum Values: Sendable, Hashable {
        case numbers([Double])
        case texts([String])
    }

    public init(label: String, location: SourceLocation, columns: [Column]) {
        self.label = label
        self.location = location
        self.columns = columns
    }

    func column(_ name: String) -> Column? { columns.first { $0.name == name } }

    func isNumeric(_ name: String) -> Bool { numbers(name) != nil }

    /// `nil` where the column is text or does not exist.
    func numbers(_ name: String) -> [Double]? {
        if case .numbers(let numbers)? = column(name)?.values { numbers } else { nil }
    }

    /// As written; empty where the column does not exist.
    func texts(_ name: String) -> [String] {
        switch column(name)?.values {
        case .texts(let texts): texts
        case .numbers(let numbers): numbers.map { CSVTable.text($0) }
        case nil: []
        }
    }

    var rowCount: Int {
        switch columns.first?.values {
        case .texts(let texts): texts.count
        case .numbers(let numbers): numbers.count
        case nil: 0
        }
    }

    /// Columns of the fields of a table's rows, each as long as `names`.
    static func columns(_ names: [String], rows: [[String]]) -> [Column] {
        names.enumerated().map { index, name in
            let fields = rows.map { $0[index] }
            let numbers = fields.map { field -> Double? in
                field.isEmpty || field == "nan" ? .nan : Double(field).flatMap { field.first?.isLetter == true ? nil : $0 }
            }
            let isNumeric = numbers.allSatisfy { $0 != nil } && fields.contains { !$0.isEmpty }
            return Column(name: name, values: isNumeric ? .numbers(numbers.compactMap(\.self)) : .texts(fields))
        }
    }
}

/// Reads comma-separated values (RFC 4180; line feeds do as well, and blank lines are passed over).
enum CSVReader {
    /// One record with the line it begins on, from 0.
    struct Record {
        var line: Int
        var fields: [String]
    }

    /// - Returns: the records, spaces around unquoted fields taken away; `nil` where a quotation mark is never closed.
    static func records(_ text: String) -> [Record]? {
        var records: [Record] = []
        var current = Record(line: 0, fields: [])
        var field = ""
        var isQuoted = false
        var wasQuoted = false
        var line = 0
        func ended() -> String { wasQuoted ? field : field.trimmingSpaces() }
        func close() {
            current.fields.append(ended())
            if current.fields != [""] { records.append(current) }
        }
        var rest = Substring(text)
        while let character = rest.popFirst() {
            let isNewline = character == "\n" || character == "\r\n" || character == "\r"
            if isNewline { line += 1 }
            if isQuoted {
                if character != "\"" {
                    field.append(character)
                } else if rest.first == "\"" {
                    field.append("\"")
                    rest.removeFirst()
                } else {
                    isQuoted = false
                }
            } else if character == "\"", field.allSatisfy({ $0 == " " }), !wasQuoted {
                (isQuoted, wasQuoted, field) = (true, true, "")
            } else if character == "," {
                current.fields.append(ended())
                (field, wasQuoted) = ("", false)
            } else if isNewline {
                close()
                (current, field, wasQuoted) = (Record(line: line, fields: []), "", false)
            } else if !(wasQuoted && character == " ") {
                field.append(character)
            }
        }
        if isQuoted { return nil }
        close()
        return records
    }
}
