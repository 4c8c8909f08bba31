import ArgumentParser
import Datasets
import Foundation
import Report

/// An experiment file as the commands share it: read, expanded, understood.
struct ExperimentFile {
    var path: String
    var document: Document
    var plan: Plan
    /// Where data sets are looked for, in order.
    var dataFolders: [URL]

    /// The folder that holds the lock, the timings and, unless told otherwise, the finished report.
    var folder: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
    var store: ResultsStore { ResultsStore(folder: folder) }

    /// - Throws: `Status.badInput`, after every mistake has been printed.
    static func open(
        _ path: String, parameters: [String], dataFolder: String?, printer: DiagnosticPrinter
    ) throws -> ExperimentFile {
        let bytes = try read(path, printer)
        let dataFolders = DataFolders.searched(dataFolder)
        var mistakes: [Diagnostic] = []
        var overrides: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "="), equals != parameter.startIndex else {
                mistakes.append(Diagnostic(.malformedParameter(parameter), at: nil))
                continue
            }
            overrides[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            printer.print(mistakes + Document.read(bytes).diagnostics)
            throw Status.badInput.exit
        }
        let (expanded, problems) = PartialExpander.expand(text, templates: Templates.near(path))
        for problem in problems { printer.print(error: problem.words, at: problem.location) }
        let (document, ofForm) = Document.read(Array(expanded.text.utf8))
        mistakes += ofForm
        var plan: Plan?
        if let document {
            let made = Plan.make(
                of: document, parameters: overrides, imageFolders: imageFolders(path, dataFolders))
            plan = made.plan
            mistakes += made.diagnostics
        }
        for index in mistakes.indices {
            mistakes[index].location = mistakes[index].location.map { expanded.origin(of: $0) }
        }
        printer.print(mistakes)
        guard let document, let plan, problems.isEmpty, !mistakes.contains(where: { $0.severity == .error }) else {
            throw Status.badInput.exit
        }
        return ExperimentFile(path: path, document: document, plan: plan, dataFolders: dataFolders)
    }

    private static func read(_ path: String, _ printer: DiagnosticPrinter) throws -> [UInt8] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            printer.print(error: "\(path): no such file")
            throw Status.badInput.exit
        }
        guard !isFolder.boolValue, let data = FileManager.default.contents(atPath: path) else {
            printer.print(error: "\(path): \(isFolder.boolValue ? "this is a folder" : "cannot be read")")
            throw Status.badInput.exit
        }
        return Array(data)
    }

    /// Where the files of a data set are looked for, in order: a folder of images first beside the experiment file.
    func folders(of dataset: String) -> [URL] {
        if case .folder = try? DatasetReference(dataset) { return Self.imageFolders(path, dataFolders) }
        return dataFolders
    }

    /// A run as a child process is handed it.
    /// - Parameters:
    ///   - usesCache: whether it keeps its model and its checkpoints there, and goes on from one.
    ///   - threads: where the cell says nothing.
    func step(
        of run: PlannedRun, key: String, threads: Int, usesCache: Bool, inferences: Int = ChildStep.standardInferences
    ) -> ChildStep {
        ChildStep(
            run: run.run, key: key, graph: run.graph, configuration: run.configuration, dataset: run.dataset,
            dataFolders: folders(of: run.dataset).map(\.path), limit: run.limit, threads: run.threads ?? threads,
            modelPath: usesCache ? CacheFolder.modelPath(key: key) : nil,
            checkpoints: usesCache
                ? run.checkpointInterval.map {
                    ChildStep.Checkpoints(folder: CacheFolder.checkpointFolder(key: key), seconds: $0)
                } : nil,
            timeLimit: run.timeLimit, memoryLimit: run.memoryLimit, inferences: inferences, initial: run.initial)
    }

    private static func imageFolders(_ path: String, _ dataFolders: [URL]) -> [URL] {
        [URL(fileURLWithPath: path).deletingLastPathComponent()] + dataFolders
    }
}

/// Report partials: `templates/NAME.md` in the folder of the experiment file or in one above it.
enum Templates {
    private static let largest = 1 << 20

    /// Text by name; the nearest folder wins.
    static func near(_ path: String) -> [String: String] {
        var templates: [String: String] = [:]
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL
        for _ in 0..<64 {
            let place = folder.appendingPathComponent("templates", isDirectory: true)
            let files = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
            for file in files where file.hasSuffix(".md") {
                let name = String(file.dropLast(3))
                guard templates[name] == nil,
                    let data = FileManager.default.contents(atPath: place.appendingPathComponent(file).path),
                    data.count <= largest, let text = String(validating: data, as: UTF8.self)
                else { continue }
                templates[name] = text
            }
            let above = folder.deletingLastPathComponent()
            if above.path == folder.path { break }
            folder = above
        }
        return templates
    }
}
