internal import Networks
internal import Plot

/// Makes the figure of a plot cell from results. Pure; layout and drawing come after.
struct FigureBuilder {
    let observations: Observations
    let names: NetworkNames

    enum Outcome {
        case figure(Figure)
        /// There cannot be one; the sentence says why and nothing is wrong.
        case leftOut(String)
        case problem(ReportProblem)
    }

    func build(_ cell: PlotCell) -> Outcome {
        let trainings = cell.data.compactMap(observations.content.training)
        if cell.y.isTiming, !trainings.contains(where: { hasAny($0, cell.y) }) {
            return .leftOut(ReportWords.noMeasurement(cell.y, machine: observations.results.timings?.machine))
        }
        let marks: [Mark]
        switch cell.mark {
        case .line: marks = lines(cell, trainings)
        case .bar: marks = bars(cell, trainings)
        case .box: marks = boxes(cell, trainings)
        }
        guard !marks.isEmpty else { return .problem(.nothingToShow(label: cell.label, data: cell.data)) }
        let hasEpochs = cell.mark == .line
        return .figure(
            Figure(
                marks: marks, xAxis: hasEpochs ? Axis(title: "Epoch", format: .integer) : Axis(),
                yAxis: Axis(
                    title: ReportWords.axis(cell.y), scale: cell.logarithmic ? .log : .linear, format: cell.y.axisFormat),
                title: cell.title, width: cell.width, height: cell.height,
                theme: Theme.named(cell.theme) ?? .github))
    }

    private func hasAny(_ training: TrainCell, _ measure: Measure) -> Bool {
        training.networks.contains { network in
            observations.runs(training, network, measure).contains {
                !observations.series($0, measure).isEmpty || !observations.samples($0, measure).isEmpty
                    || observations.number($0, measure, .final) != nil
            }
        }
    }

    // MARK: Series

    /// One network of one training cell, as a line, a bar or a box.
    private struct Series {
        var cell: TrainCell
        var network: String
        var name: String
        var color: Int
    }

    /// Networks of one cell keep their colours; the same network of several cells is told apart by dashes, and where
    /// there is only one network at all, the cells have the colours.
    private func series(_ trainings: [TrainCell]) -> [Series] {
        let networks = Set(trainings.flatMap(\.networks))
        return trainings.enumerated().flatMap { place, cell in
            zip(cell.networks, names.titles(cell.networks)).map { network, title in
                if trainings.count == 1 {
                    return Series(cell: cell, network: network, name: title, color: names.color(network))
                }
                if networks.count == 1 {
                    return Series(cell: cell, network: network, name: cell.label, color: place)
                }
                let turn = Palette.offprint.colors.count * place
                return Series(
                    cell: cell, network: network, name: "\(title) (\(cell.label))", color: names.color(network) + turn)
            }
        }
    }

    // MARK: Marks

    private func lines(_ cell: PlotCell, _ trainings: [TrainCell]) -> [Mark] {
        series(trainings).compactMap { series in
            let runs = observations.runs(series.cell, series.network, cell.y)
            let all = runs.map { observations.series($0, cell.y) }
            guard let epochs = all.map(\.count).max(), epochs > 0 else { return nil }
            var points: [DataPoint] = []
            var band: [Interval] = []
            for epoch in 0..<epochs {
                let values = all.compactMap { $0.indices.contains(epoch) ? $0[epoch] : nil }
                let over = Spread(of: values)
                let deviation = self.deviation(cell.y, runs, epoch: epoch, over: over)
                points.append(DataPoint(x: Double(epoch + 1), y: over.mean))
                // Neither accuracies nor losses nor times are negative.
                band.append(Interval(lower: max(0, over.mean - deviation), upper: over.mean + deviation))
            }
            let hasBand = cell.band || runs.count > 1
            return .line(
                LineMark(name: series.name, points: points, band: hasBand ? band : nil, colorIndex: series.color))
        }
    }

    /// Of repeated measurements within an epoch and of seeds, whichever there are, as one standard deviation.
    private func deviation(_ measure: Measure, _ runs: [RunIdentifier], epoch: Int, over: Spread) -> Double {
        let within = runs.compactMap { run -> Double? in
            let spreads = observations.spreads(run, measure)
            return spreads.indices.contains(epoch) ? spreads[epoch].deviation : nil
        }
        let variance = within.isEmpty ? 0 : within.reduce(0) { $0 + $1 * $1 } / Double(within.count)
        return (variance + over.deviation * over.deviation).squareRoot()
    }

    private func bars(_ cell: PlotCell, _ trainings: [TrainCell]) -> [Mark] {
        var networks: [String] = []
        for network in trainings.flatMap(\.networks) where !networks.contains(network) { networks.append(network) }
        var groups: [BarGroup] = []
        for (place, training) in trainings.enumerated() {
            let spreads = networks.map { observations.spread(training, $0, cell.y, .final) }
            let hasErrors = spreads.contains { ($0?.count ?? 0) > 1 && ($0?.deviation ?? 0) > 0 }
            groups.append(
                BarGroup(
                    name: training.label, values: spreads.map { $0?.mean ?? .nan },
                    errors: hasErrors ? spreads.map { $0?.deviation ?? 0 } : nil, colorIndex: place))
        }
        guard groups.contains(where: { $0.values.contains(where: \.isFinite) }) else { return [] }
        let colors = trainings.count == 1 ? networks.map(names.color) : nil
        return [.bars(BarMark(categories: names.titles(networks), groups: groups, categoryColors: colors))]
    }

    private func boxes(_ cell: PlotCell, _ trainings: [TrainCell]) -> [Mark] {
        var categories: [String] = []
        var boxes: [BoxData] = []
        var colors: [Int] = []
        for series in series(trainings) {
            let samples = observations.runs(series.cell, series.network, cell.y)
                .flatMap { observations.samples($0, cell.y) }
            guard !samples.isEmpty else { continue }
            categories.append(series.name)
            boxes.append(.samples(samples))
            colors.append(series.color)
        }
        return categories.isEmpty ? [] : [.boxes(BoxMark(categories: categories, boxes: boxes, colorIndices: colors))]
    }
}

extension Measure {
    var axisFormat: AxisFormat {
        switch self {
        case .trainAccuracy, .validAccuracy, .validTop5: .percent
        case .trainLoss, .validLoss: .number
        case .trainTime, .validTime, .trainSeconds, .inferenceCPU, .inferenceGPU: .seconds
        case .fileSize: .bytes
        case .parameters, .multiplyAdds: .integer
        }
    }
}
