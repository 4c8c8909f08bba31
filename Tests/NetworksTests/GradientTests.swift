import Datasets
import Kernels
import Networks
import Testing

/// The analytic float gradients against central differences of the double reference.
///
/// For every parameter tensor (and the images): the derivative along a random direction of ±1, which every element
/// enters, and along single elements. With h = 1e-6 the differences themselves are good to about 1e-9; what remains is
/// the float arithmetic of the gradients and, rarely, a ReLU or a maximum that the step tips over: the fixed seeds
/// avoid those.
@Suite("Gradients")
struct GradientTests {
    let context = KernelContext(threads: 1)
    let step = 1e-6

    func check(
        _ graph: Graph, count: Int = 3, seed: UInt64 = 1, tolerance: Double = 1e-3,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let classes = graph.nodes[graph.nodes.count - 1].outputShape.channels
        var model = Fixtures.model(graph, seed: seed)
        let images = Fixtures.batch(graph, count: count, seed: seed)
        let labels = Fixtures.labels(count, classes: classes, seed: seed)
        let reference = ReferenceNetwork(model: model, images: images, labels: labels)
        let executor = Executor(graph: graph, context: context, inputGradient: true)
        try Fixtures.run(executor, &model, images, labels, training: true, context: context)
        executor.backward(model.parameters)

        var generator = SeededGenerator(seed: seed, purpose: "directions")
        for (index, description) in model.layout.parameters.enumerated() {
            compare(
                executor.parameterGradients[index].values, description.name, seed, tolerance, location, &generator
            ) { direction, distance in
                var moved = reference
                for (element, sign) in direction { moved.parameters[index][element] += sign * distance }
                return moved.meanLoss()
            }
        }
        let inputGradient = try #require(executor.inputGradient)
        compare(inputGradient.values, "images", seed, tolerance, location, &generator) { direction, distance in
            var moved = reference
            for (element, sign) in direction { moved.images[element] += sign * distance }
            return moved.meanLoss()
        }
    }

