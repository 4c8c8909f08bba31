extension ConvolutionGeometry {
    /// Whether the Fourier paths can compute this geometry: stride 1, all channels in one group or each in its own,
    /// and a kernel that leaves the longest transform some results.
    var supportsFourier: Bool {
        let isChannelwise = groups > 1 && groupInputChannels == 1 && groupOutputChannels == 1
        return stride == 1 && (groups == 1 || isChannelwise) && max(kernelHeight, kernelWidth) <= 96
            && kernelHeight * kernelWidth > 1
    }

    /// The part of the table that chooses the Fourier paths.
    func prefersFourier(for pass: ConvolutionPass) -> Bool {
        false
    }
}
