package import Kernels

extension Executor {
    /// The gradient of the mean loss of the batch by every parameter, into `parameterGradients`.
    ///
    /// Follows `forward` in training and `loss`. A node read several times sums its gradients in the reverse order of
    /// its readers, so the result does not depend on how memory is reused.
    package func backward(_ parameters: [Tensor]) {
        if parameterGradients.isEmpty { parameterGradients = layout.parameters.map { Tensor(shape: $0.shape) } }
        for node in graph.nodes.indices.dropFirst().reversed() {
            if plan.needsGradient[node], !plan.isAbsorbed[node] {
                propagate(node, parameters)
                trace?(node, .backward)
            }
            workspaces[current].release(plan.releasedAfterBackward[node])
        }
        inputGradient = plan.needsGradient[0] ? workspaces[current].takeGradient(of: 0, context: context) : nil
    }

    /// The gradient of what a node gives its readers. Of a sum or a relu it is stopped where the activation was at its
    /// limits; a batch norm finds that again by itself.
    private func takeGradient(of index: Int) -> Tensor? {
        let place = plan.fusedReLU[index] ?? index
        let relu: ReLUKind
        switch graph.nodes[index].layer {
        case .add: relu = fusedKind(index)
        case .relu(let layer): relu = ReLUKind(maximum: layer.maximum)
        default: relu = .none
        }
        return workspaces[current].takeGradient(
            of: place, stoppedBy: relu == .none ? nil : (workspaces[current].output(place), relu), context: context)
    }

    /// Takes the gradient of a node's output and gives each of its inputs what is theirs. Nothing happens where the
    /// node does not lead to the loss.
    private func propagate(_ index: Int, _ parameters: [Tensor]) {
        let node = graph.nodes[index]
        if case .batchNorm = node.layer { return propagateBatchNorm(index, parameters) }
        guard let gradient = takeGradient(of: index) else { return }
        let geometry = workspaces[current].geometries[index]
        let source = node.inputs[0]
        switch node.layer {
        case .input, .batchNorm:
            preconditionFailure("an input node after the first")
        case .convolution:
            propagateConvolution(gradient, index, geometry.convolution, parameters)
        case .relu, .add:
            // Everyone gets the same tensor; who wants to write to it sees that it is shared.
            for input in node.inputs.dropFirst() where plan.needsGradient[input] {
                workspaces[current].hand(gradient, to: input, context: context)
            }
            if plan.needsGradient[source] {
                return workspaces[current].hand(gradient, to: source, context: context)
            }
        case .maxPool:
            let input = workspaces[current].output(source)
            contribute(to: source) { context, result in
                context.maxPoolBackward(input, outputGradient: gradient, geometry: geometry.pooling, into: &result)
            }
        case .averagePool:
            contribute(to: source) { context, result in
                context.averagePoolBackward(gradient, geometry: geometry.pooling, into: &result)
            }
        case .globalAveragePool:
            contribute(to: source) { context, result in
                context.globalAveragePoolBackward(gradient, into: &result)
            }
        case .concatenate:
            var channel = 0
            for input in node.inputs {
                if plan.needsGradient[input] {
                    workspaces[current].contributeSlice(of: gradient, from: channel, to: input, context: context)
                }
                channel += graph.nodes[input].outputShape.channels
            }
        case .channelShuffle(let layer):
            contribute(to: source) { context, result in
                context.channelShuffleBackward(gradient, groups: layer.groups, into: &result)
            }
        case .linear:
            propagateLinear(gradient, index, parameters)
        }
        workspaces[current].pool.give(consume gradient)
    }

    private func propagateConvolution(
        _ gradient: Tensor, _ index: Int, _ geometry: ConvolutionGeometry, _ parameters: [Tensor]
    ) {
        let source = graph.nodes[index].inputs[0]
        let weight = parameter(.weight, index)
        context.convolutionWeightGradient(
            workspaces[current].output(source), outputGradient: gradient, geometry: geometry,
            into: &parameterGradients[weight])
        if let bias = layout.parameter(.bias, of: index) {
            context.biasGradient(gradient, into: &parameterGradients[bias])
        }
        trace?(index, .weightGradient)
        contribute(to: source) { context, result in
            context.convolutionDataGradient(gradient, weights: parameters[weight], geometry: geometry, into: &result)
        }
    }

    private func propagateLinear(_ gradient: Tensor, _ index: Int, _ parameters: [Tensor]) {
        let source = graph.nodes[index].inputs[0]
        let weight = parameter(.weight, index)
        let rows = gradient.asRows()
        context.linearWeightGradient(
            workspaces[current].output(source).asRows(), outputGradient: rows, into: &parameterGradients[weight])
        if let bias = layout.parameter(.bias, of: index) {
            context.biasGradient(rows, into: &parameterGradients[bias])
        }
        contribute(to: source) { context, result in
            result.withRows { context.linearDataGradient(rows, weights: parameters[weight], into: &$0) }
        }
    }

    private func propagateBatchNorm(_ index: Int, _ parameters: [Tensor]) {
        guard var gradient = takeGradient(of: index) else { return }
        let source = graph.nodes[index].inputs[0]
        let input = workspaces[current].output(source)
        let vectors = normalization(of: index, parameters)
        let (context, relu) = (context, fusedKind(index))
        let (scale, shift) = (parameter(.scale, index), parameter(.shift, index))
        var result: Tensor
        if gradient.isUnique() {
            result = consume gradient
            parameterGradients.withElements(scale, shift) {
                context.batchNormBackward(
                    input, inPlace: &result, by: vectors, relu: relu, scaleGradient: &$0, shiftGradient: &$1)
            }
        } else {
            result = workspaces[current].pool.take(input.shape)
            parameterGradients.withElements(scale, shift) {
                context.batchNormBackward(
                    input, outputGradient: gradient, mean: vectors.mean, inverseDeviation: vectors.inverseDeviation,
                    scale: vectors.scale, shift: vectors.shift, relu: relu, into: &result, scaleGradient: &$0,
                    shiftGradient: &$1)
            }
            workspaces[current].pool.give(consume gradient)
        }
        if plan.needsGradient[source] {
            workspaces[current].hand(consume result, to: source, context: context)
        } else {
            workspaces[current].pool.give(consume result)
        }
    }

    private func contribute(to node: Int, _ compute: (KernelContext, inout Tensor) -> Void) {
        guard plan.needsGradient[node] else { return }
        let context = context
        workspaces[current].contribute(to: node, context: context) { compute(context, &$0) }
    }
}
