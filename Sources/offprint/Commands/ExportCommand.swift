import ArgumentParser
import Exchange
import Foundation
import Networks
import Report

/// `offprint export FILE RUN --format safetensors|onnx -o OUT [--fold-batch-norm] [--data-dir DIR] [-P k=v]... [--threads N]`
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the trained network of a run as other programs open it.",
        discussion: """
            The weights are those of the lock, bit for bit: from the cache, or trained again where the cache has lost \
            them. Ends with status 3 where they can no longer be made.
            """)

    @OptionGroup var options: TrainedRunOptions
    @Option(help: "safetensors (PyTorch's names and layouts) or onnx; by the name of the file where nothing is said.")
    var format: String?
    @Option(name: .shortAndLong, help: "The file to write.") var output: String
    @Flag(help: "Put batch norms into the convolutions before them, for inference alone.") var foldBatchNorm = false
    @Flag(help: "Diagnostics as JSON, one object a line.") var json = false

    private enum Format: String, CaseIterable { case safetensors, onnx }

    func run() async throws {
        let printer = DiagnosticPrinter(file: options.file, asJSON: json)
        let format = try chosenFormat(printer)
        let trained = try await TrainedModel.load(options, printer)
        let model = foldBatchNorm ? trained.model.foldingBatchNorms() : trained.model
        let facts = try ModelFacts(
            run: trained.run, dataset: trained.dataset, weightsDigest: trained.weightsDigest,
            batchNormsFolded: foldBatchNorm)
        switch format {
        case .safetensors: try writeSafetensors(model, facts, printer)
        case .onnx: try writeONNX(model, facts, trained.run.run, printer)
        }
        StandardError.write("\(trained.run.run), \(Quantities.count(model.parameterCount)) parameters; \(output) written")
    }

    private func chosenFormat(_ printer: DiagnosticPrinter) throws -> Format {
        let target = URL(fileURLWithPath: output)
        if target.standardizedFileURL == URL(fileURLWithPath: options.file).standardizedFileURL {
            printer.print(error: "\(output): the model would overwrite its experiment file; choose another with -o")
            throw Status.badInput.exit
        }
        let wanted = format ?? target.pathExtension.lowercased()
        guard let format = Format(rawValue: wanted) else {
            let known = commaSeparated(Format.allCases.map(\.rawValue))
            printer.print(error: "a model cannot be written as '\(wanted)'; known: \(known), with --format or by the file's name")
            throw Status.badInput.exit
        }
        return format
    }

    private func writeSafetensors(_ model: Model, _ facts: ModelFacts, _ printer: DiagnosticPrinter) throws {
        var metadata = facts.metadata
        metadata["documentation"] = facts.documentation
        metadata["graph"] = try ModelFacts.text(of: model.graph)
        let target = URL(fileURLWithPath: output)
        // Where the folder cannot be made, writing the file says so.
        try? FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        do throws(ModelFileError) {
            try ModelFile.write(model, layout: .pyTorch, metadata: metadata, to: target)
        } catch {
            printer.print(error: error.words)
            throw Status.badInput.exit
        }
    }

    private func writeONNX(
        _ model: Model, _ facts: ModelFacts, _ run: RunIdentifier, _ printer: DiagnosticPrinter
    ) throws {
        let card = ONNXModel.Card(
            name: run.description, documentation: facts.documentation, version: ToolVersion.current,
            metadata: facts.metadata)
        do {
            try AtomicFile.write(try ONNXModel.bytes(of: model, card: card), to: output)
        } catch let error as ExchangeError {
            printer.print(error: "\(output): \(error.words)")
            throw Status.badInput.exit
        } catch let error as StoredFileError {
            printer.print(error: error.words)
            throw Status.badInput.exit
        }
    }
}
