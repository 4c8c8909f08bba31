/// The study's blocks, and the network around any block.
///
/// ```
/// stem     Conv7x7/2 - BatchNorm - ReLU                     widths[0]
/// stage1   block1 (stride 2) - block2 - block3 - block4     widths[1]
/// …        one stage for each width after the first
/// head     GlobalAvgPool - Linear with bias                 classes
/// ```
public enum NetworkCatalog {
    /// The nine built-in blocks, in the study's order.
    public static let blocks: [BlockDefinition] = {
        do {
            return try BlockNotation.parse(builtInText).map(\.definition)
        } catch {
            preconditionFailure("the built-in blocks do not parse: \(error)")
        }
    }()

    /// Names of the built-in blocks, in the study's order.
    public static let names = blocks.map(\.name)

    /// The built-in block of that name.
    public static func block(named name: String) -> BlockDefinition? { blocks.first { $0.name == name } }

    /// The built-in block, or one of `others` (an experiment file's own), whose name looks most like `name`.
    public static func nearest(to name: String, others: [String] = []) -> String? {
        NearestWord.nearest(to: name, in: names + others)
    }

    /// How legends and tables call a block: as its paper does, or by its own name where it is not built in.
    public static func title(of name: String) -> String {
        switch name {
        case "plain": "Plain"
        case "residual": "Residual"
        case "bottleneck": "Bottleneck"
        case "resnext": "ResNeXt"
        case "xception": "Xception"
        case "dense": "DenseNet"
        case "mobile": "MobileNet"
        case "mobile_v2": "MobileNetV2"
        case "shuffle": "ShuffleNet"
        default: name
        }
    }

    /// The whole network for one block.
    ///
    /// Nodes are named `stem.convolution`, `stage1.block2.convolution1` (both numbers from 1), `head.linear`.
    /// - Parameters:
    ///   - input: of one image.
    ///   - widths: the stem's, then one for each stage.
    ///   - classes: outputs of the last layer.
    /// - Throws: `NetworkError`, with the names of block and node and what does not fit.
    public static func graph(
        block: BlockDefinition, input: FeatureShape, widths: [Int], classes: Int
    ) throws(NetworkError) -> Graph {
        guard let stemWidth = widths.first else { throw .noWidths }
        var graph = try NetworkError.wrapping { () throws(GraphError) in try Graph(checking: input) }
        var last = try NetworkError.wrapping { () throws(GraphError) in
            let stem = Convolution(outputChannels: stemWidth, kernel: 7, stride: 2)
            let convolution = try graph.add(name: "stem.convolution", .convolution(stem), inputs: [0])
            let norm = try graph.add(name: "stem.batchNorm", .batchNorm(BatchNorm()), inputs: [convolution])
            return try graph.add(name: "stem.relu", .relu(ReLU()), inputs: [norm])
        }
        for (stage, width) in widths.dropFirst().enumerated() {
            for index in 0..<block.perStage {
                do throws(BlockError) {
                    last = try block.expand(
                        into: &graph, after: last, name: "stage\(stage + 1).block\(index + 1)", width: width,
                        stride: index == 0 ? 2 : 1)
                } catch {
                    throw .block(error)
                }
            }
        }
        try NetworkError.wrapping { () throws(GraphError) in
            let pool = try graph.add(name: "head.pool", .globalAveragePool(GlobalAveragePool()), inputs: [last])
            _ = try graph.add(name: "head.linear", .linear(Linear(outputs: classes)), inputs: [pool])
        }
        return graph
    }

    /// The whole network for one block and the images of one data set.
    public static func graph(block: BlockDefinition, dataset: DatasetShape) throws(NetworkError) -> Graph {
        try graph(block: block, input: dataset.input, widths: dataset.widths, classes: dataset.classes)
    }
}

/// Why a network cannot be built around a block.
public enum NetworkError: Error, Hashable, Sendable {
    /// In one of its stages.
    case block(BlockError)
    /// In the input, the stem or the head.
    case layer(GraphError)
    /// Not even one for the stem.
    case noWidths

    fileprivate static func wrapping<Value>(_ body: () throws(GraphError) -> Value) throws(NetworkError) -> Value {
        do throws(GraphError) { return try body() } catch { throw .layer(error) }
    }
}
