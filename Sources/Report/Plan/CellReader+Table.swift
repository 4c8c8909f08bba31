/// Table cells and data cells.
extension CellReader {
    /// - Returns: the cell, and the labels of training cells that it needs.
    mutating func table(_ cell: Document.Cell) -> (cell: TableCell, data: [Located<String>])? {
        guard var options = options(of: cell, .table) else { return nil }
        let label = label(&options, cell)
        let data = options.names("data", required: true) ?? []
        let named = Set(data.map(\.value))
        if let table = dataCells.first(where: { named.contains($0.label) }) {
            return tableOfColumns(table, data, &options, label, cell)
        }
        var columns: [TableCell.Column] = []
        if let node = options.node("columns", required: true) {
            columns = measures(node, &options)
        }
        var rank: TableCell.Column?
        if let text = options.text("rank"), text.value != "false" {
            rank = text.value == "true" ? columns.first : Self.column(text.value)
            if rank == nil, text.value != "true" { reportMeasure(text, &options) }
        }
        let baseline = options.text("baseline")?.value
        let caption = options.text("caption")?.value
        diagnostics += options.finish()
        guard let label else { return nil }
        let table = TableCell(
            label: label, location: cell.location, data: data.map(\.value), columns: columns, rank: rank,
            baseline: baseline, caption: caption)
        return (table, data)
    }

    /// Of a data cell or a layers cell: its columns, all where nothing is said.
    private mutating func tableOfColumns(
        _ table: DataCell, _ data: [Located<String>], _ options: inout OptionReader, _ label: String?,
        _ cell: Document.Cell
    ) -> (cell: TableCell, data: [Located<String>])? {
        if data.count > 1 {
            let all = data.map(\.value)
            options.report(
                .conflict(
                    key: "data", value: all.joined(separator: ", "), with: "data", withValue: table.label,
                    right: [table.label]), at: cell.location)
        }
        let layers = layersCells.first { $0.label == table.label }
        let standard = layers.map(LayerTable.standardColumns) ?? table.columns.map(\.name)
        var fields = standard.map { TableCell.Field(name: $0) }
        if let node = options.node("columns") { fields = self.fields(node, of: table, &options) }
        let caption = options.text("caption")?.value
        diagnostics += options.finish()
        guard let label else { return nil }
        let made = TableCell(
            label: label, location: cell.location, data: data.map(\.value), columns: [], fields: fields, caption: caption)
        return (made, [])
    }

    /// A column, `{column, title}`, `{group, columns}`, or a list of these.
    private func fields(_ node: YamlNode, of table: DataCell, _ options: inout OptionReader) -> [TableCell.Field] {
        let known = table.columns.map(\.name)
        return columns(of: node, name: "column", &options) { fields, name, title, group, options in
            if !known.contains(name.value) {
                options.report(.unknown(.column(of: table.label), name.value, among: known), at: name.location)
            } else if fields.contains(where: { $0.name == name.value }) {
                options.report(.repeatedValue(key: "columns", value: name.value), at: name.location)
            } else {
                fields.append(.init(name: name.value, title: title, group: group))
            }
        }
    }

    /// `valid.accuracy.best`; `.final` where nothing is said.
    static func column(_ text: String) -> TableCell.Column? {
        if let measure = Measure(rawValue: text) { return .init(measure: measure, reduction: .final) }
        guard let dot = text.lastIndex(of: "."), let reduction = Reduction(rawValue: String(text[text.index(after: dot)...])),
            let measure = Measure(rawValue: String(text[..<dot])), measure.isPerEpoch
        else { return nil }
        return .init(measure: measure, reduction: reduction)
    }

    private func reportMeasure(_ name: Located<String>, _ options: inout OptionReader) {
        let known = Measure.allCases.map(\.rawValue)
        options.report(.unknown(.measure, name.value, among: known), at: name.location)
    }

    /// A measure, `{measure, title}`, `{group, columns}`, or a list of these.
    private func measures(_ node: YamlNode, _ options: inout OptionReader) -> [TableCell.Column] {
        columns(of: node, name: "measure", &options) { columns, name, title, group, options in
            guard var column = Self.column(name.value) else { return reportMeasure(name, &options) }
            (column.title, column.group) = (title, group)
            if columns.contains(where: { $0.name == column.name }) {
                options.report(.repeatedValue(key: "columns", value: name.value), at: name.location)
            } else {
                columns.append(column)
            }
        }
    }

