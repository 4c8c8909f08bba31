/// How a convolution is computed.
public enum ConvolutionAlgorithm: String, CaseIterable, Codable, Hashable, Sendable {
    /// A matrix product over the images where they lie: 1x1 kernels at stride 1 without padding.
    case pointwise
    /// A matrix product whose left-hand side, the windows of the images, is gathered piece by piece.
    case direct
    /// Tiles of 4x4 outputs through Winograd's F(4x4, 3x3): dense 3x3 kernels at stride 1 with a padding up to 2.
    case winograd
    /// Lanes across channels, for groups of 2, 4, 8 or 16 channels in and out.
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
        return denseAlgorithm(for: pass)
    }

    /// The algorithm of forward passes whose weights are prepared once, for networks that only answer; also a fixed function
    /// of the geometry.
    ///
    /// A few tiles do not repay the transform of the weights: transformed anew it takes longer than the products, and kept
    /// it is four times the weights, which one image reads from memory faster than it multiplies.
    public var preparedAlgorithm: ConvolutionAlgorithm {
        let table = algorithm(for: .forward)
        return table == .winograd && tiles(height: outputHeight, width: outputWidth) < Self.leastPreparedTiles ? .direct : table
    }

    private static let leastPreparedTiles = 8

    /// Tiles of 4x4 that cover images of this size.
    private func tiles(height: Int, width: Int) -> Int { batch * ((height + 3) / 4) * ((width + 3) / 4) }

    /// The table of ungrouped convolutions, from the measurements in docs/kernels.md.
    private func denseAlgorithm(for pass: ConvolutionPass) -> ConvolutionAlgorithm {
        if supports(.pointwise) { return .pointwise }
        return supports(.winograd) && winogradPays(in: pass) ? .winograd : .direct
    }

    /// Whether the multiplications saved outweigh the transforms.
    ///
    /// Transforming the weights costs a call as much as a few more tiles, and transforming their gradient back as
    /// much as twenty; the patches cost about three tenths of the products. Fewer than 16 channels leave lanes empty, and
    /// the weight gradient, whose rows and columns both are channels, loses all it gains where many are empty.
    private func winogradPays(in pass: ConvolutionPass) -> Bool {
        guard min(inputChannels, outputChannels) >= 16 else { return false }
        func lanes(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }
        let weights = pass == .weightGradient
        if weights, 10 * lanes(inputChannels) * lanes(outputChannels) > 13 * inputChannels * outputChannels {
            return false
        }
        let (height, width) = pass == .dataGradient ? (inputHeight, inputWidth) : (outputHeight, outputWidth)
        return (tiles(height: height, width: width) + (weights ? 20 : 4)) * 36 * 13 <= places * 9 * 10
    }

    /// Whether `algorithm` can compute all three passes of this geometry.
    public func supports(_ algorithm: ConvolutionAlgorithm) -> Bool {
        switch algorithm {
        case .direct: true
        case .pointwise: kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0
        case .winograd: kernelHeight == 3 && kernelWidth == 3 && stride == 1 && groups == 1 && padding <= 2
        case .depthwise: groups > 1 && groupInputChannels == 1 && groupOutputChannels < 8
        case .grouped:
            groups > 1 && groupInputChannels == groupOutputChannels && [2, 4, 8, 16].contains(groupInputChannels)
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
