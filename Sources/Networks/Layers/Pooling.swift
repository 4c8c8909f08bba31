/// The largest value of each window; padding never wins.
public struct MaxPool: LayerDescription {
    public let window: Int
    public let stride: Int
    public let padding: Int

    public init(window: Int, stride: Int, padding: Int = 0) {
        self.window = window
        self.stride = stride
        self.padding = padding
    }
}

/// The mean of each window; padding counts as zeros and as elements (as PyTorch's default does).
public struct AveragePool: LayerDescription {
    public let window: Int
    public let stride: Int
    public let padding: Int

    public init(window: Int, stride: Int, padding: Int = 0) {
        self.window = window
        self.stride = stride
        self.padding = padding
    }
}

/// The mean of each channel over the whole map: `[H, W, C]` to `[1, 1, C]`.
public struct GlobalAveragePool: LayerDescription {
    public init() {}
}
