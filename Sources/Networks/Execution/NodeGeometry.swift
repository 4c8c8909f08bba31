import Kernels

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
