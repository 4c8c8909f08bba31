package import Kernels

/// Runs a graph forward and backward, a batch at a time.
///
/// Goals, in order: the same bits with and without fusion and however memory is reused; no allocation after the first
/// batch of a size; little memory (an output lives until its last reader, in training until its last reader backwards).
///
/// ```
/// let executor = Executor(graph: graph, context: context)
/// try executor.load(batch: 32) { images in … }
/// executor.forward(model.parameters, state: &model.state, training: true)
/// let loss = executor.loss(labels: labels)
/// executor.backward(model.parameters)          // executor.parameterGradients
/// ```
///
/// A class because it owns buffers that must not be copied by accident; used by one thread at a time.
package final class Executor {
    package let graph: Graph
    package let layout: ModelLayout
    let context: KernelContext
    let plan: ExecutionPlan
    var workspaces: [Workspace] = []
    /// Index in `workspaces` of the batch loaded last.
    var current = 0
    /// By node: what forward measured (training) or derived from the running statistics (inference).
    var statistics: [BatchStatistics?]
    /// In the order of `layout.parameters`; written by `backward`.
    package internal(set) var parameterGradients: [Tensor]
    /// By node: weights packed by `prepare`, for inference.
    var prepared: [PreparedWeights?] = []
    /// Called after each part of a pass with the node it belongs to, for profiles; for a fused pair with the first.
    package var trace: ((Int, ExecutionPass) -> Void)?

    /// - Parameters:
    ///   - fusion: joins nodes into fewer passes over memory, see `ExecutionPlan`. Changes no bit.
    ///   - inputGradient: whether `backward` also computes the gradient of the images.
    package init(graph: Graph, context: KernelContext, fusion: Bool = true, inputGradient: Bool = false) {
        let layout = ModelLayout(graph: graph)
        self.graph = graph
        self.layout = layout
        self.context = context
        plan = ExecutionPlan(graph: graph, layout: layout, fusion: fusion, inputGradient: inputGradient)
        statistics = graph.nodes.map { node in
            if case .batchNorm = node.layer { BatchStatistics(channels: node.outputShape.channels) } else { nil }
        }
        parameterGradients = []
    }

    /// Makes the workspace for `batch` images current and lets `fill` write them, `[N, H, W, C]`.
    ///
    /// Two sizes are kept, the largest and the last used: full batches and the rest of an epoch.
    /// - Throws: `TrainingError.geometry` where the kernels refuse a layer.
    package func load(batch: Int, _ fill: (inout Tensor) -> Void) throws(TrainingError) {
        precondition(batch >= 1, "a batch needs at least one image")
        if let known = workspaces.firstIndex(where: { $0.batch == batch }) {
            current = known
        } else {
            let fresh = try Workspace(graph: graph, batch: batch)
            let largest = workspaces.max { $0.batch < $1.batch }
            workspaces = (largest.map { [$0] } ?? []) + [fresh]
            current = workspaces.count - 1
        }
        workspaces[current].clear()
        if var images = workspaces[current].outputs[0].take() {
            fill(&images)
            workspaces[current].outputs[0] = images
        }
    }

    /// Packs the weights of the batch loaded last for inference that is repeated: forward passes that are not training
    /// then read these and not `parameters`' weights, until the next call. Changes roundings where a layer of few tiles is
    /// computed directly instead of by Winograd's transforms, else no bit.
    package func prepare(_ parameters: [Tensor]) {
        prepared = graph.nodes.indices.map { index in
            guard case .convolution(let geometry) = workspaces[current].geometries[index].kind else { return nil }
            return context.prepare(parameters[parameter(.weight, index)], geometry: geometry)
        }
    }

    /// The output of the last node, `[N, classes]`, after `forward`. Shares memory: let go of it before the next batch.
    package var logits: Tensor {
        let last = workspaces[current].output(graph.nodes.count - 1)
        return last.reshaped(to: [workspaces[current].batch, last.count / workspaces[current].batch])
    }

    /// Summed cross-entropy and correct answers of the batch; leaves the gradient of the mean loss for `backward`.
    /// - Parameter smoothing: of the targets behind the gradient; see `softmaxCrossEntropy`.
    package func loss(labels: [Int32], smoothing: Double = 0) -> LossResult {
        let logits = logits
        var gradient = workspaces[current].pool.take(logits.shape)
        let result = context.softmaxCrossEntropy(logits, labels: labels, smoothing: smoothing, into: &gradient)
        workspaces[current].setOutputGradient(gradient, context: context)
        return result
    }

    /// The gradient of the images, after `backward` of an executor made with `inputGradient`.
    package internal(set) var inputGradient: Tensor?

    /// Tensors made so far for the current batch size: no more after its first step.
    package var allocations: Int { workspaces[current].pool.allocations }

    /// What a node has computed, or `nil` where it is not in memory (fused, or read for the last time).
    package func output(ofNode node: Int) -> Tensor? { workspaces[current].outputs[node] }
}

/// The parts of a training step that are traced. `backward` of a convolution is its data gradient.
package enum ExecutionPass: String {
    case forward
    case weightGradient = "weight-gradient"
    case backward
}

/// Mean, variance and 1/√(variance + ε) of every channel, `[C]` each.
struct BatchStatistics {
    var mean: Tensor
    var variance: Tensor
    var inverseDeviation: Tensor

    init(channels: Int) {
        mean = Tensor(shape: [channels])
        variance = Tensor(shape: [channels])
        inverseDeviation = Tensor(shape: [channels])
    }
}
