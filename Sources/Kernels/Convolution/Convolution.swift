extension KernelContext {
    /// Output[n, oy, ox, k] = bias[k] + the sum over r, s, c of
    /// input[n, oy * stride - padding + r, ox * stride - padding + s, group(k) + c] * weights[r, s, c, k],
    /// zeros outside of the image.
    ///
    /// Each output starts from the bias and adds one fused multiply-add for each term in the order r, s, c.
    /// - Parameters:
    ///   - input: `[N, H, W, C]`.
    ///   - weights: `[R, S, C/groups, K]`.
    ///   - bias: `[K]`, or nil for none.
    ///   - output: `[N, OH, OW, K]`, overwritten.
    ///   - algorithm: one that the geometry supports (traps otherwise); nil for the one the table chooses.
    /// Shapes are checked against `geometry` (a mismatch traps).
    public func convolution(
        _ input: Tensor, weights: Tensor, bias: Tensor?, geometry: ConvolutionGeometry, into output: inout Tensor,
        algorithm: ConvolutionAlgorithm? = nil
    ) {
        geometry.check(input: input, weights: weights, output: output)
        if let bias {
            precondition(
                bias.shape == [geometry.outputChannels],
                "bias \(bias.shape) for \(geometry.outputChannels) output channels")
        }
        let target = output.mutablePointer()
        withExtendedLifetime((input, weights, bias)) {
            switch geometry.choose(algorithm, for: .forward) {
            case .depthwise, .grouped:
                channelwiseForward(
                    input.pointer, weights: weights.pointer, bias: bias?.pointer, geometry: geometry, into: target)
            case .pointwise, .direct:
                directForward(
                    input.pointer, weights: weights.pointer, bias: bias?.pointer, geometry: geometry, into: target)
            case .winograd:
                winogradForward(
                    input.pointer, weights: weights.pointer, bias: bias?.pointer, geometry: geometry, into: target)
            case .fft:
                fourierForward(
                    input.pointer, weights: weights.pointer, bias: bias?.pointer, geometry: geometry, into: target)
            }
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
            switch geometry.choose(algorithm, for: .dataGradient) {
            case .depthwise, .grouped:
                channelwiseDataGradient(
                    outputGradient.pointer, weights: weights.pointer, geometry: geometry, into: target)
            case .pointwise, .direct:
                directDataGradient(
                    outputGradient.pointer, weights: weights.pointer, geometry: geometry, into: target)
            case .winograd:
                winogradDataGradient(
                    outputGradient.pointer, weights: weights.pointer, geometry: geometry, into: target)
            case .fft:
                fourierDataGradient(
                    outputGradient.pointer, weights: weights.pointer, geometry: geometry, into: target)
            }
        }
    }

    /// The gradient of a scalar with respect to the weights of `convolution`, from the one with respect to its output:
    /// weightGradient[r, s, c, k] = the sum over n, oy, ox of
    /// input[n, oy * stride - padding + r, ox * stride - padding + s, group(k) + c] * outputGradient[n, oy, ox, k].
    /// - Parameters:
    ///   - input: `[N, H, W, C]`.
    ///   - outputGradient: `[N, OH, OW, K]`.
    ///   - weightGradient: `[R, S, C/groups, K]`, overwritten.
    ///   - algorithm: one that the geometry supports (traps otherwise); nil for the one the table chooses.
    /// Shapes are checked against `geometry` (a mismatch traps).
    public func convolutionWeightGradient(
        _ input: Tensor, outputGradient: Tensor, geometry: ConvolutionGeometry, into weightGradient: inout Tensor,
        algorithm: ConvolutionAlgorithm? = nil
    ) {
        geometry.check(input: input, weights: weightGradient, output: outputGradient)
        let target = weightGradient.mutablePointer()
        withExtendedLifetime((input, outputGradient)) {
            switch geometry.choose(algorithm, for: .weightGradient) {
            case .depthwise, .grouped:
                channelwiseWeightGradient(
                    input.pointer, outputGradient: outputGradient.pointer, geometry: geometry, into: target)
            case .pointwise, .direct:
                directWeightGradient(
                    input.pointer, outputGradient: outputGradient.pointer, geometry: geometry, into: target)
            case .winograd:
                winogradWeightGradient(
                    input.pointer, outputGradient: outputGradient.pointer, geometry: geometry, into: target)
            case .fft:
                fourierWeightGradient(
                    input.pointer, outputGradient: outputGradient.pointer, geometry: geometry, into: target)
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
}

extension ConvolutionGeometry {
    fileprivate func check(input: Tensor, weights: Tensor, output: Tensor) {
        precondition(input.shape == inputShape, "images \(input.shape), the geometry has \(inputShape)")
        precondition(weights.shape == weightShape, "weights \(weights.shape), the geometry has \(weightShape)")
        precondition(output.shape == outputShape, "outputs \(output.shape), the geometry has \(outputShape)")
    }
}
