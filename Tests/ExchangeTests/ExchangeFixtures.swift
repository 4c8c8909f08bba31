import Datasets
import Foundation
import Kernels
import Networks

/// Networks and images that the tests of this room share.
enum ExchangeFixtures {
    /// A network for images of that shape, narrow where `widths` say so.
    static func graph(
        _ block: BlockDefinition, _ shape: (height: Int, width: Int, channels: Int), widths: [Int], classes: Int = 10
    ) throws -> Graph {
        try NetworkCatalog.graph(
            block: block, input: FeatureShape(height: shape.height, width: shape.width, channels: shape.channels),
            widths: widths, classes: classes)
    }

    /// Every layer there is, in every form that ONNX says differently.
    static func everyLayer() throws -> Graph {
        var graph = Graph(input: FeatureShape(height: 11, width: 9, channels: 3))
        func add(_ name: String, _ layer: Layer, _ inputs: Int...) throws -> Int {
            try graph.add(name: name, layer, inputs: inputs)
        }
        let convolution = try add("first.convolution", .convolution(Convolution(outputChannels: 8, kernel: 5, stride: 2, bias: true)), 0)
        let norm = try add("first.batchNorm", .batchNorm(BatchNorm(epsilon: 1e-3)), convolution)
        let relu = try add("first.relu", .relu(ReLU()), norm)
        let deep = try add("depthwise", .convolution(Convolution(outputChannels: 8, kernel: 3, groups: 8)), relu)
        let clipped = try add("clipped", .relu(ReLU(maximum: 6)), deep)
        let shuffled = try add("shuffled", .channelShuffle(ChannelShuffle(groups: 4)), clipped)
        let maximum = try add("maximum", .maxPool(MaxPool(window: 3, stride: 1, padding: 1)), relu)
        let average = try add("average", .averagePool(AveragePool(window: 3, stride: 1, padding: 1)), relu)
        let sum = try add("sum", .add(Add()), shuffled, maximum, average)
        // A batch norm that no convolution precedes stays where batch norms are folded.
        let after = try add("after", .batchNorm(BatchNorm()), sum)
        let joined = try add("joined", .concatenate(Concatenate()), after, relu, shuffled)
        let grouped = try add("grouped", .convolution(Convolution(outputChannels: 6, kernel: 1, groups: 2)), joined)
        let small = try add("small", .averagePool(AveragePool(window: 2, stride: 2)), grouped)
        let pooled = try add("pooled", .globalAveragePool(GlobalAveragePool()), small)
        let hidden = try add("hidden", .linear(Linear(outputs: 7, bias: false)), pooled)
        let active = try add("active", .relu(ReLU()), hidden)
        _ = try add("last", .linear(Linear(outputs: 4)), active)
        return graph
    }

    /// A model whose batch norms and statistics are not at their starting values: scales near 1, means near 0.
    static func model(_ graph: Graph, seed: UInt64) -> Model {
        var model = Model(graph: graph, seed: seed)
        var generator = SeededGenerator(seed: seed, purpose: "perturbed")
        func perturb(_ tensor: inout Tensor) {
            for index in 0..<tensor.count { tensor[index] += Float(generator.uniform(-0.2, 0.2)) }
        }
        for (index, tensor) in model.layout.parameters.enumerated() where tensor.role != .weight {
            perturb(&model.parameters[index])
        }
        for index in model.layout.state.indices { perturb(&model.state[index]) }
        return model
    }

    /// The same after a few steps of training on these images.
    static func trained(_ model: Model, on images: LabeledImages) throws -> Model {
        var model = model
        _ = try Trainer.train(
            model: &model, training: images, validation: images.prefix(8),
            configuration: TrainingConfiguration(epochs: 3, batchSize: 4), context: KernelContext(threads: 2),
            clock: { 0 }, progress: { _ in })
        return model
    }

    /// Images of noise, for shapes of which there are no real ones.
    static func noise(_ shape: FeatureShape, count: Int, classes: Int) -> LabeledImages {
        var generator = SeededGenerator(seed: 5, purpose: "noise")
        return LabeledImages(
            height: shape.height, width: shape.width, channels: shape.channels,
            pixels: (0..<count * shape.count).map { _ in UInt8(generator.uniform(0, 255.99)) },
            labels: Array(repeating: 0, count: count), classNames: (0..<classes).map(String.init))
    }
}
