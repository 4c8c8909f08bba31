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

    /// Heading of a column, with its unit in brackets: `Best validation accuracy (%)`.
    static func heading(_ column: TableCell.Column, unit: String) -> String {
        var name = axis(column.measure)
        switch column.measure {
        case .inferenceCPU, .inferenceGPU: name += ", median"
        default: break
        }
        if column.measure.isPerEpoch {
            switch column.reduction {
            case .final: break
            case .best: name = "Best " + lowerFirst(name)
            case .mean: name = "Mean " + lowerFirst(name)
            }
        }
        return unit.isEmpty ? name : "\(name) (\(unit))"
    }

    static let network = "Network"
    static let run = "Run"
    static let failed = "failed"
    static let notMeasured = "not measured"

    private static func lowerFirst(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }
}
