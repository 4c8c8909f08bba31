/// The closed set of layers. Each payload struct, in its own file, says its output shape, its parameters
/// and its cost; `Execution/` runs them forward and backward.
public enum Layer: Hashable, Sendable {
    case input(Input)
    case convolution(Convolution)
    case batchNorm(BatchNorm)
    case relu(ReLU)
    case maxPool(MaxPool)
    case averagePool(AveragePool)
    case globalAveragePool(GlobalAveragePool)
    case add(Add)
    case concatenate(Concatenate)
    case channelShuffle(ChannelShuffle)
    case linear(Linear)
}

/// What one layer must be able to say about itself.
package protocol LayerDescription: Hashable, Codable, Sendable {
    /// The shape of the output for one image.
    /// - Throws: `GraphError` naming `node` and the shapes that do not fit.
    func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape
    /// Trained tensors, in a fixed order, with their shapes. Most layers have none.
    func parameterShapes(inputs: [FeatureShape]) -> [ParameterShape]
    /// Tensors that training updates without a gradient (running statistics).
    func stateShapes(inputs: [FeatureShape]) -> [ParameterShape]
    /// Multiply-adds of one image: counted for convolutions and linear layers only, 0 elsewhere.
    func multiplyAdds(inputs: [FeatureShape], output: FeatureShape) -> Int
}

/// The name under a node and the shape of one tensor of parameters: `weight` `[3, 3, 64, 128]`.
public struct ParameterShape: Hashable, Codable, Sendable {
    public let role: ParameterRole
    public let shape: [Int]

    public init(_ role: ParameterRole, _ shape: [Int]) {
        self.role = role
        self.shape = shape
    }

    /// Elements; inside a graph it never overflows.
    public var count: Int { shape.reduce(1, *) }
}

/// `weight` and `bias` of convolutions and linear layers; `scale`, `shift` and the running statistics of batch norm.
public enum ParameterRole: String, Hashable, Codable, Sendable, CaseIterable {
    case weight, bias, scale, shift, runningMean, runningVariance
}

extension LayerDescription {
    package func parameterShapes(inputs: [FeatureShape]) -> [ParameterShape] { [] }
    package func stateShapes(inputs: [FeatureShape]) -> [ParameterShape] { [] }
    package func multiplyAdds(inputs: [FeatureShape], output: FeatureShape) -> Int { 0 }

    /// The one shape a layer of one input is given.
    func onlyInput(of inputs: [FeatureShape], node: String) throws(GraphError) -> FeatureShape {
        guard inputs.count == 1 else { throw .inputCount(node: node, expected: "1", found: inputs.count) }
        return inputs[0]
    }
}

extension Layer {
    public func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        try description.outputShape(node: node, inputs: inputs)
    }
    public func parameterShapes(inputs: [FeatureShape]) -> [ParameterShape] {
        description.parameterShapes(inputs: inputs)
    }
    public func stateShapes(inputs: [FeatureShape]) -> [ParameterShape] {
        description.stateShapes(inputs: inputs)
    }
    public func multiplyAdds(inputs: [FeatureShape], output: FeatureShape) -> Int {
        description.multiplyAdds(inputs: inputs, output: output)
    }

    private var description: any LayerDescription {
        switch self {
        case .input(let layer): layer
        case .convolution(let layer): layer
        case .batchNorm(let layer): layer
        case .relu(let layer): layer
        case .maxPool(let layer): layer
        case .averagePool(let layer): layer
        case .globalAveragePool(let layer): layer
        case .add(let layer): layer
        case .concatenate(let layer): layer
        case .channelShuffle(let layer): layer
        case .linear(let layer): layer
        }
    }
}

// MARK: Files

extension Layer: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case input, convolution, batchNorm, relu, maxPool, averagePool, globalAveragePool, add, concatenate
        case channelShuffle, linear
    }

    /// Writes one key, the layer's kind, over its settings: `{"maxPool": {"padding": 0, "stride": 2, "window": 2}}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .input(let layer): try container.encode(layer, forKey: .input)
        case .convolution(let layer): try container.encode(layer, forKey: .convolution)
        case .batchNorm(let layer): try container.encode(layer, forKey: .batchNorm)
        case .relu(let layer): try container.encode(layer, forKey: .relu)
        case .maxPool(let layer): try container.encode(layer, forKey: .maxPool)
        case .averagePool(let layer): try container.encode(layer, forKey: .averagePool)
        case .globalAveragePool(let layer): try container.encode(layer, forKey: .globalAveragePool)
        case .add(let layer): try container.encode(layer, forKey: .add)
        case .concatenate(let layer): try container.encode(layer, forKey: .concatenate)
        case .channelShuffle(let layer): try container.encode(layer, forKey: .channelShuffle)
        case .linear(let layer): try container.encode(layer, forKey: .linear)
        }
    }

    /// - Throws: `DecodingError` unless there is exactly one key, of a known kind, with all its settings.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let keys = container.allKeys
        guard keys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "A layer is one of "
                        + CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")))
        }
        let key = keys[0]
        self =
            switch key {
            case .input: .input(try container.decode(Input.self, forKey: key))
            case .convolution: .convolution(try container.decode(Convolution.self, forKey: key))
            case .batchNorm: .batchNorm(try container.decode(BatchNorm.self, forKey: key))
            case .relu: .relu(try container.decode(ReLU.self, forKey: key))
            case .maxPool: .maxPool(try container.decode(MaxPool.self, forKey: key))
            case .averagePool: .averagePool(try container.decode(AveragePool.self, forKey: key))
            case .globalAveragePool: .globalAveragePool(try container.decode(GlobalAveragePool.self, forKey: key))
            case .add: .add(try container.decode(Add.self, forKey: key))
            case .concatenate: .concatenate(try container.decode(Concatenate.self, forKey: key))
            case .channelShuffle: .channelShuffle(try container.decode(ChannelShuffle.self, forKey: key))
            case .linear: .linear(try container.decode(Linear.self, forKey: key))
            }
    }
}
