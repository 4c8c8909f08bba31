import ArgumentParser
import Datasets
import Foundation
import Kernels
import Networks
import Report

/// `offprint predict FILE RUN IMAGE... [--json] [--data-dir DIR] [-P k=v]... [--threads N]`
struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "What the trained network of a run says of image files.",
        discussion: """
            PNG and JPEG files of any size are scaled and cut to the network's input as its data set's images are, and \
            become grey where it takes grey. An image that cannot be read is an error (status 4); the others are answered.
            """)

    @OptionGroup var options: TrainedRunOptions
    @Argument(help: "PNG or JPEG files.") var images: [String]
    @Flag(help: "One JSON object for each image: class, probabilities, logits.") var json = false

    func run() async throws {
        let printer = DiagnosticPrinter(file: options.file, asJSON: json)
        let trained = try await TrainedModel.load(options, printer)
        let predictor = Predictor(trained, instructionSet: try InstructionSetChoice.current())
        var rows: [[String]] = []
        var unread = 0
        for image in images {
            do {
                let answer = try predictor.answer(image)
                if json { try JSONLine.print(answer) } else { rows.append(answer.row) }
            } catch let error as DatasetError {
                printer.print(error: error.words)
                unread += 1
            } catch let error as TrainingError {
                printer.print(error: "\(image): \(error.words)")
                throw Status.fault.exit
            }
        }
        if !rows.isEmpty {
            let numbers = stride(from: 2, through: 2 * Answer.shown, by: 2)
            print(TextTable(rows: [Answer.headings] + rows, rightAligned: Set(numbers)).text)
        }
        if unread > 0 { throw Status.badInput.exit }
    }
}

/// Answers one image at a time, so that no answer depends on which other images were named.
private struct Predictor {
    private let trained: TrainedModel
    private let context: KernelContext

    init(_ trained: TrainedModel, instructionSet: InstructionSet) {
        self.trained = trained
        context = KernelContext(instructionSet: instructionSet, threads: trained.threads)
    }

    /// - Throws: `DatasetError` where the image cannot be read.
    func answer(_ image: String) throws -> Answer {
        let dataset = trained.dataset
        let pixels = try DatasetCatalog.pixels(ofPicture: URL(fileURLWithPath: image), for: dataset)
        let images = LabeledImages(
            height: dataset.height, width: dataset.width, channels: dataset.channels, pixels: pixels, labels: [0],
            classNames: dataset.classNames)
        let rows = try trained.model.logits(
            images, batchSize: 1, scaling: trained.run.configuration.scaling, context: context)
        return Answer(image: image, classes: dataset.classNames, logits: rows[0])
    }
}

/// What the network says of one image.
private struct Answer: Encodable {
    /// As the user named it.
    let image: String
    /// The likeliest; the first of equals.
    let `class`: String
    /// Their names, in the order of the numbers.
    let classes: [String]
    let probabilities: [Double]
    let logits: [Float]

    /// How many classes the table shows.
    static let shown = 3
    static let headings = ["image", "class", "", "second", "", "third", ""]

    init(image: String, classes: [String], logits: [Float]) {
        self.image = image
        self.classes = classes
        self.logits = logits
        probabilities = Prediction.probabilities(logits: logits)
        let best = Self.ranking(logits).first
        `class` = best.map { classes[$0] } ?? ""
    }

    var row: [String] {
        [image]
            + Self.ranking(logits).prefix(Self.shown).flatMap { [classes[$0], Quantities.percent(probabilities[$0])] }
    }

    /// Classes, likeliest first; equals in their order.
    private static func ranking(_ logits: [Float]) -> [Int] {
        logits.indices.sorted { logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1 }
    }
}
