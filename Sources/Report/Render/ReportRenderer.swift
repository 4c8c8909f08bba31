public import Plot

/// Makes a finished report of a document and results.
///
/// ```
/// document ─┐
/// content ──┼─> figures ─> pictures ─┐
/// results ──┘   tables, values ──────┴─> Markdown
/// ```
///
/// A pure function: no clock, no file, no chance. The same arguments give the same bytes.
public struct ReportRenderer: Sendable {
    /// The words for a problem, in one line of plain text; they are escaped here.
    public var words: @Sendable (ReportProblem) -> String

    public init(words: @escaping @Sendable (ReportProblem) -> String) { self.words = words }

    /// Renders what there is; a run that failed leaves a box in its place.
    ///
    /// - Parameters:
    ///   - document: with partials already expanded.
    ///   - frozen: every planned run must have its result under the planned key.
    /// - Throws: where `frozen`, `ReportError.missingResults` with every missing run, or `.missingParts`.
    public func render(
        document: Document, content: ReportContent, results: Results, frozen: Bool = false
    ) throws(ReportError) -> RenderedReport {
        if frozen { try Self.checkComplete(content, results) }
        let observations = Observations(content: content, results: results)
        let names = NetworkNames(content.trainings)
        var problems = Self.runProblems(observations)

        var figures: [String: PlacedFigure] = [:]
        var images: [ReportImage] = []
        let drawer = FigureDrawer(content, results, measurer: PangoMeasurer())
        for cell in content.figures {
            do throws(ReportProblem) {
                switch try Self.pictures(of: cell, drawer) {
                case .pictures(let pictures, let width, let remarks):
                    images += pictures
                    figures[cell.label] = .image(
                        FigureImage(paths: pictures.map(\.path), width: width, remarks: remarks, cell: cell))
                case .sentence(let text): figures[cell.label] = .sentence(text)
                }
            } catch {
                problems.append(error)
                figures[cell.label] = .problem(words(error))
            }
        }
        let tables = TableBuilder(observations: observations, names: names)
        var assembler = ReportAssembler(
            content: content, figures: figures,
            tables: Dictionary(content.tables.map { ($0.label, (MarkdownTable.lines(of: tables.table($0)), tables.caption($0))) }) { first, _ in first },
            boxes: boxes(problems, content), values: ValueResolver(observations: observations, names: names),
            words: words)
        let markdown = assembler.assemble(document)
        return RenderedReport(markdown: markdown, images: images, problems: problems + assembler.problems)
    }

    /// The figure of a plot cell as a value, for other formats, widths and themes; a sentence where it is left out.
    public static func figure(
        _ cell: PlotCell, content: ReportContent, results: Results
    ) throws(ReportProblem) -> FigureOrSentence {
        let observations = Observations(content: content, results: results)
        switch FigureBuilder(observations: observations, names: NetworkNames(content.trainings)).build(cell) {
        case .figure(let figure): return .figure(figure)
        case .leftOut(let sentence): return .sentence(sentence)
        case .problem(let problem): throw problem
        }
    }

    /// What a plot cell comes to.
    public enum FigureOrSentence: Sendable, Hashable {
        case figure(Figure)
        /// Why there is none though nothing is wrong.
        case sentence(String)
    }

    /// Any figure as a drawing, in another size or theme if wanted.
    /// - Throws: `ReportProblem` where it cannot be drawn from these results.
    public static func draw(
        _ cell: FigureCell, content: ReportContent, results: Results, style: FigureStyle = FigureStyle()
    ) throws(ReportProblem) -> DrawnFigure {
        try FigureDrawer(content, results, measurer: PangoMeasurer()).draw(cell, style)
    }

    /// A table as a value, to be written in any format.
    public static func table(_ cell: TableCell, content: ReportContent, results: Results) -> ResultTable {
        let observations = Observations(content: content, results: results)
        return TableBuilder(observations: observations, names: NetworkNames(content.trainings)).table(cell)
    }

    private enum Pictures {
        /// `width` in inches.
        case pictures([ReportImage], width: Double, remarks: [String])
        case sentence(String)
    }

