extension KernelContext {
    /// Output[n, oy, ox, k] = bias[k] + the sum over r, s, c of
    /// input[n, oy * stride - padding + r, ox * stride - padding + s, group(k) + c] * weights[r, s, c, k],
    /// zeros outside of the image.
    ///
    /// Each output starts from the bias and adds one fused multiply-add for each term in the order r, s, c.
    /// - Parameters:
    ///   - input: `[N, H, W, C]`.
    ///   - normalization: of the input, which is then read as `batchNorm` would leave it, to the bit; nil for none.
    ///   - weights: `[R, S, C/groups, K]`.
    ///   - bias: `[K]`, or nil for none.
    ///   - output: `[N, OH, OW, K]`, overwritten.
    ///   - algorithm: one that the geometry supports (traps otherwise); nil for the one the table chooses.
    /// Shapes are checked against `geometry` (a mismatch traps).
    public func convolution(
        _ input: Tensor, normalizedBy normalization: InputNormalization? = nil, weights: Tensor, bias: Tensor?,
        geometry: ConvolutionGeometry, into output: inout Tensor, algorithm: ConvolutionAlgorithm? = nil
    ) {
        geometry.check(input: input, weights: weights, bias: bias, output: output)
        let target = output.mutablePointer()
        let algorithm = geometry.choose(algorithm, for: .forward)
        withExtendedLifetime((weights, bias)) {
            withSource(input, normalization, algorithm) { source, normalizer in
                forward(
                    algorithm, source, normalizer: normalizer, weights: weights.pointer, bias: bias?.pointer,
                    geometry: geometry, into: target)
            }
        }
    }

    /// - Parameter written: is told of what is written, by the algorithms that can.
    func forward(
        _ algorithm: ConvolutionAlgorithm, _ source: UnsafePointer<Float>, normalizer: InputNormalizer?,
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?, geometry: ConvolutionGeometry,
        into target: UnsafeMutablePointer<Float>, telling written: WrittenRows? = nil
    ) {
        switch algorithm {
        case .depthwise, .grouped:
            channelwiseForward(
                source, normalizer: normalizer, weights: weights, bias: bias, geometry: geometry, into: target,
                telling: written)
        case .pointwise, .direct:
            directForward(
                source, normalizer: normalizer, weights: weights, bias: bias, geometry: geometry, into: target,
                telling: written)
        case .winograd:
            winogradForward(source, weights: weights, bias: bias, geometry: geometry, into: target)
        case .fft:
            fourierForward(source, weights: weights, bias: bias, geometry: geometry, into: target)
        }
    }

    /// The gradient of a scalar with respect to the input of `convolution`, from the one with respect to its output:
    /// inputGradient[n, y, x, c] = the sum over r, s and the k of c's group of
    /// outputGradient[n, (y + padding - r) / stride, (x + padding - s) / stride, k] * weights[r, s, c, k],
    /// where the divisions have no remainder and the place exists.
    /// - Parameters:
    ///   - outputGradient: `[N, OH, OW, K]`.
    ///   - weights: `[R, S, C/groups, K]`.
    ///   - inputGradient: `[N, H, W, C]`, overwritten.
    ///   - algorithm: one that the geometry supports (traps otherwise); nil for the one the table chooses.
    /// Shapes are checked against `geometry` (a mismatch traps).
    public func convolutionDataGradient(
        _ outputGradient: Tensor, weights: Tensor, geometry: ConvolutionGeometry, into inputGradient: inout Tensor,
        algorithm: ConvolutionAlgorithm? = nil
    ) {
        geometry.check(input: inputGradient, weights: weights, output: outputGradient)
        let target = inputGradient.mutablePointer()
        withExtendedLifetime((outputGradient, weights)) {
            dataGradient(
                geometry.choose(algorithm, for: .dataGradient), outputGradient.pointer, weights: weights.pointer,
                geometry: geometry, into: target)
        }
    }

    /// - Parameter written: as in `forward`.
    func dataGradient(
        _ algorithm: ConvolutionAlgorithm, _ outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        geometry: ConvolutionGeometry, into target: UnsafeMutablePointer<Float>, telling written: WrittenRows? = nil
    ) {
        switch algorithm {
        case .depthwise, .grouped:
            channelwiseDataGradient(
                outputGradient, weights: weights, geometry: geometry, into: target, telling: written)
        case .pointwise, .direct:
            directDataGradient(outputGradient, weights: weights, geometry: geometry, into: target, telling: written)
        case .winograd:
            winogradDataGradient(outputGradient, weights: weights, geometry: geometry, into: target)
        case .fft:
            fourierDataGradient(outputGradient, weights: weights, geometry: geometry, into: target)
        }
    }

