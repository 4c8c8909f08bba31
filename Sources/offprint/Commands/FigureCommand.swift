import ArgumentParser
import Foundation
import Plot
import Report

/// `offprint figure FILE LABEL [--format png|svg|pdf|md|csv|tex] [--width 3.25in] [--height 2in] [--theme NAME]
/// [--dpi 300] [--outlines] [-P k=v]... -o OUT`
struct FigureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figure",
        abstract: "Writes one figure or table of a report, in any format and size, from the lock; trains nothing.")

    @Argument(help: "The experiment file.") var file: String
    @Argument(help: "The label of a plot, diagram, images or table cell.") var label: String
    @Option(name: .shortAndLong, help: "The file to write; - for standard output.") var output: String
    @Option(help: "png, svg or pdf; md, csv or tex for a table. By the name of the file where nothing is said.")
    var format: String?
    @Option(help: "Such as 3.25in, 8cm or 234pt; the cell's where nothing is said.") var width: String?
    @Option(help: "Such as 2in; what suits the width where nothing is said.") var height: String?
    @Option(help: "The cell's where nothing is said.") var theme: String?
    @Option(help: "Pixels an inch of a PNG.") var dpi: Double = Renderer.crisp
    @Flag(help: "Letters as shapes and not as text (SVG and PDF): they look the same without the font.") var outlines = false
    @Option(help: "Where data sets are looked for first (image cells only).") var dataDir: String?
    @Option(name: .customShort("P"), help: "Sets a parameter of the front matter: name=value.") var parameters: [String] = []
    @Flag(help: "Diagnostics as JSON, one object a line.") var json = false

    func run() throws {
        let printer = DiagnosticPrinter(file: file, asJSON: json)
        let experiment = try ExperimentFile.open(file, parameters: parameters, dataFolder: dataDir, printer: printer)
        let plan = experiment.plan
        let figure = plan.figures.first { $0.label == label }
        let table = plan.tables.first { $0.label == label }
        var mistakes: [String] = []
        if figure == nil, table == nil {
            mistakes.append(Problem.unknown(.figure, label, among: plan.figures.map(\.label) + plan.tables.map(\.label)).words)
        }
        let format = chosenFormat(isTable: table != nil, &mistakes)
        let style = style(&mistakes)
        if outlines, let format, !["svg", "pdf"].contains(format) {
            mistakes.append("--outlines is for svg and pdf, and this is written as \(format)")
        }
        for mistake in mistakes { printer.print(error: mistake) }
        guard mistakes.isEmpty, let format else { throw Status.badInput.exit }

        var (content, results) = try load(experiment, printer)
        let missing = ReportRenderer.missingRuns(of: figure?.data ?? table?.data ?? [], content: content, results: results)
        for result in missing { printer.print(error: result.words + "; train it with offprint render") }
        guard missing.isEmpty else { throw Status.badInput.exit }
        let bytes: [UInt8]
        if let table, let format = TableFormat(rawValue: format) {
            bytes = Array(format.text(of: ReportRenderer.table(table, content: content, results: results)).utf8)
        } else if let figure {
            try loadParts(of: figure, experiment, &content, &results, printer)
            bytes = try draw(figure, style, format, content, results, printer)
        } else {
            throw Status.fault.exit
        }
        try write(bytes, printer)
    }

    // MARK: What is asked

    private func chosenFormat(isTable: Bool, _ mistakes: inout [String]) -> String? {
        let known = isTable ? TableFormat.allCases.map(\.rawValue) : ["png", "svg", "pdf"]
        let ending = URL(fileURLWithPath: output).pathExtension.lowercased()
        let wanted = format ?? (ending.isEmpty ? known[0] : ending == "latex" ? "tex" : ending == "markdown" ? "md" : ending)
        guard known.contains(wanted) else {
            let what = isTable ? "a table" : "a figure"
            mistakes.append("\(what) cannot be written as '\(wanted)'; known: \(commaSeparated(known)), with --format or by the file's name")
            return nil
        }
        return wanted
    }

    private func style(_ mistakes: inout [String]) -> FigureStyle {
        var style = FigureStyle()
        func inches(_ text: String?, _ option: String) -> Double? {
            guard let text else { return nil }
            guard let inches = Length.inches(text), Figure.sizes.contains(inches) else {
                mistakes.append(
                    "\(option) must be a length from \(Int(Figure.sizes.lowerBound)) to \(Int(Figure.sizes.upperBound)) "
                        + "inches, such as 3.25in or 8cm, not '\(text)'")
                return nil
            }
            return inches
        }
        style.width = inches(width, "--width")
        style.height = inches(height, "--height")
        if let theme {
            style.theme = Theme.named(theme)
            if style.theme == nil { mistakes.append(Problem.unknown(.theme, theme, among: Theme.names).words) }
        }
        if !(1...2400).contains(dpi) { mistakes.append("--dpi must be from 1 to 2400, not \(dpi)") }
        return style
    }

    /// Keys are made from the digests in the lock: the data need not be here.
    private func load(_ experiment: ExperimentFile, _ printer: DiagnosticPrinter) throws -> (ReportContent, Results) {
        let plan = experiment.plan
        var results: Results
        do throws(ResultsError) {
            results = try experiment.store.load(machine: plan.machine, thisMachine: Machine.current.name)
            if !plan.layerSteps.isEmpty {
                results.layerTimings = try experiment.store.loadLayers(
                    machine: plan.machine, thisMachine: Machine.current.name)
            }
        } catch {
            printer.print(error: error.words)
            throw Status.badInput.exit
        }
        let digests = DatasetDigests(for: experiment, lock: results.lock, reading: false)
        var keys: [RunIdentifier: String] = [:]
        for run in plan.runs { keys[run.run] = try digests.digest(of: run).map { try run.key(datasetDigest: $0) } }
        return (ReportContent(plan, keys: keys), results)
    }

    /// Predictions and pictures, where the figure shows them.
    private func loadParts(
        of figure: FigureCell, _ experiment: ExperimentFile, _ content: inout ReportContent, _ results: inout Results,
        _ printer: DiagnosticPrinter
    ) throws {
        do throws(StoredFileError) {
            let keys = ReportRenderer.predictionKeys(of: content, labels: [figure.label])
            results.predictions = try experiment.store.loadPredictions(keys: keys)
            guard case .images(let images) = figure else { return }
            content.samples = try SampleLoader(experiment: experiment, content: content, results: results)
                .samples(for: [images], reading: true)
        } catch {
            printer.print(error: error.words)
            throw Status.badInput.exit
        }
    }

    // MARK: What is made

    private func draw(
        _ figure: FigureCell, _ style: FigureStyle, _ format: String, _ content: ReportContent, _ results: Results,
        _ printer: DiagnosticPrinter
    ) throws -> [UInt8] {
        let drawn: DrawnFigure
        do throws(ReportProblem) {
            drawn = try ReportRenderer.draw(figure, content: content, results: results, style: style)
        } catch {
            printer.print(error: error.words, at: error.location)
            throw Status.cellFailed.exit
        }
        guard case .drawing(let drawing) = drawn else {
            if case .sentence(let sentence) = drawn { printer.print(error: "'\(label)': \(sentence)") }
            throw Status.badInput.exit
        }
        do throws(RenderError) {
            switch format {
            case "svg": return Array(try Renderer.svg(drawing, text: outlines ? .outlines : .real).utf8)
            case "pdf": return try Renderer.pdf(drawing, text: outlines ? .outlines : .real)
            default: return try Renderer.png(drawing, dpi: dpi)
            }
        } catch {
            printer.print(error: ReportProblem.image(label: label, error).words)
            throw Status.badInput.exit
        }
    }

    private func write(_ bytes: [UInt8], _ printer: DiagnosticPrinter) throws {
        if output == "-" {
            FileHandle.standardOutput.write(Data(bytes))
            return
        }
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            printer.print(error: "\(output): cannot be written: \(error.localizedDescription)")
            throw Status.badInput.exit
        }
    }
}
