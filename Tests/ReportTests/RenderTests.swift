import Foundation
import Networks
import Plot
import Report
import TestSupport
import Testing

/// Documents with made-up results. Cells are found by the line they stand on, as a plan would have them.
@Suite struct RenderTests {
    /// A training cell of two networks in line 1 of every document here, with results for both.
    struct Scene {
        var content = ReportContent(
            trainings: [Scene.training], plots: [], tables: [], keys: [Scene.residual: Sample.key(1), Scene.shuffle: Sample.key(2)])
        var results = Results(
            lock: ResultsLock(runs: [
                "mnist/residual/1": Sample.result(key: 1, accuracies: [0.9, 0.9931]),
                "mnist/shuffle/1": Sample.result(key: 2, accuracies: [0.8, 0.9875], parameters: 25_162, fileSize: 120_000),
            ]),
            timings: Timings(
                machine: Sample.machine,
                runs: [
                    "mnist/residual/1": Sample.timing(key: 1), "mnist/shuffle/1": Sample.timing(key: 2, milliseconds: 4),
                ]))

        static let residual = RunIdentifier(label: "mnist", network: "residual", seed: 1)
        static let shuffle = RunIdentifier(label: "mnist", network: "shuffle", seed: 1)
        static let training = TrainCell(
            label: "mnist", location: SourceLocation(line: 1, column: 1), dataset: "mnist",
            networks: ["residual", "shuffle"],
            configurations: ["residual": TrainingConfiguration(epochs: 2), "shuffle": TrainingConfiguration(epochs: 2)],
            seeds: [1])

        mutating func plot(
            _ label: String, line: Int, column: Int = 1, y: Measure = .validAccuracy, mark: PlotCell.Mark = .line,
            caption: String? = nil, width: Double = 4.2, data: [String] = ["mnist"]
        ) {
            content.plots.append(
                PlotCell(
                    label: label, location: SourceLocation(line: line, column: column), data: data,
                    content: .runs(.init(y: .init(measure: y, reduction: .final), x: mark == .line ? .epoch : .network)), mark: mark,
                    caption: caption, width: width, height: 2.6, theme: "paper"))
        }

        mutating func table(_ label: String, line: Int, _ columns: [TableCell.Column], caption: String? = nil) {
            content.tables.append(
                TableCell(
                    label: label, location: SourceLocation(line: line, column: 1), data: ["mnist"], columns: columns,
                    caption: caption))
        }

        func report(_ text: String, frozen: Bool = false) throws -> RenderedReport {
            let (document, diagnostics) = Document.read(Array(text.utf8))
            #expect(diagnostics.isEmpty)
            return try ReportRenderer { "\($0)" }.render(
                document: try #require(document), content: content, results: results, frozen: frozen)
        }

        func markdown(_ text: String) throws -> String { try report(text).markdown }
    }

    static let train = "```yaml {train}\nlabel: mnist\n```\n"
    static let plot = "```yaml {plot}\nlabel: acc\n```\n"
    static let image = #"<img src="images/acc.png" alt="Validation accuracy" width="403">"#

