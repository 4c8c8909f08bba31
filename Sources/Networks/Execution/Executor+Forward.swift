package import Kernels

extension Executor {
    /// Runs the loaded batch through the graph.
    ///
    /// - Parameters:
    ///   - state: running statistics; moved towards the batch's in training, only read otherwise.
    ///   - training: normalise by the statistics of the batch and keep what `backward` reads; otherwise normalise by
    ///     `state` and let every output go after its last reader.
    ///   - observe: called with each node and its output as it is computed; for a fused pair with the first of the two.
    ///     The output may be read during the call only.
    package func forward(
        _ parameters: [Tensor], state: inout [Tensor], training: Bool, observe: ((Int, Tensor) -> Void)? = nil
    ) {
        begin(training: training)
        let program = program
        for index in 0..<program.loss {
            let instruction = program.instructions[index]
            run(instruction, parameters, &state)
            finish(index)
            guard let observe, let written = instruction.writes else { continue }
            let node = instruction.node
            if program.outputs[plan.fusedReLU[node] ?? node] == written { observe(node, tensor(written)) }
        }
    }

    private func run(_ instruction: StepProgram.Instruction, _ parameters: [Tensor], _ state: inout [Tensor]) {
        switch instruction.operation {
        case .measure:
            let input = tensor(instruction.reads[0])
            measure(instruction.node, rows: input.count / layerChannels(instruction.node), &state) { epsilon, statistics in
                context.batchNormStatistics(
                    input, epsilon: epsilon, mean: &statistics.mean, variance: &statistics.variance,
                    inverseDeviation: &statistics.inverseDeviation)
            }
        case .layerAndMeasure(let norm):
            write(instruction) { computeAndMeasure(instruction, norm, parameters, &state, into: &$0) }
        case .layer:
            write(instruction) { compute(instruction, parameters, into: &$0) }
        case .sum(let first, let second, let relu):
            addTwo(instruction, first, second, relu, parameters)
        case .accumulate:
            let addend = tensor(instruction.reads[1])
            write(instruction) { context.accumulate(addend, into: &$0) }
        default:
            preconditionFailure("\(instruction.operation) in a forward pass")
        }
    }

    private func compute(_ instruction: StepProgram.Instruction, _ parameters: [Tensor], into output: inout Tensor) {
        let index = instruction.node
        let geometry = workspaces[current].geometries[index]
        if case .relu(let layer) = graph.nodes[index].layer, instruction.reads[0] == instruction.writes {
            return context.relu(inPlace: &output, maximum: layer.maximum)
        }
        let input = tensor(instruction.reads[0])
        switch graph.nodes[index].layer {
        case .input, .add:
            preconditionFailure("a layer without a forward pass of its own")
        case .convolution:
            let bias = layout.parameter(.bias, of: index).map { parameters[$0] }
            if !training, !prepared.isEmpty, let weights = prepared[index] {
                context.convolution(
                    input, prepared: weights, bias: bias, geometry: geometry.convolution, into: &output)
            } else {
                context.convolution(
                    input, normalizedBy: inputNormalization(of: index, parameters),
                    weights: parameters[parameter(.weight, index)], bias: bias, geometry: geometry.convolution, into: &output)
            }
        case .batchNorm:
            let vectors = normalization(of: index, parameters)
            context.batchNorm(
                input, mean: vectors.mean, inverseDeviation: vectors.inverseDeviation, scale: vectors.scale,
                shift: vectors.shift, relu: graph.fusedKind(index, plan), into: &output)
        case .relu(let layer):
            context.relu(input, maximum: layer.maximum, into: &output)
        case .maxPool:
            context.maxPool(input, geometry: geometry.pooling, into: &output)
        case .averagePool:
            context.averagePool(input, geometry: geometry.pooling, into: &output)
        case .globalAveragePool:
            context.globalAveragePool(input, into: &output)
        case .concatenate:
            context.concatenate(instruction.reads.map { tensor($0) }, into: &output)
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

    /// A convolution, and what the batch norm after it normalizes by.
    private func computeAndMeasure(
        _ instruction: StepProgram.Instruction, _ norm: Int, _ parameters: [Tensor], _ state: inout [Tensor],
        into output: inout Tensor
    ) {
        let index = instruction.node
        let input = tensor(instruction.reads[0])
        measure(norm, rows: output.count / layerChannels(norm), &state) { epsilon, statistics in
            context.convolution(
                input, normalizedBy: inputNormalization(of: index, parameters),
                weights: parameters[parameter(.weight, index)],
                bias: layout.parameter(.bias, of: index).map { parameters[$0] },
                geometry: workspaces[current].geometries[index].convolution, into: &output, epsilon: epsilon,
                mean: &statistics.mean, variance: &statistics.variance, inverseDeviation: &statistics.inverseDeviation)
        }
    }

    /// Finds what the batch norm normalizes by: from the batch in training, from the running statistics otherwise.
    /// - Parameters:
    ///   - rows: of the batch, N·H·W.
    ///   - find: writes the statistics of the batch, for that epsilon.
    private func measure(
        _ index: Int, rows: Int, _ state: inout [Tensor], _ find: (Float, inout BatchStatistics) -> Void
    ) {
        guard var measured = statistics[index].take(), case .batchNorm(let layer) = graph.nodes[index].layer else {
            preconditionFailure("a batch norm without statistics")
        }
        if training {
            find(layer.epsilon, &measured)
            state.withElements(stateIndex(.runningMean, index), stateIndex(.runningVariance, index)) {
                context.batchNormUpdateRunning(
                    mean: measured.mean, variance: measured.variance, count: rows, momentum: layer.momentum,
                    runningMean: &$0, runningVariance: &$1)
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

    /// The batch norm that the convolution at that node does to what it reads, if any.
    func inputNormalization(of index: Int, _ parameters: [Tensor]) -> InputNormalization? {
        guard training, let norm = plan.inputNormalization[index] else { return nil }
        return InputNormalization(vectors: normalization(of: norm, parameters), relu: graph.fusedKind(norm, plan))
    }

    /// Adds two maps, those of the batch norms `first` and `second` straight from their inputs.
    func addTwo(
        _ instruction: StepProgram.Instruction, _ first: Int?, _ second: Int?, _ relu: ReLUKind, _ parameters: [Tensor]
    ) {
        let a = tensor(instruction.reads[0])
        let b = tensor(instruction.reads[1])
        write(instruction) { output in
            if let first {
                context.addNormalized(
                    a, by: normalization(of: first, parameters), b,
                    by: second.map { normalization(of: $0, parameters) }, relu: relu, into: &output)
            } else if let second {
                context.addNormalized(
                    b, by: normalization(of: second, parameters), a, by: nil, relu: relu, into: &output)
            } else {
                context.add(a, b, relu: relu, into: &output)
            }
        }
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
