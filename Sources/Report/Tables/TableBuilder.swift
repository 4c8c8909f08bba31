internal import Networks

/// Makes the table of a table cell: a row for each network, a column for each measure.
struct TableBuilder {
    let observations: Observations
    let names: NetworkNames

    func table(_ cell: TableCell) -> ResultTable {
        if let fields = cell.fields { return columns(fields, of: cell) }
        let trainings = cell.data.compactMap(observations.content.training)
        let rows = trainings.flatMap { training in training.networks.map { Row(training: training, network: $0) } }
        var table = ResultTable(columns: [], rows: rows.map { _ in [] })
        func add(_ column: ResultTable.Column, _ cells: [ResultTable.Cell]) {
            table.columns.append(column)
            for index in rows.indices { table.rows[index].append(cells[index]) }
        }
        if trainings.count > 1 {
            add(.init(title: ReportWords.run, name: "run"), rows.map { .text($0.training.label) })
        }
        add(.init(title: ReportWords.network, name: "network"), rows.map { .text(names.title($0.network)) })
        if let rank = cell.rank {
            add(
                .init(title: ReportWords.rank, format: NumberFormat(unit: .one, digits: 0), name: "rank"),
                ranks(rows, rank))
        }
        for column in cell.columns {
            let (format, cells) = self.cells(rows, column)
            add(
                .init(group: column.group, title: column.title ?? ReportWords.title(column), format: format, name: column.name),
                cells)
            if let baseline = cell.baseline {
                let (difference, cells) = differences(rows, column, to: baseline, format)
                let isRelative = column.measure.isComparedByShare
                add(
                    .init(
                        group: column.group, title: ReportWords.difference, format: difference,
                        name: column.name + (isRelative ? ".change" : ".difference")), cells)
            }
        }
        return table
    }

    /// A row for each row of a data cell.
    private func columns(_ fields: [TableCell.Field], of cell: TableCell) -> ResultTable {
        guard let table = observations.content.dataCells.first(where: { cell.data.contains($0.label) }) else {
            return ResultTable(columns: [], rows: [])
        }
        let isOfLayers = observations.content.isOfLayers(table.label)
        var result = ResultTable(columns: [], rows: Array(repeating: [], count: table.rowCount))
        for field in fields {
            guard let column = table.column(field.name) else { continue }
            let title = field.title ?? (isOfLayers ? ReportWords.layerColumn(field.name) : field.name)
            var format: NumberFormat?
            let cells: [ResultTable.Cell]
            switch column.values {
            case .texts(let texts): cells = texts.map { .text($0) }
            case .numbers(let numbers):
                format = NumberFormat(plain: numbers, isShare: column.isShare)
                cells = numbers.map { $0.isNaN ? .note(ReportWords.nothing) : .number(.init(mean: $0)) }
            }
            result.columns.append(.init(group: field.group, title: title, format: format, name: field.name))
            for index in result.rows.indices { result.rows[index].append(cells[index]) }
        }
        return result
    }