    /// The gradient of a scalar with respect to the weights of `convolution`, from the one with respect to its output:
    /// weightGradient[r, s, c, k] = the sum over n, oy, ox of
    /// input[n, oy * stride - padding + r, ox * stride - padding + s, group(k) + c] * outputGradient[n, oy, ox, k].
    /// - Parameters:
    ///   - input: `[N, H, W, C]`.
    ///   - normalization: of the input, as in `convolution`.
    ///   - outputGradient: `[N, OH, OW, K]`.
    ///   - weightGradient: `[R, S, C/groups, K]`, overwritten.
    ///   - algorithm: one that the geometry supports (traps otherwise); nil for the one the table chooses.
    /// Shapes are checked against `geometry` (a mismatch traps).
    public func convolutionWeightGradient(
        _ input: Tensor, normalizedBy normalization: InputNormalization? = nil, outputGradient: Tensor,
        geometry: ConvolutionGeometry, into weightGradient: inout Tensor, algorithm: ConvolutionAlgorithm? = nil
    ) {
        geometry.check(input: input, weights: weightGradient, output: outputGradient)
        let target = weightGradient.mutablePointer()
        let algorithm = geometry.choose(algorithm, for: .weightGradient)
        withExtendedLifetime(outputGradient) {
            withSource(input, normalization, algorithm) { source, normalizer in
                switch algorithm {
                case .depthwise, .grouped:
                    channelwiseWeightGradient(
                        source, normalizer: normalizer, outputGradient: outputGradient.pointer, geometry: geometry,
                        into: target)
                case .pointwise, .direct:
                    directWeightGradient(
                        source, normalizer: normalizer, outputGradient: outputGradient.pointer, geometry: geometry,
                        into: target)
                case .winograd:
                    winogradWeightGradient(
                        source, outputGradient: outputGradient.pointer, geometry: geometry, into: target)
                case .fft:
                    fourierWeightGradient(
                        source, outputGradient: outputGradient.pointer, geometry: geometry, into: target)
                }
            }
        }
    }

    /// The gradient with respect to a bias: biasGradient[k] = the sum of outputGradient over all but the last axis.
    /// - Parameters:
    ///   - outputGradient: `[…, K]`, at least one axis.
    ///   - biasGradient: `[K]`, overwritten (a mismatch traps).
    public func biasGradient(_ outputGradient: Tensor, into biasGradient: inout Tensor) {
        let columns = outputGradient.shape.last ?? 0
        precondition(
            !outputGradient.shape.isEmpty && biasGradient.shape == [columns],
            "bias gradient \(biasGradient.shape) of an output gradient \(outputGradient.shape)")
        guard columns > 0 else { return }
        let rows = outputGradient.count / columns
        let target = biasGradient.mutablePointer()
        // Pieces by the number of rows alone; their sums are added in ascending order.
        let length = max(64, (rows + 63) / 64)
        let pieces = (rows + length - 1) / length
        withExtendedLifetime(outputGradient) {
            let source = outputGradient.pointer, loops = convolutionLoops
            scratch.borrow(pieces * columns) { partials in
                pool.run(pieces) { piece in
                    loops.sum_rows(
                        min(length, rows - piece * length), columns, source + piece * length * columns, columns,
                        partials + piece * columns)
                }
                loops.sum_rows(pieces, columns, partials, columns, target)
            }
        }
    }

    /// Calls `body` with where the input lies and what normalizes it, for an algorithm that does so as it reads; else with a
    /// copy that is normalized, and nil.
    func withSource(
        _ input: Tensor, _ normalization: InputNormalization?, _ algorithm: ConvolutionAlgorithm,
        _ body: (UnsafePointer<Float>, InputNormalizer?) -> Void
    ) {
        guard let normalization else { return withExtendedLifetime(input) { body(input.pointer, nil) } }
        let channels = input.channelCount
        scratch.borrow(InputNormalizer.room(channels: channels)) { room in
            withExtendedLifetime(input) {
                let normalizer = InputNormalizer(normalization, channels: channels, room: room, in: self)
                if algorithm.normalizesInput { return body(input.pointer, normalizer) }
                let source = input.pointer
                scratch.borrow(input.count) { copy in
                    forEachRowGroup(rows: input.rowCount, elementsPerRow: channels) { first, rows in
                        normalizer.copy(
                            rows: rows, columns: channels, from: source + first * channels, pitch: channels,
                            to: copy + first * channels, targetPitch: channels)
                    }
                    body(UnsafePointer(copy), nil)
                }
            }
        }
    }
}

extension ConvolutionAlgorithm {
    /// Whether forward pass and weight gradient normalize their input as they read it, without a copy of all of it.
    fileprivate var normalizesInput: Bool {
        switch self {
        case .pointwise, .grouped, .depthwise: true
        case .direct, .winograd, .fft: false
        }
    }
}

extension ConvolutionGeometry {
    /// Whether a batch norm of the input is better done by forward pass and weight gradient, each as it reads, than once before
    /// them; from the measurements in docs/kernels.md.
    ///
    /// Both then normalize, and have time to: they ask for their next piece of the input while they compute one. Small maps are in
    /// the cache, where nothing is gained by not storing them, but for products of many channels, which copy what they read in
    /// any case or would do better to. Groups of a product would normalize a few channels each, which lie far apart.
    package var normalizesInput: Bool {
        switch (algorithm(for: .forward), algorithm(for: .weightGradient)) {
        case (.pointwise, .pointwise):
            groups == 1 && (inputChannels >= 256 || inputHeight * inputWidth * inputChannels >= 1 << 16)
        case (.depthwise, .depthwise): groupOutputChannels == 1 && inputHeight * inputWidth * inputChannels >= 1 << 14
        default: false
        }
    }
}

extension ConvolutionGeometry {
    func check(input: Tensor, weights: Tensor, bias: Tensor? = nil, output: Tensor) {
        precondition(input.shape == inputShape, "images \(input.shape), the geometry has \(inputShape)")
        precondition(weights.shape == weightShape, "weights \(weights.shape), the geometry has \(weightShape)")
        if let bias {
            precondition(bias.shape == [outputChannels], "bias \(bias.shape) for \(outputChannels) output channels")
        }
        precondition(output.shape == outputShape, "outputs \(output.shape), the geometry has \(outputShape)")
    }
}
