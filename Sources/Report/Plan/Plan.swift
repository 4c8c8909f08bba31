public import Foundation
public import Networks
internal import Datasets
internal import Plot

/// What an experiment file asks for, every name, shape and option checked: nothing in it can fail for a reason that
/// stands in the file.
public struct Plan: Sendable {
    public var title: String?
    public var echo: Bool
    /// Whose timings to draw; `nil` for this machine's, else the first.
    public var machine: String?
    /// As prose shows them.
    public var parameters: [String: String]
    public var trainings: [TrainCell]
    public var plots: [PlotCell]
    public var tables: [TableCell]
    public var diagrams: [DiagramCell]
    public var images: [ImagesCell]
    /// Numbers that stand in the file, and the tables, still empty, of what is measured.
    public var dataCells: [DataCell]
    public var layers: [LayersCell] = []
    /// One for each network of a layers cell, in the order of the file.
    public var layerSteps: [PlannedLayers] = []
    /// One for each network and seed, in the order of the file.
    public var runs: [PlannedRun]

    /// Understands a document.
    /// - Parameters:
    ///   - document: with partials expanded.
    ///   - parameters: from `-P name=value`.
    ///   - imageFolders: where folders of images and initial weights are looked for: beside the file first, then in
    ///     the data folders.
    /// - Returns: the plan, or `nil` where there is any error; and every mistake, in the order of the file.
    public static func make(
        of document: Document, parameters: [String: String] = [:], imageFolders: [URL] = []
    ) -> (plan: Plan?, diagnostics: [Diagnostic]) {
        var maker = PlanMaker(document: document, parameters: parameters, imageFolders: imageFolders)
        let plan = maker.make()
        let diagnostics = Diagnostic.sorted(maker.diagnostics)
        return (diagnostics.contains { $0.severity == .error } ? nil : plan, diagnostics)
    }
}

/// One run to be: what to train on what.
public struct PlannedRun: Sendable, Hashable {
    public var run: RunIdentifier
    /// The text of a `DatasetReference`.
    public var dataset: String
    /// The first so many images; `nil` for all.
    public var limit: Int?
    public var graph: Graph
    /// With the run's seed.
    public var configuration: TrainingConfiguration
    public var threads: Int?
    /// Seconds.
    public var timeLimit: Double?
    /// Bytes.
    public var memoryLimit: Int?
    /// Seconds; `nil` for no checkpoints.
    public var checkpointInterval: Double?
    /// `nil` for random weights.
    public var initial: InitialWeights?

    /// The key its result must have.
    /// - Parameter datasetDigest: `Digest.of` the images, after `limit`.
    public func key(datasetDigest: String) throws -> String {
        try StepKey.make(
            graph: graph, configuration: configuration, datasetDigest: datasetDigest, initialDigest: initial?.digest)
    }
}

private struct PlanMaker {
    let document: Document
    let overrides: [String: String]
    let imageFolders: [URL]
    var diagnostics: [Diagnostic] = []

    init(document: Document, parameters: [String: String], imageFolders: [URL]) {
        self.document = document
        overrides = parameters
        self.imageFolders = imageFolders
    }

    mutating func make() -> Plan {
        let head = FrontMatterReader.read(document.frontMatter, overrides: overrides)
        diagnostics += head.diagnostics
        let front = head.content
        let themes = Theme.names
        if let theme = front.theme, !themes.contains(theme.value) {
            diagnostics.append(Diagnostic(.unknown(.theme, theme.value, among: themes), at: theme.location))
        }
        let blocks = readBlocks()
        var reader = CellReader(
            frontMatter: front, blocks: NetworkCatalog.names + blocks.map(\.name),
            datasets: DatasetCatalog.all.map(\.name), folders: imageFolders)
        var plan = Plan(
            title: front.title, echo: front.echo, machine: front.machine, parameters: front.parameters, trainings: [],
            plots: [], tables: [], diagrams: [], images: [], dataCells: [], runs: [])
        var uses: [Located<String>] = []
        var unread: Set<String> = []
        for case .cell(let cell) in document.blocks where cell.kind.value == CellKind.data.rawValue {
            if let data = reader.data(cell) { plan.dataCells.append(data) } else { unread.insert("data") }
        }
        for case .cell(let cell) in document.blocks where cell.kind.value == CellKind.layers.rawValue {
            if let layers = reader.layers(cell) {
                plan.layers.append(layers)
                plan.dataCells.append(LayerTable.empty(layers))
            } else {
                unread.insert("data")
            }
        }
        (reader.dataCells, reader.layersCells) = (plan.dataCells, plan.layers)
        for case .cell(let cell) in document.blocks {
            switch CellKind(rawValue: cell.kind.value) {
            case .train:
                if let training = reader.train(cell) { plan.trainings.append(training) } else { unread.insert("train") }
            case .plot:
                if let (plot, data) = reader.plot(cell) {
                    plan.plots.append(plot)
                    uses += data
                } else {
                    unread.insert("plot")
                }
            case .table:
                if let (table, data) = reader.table(cell) {
                    plan.tables.append(table)
                    uses += data
                } else {
                    unread.insert("table")
                }
            case .diagram:
                if let diagram = reader.diagram(cell, blocks: NetworkCatalog.blocks + blocks) { plan.diagrams.append(diagram) }
            case .images:
                if let (images, data) = reader.images(cell) {
                    plan.images.append(images)
                    uses += data
                }
            case .blocks, .data, .layers: break
            case nil:
                let known = CellKind.allCases.map(\.rawValue)
                diagnostics.append(
                    Diagnostic(.unknown(.cellKind, cell.kind.value, among: known), at: cell.kind.location))
            }
        }
        diagnostics += reader.diagnostics
        // Where a training cell could not be read at all, its label may be the one that is missed.
        let readable = plan.trainings.map(\.label)
        let labels = readable + reader.labels.keys.filter { label in
            (unread.contains("train") || unread.contains("data")) && !readable.contains(label)
        }
        for use in uses where !labels.contains(use.value) {
            let known = readable + plan.dataCells.map(\.label)
            diagnostics.append(Diagnostic(.unknown(.training, use.value, among: known), at: use.location))
        }
        checkBaselines(plan)
        diagnostics += reader.runUses.flatMap { $0.problems(plan.trainings) }
        let references = document.references()
        diagnostics += references.diagnostics
        let checker = ReferenceChecker(plan: plan, labels: reader.labels)
        diagnostics += references.references.flatMap { $0 }.compactMap(checker.problem)
        plan.runs = plan.trainings.flatMap { runs(of: $0, blocks) }
        plan.layerSteps = plan.layers.flatMap { steps(of: $0, blocks) }
        return plan
    }