    /// One picture, or two where the theme has a dark form.
    private static func pictures(of cell: FigureCell, _ drawer: FigureDrawer) throws(ReportProblem) -> Pictures {
        let path = "images/\(cell.label)"
        var images: [ReportImage] = []
        var (width, remarks) = (0.0, [String]())
        for (suffix, theme) in [("", nil)] + (cell.theme == Theme.github.name ? [(".dark", Theme.githubDark)] : []) {
            switch try drawer.draw(cell, FigureStyle(theme: theme)) {
            case .sentence(let sentence): return .sentence(sentence)
            case .drawing(let drawing):
                do throws(RenderError) {
                    images.append(ReportImage(path: "\(path)\(suffix).png", bytes: try Plot.Renderer.png(drawing)))
                } catch {
                    throw .image(label: cell.label, error)
                }
                if images.count == 1 { (width, remarks) = (drawing.width / 72, drawing.notes.compactMap(ReportWords.remark)) }
            }
        }
        return .pictures(images, width: width, remarks: remarks)
    }

    /// The runs whose predictions the figures of this content show, by key.
    public static func predictionKeys(of content: ReportContent, labels: [String]? = nil) -> Set<String> {
        let figures = content.figures.filter { labels?.contains($0.label) ?? true }
        return Set(figures.flatMap { $0.predictionRuns(content.trainings) }.compactMap { content.keys[$0] })
    }

    /// The runs that a figure or table cannot do without and the lock does not have under the planned key.
    public static func missingRuns(
        of labels: [String], content: ReportContent, results: Results
    ) -> [ReportError.MissingResult] {
        missing(content.trainings.filter { labels.contains($0.label) }.flatMap(\.runs), content, results)
    }

    private static func missing(
        _ runs: [RunIdentifier], _ content: ReportContent, _ results: Results
    ) -> [ReportError.MissingResult] {
        runs.compactMap { run in
            guard let planned = content.keys[run] else { return nil }
            let found = results.lock.runs[run.description]?.key
            return found == planned ? nil : .init(run: run, plannedKey: planned, foundKey: found)
        }
    }

    private static func checkComplete(_ content: ReportContent, _ results: Results) throws(ReportError) {
        let missing = Self.missing(content.runs, content, results)
        if !missing.isEmpty { throw .missingResults(missing) }
        let parts = missingParts(content, results)
        if !parts.isEmpty { throw .missingParts(parts) }
    }

    /// Predictions and pictures that figures show and that are not there.
    private static func missingParts(_ content: ReportContent, _ results: Results) -> [ReportProblem] {
        let observations = Observations(content: content, results: results)
        return content.figures.flatMap { figure -> [ReportProblem] in
            let lacking = figure.predictionRuns(content.trainings).filter { observations.predictions($0) == nil }
            if !lacking.isEmpty { return lacking.map { .noPredictions(label: figure.label, $0) } }
            guard case .images(let cell) = figure, content.samples[cell.label] == nil else { return [] }
            let dataset = SampleRequest(cell, content: content, results: results)?.dataset ?? ""
            return [.noImages(label: cell.label, dataset: dataset)]
        }
    }

    /// Runs without a result, in the order of the file.
    private static func runProblems(_ observations: Observations) -> [ReportProblem] {
        observations.content.runs.compactMap { run in
            if let failure = observations.results.failures[run] { return .failedRun(run, failure) }
            return observations.result(run) == nil ? .missingRun(run) : nil
        }
    }

    /// The error box of each training cell that needs one, by label.
    private func boxes(_ problems: [ReportProblem], _ content: ReportContent) -> [String: [String]] {
        var boxes: [String: [String]] = [:]
        for problem in problems {
            switch problem {
            case .failedRun(let run, _), .missingRun(let run):
                boxes[run.label, default: []].append("`\(run)`: \(MarkdownText.escaped(words(problem)))")
            default: break
            }
        }
        return boxes
    }
}

/// What stands where a figure belongs.
enum PlacedFigure {
    case image(FigureImage)
    case sentence(String)
    /// Words, not yet escaped.
    case problem(String)
}

/// The pictures of one figure, and what is said of them.
struct FigureImage {
    /// The picture, and its form for dark pages where there is one.
    var paths: [String]
    /// Inches.
    var width: Double
    /// Sentences on what it could not show.
    var remarks: [String]
    var cell: FigureCell
}
