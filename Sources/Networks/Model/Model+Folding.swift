import Kernels

extension Model {
    /// The network for inference alone: every batch norm that alone reads a convolution is folded into the
    /// convolution's weights and bias.
    ///
    /// ```
    /// factor  = scale / √(runningVariance + ε)
    /// weights = weights · factor          by output channel
    /// bias    = (bias - runningMean) · factor + shift
    /// ```
    ///
    /// The folded numbers are rounded once from double, so an output of the convolution differs from the batch norm's
    /// by at most 3ε·Σ|x·w|·|factor| and the rounding of the bias; logits of the study's networks agree to about
    /// 1e-5 of their size. Batch norms in other places (after a sum, or of a map with several readers) stay.
    /// Cost: one pass over the weights.
    package func foldingBatchNorms() -> Model {
        // A graph that exists can be built again; were it refused, the network runs as it is.
        guard let folded = try? graph.foldingBatchNorms(), !folded.norms.isEmpty else { return self }
        let target = ModelLayout(graph: folded.graph)
        let parameters = target.parameters.map { description in
            foldedTensor(description, norm: folded.norms[description.nodeName])
        }
        let state = target.state.compactMap { tensor(named: $0.name) }
        return Model(graph: folded.graph, parameters: parameters, state: state)
    }

    private func foldedTensor(_ description: ModelTensor, norm: String?) -> Tensor {
        let own = tensor(named: description.name)
        guard let norm, let factors = foldingFactors(norm: norm) else { return own ?? Tensor(shape: description.shape) }
        switch description.role {
        case .weight:
            guard let own else { return Tensor(shape: description.shape) }
            let channels = factors.factor.count
            let values = own.values.enumerated().map { Float(Double($1) * factors.factor[$0 % channels]) }
            return Tensor(shape: description.shape, values: values)
        default:
            let values = factors.factor.indices.map { channel in
                let bias = own.map { Double($0[channel]) } ?? 0
                return Float((bias - factors.mean[channel]) * factors.factor[channel] + factors.shift[channel])
            }
            return Tensor(shape: description.shape, values: values)
        }
    }

    private func foldingFactors(norm: String) -> (factor: [Double], mean: [Double], shift: [Double])? {
        func values(_ role: ParameterRole) -> [Double]? {
            tensor(named: "\(norm).\(role.rawValue)")?.values.map(Double.init)
        }
        guard case .batchNorm(let layer) = graph.node(named: norm)?.layer, let scale = values(.scale),
            let shift = values(.shift), let mean = values(.runningMean), let variance = values(.runningVariance)
        else { return nil }
        let factor = zip(scale, variance).map { $0 / ($1 + Double(layer.epsilon)).squareRoot() }
        return (factor, mean, shift)
    }
}

extension Graph {
    /// The graph without the batch norms that alone read a convolution; those convolutions have a bias.
    ///
    /// - Returns: the graph, and by the name of each such convolution the name of its batch norm.
    func foldingBatchNorms() throws(GraphError) -> (graph: Graph, norms: [String: String]) {
        var readers: [[Int]] = Array(repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for input in node.inputs { readers[input].append(index) }
        }
        var result = try Graph(checking: inputShape)
        var norms: [String: String] = [:]
        /// Where each node's output stands in the result.
        var places = [0]
        for (index, node) in nodes.enumerated().dropFirst() {
            let inputs = node.inputs.map { places[$0] }
            if case .batchNorm = node.layer, readers[node.inputs[0]].count == 1,
                case .convolution = nodes[node.inputs[0]].layer
            {
                places.append(inputs[0])
                continue
            }
            var layer = node.layer
            if case .convolution(let convolution) = layer, readers[index].count == 1,
                case .batchNorm = nodes[readers[index][0]].layer
            {
                norms[node.name] = nodes[readers[index][0]].name
                layer = .convolution(
                    Convolution(
                        outputChannels: convolution.outputChannels, kernel: convolution.kernel,
                        stride: convolution.stride, padding: convolution.padding, groups: convolution.groups,
                        bias: true))
            }
            places.append(try result.add(name: node.name, layer, inputs: inputs))
        }
        return (result, norms)
    }
}
