/// A fully connected layer on a 1x1 map. Weights are `[C, K]`.
public struct Linear: LayerDescription {
    public let outputs: Int
    public let bias: Bool

    public init(outputs: Int, bias: Bool = true) {
        self.outputs = outputs
        self.bias = bias
    }
}
