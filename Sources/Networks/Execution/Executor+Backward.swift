package import Kernels

extension Executor {
    /// The gradient of the mean loss of the batch by every parameter, into `parameterGradients`.
    ///
    /// Follows `forward` in training and `loss`. A node read several times sums its gradients in the reverse order of
    /// its readers, so the result does not depend on how memory is reused.
    package func backward(_ parameters: [Tensor]) {
        if parameterGradients.isEmpty { parameterGradients = layout.parameters.map { Tensor(shape: $0.shape) } }
        for node in graph.nodes.indices.dropFirst().reversed() {
            if plan.needsGradient[node], !plan.isAbsorbed[node] { propagate(node, parameters) }
            workspaces[current].release(plan.releasedAfterBackward[node])
        }
    }

    /// Takes the gradient of a node's output and gives each of its inputs what is theirs. Nothing happens where the
    /// node does not lead to the loss.
    private func propagate(_ index: Int, _ parameters: [Tensor]) {
        let place = plan.fusedReLU[index] ?? index
        guard var gradient = workspaces[current].gradients[place].take() else { return }
        let node = graph.nodes[index]
        let geometry = workspaces[current].geometries[index]
        let source = node.inputs[0]
        switch node.layer {
        case .input:
            preconditionFailure("an input node after the first")
        case .convolution:
            propagateConvolution(gradient, index, geometry.convolution, parameters)
        case .batchNorm:
            propagateBatchNorm(gradient, index, parameters)
        case .relu(let layer):
            context.reluBackward(
                output: workspaces[current].output(index), maximum: layer.maximum, inPlace: &gradient)
            workspaces[current].hand(gradient, to: source, context: context)
            return
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
        case .add:
            if let relu = plan.fusedReLU[index], case .relu(let layer) = graph.nodes[relu].layer {
                context.reluBackward(
                    output: workspaces[current].output(relu), maximum: layer.maximum, inPlace: &gradient)
            }
            for input in node.inputs.dropFirst() {
                contribute(to: input) { context, result in context.copy(gradient, into: &result) }
            }
            if plan.needsGradient[source] {
                workspaces[current].hand(gradient, to: source, context: context)
                return
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
        workspaces[current].pool.give(gradient)
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

    private func propagateBatchNorm(_ gradient: Tensor, _ index: Int, _ parameters: [Tensor]) {
        guard let measured = statistics[index] else { preconditionFailure("a batch norm without statistics") }
        let source = graph.nodes[index].inputs[0]
        let input = workspaces[current].output(source)
        let scale = parameters[parameter(.scale, index)]
        let shift = parameters[parameter(.shift, index)]
        let context = context
        var result = workspaces[current].pool.take(input.shape)
        parameterGradients.withElements(parameter(.scale, index), parameter(.shift, index)) {
            context.batchNormBackward(
                input, outputGradient: gradient, mean: measured.mean, inverseDeviation: measured.inverseDeviation,
                scale: scale, shift: shift, relu: fusedKind(index), into: &result, scaleGradient: &$0,
                shiftGradient: &$1)
        }
        if plan.needsGradient[source] {
            workspaces[current].hand(result, to: source, context: context)
        } else {
            workspaces[current].pool.give(result)
        }
    }

    private func contribute(to node: Int, _ compute: (KernelContext, inout Tensor) -> Void) {
        guard plan.needsGradient[node] else { return }
        let context = context
        workspaces[current].contribute(to: node, context: context) { compute(context, &$0) }
    }
}
