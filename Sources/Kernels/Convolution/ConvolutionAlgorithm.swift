/// How a convolution is computed.
public enum ConvolutionAlgorithm: String, CaseIterable, Codable, Hashable, Sendable {
    /// A matrix product over the images where they lie: 1x1 kernels at stride 1 without padding.
    case pointwise
    /// A matrix product whose left-hand side, the windows of the images, is gathered piece by piece.
    case direct
    /// Lanes across channels, for groups of 2, 4 or 8 channels in and out.
    case grouped
    /// Lanes across channels, for one input channel a group and up to seven output channels.
    case depthwise
    /// Products of spectra by FFTW: kernels from 5x5 up at stride 1, dense or one channel a group. The only one whose
    /// bits depend on the instruction set and the build of FFTW.
    case fft
}

/// The three computations of a convolution in training.
public enum ConvolutionPass: String, CaseIterable, Codable, Hashable, Sendable {
    case forward
    case dataGradient = "data-gradient"
    case weightGradient = "weight-gradient"
}

extension ConvolutionGeometry {
    /// The algorithm of a pass: a fixed function of the geometry, the same on every processor.
    public func algorithm(for pass: ConvolutionPass) -> ConvolutionAlgorithm {
        if prefersFourier(for: pass) { return .fft }
        if groups > 1 {
            // From 8 output channels a group on, half of the lanes of a matrix product are in use.
            if supports(.depthwise) { return .depthwise }
            if supports(.grouped) { return .grouped }
        }
        return supports(.pointwise) ? .pointwise : .direct
    }

    /// Whether `algorithm` can compute all three passes of this geometry.
    public func supports(_ algorithm: ConvolutionAlgorithm) -> Bool {
        switch algorithm {
        case .direct: true
        case .pointwise: kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0
        case .depthwise: groups > 1 && groupInputChannels == 1 && groupOutputChannels < 8
        case .grouped:
            groups > 1 && groupInputChannels == groupOutputChannels && [2, 4, 8].contains(groupInputChannels)
        case .fft: supportsFourier
        }
    }

    /// `forced`, or the table's choice.
    /// - Precondition: a forced algorithm is supported.
    func choose(_ forced: ConvolutionAlgorithm?, for pass: ConvolutionPass) -> ConvolutionAlgorithm {
        guard let forced else { return algorithm(for: pass) }
        precondition(supports(forced), "\(forced) cannot compute \(self)")
        return forced
    }
}
