package import Kernels

/// Runs a graph forward and backward, a batch at a time.
///
/// Goals, in order: the same bits with and without fusion and however memory is reused; no allocation after the first
/// batch of a size; little memory. Everything is decided before the first batch: what is fused (`ExecutionPlan`), which
/// kernels run in which order on which tensors (`StepProgram`), and where the tensors lie in one allocation (`MemoryPlan`).
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
    /// Made when they are first run: what only answers needs no backward pass.
    private(set) lazy var trainingProgram = makeProgram(training: true)
    private(set) lazy var inferenceProgram = makeProgram(training: false)
    var workspaces: [Workspace] = []
    /// Index in `workspaces` of the batch loaded last.
    var current = 0
    /// Whether the pass that ran last was one of training.
    var training = false
    /// Where the tensors of every workspace lie; only one of them is in use at a time.
    private var arena = TensorArena(count: 0)
    /// Index of the instruction after the one that ran last.
    var position = 0
    /// By node: what forward measured (training) or derived from the running statistics (inference).
    var statistics: [BatchStatistics?]
    /// In the order of `layout.parameters`; written by `backward`.
    package internal(set) var parameterGradients: [Tensor]
    /// By node: weights packed by `prepare`, for inference.
    var prepared: [PreparedWeights?] = []
    /// Called after each instruction with the node it belongs to, for profiles; for a fused pair with the first.
    package var trace: ((Int, ExecutionPass) -> Void)?
    /// Whether memory is overwritten by NaN before a step and after the last use that is planned: a test of the plan.
    package var poisonsUnusedMemory = false

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
        position = 0
        fill(&workspaces[current].images)
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

    /// The output of the last node, `[N, classes]`, after `forward`. A copy.
    package var logits: Tensor {
        precondition(position > 0, "no forward pass of this batch has run")
        return copy(program.outputs[graph.nodes.count - 1]).asRows()
    }

    /// Summed cross-entropy and correct answers of the batch; leaves the gradient of the mean loss for `backward`.
    /// - Parameter smoothing: of the targets behind the gradient; see `softmaxCrossEntropy`.
    package func loss(labels: [Int32], smoothing: Double = 0) -> LossResult {
        precondition(position >= program.loss, "no forward pass of this batch has run")
        let instruction = program.instructions[program.loss]
        let logits = tensor(instruction.reads[0]).asRows()
        var result = LossResult(lossSum: 0, correct: 0)
        write(instruction) { gradient in
            gradient.withRows {
                result = context.softmaxCrossEntropy(logits, labels: labels, smoothing: smoothing, into: &$0)
            }
        }
        finish(program.loss)
        return result
    }

    /// The gradient of the images, after `backward` of an executor made with `inputGradient`. A copy.
    package var inputGradient: Tensor? {
        position == program.instructions.count ? program.inputGradient.map { copy($0) } : nil
    }

    /// Tensors and allocations for them made so far: no more of them after the first steps.
    package private(set) var allocations = 0

    /// What a node has computed, or `nil` where it is not in memory (fused, or read for the last time). A copy.
    package func output(ofNode node: Int) -> Tensor? {
        guard let tensor = program.outputs[node], program.uses[tensor].contains(position) else { return nil }
        return copy(tensor)
    }

    /// Of the nodes, at the batch size loaded last.
    var geometries: [NodeGeometry] { workspaces[current].geometries }

    /// Where the tensors of a step lie at that batch size.
    package func memory(batch: Int, training: Bool) -> MemoryPlan {
        (training ? trainingProgram : inferenceProgram).memory(batch: batch)
    }
}

// MARK: Tensors of the plan

extension Executor {
    /// Of the pass that runs or ran last.
    var program: StepProgram { training ? trainingProgram : inferenceProgram }

    /// Makes the tensors of a pass, where the current batch size has none yet.
    func begin(training: Bool) {
        self.training = training
        if !workspaces[current].hasTensors(training: training) {
            let memory = program.memory(batch: workspaces[current].batch)
            if memory.total > arena.count {
                for index in workspaces.indices { workspaces[index].letGo() }
                arena = TensorArena(count: 0)
                arena = TensorArena(count: memory.total)
                allocations += 1
            }
            workspaces[current].layOut(program, training: training, memory: memory, in: arena)
            allocations += memory.regions.count
        }
        if poisonsUnusedMemory { poison { $0 != StepProgram.images } }
    }

    /// To be read until another tensor of the plan takes its place.
    func tensor(_ index: Int) -> Tensor { workspaces[current].tensor(index, training: training) }

    /// Lets `body` write what the instruction writes.
    func write(_ instruction: StepProgram.Instruction, _ body: (inout Tensor) -> Void) {
        guard let index = instruction.writes else { preconditionFailure("an instruction that writes nothing") }
        write(index, body)
    }

    private func write(_ index: Int, _ body: (inout Tensor) -> Void) {
        // Out of the workspace meanwhile, so that the body may read other tensors there.
        var tensor = workspaces[current].take(index, training: training)
        precondition(tensor.isUnique(), "a tensor of the plan that others own")
        body(&tensor)
        workspaces[current].put(tensor, at: index, training: training)
    }

    /// Ends an instruction.
    func finish(_ index: Int) {
        position = index + 1
        if poisonsUnusedMemory {
            let uses = program.uses
            poison { $0 != StepProgram.images && uses[$0].upperBound == index }
        }
        if let trace {
            let instruction = program.instructions[index]
            trace(instruction.node, instruction.pass)
        }
    }

    private func poison(_ isUnused: (Int) -> Bool) {
        for index in program.shapes.indices where isUnused(index) {
            write(index) { context.fill(.nan, into: &$0) }
        }
    }

    /// With memory of its own, so that it keeps its values.
    private func copy(_ index: Int?) -> Tensor {
        guard let index else { preconditionFailure("an output that is never stored") }
        let original = tensor(index)
        var copy = Tensor(shape: original.shape)
        context.copy(original, into: &copy)
        return copy
    }

    private func makeProgram(training: Bool) -> StepProgram {
        ProgramBuilder.program(graph: graph, layout: layout, plan: plan, training: training)
    }
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
