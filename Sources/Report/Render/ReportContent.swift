/// What rendering takes from a plan: the typed cells and the keys that results must carry.
public struct ReportContent: Sendable {
    /// Each list in the order of the file.
    public var trainings: [TrainCell]
    public var plots: [PlotCell]
    public var tables: [TableCell]
    public var diagrams: [DiagramCell]
    public var images: [ImagesCell]
    /// Those of layers cells without rows until there are results.
    public var dataCells: [DataCell]
    public var layers: [LayersCell] = []
    /// What is measured for them.
    public var layerSteps: [PlannedLayers] = []
    /// Every planned run with the key its result must have.
    public var keys: [RunIdentifier: String]
    /// Parameters as prose shows them.
    public var parameters: [String: String]
    /// Whether cells stay in the finished report.
    public var echo: Bool
    /// The pictures of image cells, by label.
    public var samples: [String: SampleImages] = [:]

    public init(
        trainings: [TrainCell], plots: [PlotCell], tables: [TableCell], diagrams: [DiagramCell] = [],
        images: [ImagesCell] = [], dataCells: [DataCell] = [], keys: [RunIdentifier: String],
        parameters: [String: String] = [:], echo: Bool = false
    ) {
        self.trainings = trainings
        self.plots = plots
        self.tables = tables
        self.diagrams = diagrams
        self.images = images
        self.dataCells = dataCells
        self.keys = keys
        self.parameters = parameters
        self.echo = echo
    }

    /// - Parameter keys: of the runs whose key is known; no result counts for any other.
    public init(_ plan: Plan, keys: [RunIdentifier: String]) {
        self.init(
            trainings: plan.trainings, plots: plan.plots, tables: plan.tables, diagrams: plan.diagrams,
            images: plan.images, dataCells: plan.dataCells,
            keys: Dictionary(plan.runs.map { ($0.run, keys[$0.run] ?? "") }) { first, _ in first },
            parameters: plan.parameters, echo: plan.echo)
        layers = plan.layers
        layerSteps = plan.layerSteps
    }

    func isOfLayers(_ label: String) -> Bool { layers.contains { $0.label == label } }

    /// With the rows of what has been measured.
    func filled(from results: Results) -> ReportContent {
        guard !layers.isEmpty else { return self }
        var content = self
        for index in dataCells.indices {
            guard let cell = layers.first(where: { $0.label == dataCells[index].label }) else { continue }
            let measured = layerSteps.filter { $0.label == cell.label }.compactMap { step in
                results.layers(step.name, key: step.key).map { (network: step.network, $0) }
            }
            content.dataCells[index] = LayerTable.table(cell, measured)
        }
        return content
    }

    /// Everything that becomes a picture, in the order of the file.
    public var figures: [FigureCell] { FigureCell.inOrder(plots, diagrams, images) }

    func training(_ label: String) -> TrainCell? { trainings.first { $0.label == label } }

    /// In the order of cells, networks and seeds.
    public var runs: [RunIdentifier] { trainings.flatMap(\.runs) }
}

extension TrainCell {
    /// One for each network and seed, networks first.
    public var runs: [RunIdentifier] {
        networks.flatMap { network in seeds.map { RunIdentifier(label: label, network: network, seed: $0) } }
    }
}

/// A finished report: text, and the pictures it refers to.
public struct RenderedReport: Sendable, Equatable {
    public var markdown: String
    /// In the order of the file.
    public var images: [ReportImage]
    /// What stands in a box in place of a figure, a table or a value; empty where all is well.
    public var problems: [ReportProblem]

    public init(markdown: String, images: [ReportImage], problems: [ReportProblem]) {
        self.markdown = markdown
        self.images = images
        self.problems = problems
    }
}

/// A picture with its place, relative to the report: `images/valid-accuracy.png`.
public struct ReportImage: Sendable, Hashable {
    public var path: String
    public var bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}
