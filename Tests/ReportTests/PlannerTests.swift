import Report
import Testing

/// What the planner makes of cells, and what it says of wrong ones.
@Suite struct PlannerTests {
    static let train = "```yaml {train}\nlabel: t\ndataset: digits\nnetworks: [residual, shuffle]\nepochs: 2\nseeds: [1, 2]\n```\n\n"
    static let numbers = "```yaml {data}\nlabel: d\ncsv: |\n  n,fast,slow,kind\n  1,2,3,a\n  2,,5,b\n```\n\n"

    private func plan(_ text: String, _ parameters: [String: String] = [:]) -> (plan: Plan?, problems: [Problem]) {
        let (document, diagnostics) = Document.read(Array(text.utf8))
        guard let document else { return (nil, diagnostics.map(\.problem)) }
        let made = Plan.make(of: document, parameters: parameters)
        return (made.plan, (diagnostics + made.diagnostics).map(\.problem))
    }

    private func cell(_ kind: String, _ body: String) -> String { "```yaml {\(kind)}\n\(body)\n```\n\n" }

    private func plot(_ body: String) -> (plan: Plan?, problems: [Problem]) {
        plan(Self.train + Self.numbers + cell("plot", "label: p\n" + body))
    }

    // MARK: Plots of runs

    @Test(arguments: [
        ("y: valid.accuracy", PlotCell.Mark.line, PlotCell.RunContent.Axis.epoch),
        ("y: valid.accuracy\nx: network", .bar, .network), ("y: file-size", .bar, .network),
        ("y: inference.cpu", .box, .network), ("y: valid.accuracy.best\nmark: bar", .bar, .network),
        ("y: valid.loss\nmark: step", .step, .epoch), ("y: inference.cpu\nmark: histogram", .histogram, .none),
        ("y: valid.accuracy\nx: parameters", .scatter, .measure(.init(measure: .parameters, reduction: .final))),
        ("y: valid.accuracy\nmark: heat-map", .heatMap, .network),
    ])
    func aMarkFollowsFromWhatIsAsked(body: String, mark: PlotCell.Mark, axis: PlotCell.RunContent.Axis) throws {
        let (plan, problems) = plot("data: t\n" + body)
        #expect(problems.isEmpty, "\(problems)")
        let cell = try #require(plan?.plots.first)
        #expect(cell.mark == mark)
        guard case .runs(let runs) = cell.content else {
            Issue.record("found \(cell.content)")
            return
        }
        #expect(runs.x == axis)
    }

    @Test(arguments: [
        ("y: valid.acuracy", "valid.accuracy"), ("y: valid.loss\nmark: lien", "line"), ("y: valid.loss\nband: deviaton", "deviation"),
        ("y: valid.loss\nscale: logs", "log"), ("y: valid.loss\ntheme: githib", "github"), ("y: valid.loss\nfacet: netwrk", "network"),
        ("y: valid.loss\nx: epochs", "epoch"), ("y: valid.loss\ncapton: x", "caption"), ("y: valid.loss\ny-format: secnds", "seconds"),
        ("y: valid.loss\nlegend: non", "none"),
    ])
    func aMisspeltWordGetsTheNearest(body: String, right: String) {
        let problems = plot("data: t\n" + body).problems
        let nearest = problems.compactMap { if case .unknownName(_, _, _, let nearest) = $0 { nearest } else { nil } }
        #expect(nearest == [right], "\(problems)")
    }

    @Test func whatDoesNotGoTogetherIsSaid() {
        for body in [
            "y: file-size\nmark: line", "y: valid.loss\nmark: bar\nx: epoch", "y: valid.loss\nmark: scatter\nx: network",
            "y: valid.loss\nmark: line\nx: parameters",
        ] {
            let problems = plot("data: t\n" + body).problems
            #expect(problems.count == 1, "\(body): \(problems)")
            guard case .conflict? = problems.first else {
                Issue.record("\(body): \(problems)")
                continue
            }
        }
        #expect(plot("data: t\ny: valid.loss\nmark: scatter").problems == [.missingKey("x", cell: "plot")])
    }

