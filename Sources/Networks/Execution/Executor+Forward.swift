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
            run(node, parameters, &state, training: training, observe)
            workspaces[current].release(
                training ? plan.releasedAfterForward[node] : plan.releasedAfterInference[node])
        }
    }

    private func run(
        _ node: Int, _ parameters: [Tensor], _ state: inout [Tensor], training: Bool,
        _ observe: ((Int, Tensor) -> Void)?
    ) {
        if plan.isAbsorbed[node] { return }
        if case .batchNorm(let layer) = graph.nodes[node].layer {
            measure(node, layer, &state, training: training)
            if plan.normalizingSum[node] != nil {
                trace?(node, .forward)
                return
            }
        }
        var output: Tensor
        if training ? plan.isInPlaceInTraining[node] : plan.isInPlaceInInference[node],
            case .relu(let layer) = graph.nodes[node].layer
        {
            output = workspaces[current].takeOutput(graph.nodes[node].inputs[0])
            precondition(output.isUnique(), "a relu in place of a tensor that others own")
            context.relu(inPlace: &output, maximum: layer.maximum)
        } else {
            output = workspaces[current].pool.take(workspaces[current].geometries[node].shape)
            compute(node, parameters, training: training, into: &output)
        }
        trace?(node, .forward)
        observe?(node, output)
        workspaces[current].outputs[plan.fusedReLU[node] ?? node] = output
    }

    private func compute(_ index: Int, _ parameters: [Tensor], training: Bool, into output: inout Tensor) {
        let node = graph.nodes[index]
        let geometry = workspaces[current].geometries[index]
        if case .add = node.layer { return add(node.inputs, parameters, relu: fusedKind(index), into: &output) }
        let input = workspaces[current].output(node.inputs[0])
        switch node.layer {
        case .input, .add:
            preconditionFailure("an input node after the first")
        case .convolution:
            let bias = layout.parameter(.bias, of: index).map { parameters[$0] }
            if !training, !prepared.isEmpty, let weights = prepared[index] {
                context.convolution(
                    input, prepared: weights, bias: bias, geometry: geometry.convolution, into: &output)
            } else {
                context.convolution(
                    input, weights: parameters[parameter(.weight, index)], bias: bias,
                    geometry: geometry.convolution, into: &output)
            }
        case .batchNorm:
            let vectors = normalization(of: index, parameters)
            context.batchNorm(
                input, mean: vectors.mean, inverseDeviation: vectors.inverseDeviation, scale: vectors.scale,
                shift: vectors.shift, relu: fusedKind(index), into: &output)
        case .relu(let layer):
            context.relu(input, maximum: layer.maximum, into: &output)
        case .maxPool:
            context.maxPool(input, geometry: geometry.pooling, into: &output)
        case .averagePool:
            context.averagePool(input, geometry: geometry.pooling, into: &output)
        case .globalAveragePool:
            context.globalAveragePool(input, into: &output)
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

    /// Finds what the batch norm normalizes by: from the batch in training, from the running statistics otherwise.
    private func measure(_ index: Int, _ layer: BatchNorm, _ state: inout [Tensor], training: Bool) {
        guard var measured = statistics[index].take() else { preconditionFailure("a batch norm without statistics") }
        if training {
            let input = workspaces[current].output(graph.nodes[index].inputs[0])
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
        statistics[index] = measured
    }

    /// What the batch norm at that node normalizes by, once it has been measured.
    func normalization(of index: Int, _ parameters: [Tensor]) -> Normalization {
        guard let measured = statistics[index] else { preconditionFailure("a batch norm without statistics") }
        return Normalization(
            mean: measured.mean, inverseDeviation: measured.inverseDeviation,
            scale: parameters[parameter(.scale, index)], shift: parameters[parameter(.shift, index)])
    }

    private func add(_ inputs: [Int], _ parameters: [Tensor], relu: ReLUKind, into output: inout Tensor) {
        if inputs.count == 2 { return addTwo(inputs[0], inputs[1], parameters, relu: relu, into: &output) }
        let maps = inputs.map { workspaces[current].output($0) }
        var sum = workspaces[current].pool.take(output.shape)
        context.add(maps[0], maps[1], into: &sum)
        for map in maps[2..<maps.count - 1] { context.accumulate(map, into: &sum) }
        context.add(sum, maps[maps.count - 1], relu: relu, into: &output)
        workspaces[current].pool.give(consume sum)
    }

    /// Adds two nodes, batch norms among them straight from their inputs.
    private func addTwo(
        _ first: Int, _ second: Int, _ parameters: [Tensor], relu: ReLUKind, into output: inout Tensor
    ) {
        let isNormalized = (plan.normalizingSum[first] != nil, plan.normalizingSum[second] != nil)
        let a = workspaces[current].output(isNormalized.0 ? graph.nodes[first].inputs[0] : first)
        let b = workspaces[current].output(isNormalized.1 ? graph.nodes[second].inputs[0] : second)
        switch isNormalized {
        case (true, _):
            context.addNormalized(
                a, by: normalization(of: first, parameters), b,
                by: isNormalized.1 ? normalization(of: second, parameters) : nil, relu: relu, into: &output)
        case (false, true):
            context.addNormalized(
                b, by: normalization(of: second, parameters), a, by: nil, relu: relu, into: &output)
        case (false, false):
            context.add(a, b, relu: relu, into: &output)
        }
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
