import Kernels
import Networks
import Testing

@Suite("Fusion and memory")
struct FusionTests {
    /// Residual blocks of every kind: identity and projecting shortcuts, a sum that no relu follows, a sum of three, a
    /// batch norm in two sums, a sum of a node with itself, a relu that may overwrite its input.
    static func sums() throws -> Graph {
        var builder = Fixtures.Builder(7, 6, 3)
        let stem = try builder.convolution(8, 3)
        let first = try builder.add(.batchNorm(BatchNorm()))
        let identity = try builder.add(.add(Add()), first, stem)
        let block = try builder.add(.relu(ReLU()))
        try builder.convolution(12, 3, stride: 2)
        let body = try builder.add(.batchNorm(BatchNorm()))
        try builder.convolution(12, 1, stride: 2, from: block)
        let shortcut = try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.add(Add()), body, shortcut)
        let projected = try builder.add(.relu(ReLU(maximum: 6)))
        try builder.convolution(12, 1, from: projected)
        let twice = try builder.add(.batchNorm(BatchNorm()))
        let unclipped = try builder.add(.add(Add()), projected, twice)
        let three = try builder.add(.add(Add()), unclipped, twice, projected)
        let double = try builder.add(.add(Add()), three, three)
        try builder.add(.concatenate(Concatenate()), double, projected)
        try builder.add(.relu(ReLU()))
        _ = identity
        return try builder.classifier(3)
    }

    /// Batch norms that the convolution after them does as it reads: before a product of many channels, with a relu and
    /// without, and before a depthwise convolution of a large map; and one that two convolutions read.
    static func expanded() throws -> Graph {
        var builder = Fixtures.Builder(16, 16, 3)
        try builder.convolution(256, 3)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.relu(ReLU(maximum: 6)))
        try builder.convolution(256, 3, groups: 256)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.relu(ReLU()))
        try builder.convolution(256, 1)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.convolution(256, 1)
        try builder.add(.batchNorm(BatchNorm()))
        let shared = try builder.add(.relu(ReLU()))
        let first = try builder.convolution(16, 1, from: shared)
        let second = try builder.convolution(16, 1, from: shared)
        try builder.add(.add(Add()), first, second)
        return try builder.classifier(3)
    }

    /// Maps large enough for two images that batch norm's sums are found in the epilogue, forward and backward.
    static func large() throws -> Graph {
        var builder = Fixtures.Builder(64, 64, 3)
        try builder.convolution(128, 1)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.relu(ReLU()))
        try builder.convolution(128, 3, groups: 128)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.relu(ReLU(maximum: 6)))
        try builder.convolution(8, 1)
        try builder.add(.batchNorm(BatchNorm()))
        return try builder.classifier(3)
    }

    static func graph(of block: String) throws -> Graph {
        if block == "large" { return try large() }
        if block == "sums" { return try sums() }
        if block == "expanded" { return try expanded() }
        return try NetworkCatalog.graph(
            block: try #require(NetworkCatalog.block(named: block)),
            input: FeatureShape(height: 12, width: 12, channels: 3), widths: [64, 128], classes: 4)
    }

    private struct Step: Equatable {
        var logits: [Tensor] = []
        var gradients: [Tensor] = []
        var input: [Tensor] = []
        var state: [Tensor] = []
    }

    private func steps(_ graph: Graph, fusion: Bool, threads: Int) throws -> Step {
        let context = KernelContext(threads: threads)
        let executor = Executor(graph: graph, context: context, fusion: fusion, inputGradient: true)
        var model = Fixtures.model(graph, seed: 21)
        var step = Step()
        let classes = graph.output.outputShape.channels
        for count in [3, 2] {
            let labels = Fixtures.labels(count, classes: classes, seed: 21)
            let images = Fixtures.batch(graph, count: count, seed: 21)
            try Fixtures.run(executor, &model, images, labels, training: true, context: context)
            executor.backward(model.parameters)
            step.logits.append(executor.logits)
            step.gradients += executor.parameterGradients
            step.input.append(try #require(executor.inputGradient))
            try Fixtures.run(executor, &model, images, labels, training: false, context: context)
            step.logits.append(executor.logits)
        }
        step.state = model.state
        return step
    }

    @Test("Fused and plain steps have the same bits", arguments: ["sums", "expanded", "large"] + NetworkCatalog.names)
    func fusedIsPlain(block: String) throws {
        let graph = try Self.graph(of: block)
        let plain = try steps(graph, fusion: false, threads: 1)
        for threads in [1, 3] {
            let fused = try steps(graph, fusion: true, threads: threads)
            #expect(fused.logits == plain.logits, "logits, \(threads) threads")
            #expect(fused.gradients == plain.gradients, "gradients, \(threads) threads")
            #expect(fused.input == plain.input, "gradient of the images, \(threads) threads")
            #expect(fused.state == plain.state, "statistics, \(threads) threads")
        }
    }

    @Test("A batch norm that one convolution reads is stored in inference only, where that can normalize as it reads")
    func normalizedOnLoad() throws {
        let graph = try Self.expanded()
        let context = KernelContext(threads: 1)
        func stored(fusion: Bool, training: Bool) throws -> [Bool] {
            let executor = Executor(graph: graph, context: context, fusion: fusion)
            let model = Fixtures.model(graph, seed: 5)
            var found: Set<Int> = []
            try executor.load(batch: 2) { context.copy(Fixtures.batch(graph, count: 2, seed: 5), into: &$0) }
            var state = model.state
            executor.forward(model.parameters, state: &state, training: training) { node, _ in found.insert(node) }
            return graph.nodes.indices.filter { if case .batchNorm = graph.nodes[$0].layer { true } else { false } }
                .map { found.contains($0) }
        }
        #expect(try stored(fusion: true, training: true) == [false, false, false, true])
        #expect(try stored(fusion: true, training: false) == [true, true, true, true])
        #expect(try stored(fusion: false, training: true) == [true, true, true, true])
        let memory = [true, false].map {
            Executor(graph: graph, context: context, fusion: $0).memory(batch: 2, training: true).total
        }
        #expect(memory[0] < memory[1], "\(memory)")
    }

    @Test("Steps after the first make no tensor and no scratch memory", arguments: ["sums", "expanded"] + NetworkCatalog.names)
    func memoryDoesNotGrow(block: String) throws {
        let graph = try Self.graph(of: block)
        let context = KernelContext(threads: 1)
        let executor = Executor(graph: graph, context: context)
        var model = Fixtures.model(graph, seed: 3)
        var optimizer = OptimizerState(.published)
        let images = Fixtures.batch(graph, count: 2, seed: 3)
        let labels = Fixtures.labels(2, classes: graph.output.outputShape.channels, seed: 3)
        var tensors: [Int] = []
        var scratch: [Int] = []
        for _ in 0..<4 {
            try Fixtures.run(executor, &model, images, labels, training: true, context: context)
            executor.backward(model.parameters)
            optimizer.step(
                &model.parameters, gradients: executor.parameterGradients, rateFactor: 1, context: context)
            tensors.append(executor.allocations)
            scratch.append(context.idleScratch)
        }
        #expect(tensors[0] > 0)
        #expect(tensors.dropFirst().allSatisfy { $0 == tensors[0] }, "tensors made: \(tensors)")
        #expect(scratch.dropFirst().allSatisfy { $0 == scratch[0] }, "floats of scratch: \(scratch)")
    }

    @Test("Folded batch norms change the logits by roundings only", arguments: ["sums", "expanded"] + NetworkCatalog.names)
    func foldingIsClose(block: String) throws {
        let graph = try Self.graph(of: block)
        let context = KernelContext(threads: 1)
        let model = Fixtures.model(graph, seed: 8)
        let folded = model.foldingBatchNorms()
        func logits(_ model: Model) throws -> [Float] {
            let executor = Executor(graph: model.graph, context: context)
            var state = model.state
            try executor.load(batch: 3) { context.copy(Fixtures.batch(graph, count: 3, seed: 8), into: &$0) }
            executor.forward(model.parameters, state: &state, training: false)
            return executor.logits.values
        }
        let (found, expected) = (try logits(folded), try logits(model))
        let size = expected.map(abs).max() ?? 0
        let error = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
        // Some twenty layers deep, each adding a few roundings (6e-8) of its largest values.
        #expect(error <= 2e-5 * size, "\(block): off by \(error) of \(size)")
        #expect(folded.graph.nodes.count < graph.nodes.count)
    }

    @Test(
        "Prepared weights change roundings at most, and no bit where they choose no other algorithm",
        arguments: ["sums", "expanded"] + NetworkCatalog.names)
    func preparedIsPlain(block: String) throws {
        let graph = try Self.graph(of: block)
        let context = KernelContext(threads: 2)
        var model = Fixtures.model(graph, seed: 12)
        let labels = Fixtures.labels(1, classes: graph.output.outputShape.channels, seed: 12)
        let images = Fixtures.batch(graph, count: 1, seed: 12)
        let executor = Executor(graph: graph, context: context)
        try Fixtures.run(executor, &model, images, labels, training: false, context: context)
        let expected = executor.logits.values
        executor.prepare(model.parameters)
        try Fixtures.run(executor, &model, images, labels, training: false, context: context)
        let found = executor.logits.values
        let changes = try graph.algorithms(batchSize: 1)["winograd"] != nil
        let size = expected.map(abs).max() ?? 0
        let error = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(error <= (changes ? 2e-5 * size : 0), "\(block): off by \(error) of \(size)")
    }

    @Test("Every batch norm that alone reads a convolution is folded, and no other")
    func whatIsFolded() throws {
        func norms(_ graph: Graph) -> Int {
            graph.nodes.filter { if case .batchNorm = $0.layer { true } else { false } }.count
        }
        // The first batch norm of plain reads the stem's relu.
        for (block, left) in [("residual", 0), ("bottleneck", 0), ("mobile", 0), ("plain", 1), ("dense", 0)] {
            let folded = Fixtures.model(try Self.graph(of: block), seed: 1).foldingBatchNorms()
            #expect(norms(folded.graph) == left, "\(block)")
        }
        // The first batch norm's convolution has a second reader, the shortcut.
        let folded = Fixtures.model(try Self.sums(), seed: 1).foldingBatchNorms()
        #expect(norms(folded.graph) == 1)
    }
}