    @Test func numbersAreCheckedOneByOne() {
        let problems = plot(
            """
            data: t
            y: valid.loss
            width: 50in
            height: tall
            bins: 0
            range: [1, 0]
            x-range: [1]
            references: [{label: chance}, {y: low}]
            annotations: [{x: 1, y: 2}]
            front: perhaps
            """
        ).problems
        #expect(problems.count == 9, "\(problems)")
        #expect(problems.contains(.missingKey("y", cell: "references")))
        #expect(problems.contains(.missingKey("text", cell: "annotations")))
        #expect(problems.contains(.wrongType(key: "front", found: .scalar("perhaps"), expected: .flag)))
        #expect(problems.contains(.wrongType(key: "height", found: .scalar("tall"), expected: .length)))
    }

    @Test func everythingAboutTheLookIsRead() throws {
        let (plan, problems) = plot(
            """
            data: t
            y: valid.accuracy
            band: quantiles
            scale: symlog
            x-scale: log
            range: [0.5, 1]
            y-title: Right
            x-unit: passes
            y-format: number
            references: [{y: 0.1, label: chance}, {x: 1}]
            annotations: {x: 2, y: 0.9, text: here}
            facet: network
            color: seed
            legend: none
            theme: paper-column
            """)
        #expect(problems.isEmpty, "\(problems)")
        let cell = try #require(plan?.plots.first)
        #expect(cell.band == .quantiles && cell.yAxis.scale == .symlog && cell.xAxis.scale == .log)
        #expect(cell.yAxis.range == 0.5...1 && cell.yAxis.title == "Right" && cell.xAxis.unit == "passes")
        #expect(cell.references.map(\.label) == ["chance", ""] && cell.references.map(\.axis) == [.y, .x])
        #expect(cell.annotations.map(\.text) == ["here"])
        #expect(!cell.hasLegend && cell.width == 3.25 && cell.theme == "paper-column")
        guard case .runs(let runs) = cell.content else { return }
        #expect(runs.facet == .network && runs.color == .seed)
    }

    // MARK: Data cells

    @Test(arguments: [
        ("", PlotCell.Mark.line, "n", ["fast", "slow"]), ("x: kind", .bar, "kind", ["n", "fast", "slow"]),
        ("y: slow", .line, "n", ["slow"]), ("x: kind\ny: [slow, fast]\nmark: stacked", .stacked, "kind", ["slow", "fast"]),
        ("y: slow\nmark: violin", .violin, "kind", ["slow"]), ("x: fast\ny: slow\nname: kind\nmark: scatter", .scatter, "fast", ["slow"]),
        ("mark: heat-map", .heatMap, "kind", ["n", "fast", "slow"]),
    ])
    func columnsOfADataCellAreFound(body: String, mark: PlotCell.Mark, x: String, y: [String]) throws {
        let (plan, problems) = plot("data: d\n" + body)
        #expect(problems.isEmpty, "\(problems)")
        let cell = try #require(plan?.plots.first)
        #expect(cell.mark == mark)
        guard case .columns(let columns) = cell.content else {
            Issue.record("found \(cell.content)")
            return
        }
        #expect(columns.x == x)
        #expect(columns.y == y)
    }

    @Test func wrongColumnsAreSaid() {
        #expect(plot("data: d\ny: fats").problems == [.unknown(.column(of: "d"), "fats", among: ["n", "fast", "slow", "kind"])])
        guard case .wrongType("y", .scalar("kind"), .numericColumn(["n", "fast", "slow"]))? = plot("data: d\ny: kind").problems.first
        else {
            Issue.record("found \(plot("data: d\ny: kind").problems)")
            return
        }
        #expect(plot("data: [d, t]").problems.count == 1)
        #expect(plot("data: d\ny: [fast, slow]\ncolor: kind").problems.count == 1)
    }

    @Test(arguments: [
        ("csv: |\n  a,b\n  1\n  2,3,4", 2), ("csv: |\n  a,\"b\n  1,2", 1), ("csv: |\n  a,a\n  1,2", 1), ("csv: a,b", 1), ("", 1),
        ("columns: [a, b]", 1), ("columns: [a, b]\nrows: [[1, 2], [3]]", 1), ("columns: [a]\nrows: 3", 1),
        ("columns: [a]\nrows: [[{x: 1}]]", 1), ("csv: |\n  a\n  1\ncolumns: [a]\nrows: [[1]]", 1),
    ])
    func rowsThatMakeNoTableAreSaid(body: String, count: Int) {
        let problems = plan(cell("data", "label: d\n" + body)).problems
        #expect(problems.count == count, "\(problems)")
    }

