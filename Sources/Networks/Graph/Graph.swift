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
/// so a graph that exists is consistent.
public struct Graph: Hashable, Codable, Sendable {
    public struct Node: Hashable, Codable, Sendable {
        /// Unique in its graph, dotted by place: `stem.convolution`, `stage1.block2.convolution1`.
        public let name: String
        public let layer: Layer
        /// Indices of earlier nodes, in the order the layer takes them.
        public let inputs: [Int]
        /// Of one image.
        public let outputShape: FeatureShape
    }

    public private(set) var nodes: [Node] = []

    /// A graph of one input node of that shape.
    public init(input: FeatureShape) {
        nodes = [Node(name: "input", layer: .input(Input(shape: input)), inputs: [], outputShape: input)]
    }

    /// Adds a node and infers its shape.
    /// - Returns: the index of the new node.
    /// - Throws: `GraphError` with the node's name and the shapes that do not fit.
    public mutating func add(name: String, _ layer: Layer, inputs: [Int]) throws(GraphError) -> Int {
        guard !nodes.contains(where: { $0.name == name }) else { throw .duplicateName(name) }
        var shapes: [FeatureShape] = []
        for index in inputs {
            guard nodes.indices.contains(index) else { throw .unknownInput(node: name, index: index) }
            shapes.append(nodes[index].outputShape)
        }
        let shape = try layer.outputShape(node: name, inputs: shapes)
        nodes.append(Node(name: name, layer: layer, inputs: inputs, outputShape: shape))
        return nodes.count - 1
    }

    /// The shapes a node is fed with.
    public func inputShapes(of node: Node) -> [FeatureShape] { node.inputs.map { nodes[$0].outputShape } }
}

/// Height, width and channels of one image or feature map. Vectors are 1x1 maps.
public struct FeatureShape: Hashable, Codable, Sendable, CustomStringConvertible {
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    public var count: Int { height * width * channels }
    /// `28x28x1`
    public var description: String { "\(height)x\(width)x\(channels)" }
}

/// Why a node cannot join a graph.
public enum GraphError: Error, Hashable, Sendable {
    case duplicateName(String)
    case unknownInput(node: String, index: Int)
    /// A layer was given another number of inputs than it takes.
    case inputCount(node: String, expected: String, found: Int)
    /// Two inputs that should agree do not.
    case shapesDiffer(node: String, FeatureShape, FeatureShape)
    /// A kernel or window larger than the padded input.
    case windowTooLarge(node: String, window: Int, input: FeatureShape, padding: Int)
    /// Channels that are not a multiple of what the layer needs.
    case channelsNotDivisible(node: String, channels: Int, by: Int)
    /// An extent, stride, group or width that must be positive and is not.
    case notPositive(node: String, what: String, found: Int)
    /// A product of extents that does not fit.
    case tooLarge(node: String, shape: FeatureShape)
}
