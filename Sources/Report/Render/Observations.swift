internal import Networks

/// Results as figures and tables ask for them: by measure, for one network of one training cell.
///
/// Only what carries the planned key counts: a result or a timing of an older plan is as good as none.
struct Observations {
    let content: ReportContent
    let results: Results

    init(content: ReportContent, results: Results) {
        self.content = content.filled(from: results)
        self.results = results
    }

    /// What a table of layers needs to be understood: what the machine can do, or that nothing was measured. `nil` for
    /// any other table.
    func layersRemark(_ label: String) -> String? {
        guard content.isOfLayers(label) else { return nil }
        let measured = content.layerSteps.filter { $0.label == label }.compactMap { step in
            results.layers(step.name, key: step.key)
        }
        guard let first = measured.first else { return ReportWords.noLayers }
        return ReportWords.layers(first.limits, threads: first.threads)
    }

    func result(_ run: RunIdentifier) -> RunResult? {
        guard let result = results.lock.runs[run.description], result.key == content.keys[run] else { return nil }
        return result
    }

    func timing(_ run: RunIdentifier) -> RunTiming? {
        guard let timing = results.timings?.runs[run.description], timing.key == content.keys[run] else { return nil }
        return timing
    }

    /// What a run said of each validation image, where that is loaded.
    func predictions(_ run: RunIdentifier) -> RunPredictions? {
        content.keys[run].flatMap { results.predictions[$0] }
    }

    /// The runs of one network that left what `measure` needs, one for each seed.
    func runs(_ cell: TrainCell, _ network: String, _ measure: Measure) -> [RunIdentifier] {
        cell.seeds.map { RunIdentifier(label: cell.label, network: network, seed: $0) }.filter { run in
            measure.isTiming ? timing(run) != nil : result(run) != nil
        }
    }

    /// The measure of each epoch; empty where it is no measure by epoch or there is no result.
    func series(_ run: RunIdentifier, _ measure: Measure) -> [Double] {
        switch measure {
        case .trainAccuracy: result(run)?.epochs.map(\.trainAccuracy) ?? []
        case .validAccuracy: result(run)?.epochs.map(\.validAccuracy) ?? []
        case .trainLoss: result(run)?.epochs.map(\.trainLoss) ?? []
        case .validLoss: result(run)?.epochs.map(\.validLoss) ?? []
        case .validTop5: result(run)?.epochs.compactMap(\.validTop5) ?? []
        case .trainTime, .validTime: spreads(run, measure).map(\.mean)
        default: []
        }
    }

    /// Repeated measurements of each epoch, for the two measures that have them.
    func spreads(_ run: RunIdentifier, _ measure: Measure) -> [Spread] {
        switch measure {
        case .trainTime: timing(run)?.epochs.map(\.trainForward) ?? []
        case .validTime: timing(run)?.epochs.map(\.validForward) ?? []
        default: []
        }
    }

    /// Single-image inference times, in seconds.
    func samples(_ run: RunIdentifier, _ measure: Measure) -> [Double] {
        measure == .inferenceCPU ? timing(run)?.inferenceCPU ?? [] : []
    }

    /// One number for the run: a series reduced, the median of samples, or the number itself.
    func number(_ run: RunIdentifier, _ measure: Measure, _ reduction: Reduction) -> Double? {
        if measure.isPerEpoch { return reduction.apply(series(run, measure), largest: measure.isBetterLarger) }
        switch measure {
        case .trainSeconds: return timing(run).map { $0.epochs.reduce(0) { $0 + $1.trainSeconds } }
        case .fileSize: return result(run).map { Double($0.fileSize) }
        case .parameters: return result(run).map { Double($0.parameters) }
        case .multiplyAdds: return result(run).map { Double($0.multiplyAdds) }
        case .inferenceCPU, .inferenceGPU: return median(samples(run, measure))
        default: return nil
        }
    }

    /// Mean and deviation over the seeds that have a number; `nil` where none has.
    func spread(_ cell: TrainCell, _ network: String, _ measure: Measure, _ reduction: Reduction) -> Spread? {
        let numbers = runs(cell, network, measure).compactMap { number($0, measure, reduction) }
        return numbers.isEmpty ? nil : Spread(of: numbers)
    }

    /// The network with the highest mean validation accuracy after the last epoch; the first of equals.
    func bestNetwork(_ cell: TrainCell) -> String? {
        var best: (network: String, accuracy: Double)?
        for network in cell.networks {
            guard let accuracy = spread(cell, network, .validAccuracy, .final)?.mean, accuracy.isFinite else { continue }
            if accuracy > best?.accuracy ?? -1 { best = (network, accuracy) }
        }
        return best?.network
    }

    private func median(_ samples: [Double]) -> Double? {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension Measure {
    /// Of accuracies more is better; of everything else less is.
    var isBetterLarger: Bool { self == .trainAccuracy || self == .validAccuracy || self == .validTop5 }
}

extension Reduction {
    /// `nil` of an empty series. Values that are not finite are passed over by `best`, unless all are.
    func apply(_ series: [Double], largest: Bool) -> Double? {
        guard let last = series.last else { return nil }
        switch self {
        case .final: return last
        case .mean: return series.reduce(0, +) / Double(series.count)
        case .best:
            let finite = series.filter(\.isFinite)
            return (largest ? finite.max() : finite.min()) ?? last
        }
    }
}
