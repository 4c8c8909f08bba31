internal import Networks
internal import Plot

/// What figures show of predictions: how classes are confused, how sure a network may be, and where it is most wrong.
struct PredictionFigure {
    let observations: Observations
    let names: NetworkNames

    /// Bins of a calibration curve where the author says nothing.
    private static let bins = 10

    /// Bins of fewer images are left out of a curve: what a handful of answers says of them is chance.
    private static let fewestImages = 10

    /// The marks of a plot cell.
    /// - Throws: `ReportProblem` where a run that left a result left no predictions.
    func content(
        _ content: PlotCell.PredictionContent, of cell: PlotCell, _ trainings: [TrainCell]
    ) throws(ReportProblem) -> FigureBuilder.Content {
        switch content.kind {
        case .confusion: try confusion(content, of: cell, trainings)
        case .calibration: try calibration(content, of: cell, trainings)
        }
    }

    /// The worst mistakes of a run as pictures, each with its class, then what it was taken for and how surely.
    func mistakes(
        _ mistakes: ImagesCell.Mistakes, of cell: ImagesCell, _ samples: SampleImages?
    ) throws(ReportProblem) -> [GridImage] {
        guard let training = observations.content.training(mistakes.data), let run = training.run(of: mistakes),
            observations.result(run) != nil
        else { throw .nothingToShow(label: cell.label, data: [mistakes.data]) }
        guard let predictions = observations.predictions(run) else { throw .noPredictions(label: cell.label, run) }
        let worst = predictions.worstMistakes(cell.count)
        guard !worst.isEmpty else { throw .noMistakes(label: cell.label, run) }
        guard let samples, samples.indices == worst.map(\.index) else {
            throw .noImages(label: cell.label, dataset: training.dataset)
        }
        return worst.enumerated().compactMap { place, mistake in
            guard let raster = samples.raster(place) else { return nil }
            let classes = predictions.classNames
            let taken = ReportWords.taken(
                for: classes[mistake.prediction.predicted], confidence: mistake.prediction.confidence)
            return GridImage(raster: raster, caption: [classes[mistake.prediction.label], taken], verdict: .wrong)
        }
    }

    // MARK: Plots

    private func confusion(
        _ content: PlotCell.PredictionContent, of cell: PlotCell, _ trainings: [TrainCell]
    ) throws(ReportProblem) -> FigureBuilder.Content {
        guard let training = trainings.first, let network = content.networks.first ?? training.networks.first,
            let together = try predictions(content, network, training, of: cell)
        else { return FigureBuilder.Content() }
        return FigureBuilder.Content(
            marks: [.heatMap(.confusion(classes: together.classNames, counts: together.confusion))],
            xAxis: Axis(title: ReportWords.predictedClass), yAxis: Axis(title: ReportWords.trueClass))
    }

    private func calibration(
        _ content: PlotCell.PredictionContent, of cell: PlotCell, _ trainings: [TrainCell]
    ) throws(ReportProblem) -> FigureBuilder.Content {
        let bins = cell.bins ?? Self.bins
        let areDistinct = names.titles(of: trainings) != nil
        var lines: [LineMark] = []
        for (place, training) in trainings.enumerated() {
            let networks = content.networks.isEmpty ? training.networks : content.networks
            for (network, title) in zip(networks, names.titles(networks)) {
                guard let together = try predictions(content, network, training, of: cell) else { continue }
                let curve = curve(together.calibration(bins: bins))
                let name = areDistinct ? title : "\(title) (\(training.label))"
                let error = together.expectedCalibrationError(bins: bins)
                lines.append(
                    LineMark(
                        name: ReportWords.calibration(name, error: error), points: curve.map(\.point),
                        band: curve.map(\.interval),
                        colorIndex: names.color(network) + (areDistinct ? 0 : place * Palette.offprint.colors.count)))
            }
        }
        guard !lines.isEmpty else { return FigureBuilder.Content() }
        // Bands of several curves lie on top of each other and say nothing.
        if lines.count > 1 { for index in lines.indices { lines[index].band = nil } }
        return FigureBuilder.Content(
            marks: [.reference(ReferenceMark(.identity, label: ReportWords.perfect))] + lines.map(Mark.line),
            xAxis: Axis(title: ReportWords.confidence, range: 0...1, format: .percent),
            yAxis: Axis(title: ReportWords.accuracy, range: 0...1, format: .percent))
    }

    /// The bins that hold enough images, or all where none does: what is drawn of each, and how far it can be trusted.
    private func curve(_ bins: [CalibrationBin]) -> [(point: DataPoint, interval: Interval)] {
        let fewest = bins.contains { $0.images >= Self.fewestImages } ? Self.fewestImages : 1
        return bins.compactMap { bin in
            guard bin.images >= fewest, let confidence = bin.confidence, let accuracy = bin.accuracy,
                let interval = bin.accuracyInterval
            else { return nil }
            return (
                DataPoint(x: confidence, y: accuracy),
                Interval(lower: interval.lowerBound, upper: interval.upperBound)
            )
        }
    }

    /// What one network said of all images, those of several seeds one after the other; `nil` where no run has a result.
    private func predictions(
        _ content: PlotCell.PredictionContent, _ network: String, _ training: TrainCell, of cell: PlotCell
    ) throws(ReportProblem) -> RunPredictions? {
        let runs = training.runs.filter { run in
            run.network == network && (content.seed == nil || content.seed == run.seed)
                && observations.result(run) != nil
        }
        var together: RunPredictions?
        for run in runs {
            guard let predictions = observations.predictions(run) else { throw .noPredictions(label: cell.label, run) }
            together = RunPredictions(
                key: predictions.key, classNames: predictions.classNames,
                images: (together?.images ?? []) + predictions.images)
        }
        return together
    }
}
