/// Which tensors a graph's model has, in what order, and which of them belong to which node.
public struct ModelLayout: Hashable, Sendable {
    /// Trained tensors, in the order of the nodes and, within a node, of its layer's `parameterShapes`.
    public let parameters: [ModelTensor]
    /// Running statistics, in the order of the nodes.
    public let state: [ModelTensor]

    private let parameterRanges: [Range<Int>]
    private let stateRanges: [Range<Int>]

    /// Cost: O(nodes); no tensor is made.
    public init(graph: Graph) {
        var parameters: [ModelTensor] = []
        var state: [ModelTensor] = []
        var parameterRanges: [Range<Int>] = []
        var stateRanges: [Range<Int>] = []
        for (index, node) in graph.nodes.enumerated() {
            let inputs = graph.inputShapes(of: node)
            let firstParameter = parameters.count
            let firstState = state.count
            parameters += node.layer.parameterShapes(inputs: inputs)
                .map { ModelTensor(node: index, nodeName: node.name, role: $0.role, shape: $0.shape) }
            state += node.layer.stateShapes(inputs: inputs)
                .map { ModelTensor(node: index, nodeName: node.name, role: $0.role, shape: $0.shape) }
            parameterRanges.append(firstParameter..<parameters.count)
            stateRanges.append(firstState..<state.count)
        }
        self.parameters = parameters
        self.state = state
        self.parameterRanges = parameterRanges
        self.stateRanges = stateRanges
    }

    /// Trained numbers in all.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    /// Where in `parameters` the tensor of that role of node `node` stands; `nil` where the node has none.
    package func parameter(_ role: ParameterRole, of node: Int) -> Int? {
        parameterRanges[node].first { parameters[$0].role == role }
    }

    /// Where in `state` the tensor of that role of node `node` stands; `nil` where the node has none.
    package func state(_ role: ParameterRole, of node: Int) -> Int? {
        stateRanges[node].first { state[$0].role == role }
    }

    /// Whether training changes anything in that node.
    package func hasParameters(node: Int) -> Bool { !parameterRanges[node].isEmpty }
}

/// One tensor of a model: its place, its role and its shape.
public struct ModelTensor: Hashable, Sendable {
    /// Index in the graph's nodes.
    public let node: Int
    public let nodeName: String
    public let role: ParameterRole
    /// Convolution weights `[R, S, C/groups, K]`, linear weights `[C, K]`, all others `[C]`.
    public let shape: [Int]

    /// `stem.convolution.weight`
    public var name: String { "\(nodeName).\(role.rawValue)" }

    /// Elements.
    public var count: Int { shape.reduce(1, *) }
}
