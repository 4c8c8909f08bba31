import Kernels

/// What a step does with a graph, one kernel after the other, and which tensors each reads and writes.
///
/// Made of the graph once, before anything runs (`ProgramBuilder`). The executor does what stands here and nothing
/// else, and `MemoryPlan` is made of the uses that stand here, so that the two cannot disagree.
package struct StepProgram: Sendable {
    /// One call of a kernel, or of a few that belong together.
    package struct Instruction: Sendable {
        package let node: Int
        package let pass: ExecutionPass
        let operation: Operation
        /// Tensors, in the order in which the operation names them.
        package let reads: [Int]
        /// A tensor that is overwritten, or changed in place where it is also read.
        package let writes: Int?
    }

    /// What is read and written is in this order in `reads`.
    enum Operation: Sendable {
        /// Of a batch norm: what it normalizes by. Reads its input, writes no tensor of the plan.
        case measure
        /// The layer's forward pass. Reads its inputs; a relu may be in place.
        case layer
        /// A convolution's forward pass, and what that batch norm normalizes by. Reads the convolution's input.
        case layerAndMeasure(norm: Int)
        /// The sum of two maps and its activation. Where a batch norm is named, that map is normalized while it is added.
        case sum(first: Int?, second: Int?, ReLUKind)
        /// Cross-entropy and its gradient. Reads the logits.
        case loss
        /// Of a convolution or a linear layer, weight and bias. Reads the layer's input and the output's gradient.
        case weightGradient
        /// The gradient of the layer's input. Reads the output's gradient, and a largest-value pooling its input.
        case inputGradient
        /// The gradients of a batch norm. Reads its input and the output's gradient, which may be overwritten in place.
        case normalizationGradient
        /// As above, of the batch norm that made a convolution's input. Reads the convolution's output's gradient and the batch
        /// norm's input.
        case inputAndNormalizationGradient(norm: Int)
        /// Adds the second tensor to the first, in place.
        case accumulate
        /// Stops a gradient where the activation was at its limits. Reads the gradient and the activation's output.
        case stop(ReLUKind)
        /// As above, of the sum of two gradients. Reads both and the activation's output.
        case stopSum(ReLUKind)
        /// Channels from that one on. Reads the gradient of a concatenation.
        case slice(from: Int)
        /// Adds channels from that one on, in place. Reads the sum so far and the gradient of a concatenation.
        case accumulateSlice(from: Int)
    }

    /// Of one image, by tensor.
    package let shapes: [FeatureShape]
    /// Forward pass, loss, backward pass.
    package let instructions: [Instruction]
    /// Index of the loss; what stands before is the forward pass, what stands after the backward pass.
    package let loss: Int
    /// The tensor of each node's output; nil where it is never stored.
    let outputs: [Int?]
    /// The gradient of the images, where it is wanted.
    let inputGradient: Int?

    /// The images are the first tensor. They have memory of their own, because they are written before the step is known.
    static let images = 0

    /// From the first instruction that touches each tensor to the last. What is asked for after the step (the images, the
    /// logits, the gradient of the images) stays to the end.
    package var uses: [ClosedRange<Int>] {
        var uses: [ClosedRange<Int>?] = Array(repeating: nil, count: shapes.count)
        for (index, instruction) in instructions.enumerated() {
            for tensor in instruction.reads + (instruction.writes.map { [$0] } ?? []) {
                uses[tensor] = (uses[tensor]?.lowerBound ?? index)...index
            }
        }
        let end = instructions.count
        for tensor in [Self.images, outputs[outputs.count - 1], inputGradient].compactMap({ $0 }) {
            uses[tensor] = (uses[tensor]?.lowerBound ?? end)...end
        }
        return uses.map { $0 ?? end...end }
    }

    /// Memory for `batch` images, without the images themselves.
    package func memory(batch: Int) -> MemoryPlan {
        var counts = shapes.map { $0.count * batch }
        counts[Self.images] = 0
        return MemoryPlan(counts: counts, uses: uses)
    }
}

/// The parts of a training step that are traced. `backward` of a convolution is its data gradient.
package enum ExecutionPass: String, Sendable {
    case forward
    case loss
    case weightGradient = "weight-gradient"
    case backward
}
