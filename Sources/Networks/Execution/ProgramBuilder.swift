import Kernels

/// Writes the program of a graph: the forward pass in the order of the nodes, the loss, the backward pass in reverse.
struct ProgramBuilder {
    private let graph: Graph
    private let plan: ExecutionPlan
    private let layout: ModelLayout
    private let training: Bool
    private var shapes: [FeatureShape] = []
    private var instructions: [StepProgram.Instruction] = []
    private var outputs: [Int?]
    /// By node: what its readers have contributed to its gradient so far.
    private var slots: [GradientSlot]
    /// By tensor: slots that hold it, and the node at hand. Who is the only one may write to it.
    private var owners: [Int] = []

    /// - Parameter training: whether there is a backward pass.
    static func program(graph: Graph, layout: ModelLayout, plan: ExecutionPlan, training: Bool) -> StepProgram {
        var builder = ProgramBuilder(graph: graph, layout: layout, plan: plan, training: training)
        return builder.program()
    }

    private init(graph: Graph, layout: ModelLayout, plan: ExecutionPlan, training: Bool) {
        self.graph = graph
        self.plan = plan
        self.layout = layout
        self.training = training
        outputs = Array(repeating: nil, count: graph.nodes.count)
        slots = Array(repeating: GradientSlot(), count: graph.nodes.count)
    }

    private mutating func program() -> StepProgram {
        outputs[0] = make(graph.inputShape)
        for node in graph.nodes.indices.dropFirst() where !plan.isAbsorbed[node] { addForward(node) }
        let last = graph.nodes.count - 1
        let loss = instructions.count
        let gradient = make(graph.output.outputShape)
        add(last, .loss, .loss, [output(last)], gradient)
        var inputGradient: Int?
        if training {
            contribute(gradient, to: last)
            for node in graph.nodes.indices.dropFirst().reversed()
            where plan.needsGradient[node] && !plan.isAbsorbed[node] {
                addBackward(node)
            }
            if plan.needsGradient[0] { inputGradient = takeGradient(of: 0, for: 0) }
        }
        return StepProgram(
            shapes: shapes, instructions: instructions, loss: loss, outputs: outputs, inputGradient: inputGradient)
    }

    // MARK: Forward

    private mutating func addForward(_ index: Int) {
        let node = graph.nodes[index]
        if case .batchNorm = node.layer {
            if !training || !plan.outputStatistics.contains(index) {
                add(index, .forward, .measure, [output(node.inputs[0])], nil)
            }
            if plan.normalizingSum[index] != nil || (training && plan.inputNormalization.contains(index)) { return }
        }
        if case .relu = node.layer, training ? plan.isInPlaceInTraining[index] : plan.isInPlaceInInference[index] {
            let map = output(node.inputs[0])
            outputs[node.inputs[0]] = nil
            outputs[index] = map
            return add(index, .forward, .layer, [map], map)
        }
        let place = plan.fusedReLU[index] ?? index
        if case .add = node.layer {
            outputs[place] = addSum(index, node.inputs)
        } else {
            let result = make(node.outputShape)
            let norm = training ? plan.outputStatistics[index] : nil
            add(index, .forward, norm.map { .layerAndMeasure(norm: $0) } ?? .layer, sources(of: index), result)
            outputs[place] = result
        }
    }

    private mutating func addSum(_ index: Int, _ inputs: [Int]) -> Int {
        let shape = graph.nodes[index].outputShape
        let relu = graph.fusedKind(index, plan)
        if inputs.count == 2 {
            let norms = inputs.map { plan.normalizingSum[$0] == nil ? nil : $0 }
            let maps = inputs.map { output(plan.normalizingSum[$0] == nil ? $0 : graph.nodes[$0].inputs[0]) }
            let result = make(shape)
            add(index, .forward, .sum(first: norms[0], second: norms[1], relu), maps, result)
            return result
        }
        let maps = inputs.map { output($0) }
        let sum = make(shape)
        add(index, .forward, .sum(first: nil, second: nil, .none), [maps[0], maps[1]], sum)
        for map in maps[2..<maps.count - 1] { add(index, .forward, .accumulate, [sum, map], sum) }
        let result = make(shape)
        add(index, .forward, .sum(first: nil, second: nil, relu), [sum, maps[maps.count - 1]], result)
        return result
    }

    // MARK: Backward

