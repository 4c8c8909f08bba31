/// Batch normalization over N, H and W for each channel (Ioffe, Szegedy 2015), with trained scale and shift.
public struct BatchNorm: LayerDescription {
    /// Added to the variance before the root.
    public let epsilon: Float
    /// The share of the new batch in the running statistics.
    public let momentum: Float

    public init(epsilon: Float = 1e-5, momentum: Float = 0.1) {
        self.epsilon = epsilon
        self.momentum = momentum
    }
}