    @Test func aWholeReportIsWrittenAsItHasAlwaysBeen() throws {
        var scene = Scene()
        scene.content.parameters = ["epochs": "2"]
        scene.plot("acc", line: 13, caption: "By *epoch*, 1 < 2 | done.")
        scene.plot("gpu", line: 20, y: .inferenceGPU, mark: .box)
        scene.table(
            "summary", line: 24,
            [
                .init(measure: .validAccuracy, reduction: .final), .init(measure: .validLoss, reduction: .best),
                .init(measure: .parameters, reduction: .final), .init(measure: .multiplyAdds, reduction: .final),
                .init(measure: .fileSize, reduction: .final), .init(measure: .inferenceCPU, reduction: .final),
                .init(measure: .inferenceGPU, reduction: .final),
            ], caption: "All of it.")
        let text = """
            ---
            title: x
            ---

            # Blocks

            ```yaml {train}
            label: mnist
            ```

            After {{ parameters.epochs }} epochs {{ mnist.best.network }} has {{ mnist.best.valid.accuracy.final | percent }}.

            ```yaml {plot}
            label: acc
            ```

            Machine: {{ machine.processor }}, {{ machine.threads }} threads, {{ machine.instruction-set }}.


            ```yaml {plot}
            label: gpu
            ```

            ```yaml {table}
            label: summary
            ```

            `{{ left.alone }}` and the end.

            """
        scene.content.trainings[0].location = SourceLocation(line: 7, column: 1)
        let report = try scene.report(text)
        #expect(report.problems.isEmpty)
        #expect(report.images.map(\.path) == ["images/acc.png"])
        #expect(
            report.markdown == """
                # Blocks

                After 2 epochs Residual has 99.31%.

                <img src="images/acc.png" alt="By *epoch*, 1 &lt; 2 &#124; done." width="403">

                *By \\*epoch\\*, 1 \\< 2 \\| done.*

                Machine: Test Processor, 2 threads, avx2.


                *No GPU on the machine that measured (Test Processor), so this figure is left out.*

                | Network | Validation accuracy (%) | Best validation loss | Parameters | Multiply-adds of one image (M) | Model file (MB) | Inference of one image, CPU, median (ms) | Inference of one image, GPU, median |
                |---|---:|---:|---:|---:|---:|---:|---:|
                | Residual | **99.31** | 0.2000 | 1,120,970 | 55.2 | 4.50 | 1.05 | – |
                | ShuffleNet | 98.75 | 0.2000 | **25,162** | 55.2 | **0.12** | **0.42** | – |

                *All of it.*

                `{{ left.alone }}` and the end.

                """)
    }

    @Test func renderingTwiceGivesTheSameBytes() throws {
        var scene = Scene()
        scene.plot("acc", line: 5)
        scene.plot("size", line: 9, y: .fileSize, mark: .bar)
        scene.plot("cpu", line: 13, y: .inferenceCPU, mark: .box)
        scene.plot("time", line: 17, y: .trainTime)
        let text = Self.train + "\n" + ["acc", "size", "cpu", "time"].map { "```yaml {plot}\nlabel: \($0)\n```\n\n" }.joined()
        let first = try scene.report(text)
        #expect(first.problems.isEmpty)
        #expect(first.images.count == 4)
        #expect(first.images.allSatisfy { $0.bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) })
        #expect(try scene.report(text) == first)
    }

    // MARK: Space around cells

    @Test(arguments: [
        ("a\n\nCELL\nb\n", "a\n\nb\n"),
        ("a\n\nCELL\n\nb\n", "a\n\nb\n"),
        ("a\n\n\n\nCELL\n\n\nb\n", "a\n\n\n\nb\n"),
        ("a\nCELLb\n", "a\n\nb\n"),
        ("a\nCELL\nb\n", "a\n\nb\n"),
        ("a\n\nCELL", "a\n"),
        ("CELL\n\nb\n", "b\n"),
        ("CELL", ""),
        ("a\n\nCELL\nCELL\n\nCELLb", "a\n\nb"),
        ("> a\n>\n> ```yaml {train}\n> label: mnist\n> ```\n>\n> b\n", "> a\n>\n> b\n"),
        ("* a\n\n  ```yaml {train}\n  label: mnist\n  ```\n\n* b\n", "* a\n\n* b\n"),
        ("x\n\n- ```yaml {train}\n  label: mnist\n  ```\n\nb\n", "x\n\nb\n"),
        ("a \t\r\n\r\nCELL\r\nb\r\n", "a \t\r\n\r\nb\r\n"),
    ])
    func aHiddenCellLeavesAtMostOneBlankLine(text: String, expected: String) throws {
        let cell = text.contains("\r\n") ? Self.train.replacingOccurrences(of: "\n", with: "\r\n") : Self.train
        let source = text.replacingOccurrences(of: "CELL", with: cell)
        #expect(try Scene().markdown(source) == expected)
    }

    @Test func proseWithoutCellsPassesByteForByte() throws {
        let text = "# T\r\n\r\n\ttab  \n\n\n\n* x\u{0}y é 日本 {% raw %} $a$ \\{{ no }}\n<b>&amp;</b>\n```\n{{ code }}\n```\n\n\n"
        #expect(try Scene().markdown(text) == text)
    }