    /// Takes the gradient of a node's output and gives each of its inputs what is theirs. Nothing happens where the
    /// node does not lead to the loss.
    private mutating func addBackward(_ index: Int) {
        guard let gradient = takeOutputGradient(of: index) else { return }
        let node = graph.nodes[index]
        let source = node.inputs[0]
        switch node.layer {
        case .input:
            preconditionFailure("an input node after the first")
        case .batchNorm:
            var result = gradient
            // Else the convolution that reads it has gone on to the gradient of its input.
            if !plan.normalizationGradient.contains(index) {
                let input = output(source)
                if owners[gradient] != 1 { result = make(node.outputShape) }
                add(index, .backward, .normalizationGradient, [input, gradient], result)
                if result != gradient { owners[gradient] -= 1 }
            }
            if plan.needsGradient[source] { contribute(result, to: source, for: index) }
        case .convolution, .linear:
            add(index, .weightGradient, .weightGradient, sources(of: index) + [gradient], nil)
            if let norm = plan.normalizationGradient[index] {
                let input = output(graph.nodes[norm].inputs[0])
                let result = make(graph.nodes[norm].outputShape)
                add(index, .backward, .inputAndNormalizationGradient(norm: norm), [gradient, input], result)
                contribute(result, to: source, for: index)
            } else {
                addInputGradient([gradient], index)
            }
        case .relu, .add:
            // Everyone gets the same tensor; who wants to write to it sees that it is shared.
            let readers = (node.inputs.dropFirst() + [source]).filter { plan.needsGradient[$0] }
            owners[gradient] += readers.count
            for input in readers { contribute(gradient, to: input, for: index) }
            owners[gradient] -= 1
        case .maxPool:
            addInputGradient([gradient, output(source)], index)
        case .averagePool, .globalAveragePool, .channelShuffle:
            addInputGradient([gradient], index)
        case .concatenate:
            var channel = 0
            for input in node.inputs {
                if plan.needsGradient[input] {
                    owners[gradient] += 1
                    contribute(.channels(of: gradient, from: channel), to: input, for: index)
                }
                channel += graph.nodes[input].outputShape.channels
            }
            owners[gradient] -= 1
        }
    }

    private mutating func addInputGradient(_ reads: [Int], _ index: Int) {
        let source = graph.nodes[index].inputs[0]
        guard plan.needsGradient[source] else { return }
        let result = make(graph.nodes[source].outputShape)
        add(index, .backward, .inputGradient, reads, result)
        contribute(result, to: source, for: index)
    }

    /// The gradient of what a node gives its readers. Of a sum or a relu it is stopped where the activation was at its
    /// limits; a batch norm finds that again by itself.
    private mutating func takeOutputGradient(of index: Int) -> Int? {
        let place = plan.fusedReLU[index] ?? index
        let relu: ReLUKind
        switch graph.nodes[index].layer {
        case .add: relu = graph.fusedKind(index, plan)
        case .relu(let layer): relu = ReLUKind(maximum: layer.maximum)
        default: relu = .none
        }
        return takeGradient(of: place, stoppedBy: relu, for: index)
    }

    // MARK: Gradients that wait

    private mutating func contribute(_ gradient: Int, to node: Int, for reader: Int? = nil) {
        contribute(.whole(gradient), to: node, for: reader)
    }

    private mutating func contribute(_ contribution: GradientSlot.Contribution, to node: Int, for reader: Int?) {
        if slots[node].first == nil {
            slots[node].first = contribution
        } else {
            if slots[node].second != nil { collect(node, for: reader ?? node) }
            slots[node].second = contribution
        }
    }

    /// The sum of the contributions, stopped where the output of the node says so; nil where there are none.
    private mutating func takeGradient(of node: Int, stoppedBy relu: ReLUKind = .none, for reader: Int) -> Int? {
        if relu == .none || slots[node].holdsChannels { collect(node, for: reader) }
        guard let first = slots[node].first.take() else { return nil }
        var one = tensor(of: first, as: node, for: reader)
        if relu == .none { return one }
        guard let second = slots[node].second.take() else {
            let result = owners[one] == 1 ? one : make(graph.nodes[node].outputShape)
            add(reader, .backward, .stop(relu), [one, output(node)], result)
            if result != one { owners[one] -= 1 }
            return result
        }
        var other = tensor(of: second, as: node, for: reader)
        if owners[one] != 1 { swap(&one, &other) }
        let result = owners[one] == 1 ? one : make(graph.nodes[node].outputShape)
        add(reader, .backward, .stopSum(relu), [one, other, output(node)], result)
        owners[other] -= 1
        if result != one { owners[one] -= 1 }
        return result
    }

