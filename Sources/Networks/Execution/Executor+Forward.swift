package import Kernels

extension Executor {
    /// Runs the loaded batch through the graph.
    ///
    /// - Parameters:
    ///   - state: running statistics; moved towards the batch's in training, only read otherwise.
    ///   - training: normalise by the statistics of the batch and keep what `backward` reads; otherwise normalise by
    ///     `state` and let every output go after its last reader.
    ///   - observe: called with each node and its output as it is computed; for a fused pair with the first of the two.
    package func forward(
        _ parameters: [Tensor], state: inout [Tensor], training: Bool, observe: ((Int, Tensor) -> Void)? = nil
    ) {
        workspaces[current].clear()
        for node in graph.nodes.indices.dropFirst() {
            if !plan.isAbsorbed[node] {
                let place = plan.fusedReLU[node] ?? node
                var output = workspaces[current].pool.take(workspaces[current].geometries[node].shape)
                compute(node, parameters, &state, training: training, into: &output)
                observe?(node, output)
                workspaces[current].outputs[place] = output
            }
            workspaces[current].release(
                training ? plan.releasedAfterForward[node] : plan.releasedAfterInference[node])
        }
    }

    private func compute(
        _ index: Int, _ parameters: [Tensor], _ state: inout [Tensor], training: Bool, into output: inout Tensor
    ) {
        let node = graph.nodes[index]
        let geometry = workspaces[current].geometries[index]
        let input = workspaces[current].output(node.inputs[0])
        switch node.layer {
        case .input:
            preconditionFailure("an input node after the first")
        case .convolution:
            context.convolution(
                input, weights: parameters[parameter(.weight, index)],
                bias: layout.parameter(.bias, of: index).map { parameters[$0] }, geometry: geometry.convolution,
                into: &output)
        case .batchNorm(let layer):
            normalize(index, layer, input, parameters, &state, training: training, into: &output)
        case .relu(let layer):
            context.relu(input, maximum: layer.maximum, into: &output)
        case .maxPool:
            context.maxPool(input, geometry: geometry.pooling, into: &output)
        case .averagePool:
            context.averagePool(input, geometry: geometry.pooling, into: &output)
        case .globalAveragePool:
            context.globalAveragePool(input, into: &output)
        case .add:
            addAll(node.inputs.map { workspaces[current].output($0) }, relu: fusedKind(index), into: &output)
        case .concatenate:
            context.concatenate(node.inputs.map { workspaces[current].output($0) }, into: &output)
        case .channelShuffle(let layer):
            context.channelShuffle(input, groups: layer.groups, into: &output)
        case .linear:
            output.withRows { rows in
                context.linear(
                    input.asRows(), weights: parameters[parameter(.weight, index)],
                    bias: layout.parameter(.bias, of: index).map { parameters[$0] }, into: &rows)
            }
        }
    }

    private func normalize(
        _ index: Int, _ layer: BatchNorm, _ input: Tensor, _ parameters: [Tensor], _ state: inout [Tensor],
        training: Bool, into output: inout Tensor
    ) {
        guard var measured = statistics[index].take() else { preconditionFailure("a batch norm without statistics") }
        if training {
            context.batchNormStatistics(
                input, epsilon: layer.epsilon, mean: &measured.mean, variance: &measured.variance,
                inverseDeviation: &measured.inverseDeviation)
            state.withElements(stateIndex(.runningMean, index), stateIndex(.runningVariance, index)) {
                context.batchNormUpdateRunning(
                    mean: measured.mean, variance: measured.variance, count: input.count / layerChannels(index),
                    momentum: layer.momentum, runningMean: &$0, runningVariance: &$1)
            }
        } else {
            context.copy(state[stateIndex(.runningMean, index)], into: &measured.mean)
            context.inverseDeviation(
                variance: state[stateIndex(.runningVariance, index)], epsilon: layer.epsilon,
                into: &measured.inverseDeviation)
        }
        context.batchNorm(
            input, mean: measured.mean, inverseDeviation: measured.inverseDeviation,
            scale: parameters[parameter(.scale, index)], shift: parameters[parameter(.shift, index)],
            relu: fusedKind(index), into: &output)
        statistics[index] = measured
    }

    /// The sum from left to right; the activation joins the last addition.
    private func addAll(_ inputs: [Tensor], relu: ReLUKind, into output: inout Tensor) {
        if inputs.count == 2 {
            context.add(inputs[0], inputs[1], relu: relu, into: &output)
            return
        }
        var sum = workspaces[current].pool.take(output.shape)
        context.add(inputs[0], inputs[1], into: &sum)
        for input in inputs[2..<inputs.count - 1] { context.accumulate(input, into: &sum) }
        context.add(sum, inputs[inputs.count - 1], relu: relu, into: &output)
        workspaces[current].pool.give(sum)
    }

    /// The activation that a node does for the relu after it.
    func fusedKind(_ node: Int) -> ReLUKind {
        guard let relu = plan.fusedReLU[node], case .relu(let layer) = graph.nodes[relu].layer else { return .none }
        return ReLUKind(maximum: layer.maximum)
    }

    private func layerChannels(_ index: Int) -> Int { graph.nodes[index].outputShape.channels }

    /// The place of a tensor that the layer is known to have.
    func parameter(_ role: ParameterRole, _ node: Int) -> Int {
        guard let index = layout.parameter(role, of: node) else { preconditionFailure("no \(role) at node \(node)") }
        return index
    }

    private func stateIndex(_ role: ParameterRole, _ node: Int) -> Int {
        guard let index = layout.state(role, of: node) else { preconditionFailure("no \(role) at node \(node)") }
        return index
    }
}

extension Tensor {
    /// Stands where a tensor was taken from, so that taking and putting back never copies.
    static let empty = Tensor(shape: [0])

    /// `[N, 1, 1, C]` as `[N, C]`. Shares memory.
    func asRows() -> Tensor { reshaped(to: [shape[0], shape.dropFirst().reduce(1, *)]) }

    /// Lets `body` write `[N, 1, 1, C]` as `[N, C]`, in place.
    mutating func withRows(_ body: (inout Tensor) -> Void) {
        let shape = shape
        var rows = asRows()
        self = .empty
        body(&rows)
        self = rows.reshaped(to: shape)
    }
}

extension [Tensor] {
    /// Lets `body` write two different elements in place.
    mutating func withElements(_ a: Int, _ b: Int, _ body: (inout Tensor, inout Tensor) -> Void) {
        var first = Tensor.empty
        var second = Tensor.empty
        swap(&first, &self[a])
        swap(&second, &self[b])
        body(&first, &second)
        swap(&first, &self[a])
        swap(&second, &self[b])
    }
}
