import Datasets
import Kernels
import Networks

/// Graphs, numbers and images that the tests of execution and training share.
enum Fixtures {
    /// Builds a graph by adding named nodes; the tests' graphs are known to fit.
    struct Builder {
        var graph: Graph
        private var count = 0

        init(_ height: Int, _ width: Int, _ channels: Int) {
            graph = Graph(input: FeatureShape(height: height, width: width, channels: channels))
        }

        /// Adds a layer after `inputs` (the last node where there are none) and returns its index.
        @discardableResult
        mutating func add(_ layer: Layer, _ inputs: Int...) throws -> Int { try add(layer, inputs: inputs) }

        @discardableResult
        mutating func add(_ layer: Layer, inputs: [Int]) throws -> Int {
            count += 1
            return try graph.add(
                name: "node\(count)", layer, inputs: inputs.isEmpty ? [graph.nodes.count - 1] : inputs)
        }

        @discardableResult
        mutating func convolution(
            _ channels: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1, bias: Bool = false, from input: Int? = nil
        ) throws -> Int {
            try add(
                .convolution(
                    Convolution(outputChannels: channels, kernel: kernel, stride: stride, groups: groups, bias: bias)),
                input ?? graph.nodes.count - 1)
        }

        /// Global average pooling and a linear layer.
        func classifier(_ classes: Int) throws -> Graph {
            var copy = self
            try copy.add(.globalAveragePool(GlobalAveragePool()))
            try copy.add(.linear(Linear(outputs: classes)))
            return copy.graph
        }
    }

    /// Every layer kind once or more, with fan-out, a residual sum and a concatenation.
    static func everyLayer(classes: Int = 3) throws -> Graph {
        var builder = Builder(9, 8, 3)
        try builder.convolution(8, 3, stride: 2, bias: true)
        try builder.add(.batchNorm(BatchNorm()))
        let stem = try builder.add(.relu(ReLU()))
        try builder.convolution(8, 3, groups: 8)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.relu(ReLU(maximum: 6)))
        try builder.convolution(8, 1, groups: 2)
        try builder.add(.channelShuffle(ChannelShuffle(groups: 2)))
        let branch = try builder.add(.batchNorm(BatchNorm()))
        let sum = try builder.add(.add(Add()), branch, stem)
        let pooled = try builder.add(.averagePool(AveragePool(window: 3, stride: 1, padding: 1)), stem)
        try builder.add(.concatenate(Concatenate()), sum, pooled)
        try builder.add(.maxPool(MaxPool(window: 2, stride: 2)))
        try builder.convolution(5, 3)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.relu(ReLU()))
        return try builder.classifier(classes)
    }

    /// Convolution, batch norm, ReLU, classifier: the least that learns.
    static func tiny(height: Int = 8, width: Int = 8, channels: Int = 1, classes: Int = 2) throws -> Graph {
        var builder = Builder(height, width, channels)
        try builder.convolution(8, 3, stride: 2)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.relu(ReLU()))
        try builder.convolution(12, 3)
        try builder.add(.batchNorm(BatchNorm()))
        try builder.add(.relu(ReLU()))
        return try builder.classifier(classes)
    }

    /// A model whose batch norms, biases and running statistics are not at their starting values.
    static func model(_ graph: Graph, seed: UInt64) -> Model {
        var model = Model(graph: graph, seed: seed)
        var generator = SeededGenerator(seed: seed, purpose: "fixture")
        func draw(_ tensor: Tensor, _ lower: Double, _ upper: Double) -> Tensor {
            Tensor(
                shape: tensor.shape, values: (0..<tensor.count).map { _ in Float(generator.uniform(lower, upper)) })
        }
        for (index, description) in model.layout.parameters.enumerated() {
            switch description.role {
            case .scale: model.parameters[index] = draw(model.parameters[index], 0.5, 1.5)
            case .shift, .bias: model.parameters[index] = draw(model.parameters[index], -0.3, 0.3)
            default: break
            }
        }
        for (index, description) in model.layout.state.enumerated() {
            let isMean = description.role == .runningMean
            model.state[index] = draw(model.state[index], isMean ? -0.5 : 0.5, isMean ? 0.5 : 2)
        }
        return model
    }

    /// Uniform numbers within ±1, `[N, H, W, C]`.
    static func batch(_ graph: Graph, count: Int, seed: UInt64) -> Tensor {
        let shape = graph.nodes[0].outputShape
        var generator = SeededGenerator(seed: seed, purpose: "images")
        return Tensor(
            shape: [count, shape.height, shape.width, shape.channels],
            values: (0..<count * shape.count).map { _ in Float(generator.uniform(-1, 1)) })
    }

    static func labels(_ count: Int, classes: Int, seed: UInt64) -> [Int32] {
        var generator = SeededGenerator(seed: seed, purpose: "labels")
        return (0..<count).map { _ in Int32(generator.index(below: classes)) }
    }

    /// Noisy stripes, along rows or along columns by the label (classes above the second are brighter).
    static func patches(_ count: Int, size: Int = 8, classes: Int = 2, seed: UInt64) -> LabeledImages {
        var generator = SeededGenerator(seed: seed, purpose: "patches")
        var pixels: [UInt8] = []
        var labels: [Int32] = []
        for image in 0..<count {
            let label = image % classes
            labels.append(Int32(label))
            for y in 0..<size {
                for x in 0..<size {
                    let bright = label % 2 == 0 ? y % 2 == 0 : x % 2 == 0
                    let level = (bright ? 160.0 : 60) + (label > 1 ? 40 : 0)
                    pixels.append(UInt8(level + generator.uniform(-40, 40)))
                }
            }
        }
        return LabeledImages(
            height: size, width: size, channels: 1, pixels: pixels, labels: labels,
            classNames: (0..<classes).map { "class \($0)" })
    }

    /// Copies `images` into the executor and runs them forward, in training with the loss.
    @discardableResult
    static func run(
        _ executor: Executor, _ model: inout Model, _ images: Tensor, _ labels: [Int32], training: Bool,
        context: KernelContext
    ) throws -> LossResult {
        try executor.load(batch: images.shape[0]) { context.copy(images, into: &$0) }
        executor.forward(model.parameters, state: &model.state, training: training)
        return executor.loss(labels: labels)
    }
}

/// A clock that moves by one second each time it is read.
final class SteppingClock {
    private(set) var reads = 0

    func read() -> Double {
        reads += 1
        return Double(reads)
    }
}