    /// - Parameter loss: at the point moved along a direction by a distance.
    private func compare(
        _ analytic: [Float], _ name: String, _ seed: UInt64, _ tolerance: Double, _ location: SourceLocation,
        _ generator: inout SeededGenerator, loss: ([(Int, Double)], Double) -> Double
    ) {
        var directions = [analytic.indices.map { ($0, generator.next() >> 63 == 0 ? 1.0 : -1.0) }]
        for _ in 0..<4 { directions.append([(generator.index(below: analytic.count), 1.0)]) }
        let largest = analytic.map { abs(Double($0)) }.max() ?? 0
        for direction in directions {
            let numeric = (loss(direction, step) - loss(direction, -step)) / (2 * step)
            let expected = direction.reduce(0) { $0 + $1.1 * Double(analytic[$1.0]) }
            let size = direction.count == 1 ? largest : analytic.reduce(0) { $0 + abs(Double($1)) }
            #expect(
                abs(numeric - expected) <= tolerance * size + 1e-7,
                """
                \(name), \(direction.count == 1 ? "element \(direction[0].0)" : "all elements"): \
                analytic \(expected), differences \(numeric), size \(size), seed \(seed)
                """,
                sourceLocation: location)
        }
    }

    @Test("Convolutions: dense, strided, with bias, 1x1, grouped, depthwise, with a multiplier")
    func convolutions() throws {
        let layers = [
            Convolution(outputChannels: 5, kernel: 3), Convolution(outputChannels: 4, kernel: 3, stride: 2, bias: true),
            Convolution(outputChannels: 7, kernel: 1, bias: true), Convolution(outputChannels: 6, kernel: 1, stride: 2),
            Convolution(outputChannels: 12, kernel: 3, groups: 3), Convolution(outputChannels: 6, kernel: 1, groups: 2),
            Convolution(outputChannels: 6, kernel: 3, groups: 6),
            Convolution(outputChannels: 12, kernel: 3, stride: 2, groups: 6),
            Convolution(outputChannels: 3, kernel: 7, stride: 2),
            Convolution(outputChannels: 18, kernel: 5, padding: 0),
        ]
        for layer in layers {
            var builder = Fixtures.Builder(7, 6, 6)
            try builder.add(.convolution(layer))
            // Something bent after it, so that the gradient is not the same at every place.
            try builder.add(.batchNorm(BatchNorm()))
            try builder.add(.relu(ReLU()))
            try check(builder.classifier(3))
        }
    }

    @Test("Batch norm alone, on one place, and before other layers")
    func batchNorms() throws {
        var builder = Fixtures.Builder(3, 3, 5)
        try builder.add(.batchNorm(BatchNorm()))
        try check(builder.classifier(4))
        try builder.add(.relu(ReLU(maximum: 1)))
        try check(builder.classifier(4))
        var vector = Fixtures.Builder(1, 1, 6)
        try vector.add(.batchNorm(BatchNorm(epsilon: 1e-3)))
        try vector.add(.relu(ReLU()))
        try check(vector.classifier(3), count: 5)
    }

    @Test("Activations and pools")
    func activationsAndPools() throws {
        let layers: [Layer] = [
            .relu(ReLU()), .relu(ReLU(maximum: 6)), .relu(ReLU(maximum: 0.25)),
            .maxPool(MaxPool(window: 2, stride: 2)), .maxPool(MaxPool(window: 3, stride: 2, padding: 1)),
            .averagePool(AveragePool(window: 2, stride: 2)),
            .averagePool(AveragePool(window: 3, stride: 2, padding: 1)), .channelShuffle(ChannelShuffle(groups: 3)),
        ]
        for layer in layers {
            var builder = Fixtures.Builder(7, 5, 6)
            try builder.convolution(6, 1, bias: true)
            try builder.add(layer)
            try builder.convolution(4, 3)
            try check(builder.classifier(3))
        }
    }

    @Test("Sums, concatenations and fan-out")
    func joins() throws {
        var builder = Fixtures.Builder(4, 5, 3)
        let first = try builder.convolution(6, 3)
        let second = try builder.add(.relu(ReLU()), first)
        let twice = try builder.add(.add(Add()), first, second, first)
        let joined = try builder.add(.concatenate(Concatenate()), twice, first, second)
        try builder.convolution(4, 1, from: joined)
        try check(builder.classifier(3))
        // The images themselves read several times, and a batch norm read by two.
        var images = Fixtures.Builder(4, 4, 4)
        try images.add(.add(Add()), 0, 0)
        let norm = try images.add(.batchNorm(BatchNorm()))
        let bent = try images.add(.relu(ReLU()), norm)
        try images.add(.concatenate(Concatenate()), bent, norm, 0)
        try check(images.classifier(2))
    }

    @Test("Linear layers, with and without bias")
    func linear() throws {
        var builder = Fixtures.Builder(1, 1, 7)
        try builder.add(.linear(Linear(outputs: 9, bias: false)))
        try builder.add(.relu(ReLU()))
        try builder.add(.linear(Linear(outputs: 4)))
        try check(builder.graph)
    }

    @Test("Every layer kind in one graph")
    func everyLayer() throws {
        for seed in 1...3 as ClosedRange<UInt64> { try check(Fixtures.everyLayer(), seed: seed) }
    }

    /// One block that halves the map and changes the width, then one that keeps both, at the least widths that fit.
    @Test("Every block of the catalog", arguments: NetworkCatalog.names)
    func catalogBlocks(name: String) throws {
        let block = try #require(NetworkCatalog.block(named: name))
        let (input, output) =
            switch name {
            case "resnext": (32, 128)
            case "shuffle": (16, 32)
            case "dense": (8, 24)
            default: (8, 16)
            }
        var builder = Fixtures.Builder(6, 6, 2)
        var last = try builder.convolution(input, 3)
        for (index, stride) in [2, 1].prefix(name == "dense" ? 1 : 2).enumerated() {
            last = try block.expand(
                into: &builder.graph, after: last, name: "block\(index + 1)", width: output, stride: stride)
        }
        try check(builder.classifier(3), seed: 2)
    }
}
