internal import Networks
public import Plot

/// What a caller wants otherwise than the cell says; `nil` leaves it.
public struct FigureStyle: Sendable, Hashable {
    /// Inches.
    public var width: Double?
    public var height: Double?
    public var theme: Theme?

    public init(width: Double? = nil, height: Double? = nil, theme: Theme? = nil) {
        self.width = width
        self.height = height
        self.theme = theme
    }
}

/// What a figure cell comes to.
public enum DrawnFigure: Sendable, Hashable {
    case drawing(Drawing)
    /// Why there is none though nothing is wrong.
    case sentence(String)
}

/// Draws any figure cell. Pure: the same arguments give the same drawing.
struct FigureDrawer {
    let observations: Observations
    let names: NetworkNames
    let measurer: any TextMeasurer

    init(_ content: ReportContent, _ results: Results, measurer: any TextMeasurer) {
        observations = Observations(content: content, results: results)
        names = NetworkNames(content.trainings)
        self.measurer = measurer
    }

    func draw(_ cell: FigureCell, _ style: FigureStyle = FigureStyle()) throws(ReportProblem) -> DrawnFigure {
        switch cell {
        case .plot(var plot):
            if let width = style.width {
                plot.width = width
                plot.height = PlotCell.preferredHeight(width: width, of: plot.content)
            }
            if let height = style.height { plot.height = height }
            switch FigureBuilder(observations: observations, names: names).build(plot) {
            case .leftOut(let sentence): return .sentence(sentence)
            case .problem(let problem): throw problem
            case .figure(var figure):
                figure.theme = style.theme ?? figure.theme
                return .drawing(try layOut(figure, cell))
            }
        case .diagram(var diagram):
            diagram.width = style.width ?? diagram.width
            let theme = style.theme ?? Theme.named(diagram.theme) ?? .github
            return .drawing(try layOut(NetworkDiagram(cell: diagram).diagram(theme: theme), cell))
        case .images(var images):
            if let width = style.width {
                images.width = width
                images.height = images.preferredHeight(width: width)
            }
            if let height = style.height { images.height = height }
            let theme = style.theme ?? Theme.named(images.theme) ?? .github
            return .drawing(try layOut(try grid(images, theme), cell))
        }
    }

    private func layOut(_ figure: Figure, _ cell: FigureCell) throws(ReportProblem) -> Drawing {
        do throws(FigureError) { return try figure.layout(measurer: measurer) } catch {
            throw .figure(label: cell.label, error)
        }
    }

    /// At most as wide as a report's text; where that is too narrow even for the smallest type, as wide as it must be.
    private func layOut(_ diagram: Diagram, _ cell: FigureCell) throws(ReportProblem) -> Drawing {
        do throws(DiagramError) {
            if diagram.width != nil {
                guard diagram.flow == .right else { return try diagram.layout(measurer: measurer) }
                do throws(DiagramError) { return try diagram.layout(measurer: measurer) } catch .noRoom {
                    // What is too wide to run to the right runs down, where most has room.
                    var turned = diagram
                    turned.flow = .down
                    return try turned.layout(measurer: measurer)
                }
            }
            let natural = try diagram.layout(measurer: measurer)
            guard natural.width > Self.textWidth * 72 else { return natural }
            var narrow = diagram
            narrow.width = Self.textWidth
            do throws(DiagramError) { return try narrow.layout(measurer: measurer) } catch .noRoom { return natural }
        } catch {
            throw .diagram(label: cell.label, error)
        }
    }

    /// Inches.
    private static let textWidth = 8.0

    private func grid(_ cell: ImagesCell, _ theme: Theme) throws(ReportProblem) -> Figure {
        let samples = observations.content.samples[cell.label]
        let images: [GridImage]
        switch cell.content {
        case .samples(let dataset, _, let showsClasses):
            guard let samples else { throw .noImages(label: cell.label, dataset: dataset) }
            images = samples.indices.indices.compactMap { place in
                samples.raster(place).map { GridImage(raster: $0, caption: showsClasses ? [samples.classes[place]] : []) }
            }
        case .mistakes(let mistakes):
            let figure = PredictionFigure(observations: observations, names: names)
            images = try figure.mistakes(mistakes, of: cell, samples)
        }
        return Figure(
            marks: [.images(ImageGridMark(images: images, columns: cell.columns))], title: cell.title, width: cell.width,
            height: cell.height, theme: theme)
    }
}