    /// The author's caption, and what the table's headings need to be understood.
    func caption(_ cell: TableCell) -> String? {
        var remark = cell.baseline.map { ReportWords.differences(to: names.title($0)) }
        if cell.fields != nil, let label = cell.data.first { remark = observations.layersRemark(label) }
        let parts = [cell.caption, remark].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    private struct Row {
        var training: TrainCell
        var network: String
    }

    private func spread(_ row: Row, _ column: TableCell.Column) -> Spread? {
        observations.spread(row.training, row.network, column.measure, column.reduction)
    }

    /// All cells of a column share unit and digits. The best are bold: all that read the same as the best, so that
    /// no reader wonders why one of two equal numbers is; none where all read the same.
    private func cells(_ rows: [Row], _ column: TableCell.Column) -> (NumberFormat, [ResultTable.Cell]) {
        let spreads = rows.map { spread($0, column) }
        let means = spreads.compactMap { $0?.mean }.filter(\.isFinite)
        var format = NumberFormat(column.measure, means)
        format.suit(spreads.compactMap { $0?.visibleDeviation })
        let best = column.measure.isBetterLarger ? means.max() : means.min()
        let bestText = best.map { format.text($0) }
        let allEqual = Set(means.map { format.text($0) }).count < 2
        let cells = zip(rows, spreads).map { row, spread -> ResultTable.Cell in
            guard let spread else { return missing(row) }
            return .number(
                .init(
                    mean: spread.mean, deviation: spread.visibleDeviation,
                    isBest: format.text(spread.mean) == bestText && !allEqual))
        }
        return (format, cells)
    }

    private func missing(_ row: Row) -> ResultTable.Cell {
        let failed = observations.results.failures.keys
            .contains { $0.label == row.training.label && $0.network == row.network }
        return .note(failed ? ReportWords.failed : ReportWords.nothing)
    }

    /// 1 for the best; rows that read the same share a place, and the next one counts them.
    private func ranks(_ rows: [Row], _ column: TableCell.Column) -> [ResultTable.Cell] {
        let (format, cells) = self.cells(rows, column)
        let means = cells.map { cell -> Double? in
            if case .number(let number) = cell, number.mean.isFinite { number.mean } else { nil }
        }
        return zip(rows, means).map { row, mean in
            guard let mean else { return missing(row) }
            let better = means.compactMap(\.self).filter { other in
                (column.measure.isBetterLarger ? other > mean : other < mean) && format.text(other) != format.text(mean)
            }
            return .number(.init(mean: Double(better.count + 1)))
        }
    }

    /// In points of a share or as a number for accuracies and losses, as a share of the baseline for everything else.
    /// Seeds that both have are compared with each other, which is what tells a difference from luck.
    private func differences(
        _ rows: [Row], _ column: TableCell.Column, to baseline: String, _ format: NumberFormat
    ) -> (NumberFormat, [ResultTable.Cell]) {
        let isRelative = column.measure.isComparedByShare
        let spreads = rows.map { row -> Spread? in
            guard row.network != baseline else { return nil }
            let own = numbers(row, column)
            let theirs = numbers(Row(training: row.training, network: baseline), column)
            let pairs = own.keys.sorted().compactMap { seed in theirs[seed].map { (own[seed] ?? .nan, $0) } }
            let values = pairs.map { isRelative ? $0 / $1 - 1 : $0 - $1 }
            return values.isEmpty ? nil : Spread(of: values)
        }
        var signed = format
        if isRelative {
            signed = NumberFormat(unit: .percent, digits: 1)
        } else if format.unit == .percent {
            signed.unit = QuantityText.Unit(size: 0.01, name: ReportWords.points)
        }
        signed.isSigned = true
        signed.suit(spreads.compactMap { $0?.visibleDeviation })
        let cells = zip(rows, spreads).map { row, spread -> ResultTable.Cell in
            guard let spread else { return row.network == baseline ? .note(ReportWords.nothing) : missing(row) }
            return .number(.init(mean: spread.mean, deviation: spread.visibleDeviation))
        }
        return (signed, cells)
    }

    private func numbers(_ row: Row, _ column: TableCell.Column) -> [UInt64: Double] {
        var numbers: [UInt64: Double] = [:]
        for run in observations.runs(row.training, row.network, column.measure) {
            numbers[run.seed] = observations.number(run, column.measure, column.reduction)
        }
        return numbers
    }
}

extension Spread {
    /// The deviation, if there are several values that differ by more than rounding.
    fileprivate var visibleDeviation: Double? {
        count > 1 && mean.isFinite && deviation > 1e-12 * mean.magnitude ? deviation : nil
    }
}

extension Measure {
    /// Whether two networks are compared by how many times more one needs, and not by how much.
    fileprivate var isComparedByShare: Bool {
        switch axisFormat {
        case .percent, .number: false
        default: true
        }
    }
}
