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
}