    /// Adds the two contributions up, where there are two.
    private mutating func collect(_ node: Int, for reader: Int) {
        guard let first = slots[node].first, let second = slots[node].second.take() else { return }
        let sum = switch (first, second) {
        case (.whole(let one), .channels(let gradient, let channel)),
            (.channels(let gradient, let channel), .whole(let one)):
            addChannels(of: gradient, from: channel, to: one, as: node, for: reader)
        case (.channels(let gradient, let channel), .channels):
            addChannels(
                of: gradient, from: channel, to: tensor(of: second, as: node, for: reader), as: node, for: reader)
        case (.whole(let one), .whole(let other)):
            addUp(one, other, as: node, for: reader)
        }
        slots[node].first = .whole(sum)
    }

    private mutating func addUp(_ first: Int, _ second: Int, as node: Int, for reader: Int) -> Int {
        let (one, other) = owners[first] == 1 ? (first, second) : (second, first)
        if owners[one] == 1 {
            add(reader, .backward, .accumulate, [one, other], one)
            owners[other] -= 1
            return one
        }
        let sum = make(graph.nodes[node].outputShape)
        add(reader, .backward, .sum(first: nil, second: nil, .none), [one, other], sum)
        owners[one] -= 1
        owners[other] -= 1
        return sum
    }

    /// Adds channels `channel...` of the gradient of a concatenation to a gradient of the node: in place, where it may be.
    private mutating func addChannels(
        of gradient: Int, from channel: Int, to sum: Int, as node: Int, for reader: Int
    ) -> Int {
        if owners[sum] == 1 {
            add(reader, .backward, .accumulateSlice(from: channel), [sum, gradient], sum)
            owners[gradient] -= 1
            return sum
        }
        return addUp(tensor(of: .channels(of: gradient, from: channel), as: node, for: reader), sum, as: node, for: reader)
    }

    /// A contribution as a tensor of the node's shape.
    private mutating func tensor(of contribution: GradientSlot.Contribution, as node: Int, for reader: Int) -> Int {
        switch contribution {
        case .whole(let tensor):
            return tensor
        case .channels(let gradient, let channel):
            let part = make(graph.nodes[node].outputShape)
            add(reader, .backward, .slice(from: channel), [gradient], part)
            owners[gradient] -= 1
            return part
        }
    }

    // MARK: Parts

    private mutating func make(_ shape: FeatureShape) -> Int {
        shapes.append(shape)
        owners.append(1)
        return shapes.count - 1
    }

    private mutating func add(
        _ node: Int, _ pass: ExecutionPass, _ operation: StepProgram.Operation, _ reads: [Int], _ writes: Int?
    ) {
        instructions.append(.init(node: node, pass: pass, operation: operation, reads: reads, writes: writes))
    }

    /// What a layer's own kernels read: the outputs of its inputs, or what a batch norm that it does itself reads.
    private func sources(of index: Int) -> [Int] {
        if training, let norm = plan.inputNormalization[index] { return [output(graph.nodes[norm].inputs[0])] }
        return graph.nodes[index].inputs.map { output($0) }
    }

    private func output(_ node: Int) -> Int {
        guard let tensor = outputs[node] else { preconditionFailure("the output of node \(node) is never stored") }
        return tensor
    }
}

/// What the readers of a node have contributed to its gradient so far.
///
/// Contributions wait, two at most, until the gradient is wanted: adding them and stopping the sum at an activation
/// is then one pass over memory, and so is adding a part of a concatenation's gradient, which is never copied for it. A sum
/// hands one tensor to all its inputs and a concatenation parts of one, so a contribution may be shared; it is never
/// written to unless this slot is its only owner.
private struct GradientSlot {
    enum Contribution {
        /// A tensor of the node's shape.
        case whole(Int)
        /// The node's share of the gradient of a concatenation: its channels from that one on.
        case channels(of: Int, from: Int)
    }

    var first: Contribution?
    var second: Contribution?

    var holdsChannels: Bool {
        for case .channels? in [first, second] { return true }
        return false
    }
}

extension Graph {
    /// The activation that a node does for the relu after it.
    func fusedKind(_ node: Int, _ plan: ExecutionPlan) -> ReLUKind {
        guard let relu = plan.fusedReLU[node], case .relu(let layer) = nodes[relu].layer else { return .none }
        return ReLUKind(maximum: layer.maximum)
    }
}
