// Convolutions with the sums of a batch norm in their epilogue: forward those of the batch norm that follows, backward those
// of the one before. What was just written is summed out of the cache instead of being read again.
//
// Goals, in this order: the bits of the two separate functions; one pass less over the map.

extension KernelContext {
    /// `convolution`, and `batchNormStatistics` of its output, to the bit.
    ///
    /// The statistics are of differences to a pivot, the mean of 16 rows of the output, so these are computed before
    /// all others, and once more among them.
    /// - Parameters:
    ///   - input: as the parameters down to `output`, that of `convolution`.
    ///   - epsilon: as the parameters down to `inverseDeviation`, that of `batchNormStatistics`.
    ///   - algorithm: one that the geometry supports (traps otherwise); nil for the one the table chooses, followed by a pass
    ///     of its own over the map where that is faster. Winograd's, FFT and direct convolution always are.
    public func convolution(
        _ input: Tensor, normalizedBy normalization: InputNormalization? = nil, weights: Tensor, bias: Tensor?,
        geometry: ConvolutionGeometry, into output: inout Tensor, epsilon: Float, mean: inout Tensor,
        variance: inout Tensor, inverseDeviation: inout Tensor, algorithm: ConvolutionAlgorithm? = nil
    ) {
        let isForced = algorithm != nil
        let algorithm = geometry.choose(algorithm, for: .forward)
        guard algorithm.sumsWhatItWrites, isForced || geometry.sumsItsOutput else {
            convolution(
                input, normalizedBy: normalization, weights: weights, bias: bias, geometry: geometry, into: &output,
                algorithm: algorithm)
            return batchNormStatistics(
                output, epsilon: epsilon, mean: &mean, variance: &variance, inverseDeviation: &inverseDeviation)
        }
        geometry.check(input: input, weights: weights, bias: bias, output: output)
        let target = output.mutablePointer()
        withExtendedLifetime((weights, bias)) {
            let (weights, bias) = (weights.pointer, bias?.pointer)
            withSource(input, normalization, algorithm) { source, normalizer in
                let making = MapWithSample(
                    sample: { rows in
                        self.sampleForward(
                            algorithm, source, normalizer: normalizer, weights: weights, bias: bias, geometry: geometry,
                            into: rows)
                    },
                    write: { written in
                        self.forward(
                            algorithm, source, normalizer: normalizer, weights: weights, bias: bias, geometry: geometry,
                            into: target, telling: written)
                    })
                batchNormStatistics(
                    ofShape: geometry.outputShape, at: UnsafePointer(target), making: making, epsilon: epsilon,
                    mean: &mean, variance: &variance, inverseDeviation: &inverseDeviation)
            }
        }
    }

    /// `convolutionDataGradient`, and `batchNormBackward` of the batch norm that made the convolution's input, to the bit.
    ///
    /// - Parameters:
    ///   - outputGradient: as `weights` and `geometry`, that of `convolutionDataGradient`.
    ///   - normalization: the batch norm, with the activation after it.
    ///   - input: of the batch norm, `[N, H, W, C]`.
    ///   - inputGradient: of the batch norm, likewise, overwritten.
    ///   - scaleGradient: `[C]`, overwritten; likewise `shiftGradient`.
    ///   - algorithm: as in `convolution`.
    public func convolutionDataGradient(
        _ outputGradient: Tensor, weights: Tensor, geometry: ConvolutionGeometry,
        throughNormalization normalization: InputNormalization, of input: Tensor, into inputGradient: inout Tensor,
        scaleGradient: inout Tensor, shiftGradient: inout Tensor, algorithm: ConvolutionAlgorithm? = nil
    ) {
        geometry.check(input: inputGradient, weights: weights, output: outputGradient)
        requireSameShape(input, inputGradient, "convolutionDataGradient")
        let isForced = algorithm != nil
        let algorithm = geometry.choose(algorithm, for: .dataGradient)
        guard algorithm.sumsWhatItWrites, isForced || geometry.sumsItsInputGradient else {
            convolutionDataGradient(
                outputGradient, weights: weights, geometry: geometry, into: &inputGradient, algorithm: algorithm)
            return batchNormBackward(
                input, inPlace: &inputGradient, by: normalization.vectors, relu: normalization.relu,
                scaleGradient: &scaleGradient, shiftGradient: &shiftGradient)
        }
        let target = inputGradient.mutablePointer()
        withExtendedLifetime((outputGradient, weights)) {
            let (source, weights) = (outputGradient.pointer, weights.pointer)
            batchNormBackward(
                input, inPlace: target,
                making: { written in
                    self.dataGradient(
                        algorithm, source, weights: weights, geometry: geometry, into: target, telling: written)
                },
                by: normalization.vectors, relu: normalization.relu, scaleGradient: &scaleGradient,
                shiftGradient: &shiftGradient)
        }
    }

    /// The rows of the output that a batch norm's pivot is the mean of, `[16, K]`, to the bit.
    private func sampleForward(
        _ algorithm: ConvolutionAlgorithm, _ source: UnsafePointer<Float>, normalizer: InputNormalizer?,
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?, geometry: ConvolutionGeometry,
        into rows: UnsafeMutablePointer<Float>
    ) {
        let layout = ChannelRows(shape: geometry.outputShape)
        if algorithm != .pointwise {
            return channelwiseForward(
                rows: (0..<16).map(layout.sampledRow), source, normalizer: normalizer, weights: weights, bias: bias,
                geometry: geometry, into: rows)
        }
        // A product's rows do not depend on each other: those pixels, as one image.
        guard let sampled = try? geometry.pointwise(pixels: 16) else { preconditionFailure("16 pixels of \(geometry)") }
        let channels = geometry.inputChannels
        scratch.borrow(16 * channels) { pixels in
            for index in 0..<16 {
                (pixels + index * channels).update(
                    from: source + layout.sampledRow(index) * channels, count: channels)
            }
            directForward(
                pixels, normalizer: normalizer, weights: weights, bias: bias, geometry: sampled, into: rows)
        }
    }
}

extension ConvolutionAlgorithm {
    /// Whether its tasks tell what they have written, forward and in the data gradient. Single rows of the output then also
    /// cost no more than their share of all of them.
    package var sumsWhatItWrites: Bool {
        switch self {
        case .pointwise, .grouped, .depthwise: true
        case .direct, .winograd, .fft: false
        }
    }
}

extension ConvolutionGeometry {
    /// Whether the sums of a batch norm that follows are better found while the output is written, and not in a pass of its
    /// own; from the measurements in docs/kernels.md.
    ///
    /// Smaller maps are in the cache all the while, and their 16 sampled rows cost more than is saved. The tasks of a product
    /// in groups write the channels of a group, so that rows become whole at its end only.
    fileprivate var sumsItsOutput: Bool {
        outputCount >= 1 << 20 && (groups == 1 || algorithm(for: .forward) != .pointwise)
    }

    /// Whether those of the gradients of a batch norm before are better found while the input's gradient is written.
    /// Of larger maps than these it was no faster, or slower.
    fileprivate var sumsItsInputGradient: Bool {
        (1 << 20..<1 << 22).contains(inputCount) && (groups == 1 || algorithm(for: .dataGradient) != .pointwise)
    }

    /// The same weights on an image of so many pixels.
    fileprivate func pointwise(pixels: Int) throws(GeometryError) -> ConvolutionGeometry {
        try ConvolutionGeometry(
            batch: 1, inputHeight: 1, inputWidth: pixels, inputChannels: inputChannels, outputChannels: outputChannels,
            kernelHeight: 1, kernelWidth: 1, stride: 1, padding: 0, groups: groups)
    }
}
