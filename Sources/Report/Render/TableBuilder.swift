internal import Networks

/// Makes the Markdown table of a table cell: a row for each network, a column for each measure.
struct TableBuilder {
    let observations: Observations
    let names: NetworkNames

    /// The lines of the table, without line ends.
    func lines(_ cell: TableCell) -> [String] {
        let trainings = cell.data.compactMap(observations.content.training)
        let rows = trainings.flatMap { training in training.networks.map { Row(training: training, network: $0) } }
        let columns = cell.columns.map { column(rows, $0) }
        let severalCells = trainings.count > 1

        var head = severalCells ? [ReportWords.run] : []
        head.append(ReportWords.network)
        var lines = [line(head + columns.map { MarkdownText.escaped($0.heading) })]
        lines.append("|" + String(repeating: "---|", count: head.count) + String(repeating: "---:|", count: columns.count))
        for (index, row) in rows.enumerated() {
            var cells = severalCells ? [MarkdownText.escaped(row.training.label)] : []
            cells.append(MarkdownText.escaped(names.title(row.network)))
            lines.append(line(cells + columns.map { $0.cells[index] }))
        }
        return lines
    }

    private struct Row {
        var training: TrainCell
        var network: String
    }

    private struct Column {
        var heading: String
        var cells: [String]
    }

    private func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    /// All cells of a column share unit and digits. The best are bold: all that read the same as the best, so that
    /// no reader wonders why one of two equal numbers is; none where all read the same.
    private func column(_ rows: [Row], _ column: TableCell.Column) -> Column {
        let spreads = rows.map { observations.spread($0.training, $0.network, column.measure, column.reduction) }
        let means = spreads.compactMap { $0?.mean }.filter(\.isFinite)
        let format = NumberFormat(column.measure, means)
        let best = column.measure.isBetterLarger ? means.max() : means.min()
        let bestText = best.map { format.text($0) }
        let allEqual = Set(means.map { format.text($0) }).count < 2
        let cells = zip(rows, spreads).map { row, spread -> String in
            guard let spread else {
                let failed = observations.results.failures.keys
                    .contains { $0.label == row.training.label && $0.network == row.network }
                return failed ? ReportWords.failed : "–"
            }
            let mean = format.text(spread.mean)
            let hasDeviation = spread.count > 1 && spread.deviation > 0 && spread.mean.isFinite
            let text = hasDeviation ? "\(mean) ± \(format.text(spread.deviation))" : mean
            return mean == bestText && !allEqual ? "**\(text)**" : text
        }
        return Column(heading: ReportWords.heading(column, unit: format.unit.name), cells: cells)
    }
}

/// Unit and digits that suit all numbers of a column.
private struct NumberFormat {
    var unit: QuantityText.Unit
    /// `nil`: a whole number with thousands separators.
    var digits: Int?

    init(_ measure: Measure, _ means: [Double]) {
        guard let largest = means.max() else {
            (unit, digits) = (measure.isBetterLarger ? .percent : .one, 2)
            return
        }
        let smallest = means.filter { $0 > 0 }.min() ?? largest
        switch measure {
        case .trainAccuracy, .validAccuracy, .validTop5: (unit, digits) = (.percent, 2)
        case .trainLoss, .validLoss: (unit, digits) = (.one, 4)
        case .parameters: (unit, digits) = (.one, nil)
        case .multiplyAdds:
            unit = .fitting(smallest, in: QuantityText.Unit.operations)
            digits = unit == QuantityText.Unit.operations[0] ? nil : 1
        case .fileSize:
            unit = .fitting(largest, in: QuantityText.Unit.bytes)
            digits = unit.size == 1 ? 0 : 2
        case .trainTime, .validTime, .trainSeconds, .inferenceCPU, .inferenceGPU:
            unit = .fitting(largest, in: QuantityText.Unit.seconds)
            digits = min(
                4,
                max(
                    QuantityText.digits(showing: 3, of: largest / unit.size),
                    QuantityText.digits(showing: 2, of: smallest / unit.size)))
        }
    }

    func text(_ value: Double) -> String {
        guard let digits else { return QuantityText.count(value) }
        return QuantityText.fixed(value / unit.size, digits)
    }
}
