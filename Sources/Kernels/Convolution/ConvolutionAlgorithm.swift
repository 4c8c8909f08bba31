/// How a convolution is computed: a fixed function of its geometry, the same on every processor.
public enum ConvolutionAlgorithm: String, CaseIterable, Codable, Hashable, Sendable {
    /// A matrix product over the images where they lie: 1x1 kernels at stride 1 without padding.
    case pointwise
    /// A matrix product whose left-hand side, the windows of the images, is gathered piece by piece.
    case direct
    /// Lanes across channels, for groups of 2, 4 or 8 channels in and out.
    case grouped
    /// Lanes across channels, for one input channel a group and up to seven output channels.
    case depthwise
}

extension ConvolutionGeometry {
    /// The algorithm of all three passes.
    public var algorithm: ConvolutionAlgorithm {
        if groups > 1 {
            // From 8 output channels a group on, half of the lanes of a matrix product are in use.
            if groupInputChannels == 1 && groupOutputChannels < 8 { return .depthwise }
            if groupInputChannels == groupOutputChannels && [2, 4, 8].contains(groupInputChannels) {
                return .grouped
            }
        }
        if kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0 { return .pointwise }
        return .direct
    }
}