    /// A name, `{<key>: name, title}`, `{group, columns}`, or a list of these.
    /// - Parameter add: puts a name with its title and group to the columns of the same list, or says why it cannot.
    private func columns<Column>(
        of node: YamlNode, name key: String, group: String? = nil, _ options: inout OptionReader,
        _ add: (inout [Column], Located<String>, _ title: String?, _ group: String?, inout OptionReader) -> Void
    ) -> [Column] {
        var columns: [Column] = []
        var items = [node]
        if case .list(let list) = node.content { items = list }
        if items.isEmpty { options.report(.empty(key: "columns"), at: node.location) }
        for item in items {
            switch item.content {
            case .scalar(let name, _): add(&columns, Located(name, at: item.location), nil, group, &options)
            case .mapping:
                guard var inner = inside(item, "columns", &options) else { continue }
                if group == nil, let name = inner.text("group") {
                    if let node = inner.node("columns", required: true) {
                        columns += self.columns(of: node, name: key, group: name.value, &inner, add)
                    }
                } else {
                    let name = inner.text(key, required: true)
                    let title = inner.text("title")?.value
                    if let name { add(&columns, name, title, group, &inner) }
                }
                options.adopt(inner.finish())
            case .invalid: continue
            default: options.report(.wrongType(key: "columns", found: item.found, expected: .names), at: item.location)
            }
        }
        return columns
    }

    // MARK: Data

    mutating func data(_ cell: Document.Cell) -> DataCell? {
        guard var options = options(of: cell, .data) else { return nil }
        let label = label(&options, cell)
        let csv = options.text("csv")
        let names = options.names("columns")
        let rows = options.node("rows")
        var columns: [DataCell.Column]?
        if let csv {
            columns = self.columns(ofCSV: csv, &options)
            if rows != nil || names != nil {
                options.report(.conflict(key: "rows", value: "…", with: "csv", withValue: "…", right: []), at: csv.location)
            }
        } else if let names, let rows {
            columns = self.columns(names.map(\.value), of: rows, &options)
        } else {
            options.report(.missingKey(names == nil ? "csv" : "rows", cell: "data"), at: cell.location)
        }
        diagnostics += options.finish()
        guard let label, let columns else { return nil }
        return DataCell(label: label, location: cell.location, columns: columns)
    }

    private func columns(ofCSV text: Located<String>, _ options: inout OptionReader) -> [DataCell.Column]? {
        guard let records = CSVReader.records(text.value) else {
            options.report(.table(.unclosedQuote), at: text.location)
            return nil
        }
        guard let head = records.first, records.count > 1 else {
            options.report(.empty(key: "csv"), at: text.location)
            return nil
        }
        // A block text begins on the line after its `|`.
        func place(_ record: CSVReader.Record) -> SourceLocation {
            SourceLocation(line: text.location.line + 1 + record.line, column: text.location.column)
        }
        return columns(
            head.fields, rows: records.dropFirst().map { ($0.fields, place($0)) }, at: place(head), &options)
    }

    private func columns(_ names: [String], of node: YamlNode, _ options: inout OptionReader) -> [DataCell.Column]? {
        guard case .list(let items) = node.content, !items.isEmpty else {
            options.report(.wrongType(key: "rows", found: node.found, expected: .list), at: node.location)
            return nil
        }
        var rows: [([String], SourceLocation)] = []
        for item in items {
            guard case .list(let values) = item.content else {
                options.report(.wrongType(key: "rows", found: item.found, expected: .list), at: item.location)
                return nil
            }
            var fields: [String] = []
            for value in values {
                switch value.content {
                case .scalar(let text, _): fields.append(text)
                case .null: fields.append("")
                default:
                    options.report(.wrongType(key: "rows", found: value.found, expected: .scalar), at: value.location)
                    return nil
                }
            }
            rows.append((fields, item.location))
        }
        return columns(names, rows: rows, at: node.location, &options)
    }

    private func columns(
        _ names: [String], rows: [([String], SourceLocation)], at location: SourceLocation, _ options: inout OptionReader
    ) -> [DataCell.Column]? {
        var isRight = true
        for (index, name) in names.enumerated() where name.isEmpty || names[..<index].contains(name) {
            options.report(name.isEmpty ? .empty(key: "columns") : .repeatedValue(key: "columns", value: name), at: location)
            isRight = false
        }
        for (fields, place) in rows where fields.count != names.count {
            options.report(.table(.fieldCount(found: fields.count, expected: names.count)), at: place)
            isRight = false
        }
        return isRight ? DataCell.columns(names, rows: rows.map(\.0)) : nil
    }
}
