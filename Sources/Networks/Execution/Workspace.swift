import Kernels

/// The tensors of one batch size, kept from batch to batch, and the geometry of every layer at that size.
struct Workspace {
    let batch: Int
    let geometries: [NodeGeometry]
    var pool = TensorPool()
    /// By node; `nil` while not computed, after the last reader, and for a batchNorm fused into its relu.
    var outputs: [Tensor?]
    var gradients: [GradientSlot]

    /// - Throws: `TrainingError.geometry` for a layer that the kernels refuse.
    init(graph: Graph, batch: Int) throws(TrainingError) {
        self.batch = batch
        var geometries: [NodeGeometry] = []
        for node in graph.nodes { geometries.append(try NodeGeometry(graph: graph, node: node, batch: batch)) }
        self.geometries = geometries
        outputs = Array(repeating: nil, count: graph.nodes.count)
        gradients = Array(repeating: GradientSlot(), count: graph.nodes.count)
        outputs[0] = Tensor(shape: geometries[0].shape)
    }

    /// The output of a node; a mistake of the plan traps.
    func output(_ node: Int) -> Tensor {
        guard let tensor = outputs[node] else { preconditionFailure("output of node \(node) is not in memory") }
        return tensor
    }

    /// As `output`, and leaves none behind.
    mutating func takeOutput(_ node: Int) -> Tensor {
        guard let tensor = outputs[node].take() else {
            preconditionFailure("output of node \(node) is not in memory")
        }
        return tensor
    }

    /// Returns to the pool whatever the batch before left, the images excepted.
    mutating func clear() {
        for node in outputs.indices.dropFirst() { pool.give(from: &outputs[node]) }
        for node in gradients.indices { gradients[node].clear(pool: &pool) }
    }

    mutating func release(_ nodes: [Int]) {
        for node in nodes { pool.give(from: &outputs[node]) }
    }

    /// Sets the gradient of the last node from that of the logits.
    mutating func setOutputGradient(_ gradient: consuming Tensor, context: KernelContext) {
        let last = gradients.count - 1
        gradients[last].clear(pool: &pool)
        gradients[last].add(gradient.reshaped(to: geometries[last].shape), pool: &pool, context: context)
    }

    /// Adds to the gradient of a node.
    /// - Parameter compute: overwrites a tensor of the node's shape.
    mutating func contribute(to node: Int, context: KernelContext, _ compute: (inout Tensor) -> Void) {
        var contribution = pool.take(geometries[node].shape)
        compute(&contribution)
        gradients[node].add(contribution, pool: &pool, context: context)
    }

    /// As `contribute`, with some of the channels of the gradient of a concatenation.
    mutating func contributeSlice(
        of gradient: Tensor, from channel: Int, to node: Int, context: KernelContext
    ) {
        gradients[node].addSlice(
            of: gradient, from: channel, shape: geometries[node].shape, pool: &pool, context: context)
    }

    /// As `contribute`, with a tensor that is there already: no copy.
    mutating func hand(_ gradient: consuming Tensor, to node: Int, context: KernelContext) {
        gradients[node].add(gradient, pool: &pool, context: context)
    }

    /// The gradient of a node from all its readers, stopped at an activation; nil where no reader leads to the loss.
    mutating func takeGradient(
        of node: Int, stoppedBy activation: (output: Tensor, relu: ReLUKind)? = nil, context: KernelContext
    ) -> Tensor? {
        gradients[node].take(stoppedBy: activation, pool: &pool, context: context)
    }
}

/// The output's shape at one batch size, and what the kernels want to know about windows.
struct NodeGeometry {
    /// `[N, H, W, C]`
    let shape: [Int]
    let kind: Kind

    enum Kind {
        case convolution(ConvolutionGeometry)
        case pooling(PoolingGeometry)
        case none
    }

    init(graph: Graph, node: Graph.Node, batch: Int) throws(TrainingError) {
        let output = node.outputShape
        shape = [batch, output.height, output.width, output.channels]
        guard let input = graph.inputShapes(of: node).first else {
            kind = .none
            return
        }
        do {
            switch node.layer {
            case .convolution(let layer):
                kind = .convolution(
                    try ConvolutionGeometry(
                        batch: batch, inputHeight: input.height, inputWidth: input.width,
                        inputChannels: input.channels, outputChannels: layer.outputChannels,
                        kernelHeight: layer.kernel, kernelWidth: layer.kernel, stride: layer.stride,
                        padding: layer.padding, groups: layer.groups))
            case .maxPool(let layer):
                kind = .pooling(
                    try Self.pooling(batch, input, window: layer.window, stride: layer.stride, padding: layer.padding))
            case .averagePool(let layer):
                kind = .pooling(
                    try Self.pooling(batch, input, window: layer.window, stride: layer.stride, padding: layer.padding))
            default:
                kind = .none
            }
        } catch {
            throw .geometry(node: node.name, reason: String(describing: error))
        }
    }

    private static func pooling(
        _ batch: Int, _ input: FeatureShape, window: Int, stride: Int, padding: Int
    ) throws -> PoolingGeometry {
        try PoolingGeometry(
            batch: batch, height: input.height, width: input.width, channels: input.channels, window: window,
            stride: stride, padding: padding)
    }

    var convolution: ConvolutionGeometry {
        guard case .convolution(let geometry) = kind else { preconditionFailure("not a convolution") }
        return geometry
    }

    var pooling: PoolingGeometry {
        guard case .pooling(let geometry) = kind else { preconditionFailure("not a pooling layer") }
        return geometry
    }
}