    /// A baseline is a network of every training cell of its table.
    private mutating func checkBaselines(_ plan: Plan) {
        for table in plan.tables {
            guard let baseline = table.baseline else { continue }
            for training in plan.trainings where table.data.contains(training.label) {
                guard !training.networks.contains(baseline) else { continue }
                let problem = Problem.unknown(.network(of: training.label), baseline, among: training.networks)
                diagnostics.append(Diagnostic(problem, at: table.location))
            }
        }
    }

    private mutating func readBlocks() -> [BlockDefinition] {
        var blocks: [BlockDefinition] = []
        var places: [String: SourceLocation] = [:]
        for case .cell(let cell) in document.blocks where cell.kind.value == CellKind.blocks.rawValue {
            let start = cell.body.location
            do throws(NotationErrors) {
                for placed in try BlockNotation.parse(cell.body.value) {
                    let name = placed.definition.name
                    let place = SourceLocation(
                        line: start.line + placed.line - 1, column: placed.column + cell.prefix.count)
                    let isBuiltIn = NetworkCatalog.block(named: name) != nil
                    if isBuiltIn || places[name] != nil {
                        diagnostics.append(Diagnostic(.duplicateName(.block, name: name, first: places[name]), at: place))
                    } else {
                        places[name] = place
                        blocks.append(placed.definition)
                    }
                }
            } catch {
                for mistake in error.errors {
                    let place = SourceLocation(
                        line: start.line + mistake.line - 1, column: mistake.column + cell.prefix.count)
                    diagnostics.append(Diagnostic(.brokenBlock(mistake.problem), at: place))
                }
            }
        }
        return blocks
    }

    /// - Returns: `nil` where they cannot be used, reported.
    private mutating func initialWeights(
        _ path: Located<String>, block: String, _ graph: Graph
    ) -> InitialWeights? {
        do throws(InitialWeightsFault) {
            return try InitialWeights.find(path.value, folders: imageFolders, graph: graph)
        } catch {
            diagnostics.append(Diagnostic(.initialWeights(block: block, error), at: path.location))
            return nil
        }
    }

    private mutating func runs(of cell: TrainCell, _ own: [BlockDefinition]) -> [PlannedRun] {
        var runs: [PlannedRun] = []
        for (name, graph) in graphs(cell.networks, dataset: cell.dataset, own, at: cell.location) {
            guard var configuration = cell.configurations[name] else { continue }
            let initial = cell.initial.flatMap { initialWeights($0, block: name, graph) }
            for seed in cell.seeds {
                configuration.seed = seed
                runs.append(
                    PlannedRun(
                        run: RunIdentifier(label: cell.label, network: name, seed: seed), dataset: cell.dataset,
                        limit: cell.limit, graph: graph, configuration: configuration, threads: cell.threads,
                        timeLimit: cell.timeLimit, memoryLimit: cell.memoryLimit,
                        checkpointInterval: cell.checkpointInterval, initial: initial))
            }
        }
        return runs
    }

    private mutating func steps(of cell: LayersCell, _ own: [BlockDefinition]) -> [PlannedLayers] {
        graphs(cell.networks, dataset: cell.dataset, own, at: cell.location).map { name, graph in
            PlannedLayers(label: cell.label, network: name, graph: graph, batch: cell.batch, threads: cell.threads)
        }
    }

    /// The networks of a cell; one that does not fit the images is reported and left out.
    private mutating func graphs(
        _ networks: [String], dataset name: String, _ own: [BlockDefinition], at location: SourceLocation
    ) -> [(name: String, graph: Graph)] {
        // What is wrong with it has been reported where the cell was read.
        guard let dataset = try? DatasetCatalog.describe(name, folders: imageFolders) else { return [] }
        let input = FeatureShape(height: dataset.height, width: dataset.width, channels: dataset.channels)
        let widths = DatasetShape.named(name)?.widths ?? DatasetShape.widths(for: input)
        var graphs: [(name: String, graph: Graph)] = []
        for network in networks {
            guard let block = own.first(where: { $0.name == network }) ?? NetworkCatalog.block(named: network) else {
                continue
            }
            do throws(NetworkError) {
                let graph = try NetworkCatalog.graph(
                    block: block, input: input, widths: widths, classes: dataset.classNames.count)
                graphs.append((network, graph))
            } catch {
                let problem = Problem.networkDoesNotFit(block: network, dataset: name, error)
                diagnostics.append(Diagnostic(problem, at: location))
            }
        }
        return graphs
    }
}
