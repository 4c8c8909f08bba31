package import Kernels

extension Executor {
    /// The gradient of the mean loss of the batch by every parameter, into `parameterGradients`.
    ///
    /// Follows `forward` in training and `loss`. A node read several times sums its gradients in the reverse order of
    /// its readers, so the result does not depend on how memory is reused.
    package func backward(_ parameters: [Tensor]) {
        precondition(training && position == program.loss + 1, "a backward pass without a loss in training before it")
        if parameterGradients.isEmpty { parameterGradients = layout.parameters.map { Tensor(shape: $0.shape) } }
        let program = program
        for index in program.loss + 1..<program.instructions.count {
            run(program.instructions[index], parameters)
            finish(index)
        }
    }

    private func run(_ instruction: StepProgram.Instruction, _ parameters: [Tensor]) {
        let reads = instruction.reads
        switch instruction.operation {
        case .weightGradient:
            computeWeightGradient(instruction, parameters)
        case .inputGradient:
            write(instruction) { computeInputGradient(instruction, parameters, into: &$0) }
        case .normalizationGradient:
            computeNormalizationGradient(instruction, parameters)
        case .inputAndNormalizationGradient(let norm):
            computeInputAndNormalizationGradient(instruction, norm, parameters)
        case .accumulate:
            let addend = tensor(reads[1])
            write(instruction) { context.accumulate(addend, into: &$0) }
        case .sum(let first, let second, let relu):
            addTwo(instruction, first, second, relu, parameters)
        case .stop(let relu):
            stop(instruction, relu)
        case .stopSum(let relu):
            stopSum(instruction, relu)
        case .slice(let channel):
            let gradient = tensor(reads[0])
            write(instruction) { context.channelSlice(gradient, from: channel, into: &$0) }
        case .accumulateSlice(let channel):
            let gradient = tensor(reads[1])
            write(instruction) { context.accumulateChannelSlice(gradient, from: channel, into: &$0) }
        case .measure, .layer, .layerAndMeasure, .loss:
            preconditionFailure("\(instruction.operation) in a backward pass")
        }
    }

    private func computeWeightGradient(_ instruction: StepProgram.Instruction, _ parameters: [Tensor]) {
        let index = instruction.node
        let (input, gradient) = (tensor(instruction.reads[0]), tensor(instruction.reads[1]))
        let weight = parameter(.weight, index)
        let bias = layout.parameter(.bias, of: index)
        if case .convolution(let geometry) = workspaces[current].geometries[index].kind {
            context.convolutionWeightGradient(
                input, normalizedBy: inputNormalization(of: index, parameters), outputGradient: gradient,
                geometry: geometry, into: &parameterGradients[weight])
            if let bias { context.biasGradient(gradient, into: &parameterGradients[bias]) }
        } else {
            let rows = gradient.asRows()
            context.linearWeightGradient(input.asRows(), outputGradient: rows, into: &parameterGradients[weight])
            if let bias { context.biasGradient(rows, into: &parameterGradients[bias]) }
        }
    }

    private func computeInputGradient(
        _ instruction: StepProgram.Instruction, _ parameters: [Tensor], into result: inout Tensor
    ) {
        let index = instruction.node
        let gradient = tensor(instruction.reads[0])
        let geometry = workspaces[current].geometries[index]
        switch graph.nodes[index].layer {
        case .input, .batchNorm, .relu, .add, .concatenate:
            preconditionFailure("a layer whose input's gradient is no instruction")
        case .convolution:
            context.convolutionDataGradient(
                gradient, weights: parameters[parameter(.weight, index)], geometry: geometry.convolution,
                into: &result)
        case .maxPool:
            context.maxPoolBackward(
                tensor(instruction.reads[1]), outputGradient: gradient, geometry: geometry.pooling, into: &result)
        case .averagePool:
            context.averagePoolBackward(gradient, geometry: geometry.pooling, into: &result)
        case .globalAveragePool:
            context.globalAveragePoolBackward(gradient, into: &result)
        case .channelShuffle(let layer):
            context.channelShuffleBackward(gradient, groups: layer.groups, into: &result)
        case .linear:
            result.withRows {
                context.linearDataGradient(
                    gradient.asRows(), weights: parameters[parameter(.weight, index)], into: &$0)
            }
        }
    }

    private func computeNormalizationGradient(_ instruction: StepProgram.Instruction, _ parameters: [Tensor]) {
        let index = instruction.node
        let input = tensor(instruction.reads[0])
        let vectors = normalization(of: index, parameters)
        let relu = graph.fusedKind(index, plan)
        write(instruction) { result in
            parameterGradients.withElements(parameter(.scale, index), parameter(.shift, index)) {
                if instruction.writes == instruction.reads[1] {
                    context.batchNormBackward(
                        input, inPlace: &result, by: vectors, relu: relu, scaleGradient: &$0, shiftGradient: &$1)
                } else {
                    context.batchNormBackward(
                        input, outputGradient: tensor(instruction.reads[1]), mean: vectors.mean,
                        inverseDeviation: vectors.inverseDeviation, scale: vectors.scale, shift: vectors.shift,
                        relu: relu, into: &result, scaleGradient: &$0, shiftGradient: &$1)
                }
            }
        }
    }

    /// The data gradient of a convolution, and on through the batch norm that made its input.
    private func computeInputAndNormalizationGradient(
        _ instruction: StepProgram.Instruction, _ norm: Int, _ parameters: [Tensor]
    ) {
        let index = instruction.node
        let (gradient, input) = (tensor(instruction.reads[0]), tensor(instruction.reads[1]))
        let normalization = InputNormalization(
            vectors: normalization(of: norm, parameters), relu: graph.fusedKind(norm, plan))
        write(instruction) { result in
            parameterGradients.withElements(parameter(.scale, norm), parameter(.shift, norm)) {
                context.convolutionDataGradient(
                    gradient, weights: parameters[parameter(.weight, index)],
                    geometry: workspaces[current].geometries[index].convolution, throughNormalization: normalization,
                    of: input, into: &result, scaleGradient: &$0, shiftGradient: &$1)
            }
        }
    }

    private func stop(_ instruction: StepProgram.Instruction, _ relu: ReLUKind) {
        let output = tensor(instruction.reads[1])
        if instruction.writes == instruction.reads[0] {
            write(instruction) { context.reluBackward(output: output, maximum: relu.maximum, inPlace: &$0) }
        } else {
            let gradient = tensor(instruction.reads[0])
            write(instruction) {
                context.reluBackward(output: output, outputGradient: gradient, maximum: relu.maximum, into: &$0)
            }
        }
    }

    private func stopSum(_ instruction: StepProgram.Instruction, _ relu: ReLUKind) {
        let (other, output) = (tensor(instruction.reads[1]), tensor(instruction.reads[2]))
        if instruction.writes == instruction.reads[0] {
            write(instruction) {
                context.reluBackward(output: output, relu: relu, inPlace: &$0, adding: other)
            }
        } else {
            let gradient = tensor(instruction.reads[0])
            write(instruction) {
                context.reluBackward(
                    output: output, relu: relu, outputGradient: gradient, adding: other, into: &$0)
            }
        }
    }
}
