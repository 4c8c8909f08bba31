internal import Networks
internal import Plot

/// Makes the figure of a plot cell from results, or from the numbers of a data cell. Pure; layout and drawing come
/// after.
struct FigureBuilder {
    let observations: Observations
    let names: NetworkNames

    enum Outcome {
        case figure(Figure)
        /// There cannot be one; the sentence says why and nothing is wrong.
        case leftOut(String)
        case problem(ReportProblem)
    }

    /// Marks of one figure, or of its panels, and the axes they need.
    struct Content {
        var marks: [Mark] = []
        var panels: [Panel] = []
        var xAxis = Axis()
        var yAxis = Axis()

        var isEmpty: Bool { marks.isEmpty && panels.isEmpty }
    }

    func build(_ cell: PlotCell) -> Outcome {
        var content: Content
        switch cell.content {
        case .runs(let runs):
            let trainings = cell.data.compactMap(observations.content.training)
            if runs.y.measure.isTiming, !trainings.contains(where: { hasAny($0, runs.y.measure) }) {
                return .leftOut(ReportWords.noMeasurement(runs.y.measure, machine: observations.results.timings?.machine))
            }
            content = RunFigure(observations: observations, names: names, cell: cell, runs: runs).content(trainings)
        case .columns(let columns):
            guard let table = observations.content.dataCells.first(where: { cell.data.contains($0.label) }) else {
                return .problem(.nothingToShow(label: cell.label, data: cell.data))
            }
            if table.rowCount == 0, observations.content.isOfLayers(table.label) { return .leftOut(ReportWords.noLayers) }
            content = ColumnFigure(table: table, cell: cell, columns: columns).content()
        case .predictions(let predictions):
            let trainings = cell.data.compactMap(observations.content.training)
            do throws(ReportProblem) {
                content = try PredictionFigure(observations: observations, names: names)
                    .content(predictions, of: cell, trainings)
            } catch {
                return .problem(error)
            }
        }
        guard !content.isEmpty else { return .problem(.nothingToShow(label: cell.label, data: cell.data)) }
        let remarks =
            cell.references.map { reference in
                Mark.reference(
                    ReferenceMark(reference.axis == .x ? .x(reference.value) : .y(reference.value), label: reference.label))
            } + cell.annotations.map { .annotation(AnnotationMark($0.text, at: DataPoint(x: $0.x, y: $0.y))) }
        return .figure(
            Figure(
                marks: content.marks + remarks, panels: content.panels, xAxis: Self.axis(content.xAxis, cell.xAxis, content),
                yAxis: Self.axis(content.yAxis, cell.yAxis, content), legend: cell.hasLegend ? .automatic : .none,
                title: cell.title, width: cell.width, height: cell.height, theme: Theme.named(cell.theme) ?? .github))
    }

    private func hasAny(_ training: TrainCell, _ measure: Measure) -> Bool {
        training.networks.contains { network in
            observations.runs(training, network, measure).contains {
                !observations.series($0, measure).isEmpty || !observations.samples($0, measure).isEmpty
                    || observations.number($0, measure, .final) != nil
            }
        }
    }

    /// The axis of the data with what the author says of it.
    private static func axis(_ axis: Axis, _ options: PlotCell.AxisOptions, _ content: Content) -> Axis {
        var axis = axis
        if let title = options.title { axis.title = title }
        if let unit = options.unit { axis.unit = unit }
        if let format = options.format.flatMap(AxisFormat.init) { axis.format = format }
        if let range = options.range { axis.range = range }
        if case .categorical = axis.scale { return axis }
        switch options.scale {
        case .linear: break
        case .log: axis.scale = .log
        case .symlog: axis.scale = .symlog(threshold: content.smallestMagnitude)
        }
        return axis
    }
}

extension FigureBuilder.Content {
    /// Of the values that are drawn, the smallest that is not zero, at most nine decades below the largest; a power
    /// of ten.
    fileprivate var smallestMagnitude: Double {
        let all = (marks + panels.flatMap(\.marks)).flatMap { mark -> [Double] in
            switch mark {
            case .line(let mark): mark.points.map(\.y)
            case .step(let mark): mark.points.map(\.y)
            case .area(let mark): mark.points.map(\.y)
            case .points(let mark): mark.points.map(\.y)
            case .scatter(let mark): mark.points.map(\.y)
            case .bars(let mark): mark.groups.flatMap(\.values)
            case .violins(let mark): mark.samples.joined().map { $0 }
            default: []
            }
        }.map(\.magnitude).filter { $0 > 0 && $0.isFinite }
        guard let smallest = all.min(), let largest = all.max() else { return 1 }
        var power = 1.0
        let wanted = Swift.max(smallest, largest * 1e-9)
        while power > wanted, power > 1e-300 { power /= 10 }
        while power * 10 <= wanted { power *= 10 }
        return power
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
