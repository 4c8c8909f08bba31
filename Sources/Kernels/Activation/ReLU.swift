import CKernels

/// An activation fused into the operation before it.
public enum ReLUKind: Hashable, Sendable {
    /// The identity.
    case none
    /// `max(0, x)`
    case unbounded
    /// `min(max(0, x), maximum)`; the maximum is positive (6 for ReLU6).
    case upTo(Float)

    var clamp: offprint_clamp {
        switch self {
        case .none:
            return offprint_clamp(kind: OFFPRINT_CLAMP_NONE, maximum: 0)
        case .unbounded:
            return offprint_clamp(kind: OFFPRINT_CLAMP_BELOW, maximum: 0)
        case .upTo(let maximum):
            precondition(maximum > 0, "the maximum of a ReLU must be positive, got \(maximum)")
            return offprint_clamp(kind: OFFPRINT_CLAMP_BOTH, maximum: maximum)
        }
    }

    /// Of `.upTo`.
    public var maximum: Float? {
        if case .upTo(let maximum) = self { maximum } else { nil }
    }

    /// `.unbounded`, or `.upTo` where there is a maximum.
    public init(maximum: Float?) {
        self = maximum.map(ReLUKind.upTo) ?? .unbounded
    }
}

extension KernelContext {
    /// `max(0, x)`, or `min(max(0, x), maximum)`. A NaN stays a NaN, so that a diverging network shows it.
    ///
    /// - Parameter output: any shape, the input's.
    public func relu(_ input: Tensor, maximum: Float?, into output: inout Tensor) {
        requireSameShape(input, output, "relu")
        let (source, target) = (input.pointer, output.mutablePointer())
        let (loop, clamp) = (elementwiseLoops.clamp!, ReLUKind(maximum: maximum).clamp)
        forEachBlock(of: input.count) { start, length in loop(length, source + start, clamp, target + start) }
    }

    /// `relu` where the input is.
    public func relu(inPlace values: inout Tensor, maximum: Float?) {
        let target = values.mutablePointer()
        let (loop, clamp) = (elementwiseLoops.clamp!, ReLUKind(maximum: maximum).clamp)
        forEachBlock(of: values.count) { start, length in loop(length, target + start, clamp, target + start) }
    }

    /// The gradient passes where `0 < output`, and `output < maximum` where there is one; it is 0 elsewhere.
    ///
    /// - Parameter output: what `relu` (or an operation fused with it) gave; the input is not needed.
    public func reluBackward(
        output: Tensor, outputGradient: Tensor, maximum: Float?, into inputGradient: inout Tensor
    ) {
        requireSameShape(output, outputGradient, "reluBackward")
        requireSameShape(output, inputGradient, "reluBackward")
        let (values, source, target) = (output.pointer, outputGradient.pointer, inputGradient.mutablePointer())
        let (loop, clamp) = (elementwiseLoops.clamp_gradient!, ReLUKind(maximum: maximum).clamp)
        forEachBlock(of: output.count) { start, length in
            loop(length, values + start, source + start, clamp, target + start)
        }
    }

    /// `reluBackward` where the gradient is: sets it to 0 where the activation was at or beyond its limits.
    public func reluBackward(output: Tensor, maximum: Float?, inPlace gradient: inout Tensor) {
        requireSameShape(output, gradient, "reluBackward")
        let (values, target) = (output.pointer, gradient.mutablePointer())
        let (loop, clamp) = (elementwiseLoops.clamp_gradient!, ReLUKind(maximum: maximum).clamp)
        forEachBlock(of: output.count) { start, length in
            loop(length, values + start, target + start, clamp, target + start)
        }
    }

    /// Adds two gradients of the output of `relu` and stops the sum as `reluBackward` does, in one pass, in place of
    /// the first.
    public func reluBackward(
        output: Tensor, relu: ReLUKind, inPlace gradient: inout Tensor, adding other: Tensor
    ) {
        requireSameShape(output, gradient, "reluBackward")
        requireSameShape(output, other, "reluBackward")
        let target = gradient.mutablePointer()
        addStopped(output, target, other.pointer, relu, into: target)
    }

    /// As above, into another tensor.
    public func reluBackward(
        output: Tensor, relu: ReLUKind, outputGradient: Tensor, adding other: Tensor, into inputGradient: inout Tensor
    ) {
        requireSameShape(output, outputGradient, "reluBackward")
        requireSameShape(output, other, "reluBackward")
        requireSameShape(output, inputGradient, "reluBackward")
        addStopped(output, outputGradient.pointer, other.pointer, relu, into: inputGradient.mutablePointer())
    }

    private func addStopped(
        _ output: Tensor, _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ relu: ReLUKind,
        into target: UnsafeMutablePointer<Float>
    ) {
        let values = output.pointer
        let (loop, clamp) = (elementwiseLoops.add_clamp_gradient!, relu.clamp)
        forEachBlock(of: output.count) { start, length in
            loop(length, values + start, first + start, second + start, clamp, target + start)
        }
    }
}
