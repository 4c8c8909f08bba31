import Networks
import Testing

@Suite("Catalog of networks")
struct CatalogTests {
    private func graph(_ block: String, _ dataset: DatasetShape = .mnist) throws -> Graph {
        try NetworkCatalog.graph(block: try #require(NetworkCatalog.block(named: block)), dataset: dataset)
    }

    private func definition(_ text: String) throws -> BlockDefinition {
        try #require(try BlockNotation.parse(text).first).definition
    }

    @Test("names nodes by stage, block, kind and number")
    func nodeNames() throws {
        let names = try graph("residual").nodes.map(\.name)
        #expect(
            names.prefix(14) == [
                "input", "stem.convolution", "stem.batchNorm", "stem.relu", "stage1.block1.convolution1",
                "stage1.block1.batchNorm1", "stage1.block1.relu1", "stage1.block1.convolution2",
                "stage1.block1.batchNorm2", "stage1.block1.shortcut1.convolution1",
                "stage1.block1.shortcut1.batchNorm1", "stage1.block1.add1", "stage1.block1.relu2",
                "stage1.block2.convolution1",
            ])
        #expect(names.suffix(2) == ["head.pool", "head.linear"])
        let dense = try #require(try graph("dense").node(named: "stage1.block1.repeat8.concatenate1"))
        #expect(dense.outputShape == FeatureShape(height: 14, width: 14, channels: 128))
        #expect(try graph("shuffle").node(named: "stage1.block1.unit1.averagePool1") != nil)
        #expect(try graph("shuffle").node(named: "stage1.block1.unit2.averagePool1") == nil)
    }

    @Test("projects a shortcut only where the shape changes")
    func shortcuts() throws {
        let graph = try graph("bottleneck", .cifar10)
        let projected = graph.nodes.map(\.name).filter { $0.hasSuffix("shortcut1.convolution1") }
        #expect(projected == ["stage1.block1.shortcut1.convolution1", "stage2.block1.shortcut1.convolution1"])
        let sum = try #require(graph.node(named: "stage1.block2.add1"))
        #expect(sum.inputs.map { graph.nodes[$0].name } == ["stage1.block2.batchNorm3", "stage1.block1.relu3"])
    }

    @Test("halves the map in each stage and leaves it as wide as the stage", arguments: NetworkCatalog.names)
    func sizes(name: String) throws {
        let graph = try graph(name, .cifar10)
        for (stage, side, width) in [(1, 8, 128), (2, 4, 256)] {
            let last = try #require(graph.nodes.last { $0.name.hasPrefix("stage\(stage).") })
            #expect(last.outputShape == FeatureShape(height: side, width: side, channels: width))
        }
    }

    @Test("gives the generated digits the network of MNIST", arguments: NetworkCatalog.names)
    func digits(name: String) throws {
        #expect(try graph(name, .digits) == graph(name, .mnist))
    }

    @Test("knows the shape of every data set, and widths for images it does not list")
    func datasets() {
        #expect(DatasetShape.all.map(\.name) == ["mnist", "cifar10", "stl10", "food101", "fashion-mnist", "digits"])
        #expect(DatasetShape.named("food101")?.classes == 101)
        #expect(DatasetShape.named("Food101") == nil)
        for dataset in DatasetShape.all {
            #expect(DatasetShape.widths(for: dataset.input) == dataset.widths, "\(dataset.name)")
        }
        #expect(DatasetShape.widths(for: FeatureShape(height: 1, width: 1, channels: 3)) == [64, 128])
        #expect(DatasetShape.widths(for: FeatureShape(height: .max, width: .max, channels: 3)).count == 5)
    }

    @Test(
        "finds the block someone meant",
        arguments: [
            ("residul", "residual"), ("ResNeXt", "resnext"), ("mobilev2", "mobile_v2"), ("shufle", "shuffle"),
            ("dens", "dense"), ("mobile_v3", "mobile_v2"),
        ])
    func nearest(typed: String, meant: String) {
        #expect(NetworkCatalog.nearest(to: typed) == meant)
    }

    @Test("offers nothing for a word that looks like no block, and an experiment's own where it does")
    func nearestOfOthers() {
        #expect(NetworkCatalog.nearest(to: "transformer") == nil)
        #expect(NetworkCatalog.nearest(to: "") == nil)
        #expect(NetworkCatalog.nearest(to: String(repeating: "a", count: 100_000)) == nil)
        #expect(NetworkCatalog.nearest(to: "squeze", others: ["squeeze"]) == "squeeze")
    }

    @Test("gives every built-in block a title of its own")
    func titles() {
        let titles = NetworkCatalog.names.map(NetworkCatalog.title)
        #expect(Set(titles).count == 9)
        #expect(titles.allSatisfy { !NetworkCatalog.names.contains($0) })
        #expect(NetworkCatalog.title(of: "mine") == "mine")
    }

