/// The images a network is given.
public struct Input: LayerDescription {
    public let shape: FeatureShape

    public init(shape: FeatureShape) { self.shape = shape }

    public func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape { shape }
}