    @Test func echoKeepsCells() throws {
        var scene = Scene()
        scene.content.echo = true
        scene.plot("acc", line: 5)
        let text = Self.train + "\n" + Self.plot + "b\n"
        #expect(try scene.markdown(text) == Self.train + "\n" + Self.plot + "\n" + Self.image + "\n\nb\n")
    }

    @Test func windowsLineEndsStay() throws {
        var scene = Scene()
        scene.plot("acc", line: 3, caption: "c")
        let text = ("a\n\n" + Self.plot + "\nb\n").replacingOccurrences(of: "\n", with: "\r\n")
        let image = Self.image.replacingOccurrences(of: "Validation accuracy", with: "c")
        #expect(try scene.markdown(text) == "a\r\n\r\n\(image)\r\n\r\n*c*\r\n\r\nb\r\n")
    }

    // MARK: Placement

    @Test func figuresStandWhereTheAuthorPutsThem() throws {
        func placed(_ text: String, caption: String? = nil) throws -> String {
            var scene = Scene()
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
            scene.plot("acc", line: lines + 1, caption: caption)
            return try scene.markdown(text + "\n" + Self.plot)
        }
        let image = Self.image.replacingOccurrences(of: "Validation accuracy", with: "A &quot;b&quot;")
        let reference = #"![A "b"](fig:acc)"#
        #expect(try placed("| a | \(reference) |\n|---|---|\n| \(reference) | x |\n")
            == "| a | \(image) |\n|---|---|\n| \(image) | x |\n")
        #expect(try placed("x \(reference) y\n", caption: "C.") == "x \(image) y\n")
        #expect(try placed("\(reference)\n", caption: "C.") == "\(image)\n\n*C.*\n")
        #expect(try placed("> \(reference)\n", caption: "C.") == "> \(image)\n>\n> *C.*\n")
        #expect(try placed("* \(reference)\n\n* b\n", caption: "C.") == "* \(image)\n\n  *C.*\n\n* b\n")
        #expect(try placed("a\n\(reference)\nb\n", caption: "C.") == "a\n\(image)\nb\n")
        #expect(try placed("# H \(reference)\n") == "# H \(image)\n")
    }

    @Test func aFigureInAListOrAQuoteStaysThere() throws {
        var list = Scene()
        list.plot("acc", line: 3, column: 3, caption: "c")
        let image = Self.image.replacingOccurrences(of: "Validation accuracy", with: "c")
        #expect(
            try list.markdown("* a\n\n  ```yaml {plot}\n  label: acc\n  ```\n* b\n")
                == "* a\n\n  \(image)\n\n  *c*\n\n* b\n")
        var quote = Scene()
        quote.plot("acc", line: 2, column: 3, caption: "c")
        #expect(
            try quote.markdown("> a\n> ```yaml {plot}\n> label: acc\n> ```\n> b\n")
                == "> a\n>\n> \(image)\n>\n> *c*\n>\n> b\n")
        var item = Scene()
        item.plot("acc", line: 1, column: 3)
        #expect(try item.markdown("- ```yaml {plot}\n  label: acc\n  ```\n- b\n") == "- \(Self.image)\n\n- b\n")
    }

    @Test func tablesStandWhereTheAuthorPutsThem() throws {
        var scene = Scene()
        scene.table("t", line: 3, [.init(measure: .parameters, reduction: .final)])
        let table = "| Network | Parameters |\n|---|---:|\n| Residual | 1,120,970 |\n| ShuffleNet | **25,162** |"
        let cell = "\n```yaml {table}\nlabel: t\n```\n"
        #expect(try scene.markdown("a\n" + cell + "\nb\n\n[](tbl:t)\n\nc\n") == "a\n\nb\n\n\(table)\n\nc\n")
        let quoted = table.split(separator: "\n").map { "> " + $0 }.joined(separator: "\n")
        #expect(try scene.markdown("a\n" + cell + "\nb\n\n> [](tbl:t)\n") == "a\n\nb\n\n\(quoted)\n")
    }

    // MARK: What is missing

    @Test func aFailedRunLeavesABoxAndTheRestIsDrawn() throws {
        var scene = Scene()
        scene.plot("acc", line: 5)
        scene.table("t", line: 9, [.init(measure: .validAccuracy, reduction: .final)])
        scene.results.lock.runs["mnist/shuffle/1"] = nil
        scene.results.failures = [Scene.shuffle: .exited(code: 9, lastWords: "a*b\n<c>")]
        let (document, _) = Document.read(Array((Self.train + "\n" + Self.plot + "\n```yaml {table}\nlabel: t\n```\n").utf8))
        let renderer = ReportRenderer { problem in
            if case .failedRun(_, .exited(_, let words)) = problem { "it *failed*:\n\(words)" } else { "\(problem)" }
        }
        let report = try renderer.render(
            document: try #require(document), content: scene.content, results: scene.results)
        #expect(report.problems == [.failedRun(Scene.shuffle, .exited(code: 9, lastWords: "a*b\n<c>"))])
        #expect(report.images.count == 1)
        #expect(
            report.markdown == """
                > **Not everything here could be computed.**
                >
                > * `mnist/shuffle/1`: it \\*failed\\*: a\\*b \\<c\\>

                \(Self.image)

                | Network | Validation accuracy (%) |
                |---|---:|
                | Residual | 99.31 |
                | ShuffleNet | failed |

                """)
    }

    @Test func aFigureOfNothingIsABox() throws {
        var scene = Scene()
        scene.plot("acc", line: 5)
        scene.results.lock.runs = [:]
        let report = try scene.report(Self.train + "\n" + Self.plot + "\nx ![y](fig:acc)\n")
        #expect(report.images.isEmpty)
        #expect(
            report.problems == [
                .missingRun(Scene.residual), .missingRun(Scene.shuffle), .nothingToShow(label: "acc", data: ["mnist"]),
            ])
        #expect(report.markdown.contains("\nx **nothingToShow"))
    }

    @Test func aResultOfAnOlderPlanIsNoResult() throws {
        var scene = Scene()
        scene.content.keys[Scene.shuffle] = Sample.key(9)
        let report = try scene.report(Self.train + "\n{{ mnist.shuffle.valid.accuracy }}\n")
        #expect(report.problems.first == .missingRun(Scene.shuffle))
        guard case .value("mnist.shuffle.valid.accuracy", let location, .noResult) = report.problems.last else {
            Issue.record("found \(report.problems)")
            return
        }
        #expect(location == SourceLocation(line: 5, column: 1))
    }

    @Test func withoutTimingsASentenceStandsForEveryTime() throws {
        var scene = Scene()
        scene.results.timings = nil
        scene.plot("acc", line: 5, y: .trainTime)
        let report = try scene.report(Self.train + "\n" + Self.plot + "\n{{ machine.processor }} {{ mnist.residual.train.seconds | seconds }}\n")
        #expect(report.problems.isEmpty)
        #expect(
            report.markdown == """
                *No times were measured for this report, so this figure is left out.*

                not measured not measured

                """)
    }

    @Test func aDivergedRunIsNoCrash() throws {
        var scene = Scene()
        for run in ["mnist/residual/1", "mnist/shuffle/1"] {
            for epoch in 0..<2 {
                scene.results.lock.runs[run]?.epochs[epoch].validLoss = .nan
                scene.results.lock.runs[run]?.epochs[epoch].validAccuracy = .nan
            }
        }
        scene.plot("acc", line: 5, y: .validLoss)
        scene.table("t", line: 9, [.init(measure: .validLoss, reduction: .best)])
        let report = try scene.report(
            Self.train + "\n" + Self.plot + "\n```yaml {table}\nlabel: t\n```\n\n{{ mnist.residual.valid.loss }}\n")
        #expect(report.problems == [.figure(label: "acc", .nothingToDraw)])
        #expect(report.markdown.contains("| Residual | diverged |\n"))
        #expect(report.markdown.hasSuffix("\ndiverged\n"))
    }

    @Test func frozenNamesEveryMissingResult() throws {
        var scene = Scene()
        scene.content.keys[Scene.shuffle] = Sample.key(9)
        scene.results.lock.runs["mnist/residual/1"] = nil
        #expect(
            throws: ReportError.missingResults([
                .init(run: Scene.residual, plannedKey: Sample.key(1), foundKey: nil),
                .init(run: Scene.shuffle, plannedKey: Sample.key(9), foundKey: Sample.key(2)),
            ])
        ) { try scene.report(Self.train, frozen: true) }
    }
}
