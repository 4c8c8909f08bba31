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
    /// - Throws: `ReportError.missingResults` with every missing run, where `frozen`.
    public func render(
        document: Document, content: ReportContent, results: Results, frozen: Bool = false
    ) throws(ReportError) -> RenderedReport {
        if frozen { try Self.checkComplete(content, results) }
        let observations = Observations(content: content, results: results)
        let names = NetworkNames(content.trainings)
        var problems = Self.runProblems(observations)

        var figures: [String: PlacedFigure] = [:]
        var images: [ReportImage] = []
        let builder = FigureBuilder(observations: observations, names: names)
        let measurer = PangoMeasurer()
        for cell in content.plots {
            switch Self.draw(cell, builder, measurer) {
            case .success(.picture(let bytes)):
                let path = "images/\(cell.label).png"
                images.append(ReportImage(path: path, bytes: bytes))
                figures[cell.label] = .image(path: path, cell)
            case .success(.sentence(let text)): figures[cell.label] = .sentence(text)
            case .failure(let problem):
                problems.append(problem)
                figures[cell.label] = .problem(words(problem))
            }
        }
        let tables = TableBuilder(observations: observations, names: names)
        var assembler = ReportAssembler(
            content: content, figures: figures,
            tables: Dictionary(content.tables.map { ($0.label, (tables.lines($0), $0.caption)) }) { first, _ in first },
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

    private enum Drawn {
        case picture([UInt8])
        case sentence(String)
    }

    private static func draw(
        _ cell: PlotCell, _ builder: FigureBuilder, _ measurer: PangoMeasurer
    ) -> Result<Drawn, ReportProblem> {
        switch builder.build(cell) {
        case .leftOut(let sentence): return .success(.sentence(sentence))
        case .problem(let problem): return .failure(problem)
        case .figure(let figure):
            let drawing: Drawing
            do throws(FigureError) {
                drawing = try figure.layout(measurer: measurer)
            } catch {
                return .failure(.figure(label: cell.label, error))
            }
            do throws(RenderError) {
                return .success(.picture(try Plot.Renderer.png(drawing)))
            } catch {
                return .failure(.image(label: cell.label, error))
            }
        }
    }

    private static func checkComplete(_ content: ReportContent, _ results: Results) throws(ReportError) {
        let missing = content.runs.compactMap { run -> ReportError.MissingResult? in
            guard let planned = content.keys[run] else { return nil }
            let found = results.lock.runs[run.description]?.key
            return found == planned ? nil : .init(run: run, plannedKey: planned, foundKey: found)
        }
        if !missing.isEmpty { throw .missingResults(missing) }
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
    case image(path: String, PlotCell)
    case sentence(String)
    /// Words, not yet escaped.
    case problem(String)
}
