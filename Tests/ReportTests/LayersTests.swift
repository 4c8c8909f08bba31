import Foundation
import Kernels
import Networks
import Report
import TestSupport
import Testing

/// Layers cells: from the file to the step, the timings, the table and the roofline.
@Suite struct LayersTests {
    static let cell = "```yaml {layers}\nlabel: speed\ndataset: digits\nnetworks: [residual, shuffle]\nbatch: 16\n```\n\n"

    private func plan(_ text: String) -> (plan: Plan?, problems: [Problem]) {
        let (document, diagnostics) = Document.read(Array(text.utf8))
        guard let document else { return (nil, diagnostics.map(\.problem)) }
        let made = Plan.make(of: document)
        return (made.plan, (diagnostics + made.diagnostics).map(\.problem))
    }

    private static func layer(_ name: String, operations: Double, seconds: Double) -> LayerTiming {
        LayerTiming(
            layer: name, count: 2, kind: "Conv3x3 64->64", input: "16x14x14x64", pass: "forward",
            algorithm: operations > 0 ? "winograd" : "", seconds: seconds, operations: operations, bytes: 1e6)
    }

    /// 1 GFLOP in 20 ms of at least 10 ms; a map of 1 MB in 1 ms of at least 0.1 ms.
    private static func measurement(_ step: PlannedLayers, seconds: Double = 0.02) -> LayerMeasurement {
        LayerMeasurement(
            key: step.key, threads: 2, instructionSet: "avx2",
            limits: MachineLimits(gflops: 100, gigabytesPerSecond: 10),
            layers: [layer("stem", operations: 1e9, seconds: seconds), layer("relu", operations: 0, seconds: 1e-3)])
    }

    private func content(_ plan: Plan) -> ReportContent { ReportContent(plan, keys: [:]) }

    private func results(_ plan: Plan, measured: [String]) -> Results {
        var results = Results(lock: ResultsLock(), timings: nil)
        let layers = plan.layerSteps.filter { measured.contains($0.network) }.map { ($0.name, Self.measurement($0)) }
        results.layerTimings = [
            Timings(machine: Sample.machine, layers: Dictionary(layers) { first, _ in first })
        ]
        return results
    }

    // MARK: Planning

    @Test func eachNetworkIsAStepWithAKeyOfItsOwn() throws {
        let (made, problems) = plan(Self.cell)
        #expect(problems.isEmpty, "\(problems)")
        let steps = try #require(made).layerSteps
        #expect(steps.map(\.name) == ["speed/residual", "speed/shuffle"])
        #expect(Set(steps.map(\.key)).count == 2 && steps.allSatisfy { $0.key.count == 64 })
        let other = try #require(plan(Self.cell.replacing("16", with: "8")).plan).layerSteps
        #expect(other[0].key != steps[0].key)
        let renamed = try #require(plan(Self.cell.replacing("speed", with: "times")).plan).layerSteps
        #expect(renamed.map(\.key) == steps.map(\.key))
    }

