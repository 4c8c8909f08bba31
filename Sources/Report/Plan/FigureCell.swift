/// A cell that becomes a picture.
public enum FigureCell: Sendable, Equatable {
    case plot(PlotCell)
    case diagram(DiagramCell)
    case images(ImagesCell)

    public var label: String {
        switch self {
        case .plot(let cell): cell.label
        case .diagram(let cell): cell.label
        case .images(let cell): cell.label
        }
    }

    public var location: SourceLocation {
        switch self {
        case .plot(let cell): cell.location
        case .diagram(let cell): cell.location
        case .images(let cell): cell.location
        }
    }

    public var title: String? {
        switch self {
        case .plot(let cell): cell.title
        case .diagram(let cell): cell.title
        case .images(let cell): cell.title
        }
    }

    public var caption: String? {
        switch self {
        case .plot(let cell): cell.caption
        case .diagram(let cell): cell.caption
        case .images(let cell): cell.caption
        }
    }

    public var theme: String {
        switch self {
        case .plot(let cell): cell.theme
        case .diagram(let cell): cell.theme
        case .images(let cell): cell.theme
        }
    }

    /// Labels of the training cells whose runs it shows.
    public var data: [String] {
        switch self {
        case .plot(let cell):
            if case .columns = cell.content { [] } else { cell.data }
        case .images(let cell):
            if case .mistakes(let mistakes) = cell.content { [mistakes.data] } else { [] }
        case .diagram: []
        }
    }

    /// The runs whose predictions it shows, image by image.
    func predictionRuns(_ trainings: [TrainCell]) -> [RunIdentifier] {
        let shown = trainings.filter { data.contains($0.label) }
        switch self {
        case .plot(let cell):
            guard case .predictions(let content) = cell.content else { return [] }
            return shown.flatMap { training in
                training.runs.filter { run in
                    (content.networks.isEmpty || content.networks.contains(run.network))
                        && (content.seed == nil || content.seed == run.seed)
                }
            }
        case .images(let cell):
            guard case .mistakes(let mistakes) = cell.content else { return [] }
            return shown.compactMap { $0.run(of: mistakes) }
        case .diagram: return []
        }
    }
}

extension FigureCell {
    /// All of them in the order of the file.
    static func inOrder(_ plots: [PlotCell], _ diagrams: [DiagramCell], _ images: [ImagesCell]) -> [FigureCell] {
        let cells = plots.map { FigureCell.plot($0) } + diagrams.map { .diagram($0) } + images.map { .images($0) }
        return cells.sorted { $0.location < $1.location }
    }
}

extension Plan {
    /// Everything that becomes a picture, in the order of the file.
    public var figures: [FigureCell] { FigureCell.inOrder(plots, diagrams, images) }

    /// The runs whose predictions some figure shows; they must have left them.
    public var predictionRuns: Set<RunIdentifier> { Set(figures.flatMap { $0.predictionRuns(trainings) }) }
}
