/// A network as a value: named nodes over a closed set of layers, each fed by earlier nodes.
///
/// ```
/// nodes[0]            input         [28, 28, 1]
/// nodes[1]  <- [0]    convolution   [14, 14, 64]
/// nodes[2]  <- [1]    batchNorm     [14, 14, 64]
/// …
/// nodes.last          linear        [1, 1, 10]
/// ```
///
/// The order of `nodes` is an order of execution; reverse order is the backward pass. Parameters and
/// batch-norm statistics live outside, under the node's name. Shapes are inferred when a node is added,
/// and a graph read from a file is built again node by node, so a graph that exists is consistent.
public struct Graph: Sendable {
    public struct Node: Hashable, Codable, Sendable {
        /// Unique in its graph, dotted by place: `stem.convolution`, `stage1.block2.convolution1`.
        public let name: String
        public let layer: Layer
        /// Indices of earlier nodes, in the order the layer takes them.
        public let inputs: [Int]
        /// Of one image.
        public let outputShape: FeatureShape
    }

    /// Never empty: the first is the input.
    public private(set) var nodes: [Node] = []
    /// Trained numbers of all nodes, batch-norm scale and shift included, running statistics not.
    public private(set) var parameterCount = 0
    /// Of one image, through convolutions and linear layers.
    public private(set) var multiplyAdds = 0
    private var indexByName: [String: Int] = [:]

    /// A graph of one input node of that shape.
    /// - Precondition: `shape` has positive extents and at most `FeatureShape.maximumCount` elements.
    ///   Shapes that come from a user pass through `init(checking:)`.
    public init(input: FeatureShape) {
        do {
            self = try Graph(checking: input)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// A graph of one input node of that shape.
    /// - Throws: `GraphError` for an extent that is not positive or a shape too large.
    public init(checking input: FeatureShape) throws(GraphError) {
        _ = try add(name: "input", .input(Input(shape: input)), inputs: [])
    }

    /// Adds a node and infers its shape.
    /// - Returns: the index of the new node.
    /// - Throws: `GraphError` with the node's name and the shapes that do not fit; the graph is unchanged then.
    public mutating func add(name: String, _ layer: Layer, inputs: [Int]) throws(GraphError) -> Int {
        guard indexByName[name] == nil else { throw .duplicateName(name) }
        var shapes: [FeatureShape] = []
        for index in inputs {
            guard nodes.indices.contains(index) else { throw .unknownInput(node: name, index: index) }
            shapes.append(nodes[index].outputShape)
        }
        if case .input = layer, !nodes.isEmpty {
            throw .inputCount(node: name, expected: "one input node in a graph", found: 2)
        }
        let shape = try layer.outputShape(node: name, inputs: shapes)
        let cost = layer.multiplyAdds(inputs: shapes, output: shape)
        let parameters = layer.parameterShapes(inputs: shapes).reduce(0) { $0 + $1.count }
        let (parameterTotal, tooMany) = parameterCount.addingReportingOverflow(parameters)
        let (costTotal, tooCostly) = multiplyAdds.addingReportingOverflow(cost)
        guard !tooMany, !tooCostly else { throw .tooLarge(node: name, shape: shape) }
        parameterCount = parameterTotal
        multiplyAdds = costTotal
        indexByName[name] = nodes.count
        nodes.append(Node(name: name, layer: layer, inputs: inputs, outputShape: shape))
        return nodes.count - 1
    }
}

// MARK: What can be asked of a graph

extension Graph {
    /// Of one image given to the network.
    public var inputShape: FeatureShape { nodes[0].outputShape }

    /// The last node: what the network answers.
    public var output: Node { nodes[nodes.count - 1] }

    /// The index of the node of that name.
    public func index(named name: String) -> Int? { indexByName[name] }

    /// The node of that name.
    public func node(named name: String) -> Node? { indexByName[name].map { nodes[$0] } }

    /// The shapes a node is fed with.
    public func inputShapes(of node: Node) -> [FeatureShape] { node.inputs.map { nodes[$0].outputShape } }

    /// Trained tensors of a node, in a fixed order.
    public func parameters(of node: Node) -> [ParameterShape] {
        node.layer.parameterShapes(inputs: inputShapes(of: node))
    }

    /// Tensors of a node that training updates without a gradient, in a fixed order.
    public func states(of node: Node) -> [ParameterShape] {
        node.layer.stateShapes(inputs: inputShapes(of: node))
    }

    /// Trained numbers of a node.
    public func parameterCount(of node: Node) -> Int { parameters(of: node).reduce(0) { $0 + $1.count } }

    /// Multiply-adds of a node for one image.
    public func multiplyAdds(of node: Node) -> Int {
        node.layer.multiplyAdds(inputs: inputShapes(of: node), output: node.outputShape)
    }
}

// MARK: Equality

extension Graph: Hashable {
    public static func == (left: Graph, right: Graph) -> Bool { left.nodes == right.nodes }
    public func hash(into hasher: inout Hasher) { hasher.combine(nodes) }
}

// MARK: Files

extension Graph: Codable {
    private enum CodingKeys: String, CodingKey { case nodes }

    /// Writes `{"nodes": [{"name", "layer", "inputs", "outputShape"}]}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(nodes, forKey: .nodes)
    }

    /// Adds the nodes of a file one by one, so that what no call of `add` could build is not read either.
    /// - Throws: `DecodingError` at the node's place, with the `GraphError` underneath.
    public init(from decoder: any Decoder) throws {
        var list = try decoder.container(keyedBy: CodingKeys.self).nestedUnkeyedContainer(forKey: .nodes)
        while !list.isAtEnd {
            let path = list.codingPath
            let node = try list.decode(Node.self)
            func corrupted(_ text: String, _ error: GraphError? = nil) -> DecodingError {
                .dataCorrupted(.init(codingPath: path, debugDescription: text, underlyingError: error))
            }
            if nodes.isEmpty {
                guard case .input = node.layer, node.name == "input" else {
                    throw corrupted("The first node of a graph is not its input but \(node.name)")
                }
            }
            do {
                _ = try add(name: node.name, node.layer, inputs: node.inputs)
            } catch {
                throw corrupted("Node \(node.name) does not fit its graph: \(error)", error)
            }
            guard output.outputShape == node.outputShape else {
                throw corrupted("Node \(node.name) has shape \(output.outputShape), not \(node.outputShape)")
            }
        }
        guard !nodes.isEmpty else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: list.codingPath, debugDescription: "A graph has at least an input node"))
        }
    }
}