    @Test func rowsAndCSVAreTheSame() throws {
        let rows = plan(cell("data", "label: d\ncolumns: [a, b]\nrows: [[1, x], [~, 'y, z']]")).plan?.dataCells.first
        let csv = plan(cell("data", "label: d\ncsv: |\n  a, b\n\n  1, x\n  ,\"y, z\"")).plan?.dataCells.first
        let columns = try #require(csv?.columns)
        #expect(columns.map(\.name) == ["a", "b"])
        #expect(columns[1].values == .texts(["x", "y, z"]))
        guard case .numbers(let numbers) = columns[0].values else { return }
        #expect(numbers[0] == 1 && numbers[1].isNaN)
        #expect(rows?.columns[1] == columns[1])
    }

    // MARK: Tables, diagrams, images

    @Test func tablesTakeGroupsRankAndBaseline() throws {
        let (plan, problems) = plan(
            Self.train
                + cell(
                    "table",
                    """
                    label: s
                    data: t
                    columns:
                      - {group: Quality, columns: [valid.accuracy, {measure: valid.loss.best, title: Loss}]}
                      - parameters
                    rank: true
                    baseline: residual
                    """))
        #expect(problems.isEmpty, "\(problems)")
        let table = try #require(plan?.tables.first)
        #expect(table.columns.map(\.name) == ["valid.accuracy.final", "valid.loss.best", "parameters"])
        #expect(table.columns.map(\.group) == ["Quality", "Quality", nil])
        #expect(table.columns[1].title == "Loss")
        #expect(table.rank?.measure == .validAccuracy && table.baseline == "residual")
    }

    @Test func wrongTablesAreSaid() {
        let problems = plan(
            Self.train + cell("table", "label: s\ndata: t\ncolumns: [valid.los, parameters, parameters]\nrank: accuracy\nbaseline: residul")
        ).problems
        #expect(problems.count == 4, "\(problems)")
        #expect(problems.contains(.unknown(.network(of: "t"), "residul", among: ["residual", "shuffle"])))
    }

    @Test func diagramsAreBuiltWhenPlanned() throws {
        let (plan, problems) = plan(
            cell("diagram", "label: a\nnetworks: residual\ndatasets: [mnist, food101]")
                + cell("diagram", "label: b\nnetworks: [residual, dense]\nshow: block\nstage: 2\nblocks: 1\ndatasets: cifar10"))
        #expect(problems.isEmpty, "\(problems)")
        #expect(plan?.diagrams.map(\.networks.count) == [2, 2])
        #expect(plan?.diagrams[1].content == .blocks(stage: 2, [1]))
    }

    @Test(arguments: [
        ("networks: residul", 1), ("networks: residual\ndatasets: mnits", 1), ("networks: residual\nshow: block\nstage: 9", 1),
        ("networks: dense\nshow: block\nblocks: 2", 1), ("networks: residual\nstage: 1", 1), ("show: blok\nflow: up", 3),
    ])
    func wrongDiagramsAreSaid(body: String, count: Int) {
        let problems = plan(cell("diagram", "label: a\n" + body)).problems
        #expect(problems.count == count, "\(problems)")
    }

    @Test func imagesAreChecked() {
        #expect(plan(cell("images", "label: i\ndataset: digits\ncount: 6")).plan?.images.first?.count == 6)
        #expect(plan(cell("images", "label: i\ndataset: digit\ncount: 0\nsplit: tests")).problems.count == 3)
    }

    // MARK: Predictions

