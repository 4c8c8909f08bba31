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
        if case .plot(let cell) = self, case .runs = cell.content { cell.data } else { [] }
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
}
