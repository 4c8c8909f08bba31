/// The largest value of each window; padding never wins.
public struct MaxPool: LayerDescription {
    public let window: Int
    public let stride: Int
    /// On every side, 0…window / 2: with more, a window could see padding alone.
    public let padding: Int

    public init(window: Int, stride: Int, padding: Int = 0) {
        self.window = window
        self.stride = stride
        self.padding = padding
    }

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        let input = try onlyInput(of: inputs, node: node)
        let window = SlidingWindow(size: window, stride: stride, padding: padding, largestPadding: max(1, window) / 2)
        return try window.outputShape(of: input, channels: input.channels, node: node)
    }
}

/// The mean of each window; padding counts as zeros and as elements (as PyTorch's default does).
public struct AveragePool: LayerDescription {
    public let window: Int
    public let stride: Int
    /// On every side, 0…window / 2.
    public let padding: Int

    public init(window: Int, stride: Int, padding: Int = 0) {
        self.window = window
        self.stride = stride
        self.padding = padding
    }

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        let input = try onlyInput(of: inputs, node: node)
        let window = SlidingWindow(size: window, stride: stride, padding: padding, largestPadding: max(1, window) / 2)
        return try window.outputShape(of: input, channels: input.channels, node: node)
    }
}

/// The mean of each channel over the whole map: `[H, W, C]` to `[1, 1, C]`.
public struct GlobalAveragePool: LayerDescription {
    public init() {}

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        FeatureShape(height: 1, width: 1, channels: try onlyInput(of: inputs, node: node).channels)
    }
}