    // MARK: What does not fit

    @Test("refuses a network without widths, classes or an input")
    func badNetworks() throws {
        let plain = try definition("plain: Conv3x3/s")
        let input = FeatureShape(height: 28, width: 28, channels: 1)
        #expect(throws: NetworkError.noWidths) {
            try NetworkCatalog.graph(block: plain, input: input, widths: [], classes: 10)
        }
        #expect(throws: NetworkError.layer(.notPositive(node: "head.linear", what: "outputs", found: 0))) {
            try NetworkCatalog.graph(block: plain, input: input, widths: [64], classes: 0)
        }
        let empty = FeatureShape(height: 0, width: 28, channels: 1)
        #expect(throws: NetworkError.layer(.notPositive(node: "input", what: "height", found: 0))) {
            try NetworkCatalog.graph(block: plain, input: empty, widths: [64], classes: 10)
        }
        let huge = FeatureShape(height: .max, width: .max, channels: .max)
        #expect(throws: NetworkError.layer(.tooLarge(node: "input", shape: huge))) {
            try NetworkCatalog.graph(block: plain, input: huge, widths: [64], classes: 10)
        }
    }

    @Test("says which block and which node a width does not fit")
    func badWidths() throws {
        let input = FeatureShape(height: 28, width: 28, channels: 1)
        let resnext = try #require(NetworkCatalog.block(named: "resnext"))
        let node = "stage1.block1.convolution2"
        let grouped = BlockError(
            block: "resnext", node: node, problem: .layer(.channelsNotDivisible(node: node, channels: 24, by: 32)))
        #expect(throws: NetworkError.block(grouped)) {
            try NetworkCatalog.graph(block: resnext, input: input, widths: [64, 96], classes: 10)
        }
        let divided = BlockError(
            block: "resnext", node: "stage1.block1.convolution1",
            problem: .arithmetic(
                .inexactDivision("out/4", dividend: 130, divisor: 4), BlockNumbers(input: 64, output: 130, stride: 2)))
        #expect(throws: NetworkError.block(divided)) {
            try NetworkCatalog.graph(block: resnext, input: input, widths: [64, 130], classes: 10)
        }
        let shuffle = try #require(NetworkCatalog.block(named: "shuffle"))
        let nothing = BlockError(
            block: "shuffle", node: "stage1.block1.unit1.convolution2",
            problem: .widthNotPositive("out - in", found: 0, BlockNumbers(input: 64, output: 64, stride: 2)))
        #expect(throws: NetworkError.block(nothing)) {
            try NetworkCatalog.graph(block: shuffle, input: input, widths: [64, 64], classes: 10)
        }
    }

    @Test(
        "stops repetitions that would make too many nodes or run for too long",
        arguments: [
            "a: 1000 x (1000 x (BatchNorm))", "a: 1000 x (1000 x (1000 x (input)))",
            "a: 1000 x (1000 x (ReLU if s = 3))", "a (1000 per stage): 1000 x (BatchNorm - ReLU)",
        ])
    func tooManyNodes(text: String) throws {
        let block = try definition(text)
        do throws(NetworkError) {
            _ = try NetworkCatalog.graph(block: block, dataset: .mnist)
            Issue.record("\(text) was expanded")
        } catch {
            guard case .block(let error) = error else { throw error }
            #expect(error.problem == .tooManyNodes(limit: 20000))
        }
    }

    @Test("leaves a graph unchanged where a block does not fit")
    func atomicExpansion() throws {
        let block = try definition("a: Conv3x3 - ReLU - Conv1x1[out/7]")
        var graph = Graph(input: FeatureShape(height: 8, width: 8, channels: 3))
        let before = graph
        #expect(throws: BlockError.self) {
            try block.expand(into: &graph, after: 0, name: "b", width: 64, stride: 1)
        }
        #expect(graph == before)
    }

    @Test("refuses a stride below 1 and a name that is taken")
    func badExpansion() throws {
        let block = try definition("a: Conv3x3/s")
        var graph = Graph(input: FeatureShape(height: 8, width: 8, channels: 3))
        let node = "b.convolution1"
        #expect(
            throws: BlockError(
                block: "a", node: node, problem: .layer(.notPositive(node: node, what: "stride", found: 0)))
        ) { try block.expand(into: &graph, after: 0, name: "b", width: 64, stride: 0) }
        _ = try block.expand(into: &graph, after: 0, name: "b", width: 64, stride: 1)
        #expect(throws: BlockError(block: "a", node: node, problem: .layer(.duplicateName(node)))) {
            try block.expand(into: &graph, after: 0, name: "b", width: 64, stride: 1)
        }
    }
}
