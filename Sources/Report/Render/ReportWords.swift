internal import Datasets
internal import Kernels
internal import Plot

/// The sentences and headings that stand in a report itself. (The words of errors belong to the command line.)
enum ReportWords {
    /// Why there is no figure of a measure that this machine could not take.
    static func noMeasurement(_ measure: Measure, machine: Machine?) -> String {
        guard let machine else { return "No times were measured for this report, so this figure is left out." }
        guard measure == .inferenceGPU else {
            return "The times measured on this report's machine (\(machine.processor)) do not cover this figure, "
                + "so it is left out."
        }
        guard let gpu = machine.gpu else {
            return "No GPU on the machine that measured (\(machine.processor)), so this figure is left out."
        }
        return "Networks ran on the processor (\(machine.processor)) and not on the GPU (\(gpu)), "
            + "so this figure is left out."
    }

    /// What a picture shows, for those who cannot see it and were told nothing else.
    static func alternative(_ cell: FigureCell) -> String {
        switch cell {
        case .plot(let plot):
            switch plot.content {
            case .runs(let runs): axis(runs.y.measure)
            case .columns(let columns): columns.y.joined(separator: ", ")
            case .predictions(let predictions):
                predictions.kind == .confusion ? "Confusion matrix" : "Accuracy by confidence"
            }
        case .diagram(let diagram):
            (diagram.content == .architecture ? "Architecture of " : "Block of ")
                + diagram.networks.map { $0.block }.uniqued.joined(separator: ", ")
        case .images(let images):
            switch images.content {
            case .samples(let name, _, _): "Images of \(dataset(name))"
            case .mistakes(let mistakes): "Worst mistakes of \(mistakes.network ?? mistakes.data)"
            }
        }
    }

    /// Title of an axis, without its unit.
    static func axis(_ measure: Measure) -> String {
        switch measure {
        case .trainAccuracy: "Training accuracy"
        case .validAccuracy: "Validation accuracy"
        case .trainLoss: "Training loss"
        case .validLoss: "Validation loss"
        case .validTop5: "Validation top-5 accuracy"
        case .trainTime: "Forward time of a batch, training"
        case .validTime: "Forward time of a batch, validation"
        case .trainSeconds: "Training time"
        case .fileSize: "Model file"
        case .inferenceCPU: "Inference of one image, CPU"
        case .inferenceGPU: "Inference of one image, GPU"
        case .parameters: "Parameters"
        case .multiplyAdds: "Multiply-adds of one image"
        }
    }

    /// Heading of a table's column, without its unit: `Best validation accuracy`.
    static func title(_ column: TableCell.Column) -> String {
        let name = axis(column.measure)
        if column.measure == .inferenceCPU || column.measure == .inferenceGPU { return name + ", median" }
        guard column.measure.isPerEpoch else { return name }
        switch column.reduction {
        case .final: return name
        case .best: return "Best " + lowerFirst(name)
        case .mean: return "Mean " + lowerFirst(name)
        }
    }

    static let noLayers = "Layers were not measured on this report's machine."

    /// Below a table of layers.
    static func layers(_ limits: MachineLimits, threads: Int) -> String {
        let rate = { (value: Double) in QuantityText.fixed(value, QuantityText.digits(showing: 3, of: value)) }
        return "Limit: \(rate(limits.gflops)) GFLOP/s and \(rate(limits.gigabytesPerSecond)) GB/s of memory, measured "
            + "with \(threads) thread\(threads == 1 ? "" : "s"); what stays in the caches may be faster."
    }

    /// Heading of a column of a layers cell.
    static func layerColumn(_ name: String) -> String {
        switch name {
        case "network": network
        case "layer": "First layer"
        case "nodes": "Layers"
        case "kind": "Kind"
        case "input": "Input"
        case "pass": "Pass"
        case "algorithm": "Algorithm"
        case "ms": "ms"
        case "gflops": "GFLOP/s"
        case "bandwidth": "GB/s"
        case "intensity": "FLOP/byte"
        case "attainable": "Attainable GFLOP/s"
        case "share": "Of the limit"
        default: name
        }
    }

    /// Heading of a difference, short because every measure has one; `differences(to:)` explains it.
    static let difference = "Δ"

    /// Behind the caption of a table with a baseline.
    static func differences(to baseline: String) -> String { "Δ: difference to \(baseline), seed by seed." }

    /// What a data set is called in titles.
    static func dataset(_ name: String) -> String {
        let others = ["cifar10": "CIFAR-10", "stl10": "STL-10", "food101": "Food-101"]
        return DatasetCatalog.named(name)?.title ?? others[name] ?? name
    }

    // MARK: Predictions

    static let trueClass = "True class"
    static let predictedClass = "Predicted as"
    static let confidence = "Mean confidence"
    static let accuracy = "Accuracy"
    /// At the line where both are equal.
    static let perfect = "as sure as right"
    /// A network with its expected calibration error.
    static func calibration(_ name: String, error: Double) -> String {
        "\(name) (error \(QuantityText.fixed(100 * error, 1))%)"
    }
    /// What a network took an image for.
    static func taken(for name: String, confidence: Double) -> String {
        "\(name), \(QuantityText.fixed(100 * confidence, 0))%"
    }

    // MARK: Diagrams

    static let input = "Input"
    static let output = "Output"
    static let stem = "Stem"
    static let head = "Head"
    static func stage(_ number: String) -> String { "Stage \(number)" }
    static func block(_ number: Int, stage: Int) -> String { "Stage \(stage), block \(number)" }
    static func classes(_ count: Int) -> String { "\(count) classes" }
    static func groups(_ count: Int) -> String { "\(count) groups" }
    static func moreOfThese(_ count: Int) -> String { "… \(count) more of these …" }

    // MARK: Remarks on what a picture could not show

    /// One sentence for each thing that a reader would otherwise miss.
    static func remark(_ note: Drawing.Note) -> String? {
        func values(_ count: Int) -> String { count == 1 ? "1 value" : "\(count) values" }
        switch note {
        case .skippedNonFinite(let name, let count):
            return "\(values(count)) of \(name) \(count == 1 ? "is" : "are") not finite and left out."
        case .skippedNonPositive(let name, let count):
            return "\(values(count)) of \(name) \(count == 1 ? "is" : "are") not positive and left out."
        case .outsideRange(let name, let count): return "\(values(count)) of \(name) beyond the axis."
        case .empty(let name): return name.isEmpty ? nil : "\(name) has nothing to show."
        default: return nil
        }
    }

    // MARK: Figures and tables

    static func seed(_ seed: UInt64) -> String { "seed \(seed)" }

    static let count = "Count"
    static let network = "Network"
    static let run = "Run"
    static let rank = "Rank"
    /// Unit of the difference of two shares.
    static let points = "points"
    /// In place of a number that there cannot be.
    static let nothing = "–"
    static let failed = "failed"
    static let notMeasured = "not measured"

    private static func lowerFirst(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }
}

extension [String] {
    /// Each once, in the order in which they first come.
    var uniqued: [String] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}
