/// `max(0, x)`, or `min(max(0, x), maximum)` where a maximum is given (6 for ReLU6).
public struct ReLU: LayerDescription {
    /// Positive and finite.
    public let maximum: Float?

    public init(maximum: Float? = nil) { self.maximum = maximum }

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        if let maximum, !(maximum > 0 && maximum.isFinite) {
            throw .outOfRange(node: node, what: "maximum", expected: "above 0", found: Double(maximum))
        }
        return try onlyInput(of: inputs, node: node)
    }
}
