import Datasets
import Kernels
import Networks
import Testing

@Suite("Execution")
struct ExecutionTests {
    let context = KernelContext(threads: 1)

    /// Largest difference over the largest magnitude.
    private func distance(_ found: [Float], _ expected: [Double]) -> Double {
        let scale = expected.map(abs).max() ?? 0
        return zip(found, expected).map { abs(Double($0) - $1) }.max().map { $0 / max(scale, 1e-30) } ?? 0
    }

    @Test("Forward agrees with a double reference", arguments: [true, false])
    func forwardMatchesReference(training: Bool) throws {
        for (seed, count) in [(1, 4), (2, 1), (3, 3)] as [(UInt64, Int)] {
            let graph = try Fixtures.everyLayer()
            var model = Fixtures.model(graph, seed: seed)
            let images = Fixtures.batch(graph, count: count, seed: seed)
            let labels = Fixtures.labels(count, classes: 3, seed: seed)
            let reference = ReferenceNetwork(model: model, images: images, labels: labels)
            let executor = Executor(graph: graph, context: context)
            let loss = try Fixtures.run(executor, &model, images, labels, training: training, context: context)
            let expected = reference.logits(training: training)
            let found = executor.logits.values
            // The chain is 8 convolutions and norms long; each adds a few float roundings (6e-8).
            #expect(
                distance(found, expected) < 2e-5, "seed \(seed), batch \(count): \(found) against \(expected)")
            let mean = reference.meanLoss(training: training)
            #expect(
                abs(loss.lossSum / Double(count) - mean) < 2e-5 * max(1, mean),
                "seed \(seed): \(loss.lossSum / Double(count)) against \(mean)")
        }
    }

    @Test("Running statistics move towards the batch by the momentum")
    func runningStatistics() throws {
        let graph = try Fixtures.tiny()
        var model = Model(graph: graph, seed: 5)
        let images = Fixtures.batch(graph, count: 6, seed: 5)
        let labels = Fixtures.labels(6, classes: 2, seed: 5)
        let reference = ReferenceNetwork(model: model, images: images, labels: labels)
        let input = reference.outputs(training: true)[1]
        let executor = Executor(graph: graph, context: context)
        try Fixtures.run(executor, &model, images, labels, training: true, context: context)
        let channels = input.shape.channels
        let places = input.values.count / channels
        for c in 0..<channels {
            let values = (0..<places).map { input.values[$0 * channels + c] }
            let mean = values.reduce(0, +) / Double(places)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(places - 1)
            let found = (Double(model.state[0][c]), Double(model.state[1][c]))
            #expect(abs(found.0 - 0.1 * mean) < 1e-5, "mean of channel \(c): \(found.0) against \(0.1 * mean)")
            #expect(
                abs(found.1 - (0.9 + 0.1 * variance)) < 1e-5,
                "variance of channel \(c): \(found.1) against \(0.9 + 0.1 * variance)")
        }
    }

    @Test("Fusion changes no bit")
    func fusionIsExact() throws {
        for graph in [try Fixtures.everyLayer(), try Fixtures.tiny()] {
            let classes = graph.nodes[graph.nodes.count - 1].outputShape.channels
            let images = Fixtures.batch(graph, count: 5, seed: 11)
            let labels = Fixtures.labels(5, classes: classes, seed: 11)
            var results: [(logits: Tensor, gradients: [Tensor], input: Tensor?, state: [Tensor])] = []
            for fusion in [true, false] {
                var model = Fixtures.model(graph, seed: 11)
                let executor = Executor(graph: graph, context: context, fusion: fusion, inputGradient: true)
                try Fixtures.run(executor, &model, images, labels, training: true, context: context)
                executor.backward(model.parameters)
                results.append((executor.logits, executor.parameterGradients, executor.inputGradient, model.state))
            }
            #expect(results[0].logits == results[1].logits)
            #expect(results[0].gradients == results[1].gradients)
            #expect(results[0].input == results[1].input)
            #expect(results[0].state == results[1].state)
        }
    }

    @Test("Fusion removes the batch norm's output where only a relu reads it")
    func fusionSavesMemory() throws {
        let graph = try Fixtures.tiny()
        for fusion in [true, false] {
            var model = Model(graph: graph, seed: 1)
            let executor = Executor(graph: graph, context: context, fusion: fusion)
            let images = Fixtures.batch(graph, count: 2, seed: 1)
            try executor.load(batch: 2) { context.copy(images, into: &$0) }
            var seen: [Int] = []
            executor.forward(model.parameters, state: &model.state, training: true) { node, _ in seen.append(node) }
            let everyNode = Array(1..<graph.nodes.count)
            #expect(seen == (fusion ? everyNode.filter { $0 != 3 && $0 != 6 } : everyNode))
        }
    }

    @Test("Steps after the first allocate nothing and copy nothing")
    func buffersAreReused() throws {
        let graph = try Fixtures.everyLayer()
        var model = Fixtures.model(graph, seed: 3)
        let executor = Executor(graph: graph, context: context)
        let images = Fixtures.batch(graph, count: 4, seed: 3)
        let labels = Fixtures.labels(4, classes: 3, seed: 3)
        var optimizer = OptimizerState(.published)
        func addresses(_ tensors: [Tensor]) -> [UInt] {
            tensors.map { $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
        }
        var outputs: [Set<UInt>] = []
        var owned: [[UInt]] = []
        for _ in 0..<4 {
            var seen: Set<UInt> = []
            try executor.load(batch: 4) { context.copy(images, into: &$0) }
            executor.forward(model.parameters, state: &model.state, training: true) { _, output in
                seen.formUnion(addresses([output]))
            }
            _ = executor.loss(labels: labels)
            executor.backward(model.parameters)
            optimizer.step(
                &model.parameters, gradients: executor.parameterGradients, rateFactor: 1, context: context)
            outputs.append(seen)
            owned.append(addresses(model.parameters + model.state + executor.parameterGradients))
        }
        for step in 2..<4 {
            #expect(owned[step] == owned[1], "step \(step) moved parameters, statistics or gradients")
        }
        // Which buffer a node gets may alternate; there must be no new ones.
        let known = outputs[0].union(outputs[1]).union(outputs[2])
        #expect(outputs[3].isSubset(of: known), "step 3 made \(outputs[3].subtracting(known).count) new buffers")
    }

    @Test("Inference keeps only the logits")
    func inferenceReleases() throws {
        let graph = try Fixtures.everyLayer()
        var model = Fixtures.model(graph, seed: 4)
        let executor = Executor(graph: graph, context: context)
        let labels = Fixtures.labels(2, classes: 3, seed: 4)
        try Fixtures.run(
            executor, &model, Fixtures.batch(graph, count: 2, seed: 4), labels, training: false, context: context)
        let kept = graph.nodes.indices.filter { executor.output(ofNode: $0) != nil }
        #expect(kept == [0, graph.nodes.count - 1])
    }

    @Test("The gradients of a batch do not depend on the batches before it")
    func batchSizesDoNotMix() throws {
        let graph = try Fixtures.everyLayer()
        func gradients(after counts: [Int]) throws -> [Tensor] {
            let executor = Executor(graph: graph, context: context)
            for count in counts {
                var model = Fixtures.model(graph, seed: 6)
                let images = Fixtures.batch(graph, count: count, seed: 6)
                let labels = Fixtures.labels(count, classes: 3, seed: 6)
                try Fixtures.run(executor, &model, images, labels, training: true, context: context)
                executor.backward(model.parameters)
            }
            return executor.parameterGradients
        }
        let alone = try gradients(after: [3])
        #expect(try gradients(after: [4, 3]) == alone)
        #expect(try gradients(after: [2, 5, 1, 3]) == alone)
        #expect(try gradients(after: [3, 3, 7, 3]) == alone)
    }

    @Test("An image's logits do not depend on its batch")
    func logitsIndependentOfBatch() throws {
        let graph = try Fixtures.tiny()
        let model = Fixtures.model(graph, seed: 8)
        let images = Fixtures.patches(7, seed: 8)
        let together = try model.logits(images, batchSize: 7, context: context)
        #expect(try model.logits(images, batchSize: 3, context: context) == together)
        #expect(try model.logits(images, batchSize: 1, context: context) == together)
    }

    @Test("Convolutions are counted by algorithm")
    func algorithms() throws {
        let counts = try Fixtures.everyLayer().algorithms()
        #expect(counts.values.reduce(0, +) == 4, "\(counts)")
    }
}
