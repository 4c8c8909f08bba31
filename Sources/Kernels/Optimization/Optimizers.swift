import CKernels

/// How the tensors of a model are cut into tasks, so that a step of an optimizer is one parallel pass over all of
/// them: large tensors into blocks, small neighbours joined.
public struct ParameterCut: Sendable, Hashable {
    struct Piece: Sendable, Hashable {
        var tensor, start, length: Int
    }
    let counts: [Int]
    let tasks: [[Piece]]

    /// - Parameters:
    ///   - counts: the elements of each tensor, in the order of the model; 0 for one that the optimizer leaves alone.
    public init(counts: [Int]) {
        self.counts = counts
        var tasks: [[Piece]] = []
        var open: [Piece] = []
        var room = KernelContext.blockElements
        for (tensor, count) in counts.enumerated() {
            for start in stride(from: 0, to: count, by: KernelContext.blockElements) {
                let length = min(KernelContext.blockElements, count - start)
                if length > room {
                    tasks.append(open)
                    open = []
                    room = KernelContext.blockElements
                }
                open.append(Piece(tensor: tensor, start: start, length: length))
                room -= length
            }
        }
        self.tasks = open.isEmpty ? tasks : tasks + [open]
    }

    /// Calls `body` for every piece, those of one task after each other.
    fileprivate func forEachPiece(in context: KernelContext, _ body: (Piece) -> Void) {
        context.pool.run(tasks.count) { task in
            for piece in tasks[task] { body(piece) }
        }
    }

    fileprivate func check(_ tensors: [Tensor], _ what: StaticString) {
        precondition(tensors.count == counts.count, "\(what): \(tensors.count) tensors for \(counts.count)")
        for (tensor, count) in zip(tensors, counts) where count > 0 {
            precondition(tensor.count == count, "\(what): a tensor of shape \(tensor.shape) for \(count) elements")
        }
    }
}

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

    /// `adamStep` of all tensors of a model in one parallel pass: the same bits as one after the other.
    ///
    /// - Parameters:
    ///   - cut: made for these tensors; the four lists are in its order.
    ///   - decayed: which of the tensors decay; empty for all.
    public func adamStep(
        parameters: inout [Tensor], gradients: [Tensor], firstMoments: inout [Tensor], secondMoments: inout [Tensor],
        cut: ParameterCut, rate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
        decoupled: Bool = false, decayed: [Bool] = [], biasCorrection1: Float, biasCorrection2: Float
    ) {
        for tensors in [parameters, gradients, firstMoments, secondMoments] { cut.check(tensors, "adamStep") }
        precondition(
            biasCorrection1 > 0 && biasCorrection2 > 0,
            "adamStep: bias corrections \(biasCorrection1), \(biasCorrection2)")
        precondition(decayed.isEmpty || decayed.count == cut.counts.count, "adamStep: \(decayed.count) tensors decay or not")
        var settings = offprint_adam(
            step: rate / biasCorrection1, beta2: beta2, new1: 1 - beta1, new2: 1 - beta2, epsilon: epsilon,
            weight_decay: decoupled ? 0 : weightDecay, shrink: decoupled ? rate * weightDecay : 0,
            inverse_root_correction2: 1 / biasCorrection2.squareRoot())
        var undecayed = settings
        undecayed.weight_decay = 0
        undecayed.shrink = 0
        let sources = gradients.map(\.pointer)
        let (targets, first) = (parameters.mutablePointers(), firstMoments.mutablePointers())
        let second = secondMoments.mutablePointers()
        let loop = optimizationLoops.adam!
        withUnsafePointer(to: &settings) { settings in
            withUnsafePointer(to: &undecayed) { undecayed in
                cut.forEachPiece(in: self) { piece in
                    let (tensor, start) = (piece.tensor, piece.start)
                    loop(
                        piece.length, decayed.isEmpty || decayed[tensor] ? settings : undecayed,
                        sources[tensor] + start, targets[tensor] + start, first[tensor] + start,
                        second[tensor] + start)
                }
            }
        }
    }

    /// `sgdStep` of all tensors of a model in one parallel pass: the same bits as one after the other.
    ///
    /// - Parameter cut: made for these tensors; the three lists are in its order.
    public func sgdStep(
        parameters: inout [Tensor], gradients: [Tensor], velocities: inout [Tensor], cut: ParameterCut, rate: Float,
        momentum: Float, nesterov: Bool, weightDecay: Float
    ) {
        for tensors in [parameters, gradients, velocities] { cut.check(tensors, "sgdStep") }
        var settings = offprint_sgd(
            rate: rate, momentum: momentum, weight_decay: weightDecay, nesterov: nesterov ? 1 : 0)
        let sources = gradients.map(\.pointer)
        let (targets, moving) = (parameters.mutablePointers(), velocities.mutablePointers())
        let loop = optimizationLoops.sgd!
        withUnsafePointer(to: &settings) { settings in
            cut.forEachPiece(in: self) { piece in
                let (tensor, start) = (piece.tensor, piece.start)
                loop(
                    piece.length, settings, sources[tensor] + start, targets[tensor] + start, moving[tensor] + start)
            }
        }
    }
}

extension [Tensor] {
    /// The elements of each to write.
    fileprivate mutating func mutablePointers() -> [UnsafeMutablePointer<Float>] {
        indices.map { self[$0].mutablePointer() }
    }
}
