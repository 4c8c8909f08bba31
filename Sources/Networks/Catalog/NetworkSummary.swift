/// What `offprint networks show` says of a network: its nodes with their shapes and costs.
public struct NetworkSummary: Hashable, Codable, Sendable {
    public struct Node: Hashable, Codable, Sendable {
        public let name: String
        /// `Conv3x3/2 64->128`
        public let layer: String
        /// `[H, W, C]` of one image.
        public let output: [Int]
        public let parameters: Int
        /// Of one image.
        public let multiplyAdds: Int

        enum CodingKeys: String, CodingKey {
            case name, layer, output, parameters
            case multiplyAdds = "multiply_adds"
        }
    }

    /// Trained numbers, batch-norm scale and shift included.
    public let parameters: Int
    /// Of one image, through convolutions and linear layers.
    public let multiplyAdds: Int
    /// In the order of execution.
    public let nodes: [Node]
    public let memory: Memory

    /// Bytes that the tensors of a step take as they are planned, without images, parameters and the scratch memory of
    /// kernels, and the most of them that is in use at once.
    public struct Memory: Hashable, Codable, Sendable {
        /// Images.
        public let batch: Int
        public let training: Int
        public let trainingInUse: Int
        public let inference: Int
        public let inferenceInUse: Int

        enum CodingKeys: String, CodingKey {
            case batch
            case training = "training_bytes"
            case trainingInUse = "training_bytes_in_use"
            case inference = "inference_bytes"
            case inferenceInUse = "inference_bytes_in_use"
        }

        init(_ graph: Graph, batch: Int) {
            let layout = ModelLayout(graph: graph)
            let plan = ExecutionPlan(graph: graph, layout: layout, fusion: true, inputGradient: false)
            func memory(training: Bool) -> (bytes: Int, inUse: Int) {
                let program = ProgramBuilder.program(graph: graph, layout: layout, plan: plan, training: training)
                let memory = program.memory(batch: batch)
                let size = MemoryLayout<Float>.stride
                return (memory.total * size, memory.lowerBound * size)
            }
            self.batch = batch
            (training, trainingInUse) = memory(training: true)
            (inference, inferenceInUse) = memory(training: false)
        }
    }

    enum CodingKeys: String, CodingKey {
        case parameters, nodes, memory
        case multiplyAdds = "multiply_adds"
    }

    /// - Parameter batch: of the step whose memory is planned.
    public init(_ graph: Graph, batch: Int = 32) {
        memory = Memory(graph, batch: batch)
        parameters = graph.parameterCount
        multiplyAdds = graph.multiplyAdds
        nodes = graph.nodes.map { node in
            Node(
                name: node.name, layer: node.layer.summary(inputs: graph.inputShapes(of: node)),
                output: [node.outputShape.height, node.outputShape.width, node.outputShape.channels],
                parameters: graph.parameterCount(of: node), multiplyAdds: graph.multiplyAdds(of: node))
        }
    }
}

extension Layer {
    /// A short text in the words of the notation, with what is known once a layer has its inputs:
    /// `Conv3x3/2 64->128`, `Depthwise3x3 64->64`, `Conv1x1 128->32 in 4 groups`, `MaxPool2x2/2`, `Linear 128->10`.
    ///
    /// Padding is named where it is not the notation's `(kernel - 1) / 2`.
    public func summary(inputs: [FeatureShape]) -> String {
        let channels = inputs.first?.channels ?? 0
        switch self {
        case .input: return "Input"
        case .convolution(let layer):
            let isDepthwise = layer.groups > 1 && layer.groups == channels
            var text = isDepthwise ? LayerWord.depthwise.rawValue : LayerWord.conv.rawValue
            text += "\(layer.kernel)x\(layer.kernel)"
            if layer.stride != 1 { text += "/\(layer.stride)" }
            text += " \(channels)->\(layer.outputChannels)"
            if layer.groups > 1, !isDepthwise { text += " in \(layer.groups) groups" }
            if layer.bias { text += " with bias" }
            if layer.padding != (layer.kernel - 1) / 2 { text += " pad \(layer.padding)" }
            return text
        case .batchNorm: return LayerWord.batchNorm.rawValue
        case .relu(let layer):
            guard let maximum = layer.maximum else { return LayerWord.relu.rawValue }
            return maximum == 6 ? LayerWord.relu6.rawValue : "\(LayerWord.relu.rawValue) to \(maximum)"
        case .maxPool(let layer):
            return pool(.maxPool, window: layer.window, stride: layer.stride, padding: layer.padding)
        case .averagePool(let layer):
            return pool(.avgPool, window: layer.window, stride: layer.stride, padding: layer.padding)
        case .globalAveragePool: return "GlobalAvgPool"
        case .add: return "Add"
        case .concatenate: return "Concatenate " + inputs.map { String($0.channels) }.joined(separator: "+")
        case .channelShuffle(let layer): return "\(LayerWord.shuffle.rawValue) in \(layer.groups) groups"
        case .linear(let layer):
            return "Linear \(channels)->\(layer.outputs)" + (layer.bias ? "" : " without bias")
        }
    }

    private func pool(_ word: LayerWord, window: Int, stride: Int, padding: Int) -> String {
        let text = "\(word.rawValue)\(window)x\(window)/\(stride)"
        return padding == (window - 1) / 2 ? text : "\(text) pad \(padding)"
    }
}
