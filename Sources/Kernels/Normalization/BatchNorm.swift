import CKernels

/// What normalizes a map of C channels: `(x - mean) * inverseDeviation * scale + shift`. All `[C]`.
public struct Normalization: Sendable {
    /// Of the batch in training, the running one in inference.
    public var mean: Tensor
    /// `1 / sqrt(variance + epsilon)` of the same.
    public var inverseDeviation: Tensor
    public var scale: Tensor
    public var shift: Tensor

    public init(mean: Tensor, inverseDeviation: Tensor, scale: Tensor, shift: Tensor) {
        self.mean = mean
        self.inverseDeviation = inverseDeviation
        self.scale = scale
        self.shift = shift
    }
}

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
        let (source, target) = (input.pointer, output.mutablePointer())
        let (loop, clamp) = (normalizationLoops.normalize!, relu.clamp)
        let width = layout.width
        let vectors = Normalization(mean: mean, inverseDeviation: inverseDeviation, scale: scale, shift: shift)
        scratch.borrow(3 * width) { pattern in
            spread(vectors, layout, into: pattern)
            forEachRowGroup(rows: layout.rows, elementsPerRow: layout.channels) { first, rows in
                let start = first * layout.channels
                loop(
                    rows * layout.channels, width, source + start, pattern, pattern + width, pattern + 2 * width,
                    clamp, target + start)
            }
        }
    }

    /// `output = relu(a' + b')`, where each of the two is normalized first if it has a `Normalization`: the end of a
    /// residual block in one pass, without the normalized maps in memory. The same bits as `batchNorm` and `add`.
    ///
    /// - Parameters:
    ///   - a: `[N, H, W, C]` or `[N, C]`, as it is before its batch norm.
    ///   - b: likewise, or a map that is added as it is.
    ///   - relu: an activation of the sum.
    ///   - output: the same shape.
    public func addNormalized(
        _ a: Tensor, by first: Normalization, _ b: Tensor, by second: Normalization?, relu: ReLUKind = .none,
        into output: inout Tensor
    ) {
        requireSameShape(a, b, "addNormalized")
        requireSameShape(a, output, "addNormalized")
        let layout = ChannelRows(a)
        let (left, right, target) = (a.pointer, b.pointer, output.mutablePointer())
        let (loop, clamp) = (normalizationLoops.normalize_add!, relu.clamp)
        let width = layout.width
        scratch.borrow(6 * width) { pattern in
            spread(first, layout, into: pattern)
            if let second { spread(second, layout, into: pattern + 3 * width) }
            let other = second == nil ? nil : UnsafePointer(pattern + 3 * width)
            forEachRowGroup(rows: layout.rows, elementsPerRow: layout.channels) { first, rows in
                let start = first * layout.channels
                loop(
                    rows * layout.channels, width, left + start, pattern, right + start, other, clamp, target + start)
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
        batchNormGradients(
            input, outputGradient.pointer,
            Normalization(mean: mean, inverseDeviation: inverseDeviation, scale: scale, shift: shift), relu,
            into: inputGradient.mutablePointer(), scaleGradient: &scaleGradient, shiftGradient: &shiftGradient)
    }

    /// As above, with the input's gradient in place of the output's: less memory, and less of it to move.
    public func batchNormBackward(
        _ input: Tensor, inPlace gradient: inout Tensor, by vectors: Normalization, relu: ReLUKind,
        scaleGradient: inout Tensor, shiftGradient: inout Tensor
    ) {
        requireSameShape(input, gradient, "batchNormBackward")
        batchNormBackward(
            input, inPlace: gradient.mutablePointer(), making: nil, by: vectors, relu: relu, scaleGradient: &scaleGradient,
            shiftGradient: &shiftGradient)
    }

    /// As above.
    /// - Parameter write: writes the output's gradient; nil where it exists.
    func batchNormBackward(
        _ input: Tensor, inPlace target: UnsafeMutablePointer<Float>, making write: ((WrittenRows) -> Void)?,
        by vectors: Normalization, relu: ReLUKind, scaleGradient: inout Tensor, shiftGradient: inout Tensor
    ) {
        if ChannelRows(input).hasWholeVectors {
            batchNormGradients(
                input, target, making: write, vectors, relu, into: target, scaleGradient: &scaleGradient,
                shiftGradient: &shiftGradient)
            return
        }
        scratch.borrow(input.count) { aside in
            batchNormGradients(
                input, target, making: write, vectors, relu, into: aside, scaleGradient: &scaleGradient,
                shiftGradient: &shiftGradient)
            forEachBlock(of: input.count) { start, length in
                (target + start).update(from: aside + start, count: length)
            }
        }
    }

    private func batchNormGradients(
        _ input: Tensor, _ gradient: UnsafePointer<Float>, making write: ((WrittenRows) -> Void)? = nil,
        _ vectors: Normalization, _ relu: ReLUKind, into target: UnsafeMutablePointer<Float>,
        scaleGradient: inout Tensor, shiftGradient: inout Tensor
    ) {
        let layout = ChannelRows(input)
        let (channels, width) = (layout.channels, layout.width)
        precondition(layout.rows > 0, "batch norm gradient of no rows: \(input.shape)")
        requireChannelVector(scaleGradient, channels, "batchNormBackward")
        requireChannelVector(shiftGradient, channels, "batchNormBackward")
        let source = input.pointer
        let (sumLoop, loop, clamp) = (normalizationLoops.gradient_sums!, normalizationLoops.gradient!, relu.clamp)
        let (scaleTarget, shiftTarget) = (scaleGradient.mutablePointer(), shiftGradient.mutablePointer())
        let inverses = vectors.inverseDeviation.pointer

        scratch.borrow(5 * width) { v in
            spread(vectors, layout, into: v)
            let (meanGradient, slope) = (v + 3 * width, v + 4 * width)
            layout.sums(
                in: self, while: write,
                accumulate: { start, length, sums in
                    sumLoop(
                        length, width, source + start, gradient + start, v, v + width, v + 2 * width, clamp,
                        layout.isFar(maps: 2), sums)
                },
                { totals in
                    let count = Double(layout.rows)
                    for channel in 0..<channels {
                        let inverse = Double(inverses[channel])
                        let projection = totals[channels + channel] * inverse
                        shiftTarget[channel] = Float(totals[channel])
                        scaleTarget[channel] = Float(projection)
                        meanGradient[channel] = Float(totals[channel] / count)
                        slope[channel] = Float(projection * inverse / count)
                    }
                })
            layout.spread(meanGradient)
            layout.spread(slope)
            forEachRowGroup(rows: layout.rows, elementsPerRow: channels, fromLast: write != nil) { first, rows in
                let start = first * channels
                loop(
                    rows * channels, width, source + start, gradient + start, v, v + width, v + 2 * width,
                    meanGradient, slope, clamp, target + start)
            }
        }
    }

    /// Mean, the factor of `input - mean`, and shift, each repeated to the width of the layout, one after the other.
    private func spread(_ vectors: Normalization, _ layout: ChannelRows, into pattern: UnsafeMutablePointer<Float>) {
        write(vectors, channels: layout.channels, to: pattern, apart: layout.width)
        for vector in 0..<3 { layout.spread(pattern + vector * layout.width) }
    }

    /// Mean, the factor of `input - mean`, and shift, `[C]` each, `pitch` floats from one to the next.
    /// The factor is rounded once: forward and backward must agree on it, and who normalizes what it reads with both.
    func write(
        _ vectors: Normalization, channels: Int, to target: UnsafeMutablePointer<Float>, apart pitch: Int
    ) {
        requireChannelVector(vectors.mean, channels, "batch norm mean")
        requireChannelVector(vectors.inverseDeviation, channels, "batch norm inverse deviation")
        requireChannelVector(vectors.scale, channels, "batch norm scale")
        requireChannelVector(vectors.shift, channels, "batch norm shift")
        let (scales, inverses) = (vectors.scale.pointer, vectors.inverseDeviation.pointer)
        let factor = target + pitch
        target.update(from: vectors.mean.pointer, count: channels)
        for channel in 0..<channels { factor[channel] = scales[channel] * inverses[channel] }
        (target + 2 * pitch).update(from: vectors.shift.pointer, count: channels)
    }
}
