/// A fully connected layer on a 1x1 map. Weights are `[C, K]`.
public struct Linear: LayerDescription {
    public let outputs: Int
    public let bias: Bool

    public init(outputs: Int, bias: Bool = true) {
        self.outputs = outputs
        self.bias = bias
    }

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        let input = try onlyInput(of: inputs, node: node)
        guard input.height == 1, input.width == 1 else {
            throw .shapesDiffer(node: node, input, FeatureShape(height: 1, width: 1, channels: input.channels))
        }
        guard outputs > 0 else { throw .notPositive(node: node, what: "outputs", found: outputs) }
        let output = FeatureShape(height: 1, width: 1, channels: outputs)
        guard FeatureShape.fits([input.channels, outputs]) else { throw .tooLarge(node: node, shape: output) }
        return output
    }

    /// `weight` `[C, K]`, and `bias` `[K]` where there is one.
    package func parameterShapes(inputs: [FeatureShape]) -> [ParameterShape] {
        inputs.prefix(1).flatMap { input -> [ParameterShape] in
            let weight = ParameterShape(.weight, [input.channels, outputs])
            return bias ? [weight, .init(.bias, [outputs])] : [weight]
        }
    }

    package func multiplyAdds(inputs: [FeatureShape], output: FeatureShape) -> Int {
        inputs.prefix(1).reduce(0) { $0 + $1.channels * outputs }
    }
}
