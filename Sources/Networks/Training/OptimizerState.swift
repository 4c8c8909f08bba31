package import Kernels

/// What an optimizer remembers between steps, and how it moves the parameters.
package struct OptimizerState: Sendable, Equatable {
    private let optimizer: Optimizer
    /// Which parameters a decoupled weight decay shrinks; empty for all.
    private let decayed: [Bool]
    /// The parameters that Muon moves; the others are Adam's. Empty for other optimizers.
    private let matrices: [WeightMatrices]
    /// Adam's mean of gradients, or a velocity; empty before the first step.
    private(set) var first: [Tensor] = []
    /// Adam's mean of squared gradients, of no elements for what Muon moves; empty before the first step and for gradient
    /// descent.
    private(set) var second: [Tensor] = []
    /// Follows from the shapes of `first`.
    private var cut = ParameterCut(counts: [])
    /// β₁ᵗ and β₂ᵗ, by repeated multiplication: no power function in a result.
    private(set) var beta1Power = 1.0
    private(set) var beta2Power = 1.0

    /// - Parameters:
    ///   - decayed: for each parameter whether a decoupled weight decay shrinks it; empty for all.
    ///   - matrices: `Optimizer.matrices` of the graph.
    package init(_ optimizer: Optimizer, decayed: [Bool] = [], matrices: [WeightMatrices] = []) {
        self.optimizer = optimizer
        self.decayed = decayed
        self.matrices = matrices
    }

    /// As it was after some step.
    init(
        _ optimizer: Optimizer, decayed: [Bool], matrices: [WeightMatrices], first: [Tensor], second: [Tensor],
        beta1Power: Double, beta2Power: Double
    ) {
        self.init(optimizer, decayed: decayed, matrices: matrices)
        self.first = first
        self.second = second
        cut = makeCut()
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
            if !optimizer.isGradientDescent { second = first }
            for matrix in matrices { second[matrix.tensor] = Tensor(shape: [0]) }
            cut = makeCut()
        }
        switch optimizer {
        case .adam(let rate, let beta1, let beta2, let epsilon, let weightDecay),
            .adamW(let rate, let beta1, let beta2, let epsilon, let weightDecay):
            var isDecoupled = false
            if case .adamW = optimizer { isDecoupled = true }
            adamStep(
                &parameters, gradients, rate: rate * rateFactor, beta1: beta1, beta2: beta2, epsilon: epsilon,
                weightDecay: weightDecay, decoupled: isDecoupled, context: context)
        case .muon(let rate, let momentum, let adamRate, let beta1, let beta2, let epsilon, let weightDecay):
            context.muonStep(
                parameters: &parameters, gradients: gradients, velocities: &first, matrices: matrices,
                rate: Float(rate * rateFactor), momentum: Float(momentum), weightDecay: Float(weightDecay))
            adamStep(
                &parameters, gradients, rate: adamRate * rateFactor, beta1: beta1, beta2: beta2, epsilon: epsilon,
                weightDecay: weightDecay, decoupled: true, context: context)
        case .sgd(let rate, let momentum, let nesterov, let weightDecay):
            context.sgdStep(
                parameters: &parameters, gradients: gradients, velocities: &first, cut: cut,
                rate: Float(rate * rateFactor), momentum: Float(momentum), nesterov: nesterov,
                weightDecay: Float(weightDecay))
        }
    }

    private mutating func adamStep(
        _ parameters: inout [Tensor], _ gradients: [Tensor], rate: Double, beta1: Double, beta2: Double, epsilon: Double,
        weightDecay: Double, decoupled: Bool, context: KernelContext
    ) {
        beta1Power *= beta1
        beta2Power *= beta2
        context.adamStep(
            parameters: &parameters, gradients: gradients, firstMoments: &first, secondMoments: &second, cut: cut,
            rate: Float(rate), beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon),
            weightDecay: Float(weightDecay), decoupled: decoupled, decayed: decoupled ? decayed : [],
            biasCorrection1: Float(1 - beta1Power), biasCorrection2: Float(1 - beta2Power))
    }

    /// Of all parameters but those that Muon moves.
    private func makeCut() -> ParameterCut {
        var counts = first.map(\.count)
        for matrix in matrices { counts[matrix.tensor] = 0 }
        return ParameterCut(counts: counts)
    }
}

extension Optimizer {
    /// The parameters of a model that Muon moves; empty for other optimizers.
    package func matrices(of graph: Graph) -> [WeightMatrices] {
        if case .muon = self { ModelLayout.matrices(of: graph) } else { [] }
    }
}

extension ModelLayout {
    /// The weights of convolutions that mix channels, as Muon sees them. Depthwise convolutions, fully connected layers,
    /// biases and batch norm stay with Adam.
    package static func matrices(of graph: Graph) -> [WeightMatrices] {
        let layout = ModelLayout(graph: graph)
        return layout.parameters.enumerated().compactMap { index, tensor in
            guard tensor.role == .weight, tensor.shape.count == 4,
                case .convolution(let convolution) = graph.nodes[tensor.node].layer
            else { return nil }
            let (groups, inputs) = (convolution.groups, tensor.shape[2])
            guard groups == 1 || inputs > 1, tensor.count > 0 else { return nil }
            return WeightMatrices(
                tensor: index, groups: groups, rows: tensor.count / tensor.shape[3], columns: tensor.shape[3] / groups)
        }
    }

    /// For each parameter whether a decoupled weight decay shrinks it: weights only.
    package var decayed: [Bool] { parameters.map { $0.role == .weight } }
}
