internal import Networks
internal import Plot

/// The marks of a plot cell that shows a measure of runs.
struct RunFigure {
    let observations: Observations
    let names: NetworkNames
    let cell: PlotCell
    let runs: PlotCell.RunContent

    private var measure: Measure { runs.y.measure }

    func content(_ trainings: [TrainCell]) -> FigureBuilder.Content {
        var content = FigureBuilder.Content()
        content.yAxis = Axis(title: ReportWords.axis(measure), format: measure.axisFormat)
        switch runs.x {
        case .epoch: content.xAxis = Axis(title: "Epoch", format: .integer)
        case .network: break
        case .none:
            content.xAxis = content.yAxis
            content.yAxis = Axis(title: ReportWords.count, format: .integer)
        case .measure(let x): content.xAxis = Axis(title: ReportWords.axis(x.measure), format: x.measure.axisFormat)
        }
        if cell.mark == .heatMap { (content.xAxis, content.yAxis) = (Axis(), Axis()) }
        guard let facet = runs.facet else {
            content.marks = marks(trainings)
            return content
        }
        for (title, part) in parts(trainings, by: facet) {
            let marks = marks(part)
            if !marks.isEmpty { content.panels.append(Panel(title: title, marks: marks)) }
        }
        return content
    }

    /// The training cells of each panel, with its title.
    private func parts(
        _ trainings: [TrainCell], by facet: PlotCell.RunContent.Facet
    ) -> [(title: String, trainings: [TrainCell])] {
        switch facet {
        case .dataset:
            let datasets = trainings.map(\.dataset)
            return trainings.map { training in
                let isOnly = datasets.count { $0 == training.dataset } == 1
                return (isOnly ? ReportWords.dataset(training.dataset) : training.label, [training])
            }
        case .network:
            var networks: [String] = []
            for network in trainings.flatMap(\.networks) where !networks.contains(network) { networks.append(network) }
            return zip(networks, names.titles(networks)).map { network, title in
                let part = trainings.filter { $0.networks.contains(network) }.map { training in
                    var copy = training
                    copy.networks = [network]
                    return copy
                }
                return (title, part)
            }
        }
    }

    private func marks(_ trainings: [TrainCell]) -> [Mark] {
        switch cell.mark {
        case .line, .step, .area, .points:
            return SeriesMarks(mark: cell.mark, band: cell.band, floor: 0).marks(lines(trainings))
        case .bar: return bars(trainings, .grouped)
        case .stacked: return bars(trainings, .stacked)
        case .box: return boxes(trainings)
        case .violin: return violins(trainings)
        case .histogram: return histograms(trainings)
        case .scatter: return scatter(trainings)
        case .heatMap: return heatMap(trainings)
        }
    }

    // MARK: Groups

    /// One network of one training cell, or one run of it, as a line, a bar or a box.
    private struct Group {
        var cell: TrainCell
        var network: String
        var name: String
        var color: Int
    }

    /// Networks keep their colours. Where two cells have a network in common, all are told apart by dashes and the name of
    /// the cell, and where there is only one network at all, the cells have the colours. By seed, every run stands for itself.
    private func groups(_ trainings: [TrainCell]) -> [Group] {
        let networks = Set(trainings.flatMap(\.networks))
        let titles = names.titles(of: trainings)
        let groups = trainings.enumerated().flatMap { place, cell in
            zip(cell.networks, names.titles(cell.networks)).map { network, titleInCell in
                if let title = titles?[network] {
                    return Group(cell: cell, network: network, name: title, color: names.color(network))
                }
                if networks.count == 1 {
                    return Group(cell: cell, network: network, name: cell.label, color: place)
                }
                let turn = Palette.offprint.colors.count * place
                return Group(
                    cell: cell, network: network, name: "\(titleInCell) (\(cell.label))", color: names.color(network) + turn)
            }
        }
        guard runs.color == .seed else { return groups }
        let isOne = groups.count == 1
        return groups.flatMap { group in
            group.cell.seeds.enumerated().map { index, seed in
                var single = group
                single.cell.seeds = [seed]
                single.name = isOne ? ReportWords.seed(seed) : "\(group.name), \(ReportWords.seed(seed))"
                single.color = isOne ? index : group.color + index * Palette.offprint.colors.count
                return single
            }
        }
    }

    /// What a box, a violin or a histogram is made of: repeated measurements, else one number for each seed.
    private func samples(_ group: Group) -> [Double] {
        let runs = observations.runs(group.cell, group.network, measure)
        let samples = runs.flatMap { observations.samples($0, measure) }
        return samples.isEmpty ? runs.compactMap { observations.number($0, measure, self.runs.y.reduction) } : samples
    }

    // MARK: Marks

    private func lines(_ trainings: [TrainCell]) -> [Series] {
        groups(trainings).compactMap { group in
            let runs = observations.runs(group.cell, group.network, measure)
            let all = runs.map { observations.series($0, measure) }
            guard let epochs = all.map(\.count).max(), epochs > 0 else { return nil }
            let places = (0..<epochs).map { epoch in
                Series.Place(
                    x: Double(epoch + 1), values: all.compactMap { $0.indices.contains(epoch) ? $0[epoch] : nil },
                    within: deviationWithin(runs, epoch: epoch))
            }
            return Series(name: group.name, color: group.color, places: places)
        }
    }

