import Networks
import Plot
import Report
import Testing

/// What figures are made of, from runs and from numbers in the file.
@Suite struct FigureTests {
    typealias Scene = RenderTests.Scene

    private func figure(_ cell: PlotCell, _ scene: Scene) throws -> Figure? {
        guard case .figure(let figure) = try ReportRenderer.figure(cell, content: scene.content, results: scene.results)
        else { return nil }
        return figure
    }

    private func cell(
        _ y: Measure, x: PlotCell.RunContent.Axis, _ mark: PlotCell.Mark,
        _ change: (inout PlotCell.RunContent) -> Void = { _ in }
    ) -> PlotCell {
        var runs = PlotCell.RunContent(y: .init(measure: y, reduction: .final), x: x)
        change(&runs)
        return PlotCell(
            label: "p", location: SourceLocation(line: 5, column: 1), data: ["mnist"], content: .runs(runs), mark: mark,
            width: 4, height: 3, theme: "paper")
    }

    // MARK: Runs

    @Test func aScatterPlotHasAPointForEachNetworkAndItsFront() throws {
        let x = TableCell.Column(measure: .parameters, reduction: .final)
        let figure = try #require(try figure(cell(.validAccuracy, x: .measure(x), .scatter), Scene()))
        guard case .scatter(let scatter)? = figure.marks.first else {
            Issue.record("found \(figure.marks)")
            return
        }
        #expect(scatter.points.map(\.name) == ["Residual", "ShuffleNet"])
        #expect(scatter.points.map(\.x) == [1_120_970, 25_162] && scatter.points.map(\.y) == [0.9931, 0.9875])
        #expect(scatter.front == ParetoFront(x: .lower, y: .higher))
        #expect(figure.xAxis.title == "Parameters" && figure.yAxis.format == .percent)
    }

    @Test func facetsArePanelsWithTheNetworksColours() throws {
        let figure = try #require(try figure(cell(.validLoss, x: .epoch, .line) { $0.facet = .network }, Scene()))
        #expect(figure.marks.isEmpty)
        #expect(figure.panels.map(\.title) == ["Residual", "ShuffleNet"])
        let colors = figure.panels.compactMap { if case .line(let line)? = $0.marks.first { line.colorIndex } else { nil } }
        #expect(colors == ["residual", "shuffle"].compactMap { NetworkCatalog.names.firstIndex(of: $0) })
        let byDataset = try #require(try self.figure(cell(.validLoss, x: .epoch, .line) { $0.facet = .dataset }, Scene()))
        #expect(byDataset.panels.map(\.title) == ["MNIST"] && byDataset.panels.first?.marks.count == 2)
    }

    @Test func everyMarkOfRunsCanBeLaidOut() throws {
        let x = TableCell.Column(measure: .fileSize, reduction: .final)
        for (mark, y, axis) in [
            (PlotCell.Mark.line, Measure.validLoss, PlotCell.RunContent.Axis.epoch), (.step, .validLoss, .epoch),
            (.area, .validLoss, .epoch), (.points, .validLoss, .epoch), (.bar, .validAccuracy, .network),
            (.stacked, .parameters, .network), (.box, .inferenceCPU, .network), (.violin, .inferenceCPU, .network),
            (.histogram, .inferenceCPU, .none), (.scatter, .validLoss, .measure(x)), (.heatMap, .validAccuracy, .network),
        ] {
            for color in PlotCell.RunContent.Color.allCases {
                let cell = cell(y, x: axis, mark) { $0.color = color }
                let drawn = try ReportRenderer.draw(.plot(cell), content: Scene().content, results: Scene().results)
                guard case .drawing(let drawing) = drawn else {
                    Issue.record("\(mark): \(drawn)")
                    continue
                }
                #expect(drawing.width == 288, "\(mark)")
            }
        }
    }

    @Test func bandsAreAsAsked() throws {
        var scene = Scene()
        scene.content.trainings[0].networks = ["residual"]
        scene.content.trainings[0].seeds = [1, 2, 3]
        for (seed, accuracy) in [(2, 0.95), (3, 0.97)] {
            let run = RunIdentifier(label: "mnist", network: "residual", seed: UInt64(seed))
            scene.content.keys[run] = Sample.key(40 + seed)
            scene.results.lock.runs[run.description] = Sample.result(key: 40 + seed, accuracies: [0.9, accuracy])
        }
        var cell = cell(.validAccuracy, x: .epoch, .line)
        func line() throws -> LineMark? {
            if case .line(let line)? = try figure(cell, scene)?.marks.first { line } else { nil }
        }
        #expect(try line()?.band != nil)
        cell.band = PlotCell.Band.none
        #expect(try line()?.band == nil)
        cell.band = .quantiles
        #expect(try line()?.points.last?.y == 0.97)
        #expect(abs((try line()?.band?.last?.lower ?? 0) - 0.96) < 1e-12)
    }

