import Datasets
import Kernels
import Networks
import Testing

@Suite("Planned memory")
struct MemoryPlanTests {
    /// How far above the most that is in use at once a plan of a network may be. (Xception in inference is at 1.2, all
    /// others below 1.04.)
    private static let (trainingSlack, inferenceSlack) = (1.001, 1.21)

    private func check(_ plan: MemoryPlan, slack: Double, _ what: String) {
        for (index, region) in plan.regions.enumerated() {
            #expect(region.offset >= 0 && region.offset + region.count <= plan.total, "\(what): \(region)")
            #expect(region.offset % MemoryPlan.alignment == 0, "\(what): \(region)")
            for other in plan.regions[..<index]
            where region.count > 0 && other.count > 0 && region.uses.overlaps(other.uses) {
                let apart =
                    region.offset + region.count <= other.offset || other.offset + other.count <= region.offset
                #expect(apart, "\(what): \(region) overlaps \(other)")
            }
        }
        #expect(plan.total >= plan.lowerBound, "\(what)")
        #expect(
            Double(plan.total) <= slack * Double(plan.lowerBound),
            "\(what): \(plan.total) floats, \(plan.lowerBound) in use at once")
    }

    @Test("Tensors of generated sizes and uses never overlap, and fill the memory")
    func generatedUses() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed, purpose: "memory plan")
            let count = 1 + generator.index(below: 60)
            let counts = (0..<count).map { _ in generator.index(below: 8) == 0 ? 0 : generator.index(below: 5000) }
            let uses = (0..<count).map { _ in
                let first = generator.index(below: 80)
                return first...first + generator.index(below: 20)
            }
            let plan = MemoryPlan(counts: counts, uses: uses)
            // Sizes without any regularity are the hardest; networks are far below.
            check(plan, slack: 1.4, "seed \(seed)")
            #expect(plan == MemoryPlan(counts: counts, uses: uses), "seed \(seed): another plan at the second time")
        }
    }

    @Test("The lower bound is the most that is in use at once")
    func lowerBound() {
        let plan = MemoryPlan(counts: [16, 32, 20, 0], uses: [0...2, 2...3, 3...5, 0...9])
        #expect(plan.lowerBound == 64)
        #expect(plan.total == 64)
        #expect(plan.inUse(at: 3) == [1, 2, 3])
        #expect(MemoryPlan(counts: [], uses: []).total == 0)
    }

    @Test("No two tensors of a network overlap, and little memory is wasted", arguments: NetworkCatalog.names)
    func networks(block: String) throws {
        let definition = try #require(NetworkCatalog.block(named: block))
        for dataset in [DatasetShape.mnist, .cifar10, .stl10] {
            let graph = try NetworkCatalog.graph(block: definition, dataset: dataset)
            for (name, graph) in [("trained", graph), ("folded", Model(graph: graph, seed: 1).foldingBatchNorms().graph)] {
                let executor = Executor(graph: graph, context: KernelContext(threads: 1))
                for (batch, training) in [(32, true), (32, false), (1, false), (7, true)] {
                    check(
                        executor.memory(batch: batch, training: training),
                        slack: training ? Self.trainingSlack : Self.inferenceSlack,
                        "\(block), \(dataset.name), \(name), \(batch) images, \(training ? "training" : "inference")")
                }
            }
        }
    }

    private struct Answers: Equatable {
        var logits: [Tensor] = []
        var losses: [LossResult] = []
        var gradients: [Tensor] = []
        var images: [Tensor] = []
    }

    /// Steps of two batch sizes, training and inference in turn.
    private func answers(_ graph: Graph, fusion: Bool, poison: Bool, seed: UInt64) throws -> Answers {
        let context = KernelContext(threads: 1)
        let executor = Executor(graph: graph, context: context, fusion: fusion, inputGradient: true)
        executor.poisonsUnusedMemory = poison
        var model = Fixtures.model(graph, seed: seed)
        var answers = Answers()
        let classes = graph.output.outputShape.channels
        for count in [2, 3, 2] {
            let labels = Fixtures.labels(count, classes: classes, seed: seed)
            let images = Fixtures.batch(graph, count: count, seed: seed)
            answers.losses.append(
                try Fixtures.run(executor, &model, images, labels, training: true, context: context))
            executor.backward(model.parameters)
            answers.logits.append(executor.logits)
            answers.gradients += executor.parameterGradients
            answers.images.append(try #require(executor.inputGradient))
            answers.losses.append(
                try Fixtures.run(executor, &model, images, labels, training: false, context: context))
            answers.logits.append(executor.logits)
        }
        return answers
    }

    @Test(
        "Nothing is read before it is written or after its last planned use",
        arguments: ["sums", "expanded"] + NetworkCatalog.names)
    func poisonedMemory(block: String) throws {
        let graph = try FusionTests.graph(of: block)
        for fusion in [true, false] {
            let plain = try answers(graph, fusion: fusion, poison: false, seed: 31)
            let poisoned = try answers(graph, fusion: fusion, poison: true, seed: 31)
            #expect(plain == poisoned, "fusion \(fusion), seed 31")
            #expect(plain.losses.allSatisfy { $0.lossSum.isFinite }, "\(plain.losses)")
        }
    }

    @Test("Generated graphs keep their bits, fused or plain, in poisoned memory")
    func generatedGraphs() throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            let graph = try Self.generated(seed: seed)
            let executor = Executor(graph: graph, context: KernelContext(threads: 1))
            for training in [true, false] {
                check(executor.memory(batch: 3, training: training), slack: 1.25, "seed \(seed)")
            }
            let plain = try answers(graph, fusion: false, poison: false, seed: seed)
            #expect(try answers(graph, fusion: true, poison: true, seed: seed) == plain, "seed \(seed), fused")
            #expect(try answers(graph, fusion: false, poison: true, seed: seed) == plain, "seed \(seed), plain")
        }
    }

    @Test("A graph of generated layers uses every kind of layer")
    func generatedGraphsAreVaried() throws {
        var kinds: Set<String> = []
        for seed in 1...40 as ClosedRange<UInt64> {
            for node in try Self.generated(seed: seed).nodes {
                kinds.insert(String("\(node.layer)".prefix { $0 != "(" }))
            }
        }
        #expect(kinds.count == 11, "\(kinds.sorted())")
    }

    /// Up to 24 layers, each fed by any earlier nodes that fit: sums of up to four, concatenations, nodes that nobody reads.
    private static func generated(seed: UInt64) throws -> Graph {
        var generator = SeededGenerator(seed: seed, purpose: "graph")
        var builder = Fixtures.Builder(6, 5, 3)
        try builder.convolution(8, 3)
        for _ in 0..<6 + generator.index(below: 18) {
            let nodes = builder.graph.nodes
            let source = 1 + generator.index(below: nodes.count - 1)
            let shape = nodes[source].outputShape
            let equal = nodes.indices.filter { $0 > 0 && nodes[$0].outputShape == shape }
            let places = nodes.indices.filter {
                let other = nodes[$0].outputShape
                return $0 > 0 && other.height == shape.height && other.width == shape.width && other.channels <= 24
            }
            switch generator.index(below: 11) {
            case 0, 1:
                try builder.convolution(8, generator.index(below: 2) * 2 + 1, from: source)
            case 2, 3:
                try builder.add(.batchNorm(BatchNorm()), source)
            case 4, 5:
                try builder.add(.relu(ReLU(maximum: generator.index(below: 2) == 0 ? nil : 6)), source)
            case 6, 7:
                let inputs = (0..<2 + generator.index(below: 3)).map { _ in equal[generator.index(below: equal.count)] }
                try builder.add(.add(Add()), inputs: inputs)
            case 8:
                let inputs = (0..<2).map { _ in places[generator.index(below: places.count)] }
                try builder.add(.concatenate(Concatenate()), inputs: inputs)
            case 9 where shape.channels % 2 == 0:
                try builder.add(.channelShuffle(ChannelShuffle(groups: 2)), source)
            default:
                let isLargest = generator.index(below: 2) == 0
                try builder.add(
                    isLargest
                        ? .maxPool(MaxPool(window: 3, stride: 1, padding: 1))
                        : .averagePool(AveragePool(window: 3, stride: 1, padding: 1)), source)
            }
        }
        // A batch norm keeps the numbers of long chains of sums in range.
        try builder.add(.batchNorm(BatchNorm()))
        return try builder.classifier(3)
    }
}
