/// The images a network is given.
public struct Input: LayerDescription {
    public let shape: FeatureShape

    public init(shape: FeatureShape) { self.shape = shape }

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        guard inputs.isEmpty else { throw .inputCount(node: node, expected: "none", found: inputs.count) }
        return try shape.checked(node: node)
    }
}
