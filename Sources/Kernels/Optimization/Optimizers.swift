import CKernels

/// Optimizer steps: one pass over parameters, gradient and moments, all of one shape.
///
/// Moments of magnitude below 1e-30 become exactly 0. Left alone, those of parameters without gradient would
/// decay into the denormal numbers, on which processors are many times slower; the hardware's own
/// flush-to-zero is a state of the thread and differs between processors, so it is not used.
extension KernelContext {
    /// Adam (Kingma, Ba 2015) with weight decay added to the gradient, as PyTorch's `Adam`; or, `decoupled`, with the
    /// parameters drawn towards zero on their own, as `AdamW` (Loshchilov, Hutter 2019).
    ///
    /// ```
    /// g = gradient + weightDecay * parameters                (decoupled: parameters -= rate * weightDecay * parameters)
    /// firstMoment  += (1 - beta1) * (g - firstMoment)
    /// secondMoment  = beta2 * secondMoment + (1 - beta2) * g²
    /// parameters   -= rate / biasCorrection1 * firstMoment / (sqrt(secondMoment / biasCorrection2) + epsilon)
    /// ```
    ///
    /// - Parameters:
    ///   - biasCorrection1: `1 - beta1^t` at step t = 1, 2, …; positive.
    ///   - biasCorrection2: `1 - beta2^t`; positive.
    public func adamStep(
        parameters: inout Tensor, gradient: Tensor, firstMoment: inout Tensor, secondMoment: inout Tensor,
        rate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float, decoupled: Bool = false,
        biasCorrection1: Float, biasCorrection2: Float
    ) {
        requireSameShape(parameters, gradient, "adamStep")
        requireSameShape(parameters, firstMoment, "adamStep")
        requireSameShape(parameters, secondMoment, "adamStep")
        precondition(
            biasCorrection1 > 0 && biasCorrection2 > 0,
            "adamStep: bias corrections \(biasCorrection1), \(biasCorrection2)")
        let settings = offprint_adam(
            step: rate / biasCorrection1, beta2: beta2, new1: 1 - beta1, new2: 1 - beta2, epsilon: epsilon,
            weight_decay: decoupled ? 0 : weightDecay, shrink: decoupled ? rate * weightDecay : 0,
            inverse_root_correction2: 1 / biasCorrection2.squareRoot())
        let (source, target) = (gradient.pointer, parameters.mutablePointer())
        let (first, second) = (firstMoment.mutablePointer(), secondMoment.mutablePointer())
        let loop = optimizationLoops.adam!
        forEachBlock(of: parameters.count) { start, length in
            withUnsafePointer(to: settings) {
                loop(length, $0, source + start, target + start, first + start, second + start)
            }
        }
    }

    /// Stochastic gradient descent with momentum, as PyTorch's `SGD` without dampening.
    ///
    /// ```
    /// g = gradient + weightDecay * parameters
    /// velocity    = momentum * velocity + g
    /// parameters -= rate * (nesterov ? g + momentum * velocity : velocity)
    /// ```
    ///
    /// - Parameter velocity: zeros before the first step.
    public func sgdStep(
        parameters: inout Tensor, gradient: Tensor, velocity: inout Tensor, rate: Float, momentum: Float,
        nesterov: Bool, weightDecay: Float
    ) {
        requireSameShape(parameters, gradient, "sgdStep")
        requireSameShape(parameters, velocity, "sgdStep")
        let settings = offprint_sgd(
            rate: rate, momentum: momentum, weight_decay: weightDecay, nesterov: nesterov ? 1 : 0)
        let (source, target) = (gradient.pointer, parameters.mutablePointer())
        let velocities = velocity.mutablePointer()
        let loop = optimizationLoops.sgd!
        forEachBlock(of: parameters.count) { start, length in
            withUnsafePointer(to: settings) { loop(length, $0, source + start, target + start, velocities + start) }
        }
    }
}