    /// Of repeated measurements within an epoch.
    private func deviationWithin(_ runs: [RunIdentifier], epoch: Int) -> Double {
        let within = runs.compactMap { run -> Double? in
            let spreads = observations.spreads(run, measure)
            return spreads.indices.contains(epoch) ? spreads[epoch].deviation : nil
        }
        let variance = within.isEmpty ? 0 : within.reduce(0) { $0 + $1 * $1 } / Double(within.count)
        return variance.squareRoot()
    }

    private func bars(_ trainings: [TrainCell], _ arrangement: BarMark.Arrangement) -> [Mark] {
        var networks: [String] = []
        for network in trainings.flatMap(\.networks) where !networks.contains(network) { networks.append(network) }
        var groups: [BarGroup] = []
        for (place, training) in trainings.enumerated() {
            let spreads = networks.map { observations.spread(training, $0, measure, runs.y.reduction) }
            let hasErrors = spreads.contains { ($0?.count ?? 0) > 1 && ($0?.deviation ?? 0) > 0 }
            groups.append(
                BarGroup(
                    name: training.label, values: spreads.map { $0?.mean ?? .nan },
                    errors: hasErrors && cell.band != PlotCell.Band.none ? spreads.map { $0?.deviation ?? 0 } : nil,
                    colorIndex: place))
        }
        guard groups.contains(where: { $0.values.contains(where: \.isFinite) }) else { return [] }
        let colors = trainings.count == 1 ? networks.map(names.color) : nil
        return [
            .bars(
                BarMark(
                    categories: names.titles(networks), groups: groups, arrangement: arrangement, categoryColors: colors))
        ]
    }

    private func boxes(_ trainings: [TrainCell]) -> [Mark] {
        let filled = groups(trainings).map { ($0, samples($0)) }.filter { !$0.1.isEmpty }
        guard !filled.isEmpty else { return [] }
        return [
            .boxes(
                BoxMark(
                    categories: filled.map(\.0.name), boxes: filled.map { .samples($0.1) },
                    colorIndices: filled.map(\.0.color)))
        ]
    }

    private func violins(_ trainings: [TrainCell]) -> [Mark] {
        let filled = groups(trainings).map { ($0, samples($0)) }.filter { !$0.1.isEmpty }
        guard !filled.isEmpty else { return [] }
        return [
            .violins(
                ViolinMark(
                    categories: filled.map(\.0.name), samples: filled.map(\.1), colorIndices: filled.map(\.0.color)))
        ]
    }

    private func histograms(_ trainings: [TrainCell]) -> [Mark] {
        groups(trainings).map { ($0, samples($0)) }.filter { !$0.1.isEmpty }.map { group, samples in
            .histogram(HistogramMark(name: group.name, values: samples, bins: cell.bins, colorIndex: group.color))
        }
    }

    /// A point for each network: means over seeds, with one standard deviation.
    private func scatter(_ trainings: [TrainCell]) -> [Mark] {
        guard case .measure(let x) = runs.x else { return [] }
        let points = groups(trainings).compactMap { group -> ScatterPoint? in
            guard let along = observations.spread(group.cell, group.network, x.measure, x.reduction),
                let up = observations.spread(group.cell, group.network, measure, runs.y.reduction)
            else { return nil }
            return ScatterPoint(
                name: group.name, x: along.mean, y: up.mean, xError: error(along), yError: error(up),
                colorIndex: group.color)
        }
        guard !points.isEmpty else { return [] }
        func better(_ measure: Measure) -> ParetoFront.Better { measure.isBetterLarger ? .higher : .lower }
        let front = ParetoFront(x: better(x.measure), y: better(measure))
        return [.scatter(ScatterMark(points: points, front: cell.front ? front : nil))]
    }

    private func error(_ spread: Spread) -> Interval? {
        guard cell.band != PlotCell.Band.none, spread.count > 1, spread.deviation > 0 else { return nil }
        return Interval(lower: spread.mean - spread.deviation, upper: spread.mean + spread.deviation)
    }

    /// Networks by training cells, or by seeds where the colour is the seed's.
    private func heatMap(_ trainings: [TrainCell]) -> [Mark] {
        var networks: [String] = []
        for network in trainings.flatMap(\.networks) where !networks.contains(network) { networks.append(network) }
        var columns: [(name: String, cell: TrainCell)] = trainings.map { ($0.label, $0) }
        if runs.color == .seed {
            columns = trainings.flatMap { training in
                training.seeds.map { seed in
                    var single = training
                    single.seeds = [seed]
                    let name = ReportWords.seed(seed)
                    return (trainings.count == 1 ? name : "\(training.label), \(name)", single)
                }
            }
        }
        let values = networks.map { network in
            columns.map { observations.spread($0.cell, network, measure, runs.y.reduction)?.mean ?? .nan }
        }
        guard values.joined().contains(where: \.isFinite) else { return [] }
        return [
            .heatMap(
                HeatMapMark(
                    rows: names.titles(networks), columns: columns.map(\.name), values: values,
                    format: measure.axisFormat, valueTitle: ReportWords.axis(measure)))
        ]
    }
}
