/// The networks of the study: its blocks by name, and the shape that they all share.
public enum NetworkCatalog {
    /// The nine built-in blocks, in the study's order.
    public static let blocks: [BlockDefinition] = {
        guard let parsed = try? BlockNotation.parse(builtInText) else {
            preconditionFailure("the built-in blocks do not parse")  // a test reads them
        }
        return parsed.map(\.definition)
    }()

    /// Their names, in the study's order.
    public static var names: [String] { blocks.map(\.name) }

    /// The built-in block of that name.
    public static func block(named name: String) -> BlockDefinition? { blocks.first { $0.name == name } }

    /// As a heading or a legend calls the block: `ResNeXt`. Blocks of an experiment's own keep their names.
    public static func title(of name: String) -> String { titles[name] ?? name }

    /// The network that sets a block into the study's frame: a 7x7 stem of stride 2 to `widths[0]` channels, one
    /// stage for each following width whose first block halves the map, global average pooling and one fully
    /// connected layer.
    ///
    /// - Parameters:
    ///   - widths: at least one; those after the first are the stages'.
    ///   - classes: at least 1.
    /// - Throws: `NetworkError` naming the node that does not fit.
    public static func graph(
        block: BlockDefinition, input: FeatureShape, widths: [Int], classes: Int
    ) throws(NetworkError) -> Graph {
        guard let stemWidth = widths.first else { throw .noWidths }
        var graph = Graph(input: input)
        do throws(GraphError) {
            var last = try graph.add(
                name: "stem.convolution",
                .convolution(Convolution(outputChannels: stemWidth, kernel: 7, stride: 2)), inputs: [0])
            last = try graph.add(name: "stem.batchNorm", .batchNorm(BatchNorm()), inputs: [last])
            _ = try graph.add(name: "stem.relu", .relu(ReLU()), inputs: [last])
        } catch {
            throw .frame(error)
        }
        for (stage, width) in widths.dropFirst().enumerated() {
            for index in 1...block.perStage {
                do throws(BlockError) {
                    _ = try block.expand(
                        into: &graph, after: graph.nodes.count - 1, name: "stage\(stage + 1).block\(index)", width: width,
                        stride: index == 1 ? 2 : 1)
                } catch {
                    throw .block(error)
                }
            }
        }
        do throws(GraphError) {
            let pooled = try graph.add(
                name: "head.globalAveragePool", .globalAveragePool(GlobalAveragePool()),
                inputs: [graph.nodes.count - 1])
            _ = try graph.add(name: "head.linear", .linear(Linear(outputs: classes)), inputs: [pooled])
        } catch {
            throw .frame(error)
        }
        return graph
    }

    /// The same for a data set of the study.
    public static func graph(block: BlockDefinition, dataset: DatasetShape) throws(NetworkError) -> Graph {
        try graph(block: block, input: dataset.input, widths: dataset.widths, classes: dataset.classes)
    }

    private static let titles = [
        "plain": "Plain", "residual": "Residual", "bottleneck": "Bottleneck", "resnext": "ResNeXt",
        "xception": "Xception", "dense": "Dense", "mobile": "MobileNet", "mobile_v2": "MobileNetV2",
        "shuffle": "ShuffleNet",
    ]
}

/// Why a block and a data set make no network.
public enum NetworkError: Error, Hashable, Sendable {
    /// Not even the stem has a width.
    case noWidths
    /// The stem or the head does not fit.
    case frame(GraphError)
    case block(BlockError)
}
