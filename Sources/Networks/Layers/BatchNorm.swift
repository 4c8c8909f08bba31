/// Batch normalization over N, H and W for each channel (Ioffe, Szegedy 2015), with trained scale and shift.
public struct BatchNorm: LayerDescription {
    /// Added to the variance before the root. Positive.
    public let epsilon: Float
    /// The share of the new batch in the running statistics, 0…1.
    public let momentum: Float

    public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
        self.epsilon = epsilon
        self.momentum = momentum
    }

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        guard epsilon > 0, epsilon.isFinite else {
            throw .outOfRange(node: node, what: "epsilon", expected: "above 0", found: Double(epsilon))
        }
        guard momentum >= 0, momentum <= 1 else {
            throw .outOfRange(node: node, what: "momentum", expected: "0…1", found: Double(momentum))
        }
        return try onlyInput(of: inputs, node: node)
    }

    /// `scale` `[C]`, `shift` `[C]`.
    package func parameterShapes(inputs: [FeatureShape]) -> [ParameterShape] {
        inputs.prefix(1).flatMap { [.init(.scale, [$0.channels]), .init(.shift, [$0.channels])] }
    }

    /// `runningMean` `[C]`, `runningVariance` `[C]`.
    package func stateShapes(inputs: [FeatureShape]) -> [ParameterShape] {
        inputs.prefix(1).flatMap { [.init(.runningMean, [$0.channels]), .init(.runningVariance, [$0.channels])] }
    }
}