    @Test func predictionsAreOfTheRunsThatAreNamed() throws {
        let text =
            Self.train + cell("plot", "label: c\ndata: t\nshow: confusion\nnetwork: shuffle\ntitle: C")
            + cell("plot", "label: k\ndata: t\nshow: calibration\nbins: 5\nseed: 2")
            + cell("images", "label: m\nshow: mistakes\ndata: t\nnetwork: residual\nseed: 2\ncount: 8\ncolumns: 4")
        let (made, problems) = plan(text)
        #expect(problems.isEmpty, "\(problems)")
        let plan = try #require(made)
        guard case .predictions(let confusion) = plan.plots[0].content,
            case .predictions(let calibration) = plan.plots[1].content
        else {
            Issue.record("found \(plan.plots)")
            return
        }
        #expect(confusion.kind == .confusion && confusion.networks == ["shuffle"] && confusion.seed == nil)
        #expect(calibration.kind == .calibration && calibration.networks.isEmpty && calibration.seed == 2)
        #expect(plan.images[0].content == .mistakes(.init(data: "t", network: "residual", seed: 2)))
        #expect(
            plan.predictionRuns.map(\.description).sorted()
                == ["t/residual/2", "t/shuffle/1", "t/shuffle/2"])
    }

    @Test func wrongNetworksAndSeedsOfPredictionsAreSaid() {
        for (body, expected) in [
            ("data: t\nshow: confusion", Problem.missingKey("network", cell: "plot")),
            ("data: t\nshow: confusion\nnetwork: mobile", .unknown(.network(of: "t"), "mobile", among: ["residual", "shuffle"])),
            ("data: t\nshow: confusion\nnetwork: shuffle\nseed: 7", .unknown(.value(of: "seed"), "7", among: ["1", "2"])),
            ("data: t\nshow: calibration\nseed: one", .wrongType(key: "seed", found: .scalar("one"), expected: .integer)),
            ("data: t\nshow: calibration\ny: valid.loss", .conflict(key: "y", value: "valid.loss", with: "show", withValue: "calibration", right: [])),
            ("data: t\nshow: confusion\nnetwork: shuffle\nbins: 4", .conflict(key: "bins", value: "4", with: "show", withValue: "confusion", right: [])),
            ("data: t\nshow: confusion\nnetwork: [shuffle, residual]", .wrongType(key: "network", found: .list, expected: .text)),
            ("data: d\nshow: calibration", .unknown(.training, "d", among: ["t", "d"])),
        ] { #expect(plot(body).problems == [expected], "\(body)") }
        let nearest = plot("data: t\nshow: confusoin\ny: valid.loss").problems
        #expect(nearest == [.unknown(.value(of: "show"), "confusoin", among: ["measure", "confusion", "calibration"])])
        let images = Self.train + cell("images", "label: m\nshow: mistakes\ndata: t\ndataset: digits")
        #expect(
            plan(images).problems.count == 2 && plan(images).problems.contains(.missingKey("network", cell: "images")),
            "\(plan(images).problems)")
        // What the front matter says for other cells is no mistake here.
        let defaults = "---\ndefaults: {band: none, bins: 4}\n---\n"
        #expect(plan(defaults + Self.train + cell("plot", "label: p\ndata: t\nshow: confusion\nnetwork: shuffle")).problems.isEmpty)
    }

    @Test func everyMistakeOfAFileIsFoundAtOnce() {
        let problems = plan(
            "---\ntheme: dark\nparameters: {n: 3}\n---\n" + cell("train", "label: t\ndataset: digits\nnetworks: shuffle\nepochs: $m")
                + cell("plot", "label: t\ndata: u\ny: valid.loss\nmark: pie") + cell("data", "csv: x") + cell("figure", "a: 1")
                + "{{ t.residual.loss }}\n", ["k": "1"]
        ).problems
        for expected: Problem in [
            .unknown(.parameter, "m", among: ["n"]), .unknown(.parameter, "k", among: ["n"]), .missingKey("label", cell: "data"),
            .empty(key: "csv"), .unknown(.network(of: "t"), "residual", among: ["shuffle", "best"]),
        ] {
            #expect(problems.contains(expected), "\(expected) not in \(problems)")
        }
        #expect(problems.count >= 9, "\(problems)")
    }

    @Test func aLabelOfADataCellBehindAnotherIsTheSecond() {
        let text = cell("plot", "label: d\ndata: x\ny: a") + cell("data", "label: x\ncsv: |\n  a\n  1") + cell("data", "label: d\ncsv: |\n  a\n  1")
        let (document, _) = Document.read(Array(text.utf8))
        guard let document else { return }
        let diagnostics = Plan.make(of: document).diagnostics
        #expect(diagnostics.map(\.location?.line) == [15], "\(diagnostics)")
    }
}
