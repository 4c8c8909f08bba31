import CKernels

extension KernelContext {
    /// `output = relu((input - mean) * inverseDeviation * scale + shift)` (Ioffe, Szegedy 2015, algorithm 1).
    ///
    /// - Parameters:
    ///   - input: `[N, H, W, C]` or `[N, C]`.
    ///   - mean: `[C]`, of the batch in training, the running one in inference.
    ///   - inverseDeviation: `[C]`, `1 / sqrt(variance + epsilon)` of the same.
    ///   - scale: `[C]`.
    ///   - shift: `[C]`.
    ///   - relu: an activation in the same pass.
    ///   - output: the input's shape.
    ///
    /// One pass: one read and one write of the map.
    public func batchNorm(
        _ input: Tensor, mean: Tensor, inverseDeviation: Tensor, scale: Tensor, shift: Tensor,
        relu: ReLUKind = .none, into output: inout Tensor
    ) {
        requireSameShape(input, output, "batchNorm")
        let layout = ChannelRows(input)
        for vector in [mean, inverseDeviation, scale, shift] {
            requireChannelVector(vector, layout.channels, "batchNorm")
        }
        let patterns = layout.patterns([mean.values, effectiveScale(scale, inverseDeviation), shift.values])
        let (source, target) = (input.pointer, output.mutablePointer())
        let (loop, clamp) = (normalizationLoops.normalize!, relu.clamp)
        let width = layout.width
        withExtendedLifetime(patterns) {
            let pattern = patterns.pointer
            forEachRowGroup(rows: layout.rows, elementsPerRow: layout.channels) { first, rows in
                let start = first * layout.channels
                loop(
                    rows * layout.channels, width, source + start, pattern, pattern + width, pattern + 2 * width,
                    clamp, target + start)
            }
        }
    }

    /// The gradients of training-mode batch norm, in which mean and variance depend on the input.
    ///
    /// With x̂ = (x - mean) · inverseDeviation and n rows:
    /// `shiftGradient = Σ dy`, `scaleGradient = Σ dy·x̂`,
    /// `dx = scale · inverseDeviation · (dy - Σ dy / n - x̂ · Σ dy·x̂ / n)`.
    ///
    /// - Parameters:
    ///   - input: `[N, H, W, C]` or `[N, C]`, the forward pass's, at least one row.
    ///   - outputGradient: the input's shape.
    ///   - mean: `[C]`, as `batchNormStatistics` gave it; likewise `inverseDeviation`.
    ///   - inputGradient: the input's shape.
    ///   - scaleGradient: `[C]`, overwritten; likewise `shiftGradient`.
    ///
    /// Two passes over input and output gradient.
    public func batchNormBackward(
        _ input: Tensor, outputGradient: Tensor, mean: Tensor, inverseDeviation: Tensor, scale: Tensor,
        into inputGradient: inout Tensor, scaleGradient: inout Tensor, shiftGradient: inout Tensor
    ) {
        batchNormBackward(
            input, outputGradient: outputGradient, mean: mean, inverseDeviation: inverseDeviation, scale: scale,
            shift: Tensor(shape: scale.shape), relu: .none, into: &inputGradient, scaleGradient: &scaleGradient,
            shiftGradient: &shiftGradient)
    }

    /// The gradients of `batchNorm(…, relu:)` in training mode.
    ///
    /// As the function above, after the gradient is stopped where the activation was at or beyond its limits.
    /// That is found again from the input, bit for bit as the forward pass had it: neither the output nor a
    /// separate pass of `reluBackward` is needed.
    public func batchNormBackward(
        _ input: Tensor, outputGradient: Tensor, mean: Tensor, inverseDeviation: Tensor, scale: Tensor,
        shift: Tensor, relu: ReLUKind, into inputGradient: inout Tensor, scaleGradient: inout Tensor,
        shiftGradient: inout Tensor
    ) {
        requireSameShape(input, outputGradient, "batchNormBackward")
        requireSameShape(input, inputGradient, "batchNormBackward")
        let layout = ChannelRows(input)
        let (channels, width) = (layout.channels, layout.width)
        precondition(layout.rows > 0, "batch norm gradient of no rows: \(input.shape)")
        for vector in [mean, inverseDeviation, scale, shift, scaleGradient, shiftGradient] {
            requireChannelVector(vector, channels, "batchNormBackward")
        }
        let scales = effectiveScale(scale, inverseDeviation)
        let (source, gradient) = (input.pointer, outputGradient.pointer)
        let (sumLoop, clamp) = (normalizationLoops.gradient_sums!, relu.clamp)

        let vectors = layout.patterns([mean.values, scales, shift.values])
        let totals = withExtendedLifetime(vectors) {
            let v = vectors.pointer
            return layout.sums(in: self) { start, length, sums in
                sumLoop(
                    length, width, source + start, gradient + start, v, v + width, v + 2 * width, clamp, sums)
            }
        }

        let count = Double(layout.rows)
        var meanGradient = [Float](repeating: 0, count: channels)
        var slope = meanGradient
        for channel in 0..<channels {
            let inverse = Double(inverseDeviation[channel])
            let projection = totals[channels + channel] * inverse
            shiftGradient[channel] = Float(totals[channel])
            scaleGradient[channel] = Float(projection)
            meanGradient[channel] = Float(totals[channel] / count)
            slope[channel] = Float(projection * inverse / count)
        }

        let corrections = layout.patterns([meanGradient, slope])
        let target = inputGradient.mutablePointer()
        let loop = normalizationLoops.gradient!
        withExtendedLifetime((vectors, corrections)) {
            let (v, c) = (vectors.pointer, corrections.pointer)
            forEachRowGroup(rows: layout.rows, elementsPerRow: channels) { first, rows in
                let start = first * channels
                loop(
                    rows * channels, width, source + start, gradient + start, v, v + width, v + 2 * width, c,
                    c + width, clamp, target + start)
            }
        }
    }

    /// The factor of `input - mean`; both passes must round it alike.
    private func effectiveScale(_ scale: Tensor, _ inverseDeviation: Tensor) -> [Float] {
        zip(scale.values, inverseDeviation.values).map { $0 * $1 }
    }
}
