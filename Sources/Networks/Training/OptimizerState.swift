package import Kernels

/// What an optimizer remembers between steps, and how it moves the parameters.
package struct OptimizerState: Sendable, Equatable {
    private let optimizer: Optimizer
    /// Which parameters a decoupled weight decay shrinks; empty for all.
    private let decayed: [Bool]
    /// Adam's mean of gradients, or the velocity of gradient descent; empty before the first step.
    private(set) var first: [Tensor] = []
    /// Adam's mean of squared gradients; empty before the first step and for gradient descent.
    private(set) var second: [Tensor] = []
    /// Follows from the shapes of `first`.
    private var cut = ParameterCut(counts: [])
    /// β₁ᵗ and β₂ᵗ, by repeated multiplication: no power function in a result.
    private(set) var beta1Power = 1.0
    private(set) var beta2Power = 1.0

    package init(_ optimizer: Optimizer, decayed: [Bool] = []) {
        self.optimizer = optimizer
        self.decayed = decayed
    }

    /// As it was after some step.
    init(
        _ optimizer: Optimizer, decayed: [Bool], first: [Tensor], second: [Tensor], beta1Power: Double,
        beta2Power: Double
    ) {
        self.init(optimizer, decayed: decayed)
        self.first = first
        self.second = second
        cut = ParameterCut(counts: first.map(\.count))
        self.beta1Power = beta1Power
        self.beta2Power = beta2Power
    }

    /// One step of every parameter. Cost: one pass over parameters, gradients and memory.
    /// - Parameter rateFactor: what the schedule says.
    package mutating func step(
        _ parameters: inout [Tensor], gradients: [Tensor], rateFactor: Double, context: KernelContext
    ) {
        if first.isEmpty {
            first = parameters.map { Tensor(shape: $0.shape) }
            cut = ParameterCut(counts: parameters.map(\.count))
        }
        switch optimizer {
        case .adam(let rate, let beta1, let beta2, let epsilon, let weightDecay),
            .adamW(let rate, let beta1, let beta2, let epsilon, let weightDecay):
            if second.isEmpty { second = parameters.map { Tensor(shape: $0.shape) } }
            beta1Power *= beta1
            beta2Power *= beta2
            var isDecoupled = false
            if case .adamW = optimizer { isDecoupled = true }
            context.adamStep(
                parameters: &parameters, gradients: gradients, firstMoments: &first, secondMoments: &second, cut: cut,
                rate: Float(rate * rateFactor), beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon),
                weightDecay: Float(weightDecay), decoupled: isDecoupled, decayed: isDecoupled ? decayed : [],
                biasCorrection1: Float(1 - beta1Power), biasCorrection2: Float(1 - beta2Power))
        case .sgd(let rate, let momentum, let nesterov, let weightDecay):
            context.sgdStep(
                parameters: &parameters, gradients: gradients, velocities: &first, cut: cut,
                rate: Float(rate * rateFactor), momentum: Float(momentum), nesterov: nesterov,
                weightDecay: Float(weightDecay))
        }
    }
}

extension ModelLayout {
    /// For each parameter whether a decoupled weight decay shrinks it: weights only.
    var decayed: [Bool] { parameters.map { $0.role == .weight } }
}
