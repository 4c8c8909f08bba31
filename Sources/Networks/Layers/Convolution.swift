/// A square-kernel convolution, grouped where `groups > 1`, depthwise where `groups` equals the input channels.
///
/// Weights are `[R, S, C/groups, K]`; output channel `k` belongs to group `k / (K/groups)`.
public struct Convolution: LayerDescription {
    public let outputChannels: Int
    public let kernel: Int
    public let stride: Int
    /// Zeros on every side; `kernel / 2` keeps the size at stride 1.
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
}
