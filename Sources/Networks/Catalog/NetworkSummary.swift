/// A network as `offprint networks show` prints it: every node with its shape and cost, and the totals.
public struct NetworkSummary: Hashable, Codable, Sendable {
    public struct Node: Hashable, Codable, Sendable {
        public let name: String
        /// `Conv3x3/2 64->128 in 4 groups`
        public let layer: String
        /// `14x14x64`
        public let output: String
        public let parameters: Int
        /// Of one image.
        public let multiplyAdds: Int

        private enum CodingKeys: String, CodingKey {
            case name, layer, output, parameters
            case multiplyAdds = "multiply_adds"
        }
    }

    public let block: String
    public let dataset: String
    public let parameters: Int
    public let multiplyAdds: Int
    public let nodes: [Node]

    public init(of graph: Graph, block: String, dataset: String) {
        self.block = block
        self.dataset = dataset
        parameters = graph.parameterCount
        multiplyAdds = graph.multiplyAdds
        nodes = graph.nodes.map { node in
            let inputs = graph.inputShapes(of: node)
            return Node(
                name: node.name, layer: node.layer.text(inputs: inputs), output: node.outputShape.description,
                parameters: node.layer.parameterShapes(inputs: inputs).reduce(0) { $0 + $1.shape.reduce(1, *) },
                multiplyAdds: node.layer.multiplyAdds(inputs: inputs, output: node.outputShape))
        }
    }

    private enum CodingKeys: String, CodingKey {
        case block, dataset, parameters, nodes
        case multiplyAdds = "multiply_adds"
    }
}

extension Layer {
    /// In the words of the block notation, with the channels worked out.
    func text(inputs: [FeatureShape]) -> String {
        let channels = inputs.first?.channels ?? 0
        switch self {
        case .input: return "Input"
        case .convolution(let layer):
            let depthwise = layer.groups == channels && layer.groups > 1
            var text = "\(depthwise ? "Depthwise" : "Conv")\(layer.kernel)x\(layer.kernel)"
            if layer.stride != 1 { text += "/\(layer.stride)" }
            text += " \(channels)->\(layer.outputChannels)"
            if layer.groups > 1, !depthwise { text += " in \(layer.groups) groups" }
            if layer.bias { text += " with bias" }
            return text
        case .batchNorm: return "BatchNorm"
        case .relu(let layer): return layer.maximum.map { "ReLU\(Int($0))" } ?? "ReLU"
        case .maxPool(let layer): return "MaxPool\(layer.window)x\(layer.window)/\(layer.stride)"
        case .averagePool(let layer): return "AvgPool\(layer.window)x\(layer.window)/\(layer.stride)"
        case .globalAveragePool: return "GlobalAvgPool"
        case .add: return "Add"
        case .concatenate: return "Concatenate"
        case .channelShuffle(let layer): return "Shuffle in \(layer.groups) groups"
        case .linear(let layer): return "Linear \(channels)->\(layer.outputs)\(layer.bias ? " with bias" : "")"
        }
    }
}