    @Test func aLayersCellChangesNoTrainingKey() throws {
        let alone = try #require(plan(PlannerTests.train).plan)
        let together = try #require(plan(Self.cell + PlannerTests.train).plan)
        #expect(
            try alone.runs.map { try $0.key(datasetDigest: Sample.digest) }
                == together.runs.map { try $0.key(datasetDigest: Sample.digest) })
    }

    @Test(arguments: [
        ("networks: [residual]", "networks: [residul]", "residual"), ("batch", "bach", "batch"),
        ("dataset: digits", "dataset: digit", "digits"),
    ])
    func aMisspeltWordGetsTheNearest(word: String, wrong: String, right: String) {
        let text = Self.cell.replacing("[residual, shuffle]", with: "[residual]")
        let problems = plan(text.replacing(word, with: wrong)).problems
        let nearest = problems.compactMap { if case .unknownName(_, _, _, let nearest) = $0 { nearest } else { nil } }
        #expect(nearest.contains(right), "\(problems)")
    }

    @Test func columnsOfATableAreChecked() {
        let table = "```yaml {table}\nlabel: t\ndata: speed\ncolumns: [layer, algoritm]\n```\n"
        let nearest = plan(Self.cell + table).problems.compactMap {
            if case .unknownName(_, _, _, let nearest) = $0 { nearest } else { nil }
        }
        #expect(nearest == ["algorithm"])
    }

    // MARK: Tables and plots

    private func markdown(_ options: String, measured: [String]) throws -> String {
        let text = Self.cell + "```yaml {table}\nlabel: t\ndata: speed\n\(options)```\n"
        let (made, problems) = plan(text)
        #expect(problems.isEmpty, "\(problems)")
        let plan = try #require(made)
        let document = try #require(Document.read(Array(text.utf8)).document)
        return try ReportRenderer { "\($0)" }.render(
            document: document, content: content(plan), results: results(plan, measured: measured), frozen: true
        ).markdown
    }

    @Test func aTableShowsWhichLayerRanHowAndHowFast() throws {
        #expect(
            try markdown("", measured: ["residual", "shuffle"]) == """
                | Network | First layer | Layers | Kind | Input | Pass | Algorithm | ms | GFLOP/s | GB/s | Of the limit (%) |
                |---|---|---:|---|---|---|---|---:|---:|---:|---:|
                | Residual | stem | 2 | Conv3x3 64-\\>64 | 16x14x14x64 | forward | winograd | 20 | 50 | 0.0500 | 50 |
                | ShuffleNet | stem | 2 | Conv3x3 64-\\>64 | 16x14x14x64 | forward | winograd | 20 | 50 | 0.0500 | 50 |

                *Limit: 100 GFLOP/s and 10.0 GB/s of memory, measured with 2 threads; what stays in the caches may be faster.*

                """)
    }

    @Test func aTableHasTheAuthorsColumns() throws {
        let text = try markdown(
            "columns: [layer, {column: share, title: Share}]\n", measured: ["shuffle"])
        #expect(text.hasPrefix("| First layer | Share (%) |\n|---|---:|\n| stem | 50 |\n\n"))
    }

    @Test func withoutAMeasurementTheReportSaysSo() throws {
        let text = try markdown("columns: [layer, ms]\n", measured: [])
        #expect(text.hasPrefix("| First layer | ms |\n"))
        #expect(text.contains("*Layers were not measured on this report's machine.*"))
    }

    @Test func aMeasurementOfAnotherKeyIsNotShown() throws {
        let made = try #require(plan(Self.cell).plan)
        var results = results(made, measured: ["residual"])
        #expect(results.layers("speed/residual", key: made.layerSteps[0].key) != nil)
        results.layerTimings[0].layers?["speed/residual"]?.key = Sample.key(9)
        #expect(results.layers("speed/residual", key: made.layerSteps[0].key) == nil)
    }

    @Test func aRooflineIsAScatterPlotOfItsColumns() throws {
        let text = Self.cell
            + "```yaml {plot}\nlabel: roof\ndata: speed\nmark: scatter\nx: intensity\ny: [gflops, attainable]\n"
            + "x-scale: log\nscale: log\n```\n"
        let (made, problems) = plan(text)
        #expect(problems.isEmpty, "\(problems)")
        let plan = try #require(made)
        let drawn = try ReportRenderer.figure(
            plan.plots[0], content: content(plan), results: results(plan, measured: ["residual", "shuffle"]))
        guard case .figure(let figure) = drawn else {
            Issue.record("found \(drawn)")
            return
        }
        #expect(figure.marks.count == 2)
        let nothing = try ReportRenderer.figure(
            plan.plots[0], content: content(plan), results: results(plan, measured: []))
        #expect(nothing == .sentence("Layers were not measured on this report's machine."))
    }

    @Test func aTableOfADataCellHasItsColumnsAndDigits() throws {
        let data = "```yaml {data}\nlabel: d\ncsv: |\n  name,year,loss\n  a,2016,0.0512\n  b,2017,12.5\n```\n\n"
        let text = data + "```yaml {table}\nlabel: t\ndata: d\ncolumns: [name, {group: G, columns: [year, loss]}]\n```\n"
        let (made, problems) = plan(text)
        #expect(problems.isEmpty, "\(problems)")
        let plan = try #require(made)
        let table = ReportRenderer.table(
            plan.tables[0], content: content(plan), results: Results(lock: ResultsLock(), timings: nil))
        #expect(
            TableFormat.markdown.text(of: table) == """
                | name | G<br>year | G<br>loss |
                |---|---:|---:|
                | a | 2016 | 0.051 |
                | b | 2017 | 12.500 |

                """)
    }

    // MARK: Files

    @Test func timingsWithoutLayersKeepTheirBytes() throws {
        let bytes = try Timings(machine: Sample.machine, runs: ["a/b/1": Sample.timing()]).fileBytes()
        #expect(!String(decoding: bytes, as: UTF8.self).contains("layers"))
        #expect(try Timings(fileBytes: bytes, path: "x").layers == nil)
    }

    @Test func measurementsAreKeptAndChecked() throws {
        let step = try #require(plan(Self.cell).plan).layerSteps[0]
        func timings(seconds: Double) -> Timings {
            Timings(machine: Sample.machine, layers: [step.name: Self.measurement(step, seconds: seconds)])
        }
        let bytes = try timings(seconds: 0.0123456).fileBytes()
        let read = try Timings(fileBytes: bytes, path: "x")
        #expect(read.layers?[step.name]?.layers[0].seconds == 0.01235)
        #expect(try read.fileBytes() == bytes)
        let damaged = try timings(seconds: -1).fileBytes()
        #expect {
            try Timings(fileBytes: damaged, path: "x")
        } throws: { error in
            guard case StoredFileError.damaged(_, let place, _)? = error as? StoredFileError else { return false }
            return place == "layers.speed/residual.layers.0.seconds"
        }
    }

    // MARK: Measuring

    @Test func aChildsMeasurementReachesTheTimingsAndAFailureCostsItAlone() async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("offprint-layers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        let steps = try #require(plan(Self.cell).plan).layerSteps.map { LayerStep($0, threads: 1, seconds: 0.01) }
        let store = ResultsStore(folder: root.path + "/report")
        try store.save(Timings(machine: Sample.machine, runs: ["a/b/1": Sample.timing()]))
        let script = root.path + "/child.sh"
        try "#!/bin/sh\ngrep -q speed/shuffle $1 && exit 3\ncp '\(root.path)/good.json' $2\n"
            .write(toFile: script, atomically: true, encoding: .utf8)
        let good = Self.measurement(try #require(plan(Self.cell).plan).layerSteps[0])
        let body = String(decoding: try JSONEncoder().encode(good), as: UTF8.self)
        try "{\"finished\": {\"_0\": \(body)}}".write(toFile: root.path + "/good.json", atomically: true, encoding: .utf8)
        let measurer = LayerMeasurer(
            executable: "/bin/sh", arguments: [script], store: store, machine: Sample.machine,
            workFolder: root.path + "/work")
        let failures = try await measurer.measure(steps, planned: steps.map(\.name)) { _ in }
        #expect(failures == ["speed/shuffle": .exited(code: 3, lastWords: "")])
        let timings = try #require(try store.loadTimings(machine: Sample.machine.name))
        #expect(timings.layers?.keys.sorted() == ["speed/residual"])
        #expect(timings.runs.keys.sorted() == ["a/b/1"])
        #expect(try store.loadLayers(machine: nil, thisMachine: "other").map(\.machine) == [Sample.machine])
    }

    @Test func aStepMeasuresEveryLayerOfItsNetwork() throws {
        var step = LayerStep(try #require(plan(Self.cell).plan).layerSteps[0], threads: 1, seconds: 0.01)
        step.batch = 1
        let start = ContinuousClock.now
        let measured = try step.perform(instructionSet: .best) {
            let elapsed = start.duration(to: .now).components
            return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        }
        let convolutions = step.graph.nodes.count { if case .convolution = $0.layer { true } else { false } }
        let forward = measured.layers.filter { $0.pass == "forward" && !$0.algorithm.isEmpty }
        #expect(forward.reduce(0) { $0 + $1.count } == convolutions)
        #expect(measured.layers.allSatisfy { $0.seconds > 0 && $0.bytes > 0 })
        #expect(measured.limits.gflops > 0 && measured.limits.gigabytesPerSecond > 0)
        // Without a gradient of the images, the stem has none for its input.
        let passes = measured.layers.filter { $0.layer == "stem.convolution" }.map(\.pass)
        #expect(passes == ["forward", "weight-gradient"])
    }
}
