/// The closed set of layers. Each payload struct, in its own file, says its output shape, its parameters
/// and its cost; `Execution/` runs them forward and backward.
public enum Layer: Hashable, Codable, Sendable {
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
}

/// `weight` and `bias` of convolutions and linear layers; `scale`, `shift` and the running statistics of batch norm.
public enum ParameterRole: String, Hashable, Codable, Sendable, CaseIterable {
    case weight, bias, scale, shift, runningMean, runningVariance
}

extension LayerDescription {
    package func parameterShapes(inputs: [FeatureShape]) -> [ParameterShape] { [] }
    package func stateShapes(inputs: [FeatureShape]) -> [ParameterShape] { [] }
    package func multiplyAdds(inputs: [FeatureShape], output: FeatureShape) -> Int { 0 }
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
