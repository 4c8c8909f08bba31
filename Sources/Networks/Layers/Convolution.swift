/// A square-kernel convolution, grouped where `groups > 1`, depthwise where `groups` equals the input channels.
///
/// Weights are `[R, S, C/groups, K]`; output channel `k` belongs to group `k / (K/groups)`.
public struct Convolution: LayerDescription {
    public let outputChannels: Int
    /// Height and width of the kernel, 1…65535.
    public let kernel: Int
    public let stride: Int
    /// Zeros on every side, 0…kernel - 1; `kernel / 2` keeps the size at stride 1.
    public let padding: Int
    public let groups: Int
    public let bias: Bool

    public init(
        outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, groups: Int = 1, bias: Bool = false
    ) {
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding ?? kernel / 2
        self.groups = groups
        self.bias = bias
    }

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        let input = try onlyInput(of: inputs, node: node)
        guard groups > 0 else { throw .notPositive(node: node, what: "groups", found: groups) }
        guard outputChannels > 0 else { throw .notPositive(node: node, what: "width", found: outputChannels) }
        for channels in [input.channels, outputChannels] where channels % groups != 0 {
            throw .channelsNotDivisible(node: node, channels: channels, by: groups)
        }
        let window = SlidingWindow(size: kernel, stride: stride, padding: padding, largestPadding: max(1, kernel) - 1)
        let output = try window.outputShape(of: input, channels: outputChannels, node: node)
        guard FeatureShape.fits([kernel, kernel, input.channels / groups, outputChannels]) else {
            throw .tooLarge(node: node, shape: output)
        }
        return output
    }

    /// `weight` `[R, S, C/groups, K]`, and `bias` `[K]` where there is one.
    package func parameterShapes(inputs: [FeatureShape]) -> [ParameterShape] {
        inputs.prefix(1).flatMap { input -> [ParameterShape] in
            let weight = ParameterShape(.weight, [kernel, kernel, input.channels / groups, outputChannels])
            return bias ? [weight, .init(.bias, [outputChannels])] : [weight]
        }
    }

    package func multiplyAdds(inputs: [FeatureShape], output: FeatureShape) -> Int {
        inputs.prefix(1).reduce(0) { $0 + output.count * (kernel * kernel * ($1.channels / groups)) }
    }
}
