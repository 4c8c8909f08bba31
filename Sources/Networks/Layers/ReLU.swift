/// `max(0, x)`, or `min(max(0, x), maximum)` where a maximum is given (6 for ReLU6).
public struct ReLU: LayerDescription {
    public let maximum: Float?

    public init(maximum: Float? = nil) { self.maximum = maximum }
}
