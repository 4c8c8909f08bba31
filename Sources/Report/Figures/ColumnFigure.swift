internal import Networks
internal import Plot

/// The marks of a plot cell that shows columns of a data cell.
struct ColumnFigure {
    let table: DataCell
    let cell: PlotCell
    let columns: PlotCell.ColumnContent

    func content() -> FigureBuilder.Content {
        var content = FigureBuilder.Content()
        content.xAxis = Axis(title: columns.x ?? "")
        content.yAxis = Axis(title: columns.y.count == 1 ? columns.y[0] : "")
        if columns.y.allSatisfy({ table.column($0)?.isShare == true }) { content.yAxis.format = .percent }
        switch cell.mark {
        case .line, .step, .area, .points:
            if !hasNumericX { content.xAxis.scale = .categorical(categories) }
        case .histogram: (content.xAxis, content.yAxis) = (content.yAxis, Axis(title: ReportWords.count, format: .integer))
        case .heatMap: content.yAxis = Axis()
        default: break
        }
        if cell.mark != .scatter, !hasNumericX { content.xAxis.title = cell.mark == .histogram ? content.xAxis.title : "" }
        let all = Array(0..<table.rowCount)
        guard let facet = columns.facet else {
            content.marks = marks(all)
            return content
        }
        for (title, rows) in groups(by: facet, all) {
            let marks = marks(rows)
            if !marks.isEmpty { content.panels.append(Panel(title: title, marks: marks)) }
        }
        return content
    }

    private var hasNumericX: Bool { columns.x.map(table.isNumeric) ?? false }

    /// The texts of x in the order in which they first come.
    private var categories: [String] {
        var found: [String] = []
        guard let x = columns.x else { return [] }
        for text in table.texts(x) where !found.contains(text) { found.append(text) }
        return found
    }

    /// Rows by the text of a column, in the order in which the texts first come.
    private func groups(by column: String, _ rows: [Int]) -> [(name: String, rows: [Int])] {
        let texts = table.texts(column)
        var groups: [(name: String, rows: [Int])] = []
        for row in rows {
            if let index = groups.firstIndex(where: { $0.name == texts[row] }) {
                groups[index].rows.append(row)
            } else {
                groups.append((texts[row], [row]))
            }
        }
        return groups
    }

    private struct Group {
        var name: String
        var color: Int
        var rows: [Int]
        var column: String
    }

    /// Series: one for each y column, or for each text of the column that colours. Colours are those of the whole
    /// table, so that panels agree.
    private func series(_ rows: [Int]) -> [Group] {
        guard let color = columns.color, let y = columns.y.first else {
            return columns.y.enumerated().map { Group(name: $1, color: $0, rows: rows, column: $1) }
        }
        let order = groups(by: color, Array(0..<table.rowCount)).map(\.name)
        return groups(by: color, rows).map { name, rows in
            Group(name: name, color: order.firstIndex(of: name) ?? 0, rows: rows, column: y)
        }
    }

    private func values(_ group: Group) -> [Double] {
        let numbers = table.numbers(group.column) ?? []
        return group.rows.map { numbers[$0] }
    }

    private func marks(_ rows: [Int]) -> [Mark] {
        switch cell.mark {
        case .line, .step, .area, .points:
            return SeriesMarks(mark: cell.mark, band: cell.band, floor: -.infinity).marks(series(rows).map(places))
        case .bar: return bars(rows, .grouped)
        case .stacked: return bars(rows, .stacked)
        case .box, .violin: return distributions(rows)
        case .histogram:
            return series(rows).map { group in
                .histogram(
                    HistogramMark(name: group.name, values: values(group), bins: cell.bins, colorIndex: group.color))
            }
        case .scatter: return scatter(rows)
        case .heatMap: return heatMap(rows)
        }
    }

    /// In the order of x where that is a number. Rows of the same x are values of one place.
    private func places(_ group: Group) -> Series {
        let known = categories
        let x = columns.x.flatMap(table.numbers)
            ?? (columns.x.map(table.texts)?.map { Double(known.firstIndex(of: $0) ?? 0) }
                ?? (0..<table.rowCount).map(Double.init))
        let y = table.numbers(group.column) ?? []
        var places: [Series.Place] = []
        var indices: [Double: Int] = [:]
        for row in group.rows where !x[row].isNaN {
            if let index = indices[x[row]] {
                places[index].values.append(y[row])
            } else {
                indices[x[row]] = places.count
                places.append(Series.Place(x: x[row], values: [y[row]]))
            }
        }
        return Series(name: group.name, color: group.color, places: places.sorted { $0.x < $1.x })
    }

    private func bars(_ rows: [Int], _ arrangement: BarMark.Arrangement) -> [Mark] {
        let names = columns.x == nil ? rows.map { "\($0 + 1)" } : categories
        let texts = columns.x.map(table.texts) ?? names
        let groups = series(rows).map { group -> BarGroup in
            let numbers = table.numbers(group.column) ?? []
            let spreads = names.map { name -> Spread? in
                let values = group.rows.filter { texts[$0] == name }.map { numbers[$0] }
                return values.isEmpty ? nil : Spread(of: values)
            }
            let hasErrors = cell.band != PlotCell.Band.none && spreads.contains { ($0?.count ?? 0) > 1 }
            return BarGroup(
                name: group.name, values: spreads.map { $0?.mean ?? .nan },
                errors: hasErrors ? spreads.map { $0?.deviation ?? 0 } : nil, colorIndex: group.color)
        }
        return groups.isEmpty ? [] : [.bars(BarMark(categories: names, groups: groups, arrangement: arrangement))]
    }

    /// Of each text of x, or of each series.
    private func distributions(_ rows: [Int]) -> [Mark] {
        var parts: [(name: String, values: [Double], color: Int)] = []
        if let x = columns.x, let y = columns.y.first, let numbers = table.numbers(y) {
            for (index, group) in groups(by: x, rows).enumerated() {
                parts.append((group.name, group.rows.map { numbers[$0] }, index))
            }
        } else {
            parts = series(rows).map { ($0.name, values($0), $0.color) }
        }
        guard !parts.isEmpty else { return [] }
        let (names, colors) = (parts.map(\.name), parts.map(\.color))
        if cell.mark == .violin {
            return [.violins(ViolinMark(categories: names, samples: parts.map(\.values), colorIndices: colors))]
        }
        return [.boxes(BoxMark(categories: names, boxes: parts.map { .samples($0.values) }, colorIndices: colors))]
    }

    private func scatter(_ rows: [Int]) -> [Mark] {
        guard let x = columns.x.flatMap(table.numbers) else { return [] }
        let texts = columns.name.map(table.texts)
        let all = series(rows)
        return all.compactMap { group in
            guard let y = table.numbers(group.column) else { return nil }
            let points = group.rows.map { row in
                ScatterPoint(name: texts?[row] ?? "", x: x[row], y: y[row], colorIndex: group.color)
            }
            return .scatter(ScatterMark(name: all.count > 1 ? group.name : "", points: points, labels: texts != nil))
        }
    }

    private func heatMap(_ rows: [Int]) -> [Mark] {
        let names = columns.x.map(table.texts)
        let numbers = columns.y.map { table.numbers($0) ?? [] }
        return [
            .heatMap(
                HeatMapMark(
                    rows: rows.map { names?[$0] ?? "\($0 + 1)" }, columns: columns.y,
                    values: rows.map { row in numbers.map { $0[row] } },
                    format: cell.yAxis.format.flatMap(AxisFormat.init) ?? .number, valueTitle: cell.yAxis.title ?? ""))
        ]
    }
}
