/// What rendering takes from a plan: the typed cells and the keys that results must carry.
public struct ReportContent: Sendable {
    /// Each list in the order of the file.
    public var trainings: [TrainCell]
    public var plots: [PlotCell]
    public var tables: [TableCell]
    /// Every planned run with the key its result must have.
    public var keys: [RunIdentifier: String]
    /// Parameters as prose shows them.
    public var parameters: [String: String]
    /// Whether cells stay in the finished report.
    public var echo: Bool

    public init(
        trainings: [TrainCell], plots: [PlotCell], tables: [TableCell], keys: [RunIdentifier: String],
        parameters: [String: String] = [:], echo: Bool = false
    ) {
        self.trainings = trainings
        self.plots = plots
        self.tables = tables
        self.keys = keys
        self.parameters = parameters
        self.echo = echo
    }

    func training(_ label: String) -> TrainCell? { trainings.first { $0.label == label } }

    /// In the order of cells, networks and seeds.
    var runs: [RunIdentifier] { trainings.flatMap(\.runs) }
}

extension TrainCell {
    /// One for each network and seed, networks first.
    var runs: [RunIdentifier] {
        networks.flatMap { network in seeds.map { RunIdentifier(label: label, network: network, seed: $0) } }
    }
}

/// A finished report: text, and the pictures it refers to.
public struct RenderedReport: Sendable, Equatable {
    public var markdown: String
    /// In the order of the plot cells.
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