    @Test func axesReferencesAndAnnotationsAreAsTheAuthorSays() throws {
        let text = """
            ```yaml {train}
            label: mnist
            dataset: mnist
            networks: [residual, shuffle]
            epochs: 2
            ```

            ```yaml {plot}
            label: p
            data: mnist
            y: valid.accuracy
            range: [0.5, 1]
            y-title: Right
            x-scale: log
            legend: none
            references: {y: 0.1, label: chance}
            annotations: {x: 1, y: 0.9, text: start}
            ```
            """
        let (document, _) = Document.read(Array(text.utf8))
        let read = try #require(document)
        let cell = try #require(Plan.make(of: read).plan?.plots.first)
        let figure = try #require(try figure(cell, Scene()))
        #expect(figure.yAxis.range == 0.5...1 && figure.yAxis.title == "Right" && figure.xAxis.scale == .log)
        #expect(figure.legend == .none)
        #expect(figure.marks.suffix(2).map(\.kind) == [.reference, .annotation])
    }

    // MARK: Columns

    private func figure(ofData body: String) throws -> Figure? {
        let text = """
            ```yaml {data}
            label: d
            csv: |
              n,fast,slow,kind
              2,4,6,b
              1,2,3,a
              1,4,,a
            ```

            ```yaml {plot}
            label: p
            data: d
            \(body)
            ```
            """
        let (document, _) = Document.read(Array(text.utf8))
        let (plan, diagnostics) = Plan.make(of: try #require(document))
        #expect(diagnostics.isEmpty, "\(diagnostics)")
        let made = try #require(plan)
        let content = ReportContent(made, keys: [:])
        guard case .figure(let figure) = try ReportRenderer.figure(
            made.plots[0], content: content, results: Results(lock: ResultsLock(), timings: nil))
        else { return nil }
        _ = try figure.layout(measurer: FixedMetricMeasurer())
        return figure
    }

    @Test func rowsOfOnePlaceAreAveragedInTheOrderOfX() throws {
        let figure = try #require(try figure(ofData: "y: fast"))
        guard case .line(let line)? = figure.marks.first else { return }
        #expect(line.points == [DataPoint(x: 1, y: 3), DataPoint(x: 2, y: 4)])
        #expect(line.band?.first.map { abs($0.upper - 3 - 2.squareRoot()) < 1e-12 } == true)
        #expect(figure.xAxis.title == "n" && figure.yAxis.title == "fast")
    }

    @Test(arguments: [
        ("mark: bar\nx: kind\ny: [fast, slow]", Mark.Kind.bars, 1), ("mark: stacked\nx: kind\ny: fast", .bars, 1),
        ("mark: box\ny: fast", .boxes, 1), ("mark: violin\ny: fast", .violins, 1), ("mark: histogram\ny: [fast, n]\nbins: 3", .histogram, 2),
        ("mark: scatter\nx: n\ny: fast\nname: kind\ncolor: kind", .scatter, 2), ("mark: heat-map", .heatMap, 1),
        ("x: kind\ny: fast\nmark: line", .line, 1), ("y: fast\ncolor: kind\nmark: points", .points, 2), ("scale: symlog", .line, 2),
    ])
    func everyMarkOfColumnsCanBeLaidOut(body: String, kind: Mark.Kind, count: Int) throws {
        let figure = try #require(try figure(ofData: body))
        #expect(figure.marks.map(\.kind) == Array(repeating: kind, count: count))
    }

    // MARK: Diagrams and pictures

    @Test(arguments: NetworkCatalog.names)
    func everyBlockIsDrawnWithoutAnArrowThroughABox(block: String) throws {
        for show in ["show: block\nblocks: 1", "show: block\ndetail: fused\nflow: right", "show: architecture\ndatasets: [mnist, food101]"] {
            let text = "```yaml {diagram}\nlabel: d\nnetworks: \(block)\n\(show)\n```\n"
            let (document, _) = Document.read(Array(text.utf8))
            let (plan, diagnostics) = Plan.make(of: try #require(document))
            #expect(diagnostics.isEmpty, "\(diagnostics)")
            let made = try #require(plan)
            let diagram = try #require(made.figures.first)
            let drawn = try ReportRenderer.draw(
                diagram, content: ReportContent(made, keys: [:]), results: Results(lock: ResultsLock(), timings: nil))
            guard case .drawing(let drawing) = drawn else {
                Issue.record("\(block): \(drawn)")
                return
            }
            try check(drawing, "\(block), \(show)")
        }
    }

    /// Boxes are filled areas of data, arrows are strokes of axes: found in the drawing as a reader sees it.
    private func check(_ drawing: Drawing, _ name: String) throws {
        var boxes: [Rect] = []
        var lines: [[Point]] = []
        for element in drawing.elements {
            switch element.shape {
            case .fill(let path, _) where element.role == .data: boxes.append(bounds(path))
            case .stroke(let path, _) where element.role == .axis: lines.append(points(path))
            default: break
            }
        }
        #expect(boxes.count >= 3 && lines.count >= 2, "\(name)")
        for line in lines {
            for (from, to) in zip(line, line.dropFirst()) {
                for box in boxes {
                    let isInside =
                        min(from.x, to.x) < box.maxX - 0.1 && max(from.x, to.x) > box.x + 0.1
                        && min(from.y, to.y) < box.maxY - 0.1 && max(from.y, to.y) > box.y + 0.1
                    #expect(!isInside, "\(name): a line from \(from) to \(to) crosses \(box)")
                }
            }
        }
        let texts = drawing.texts
        for (index, first) in texts.enumerated() {
            for second in texts[(index + 1)...] { #expect(!first.overlaps(second), "\(name): '\(first.text)' on '\(second.text)'") }
        }
    }

    private func points(_ path: Path) -> [Point] {
        path.segments.flatMap { segment -> [Point] in
            switch segment {
            case .move(let point), .line(let point): [point]
            case .circle(let center, let radius):
                [Point(center.x - radius, center.y - radius), Point(center.x + radius, center.y + radius)]
            default: []
            }
        }
    }

    private func bounds(_ path: Path) -> Rect {
        let all = points(path)
        let (left, right) = (all.map(\.x).min() ?? 0, all.map(\.x).max() ?? 0)
        let (top, bottom) = (all.map(\.y).min() ?? 0, all.map(\.y).max() ?? 0)
        return Rect(x: left, y: top, width: right - left, height: bottom - top)
    }

    @Test func aGithubFigureIsAPairOfPicturesAndOthersAreOne() throws {
        var scene = Scene()
        scene.plot("acc", line: 5)
        scene.content.plots[0].theme = "github"
        let report = try scene.report(RenderTests.train + "\n" + RenderTests.plot)
        #expect(report.images.map(\.path) == ["images/acc.png", "images/acc.dark.png"])
        #expect(report.images[0].bytes != report.images[1].bytes)
        #expect(
            report.markdown
                == "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"images/acc.dark.png\">"
                + RenderTests.image + "</picture>\n")
    }

    @Test func picturesOfADataSetThatIsNotHereAreABox() throws {
        let text = "```yaml {images}\nlabel: i\ndataset: mnist\ncount: 2\n```\n"
        let (document, _) = Document.read(Array(text.utf8))
        let read = try #require(document)
        let made = try #require(Plan.make(of: read).plan)
        var content = ReportContent(made, keys: [:])
        let results = Results(lock: ResultsLock(), timings: nil)
        #expect(throws: ReportProblem.noImages(label: "i", dataset: "mnist")) {
            try ReportRenderer.draw(made.figures[0], content: content, results: results)
        }
        content.samples["i"] = SampleImages(
            dataset: "mnist", split: .training, requested: 2, indices: [0, 1], height: 2, width: 2, channels: 1,
            pixels: [0, 50, 100, 255, 9, 9, 9, 9], classes: ["0", "1"])
        guard case .drawing(let drawing) = try ReportRenderer.draw(made.figures[0], content: content, results: results)
        else { return }
        #expect(drawing.texts.map(\.text) == ["0", "1"])
    }

    @Test(arguments: Theme.names) func aDiagramTooWideToRunRightRunsDown(theme: String) throws {
        let text = "```yaml {diagram}\nlabel: d\nnetworks: dense\nshow: block\ndetail: fused\nflow: right\n```\n"
        let made = Plan.make(of: try #require(Document.read(Array(text.utf8)).document))
        let plan = try #require(made.plan)
        let content = ReportContent(plan, keys: [:])
        let look = try #require(Theme.named(theme))
        for width in [2, 3.25, 6, 12] {
            let drawn = try ReportRenderer.draw(
                plan.figures[0], content: content, results: Results(lock: ResultsLock(), timings: nil),
                style: FigureStyle(width: width, theme: look))
            guard case .drawing(let drawing) = drawn else { return }
            #expect(drawing.width <= width * 72 + 0.01)
            #expect(drawing.texts.contains { $0.text.hasPrefix("MaxPool") })
            let smallest = drawing.texts.map(\.style.size).min() ?? 0
            #expect(smallest >= Diagram.smallestType - 0.2, "\(smallest) points at \(width) in")
        }
    }
}
