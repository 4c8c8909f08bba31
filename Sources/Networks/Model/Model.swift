public import Kernels

/// A network with its numbers: a graph, its trained parameters and its running statistics.
///
/// Tensors are kept in the order of the graph's nodes and are named `node.role`
/// (`stage1.block2.convolution1.weight`). A model is a value: a copy shares memory until one of the two is trained.
public struct Model: Sendable, Equatable {
    public let graph: Graph
    /// What the tensors are called and which node they belong to.
    public let layout: ModelLayout
    /// Trained tensors, in the order of `layout.parameters`.
    public package(set) var parameters: [Tensor]
    /// Running statistics, in the order of `layout.state`.
    public package(set) var state: [Tensor]

    /// A model before training; see `initialTensor` for the distributions. Every tensor draws from a generator of
    /// its own, seeded by `seed` and the tensor's name, so that the order of the nodes does not matter.
    /// Cost: one random number a weight.
    public init(graph: Graph, seed: UInt64) {
        let layout = ModelLayout(graph: graph)
        self.graph = graph
        self.layout = layout
        parameters = layout.parameters.map { $0.initialTensor(seed: seed) }
        state = layout.state.map { $0.initialTensor(seed: seed) }
    }

    /// A model of given tensors; traps where counts or shapes differ from the layout (readers of files check before).
    package init(graph: Graph, parameters: [Tensor], state: [Tensor]) {
        let layout = ModelLayout(graph: graph)
        precondition(parameters.map(\.shape) == layout.parameters.map(\.shape))
        precondition(state.map(\.shape) == layout.state.map(\.shape))
        self.graph = graph
        self.layout = layout
        self.parameters = parameters
        self.state = state
    }

    /// Trained numbers in all, running statistics not counted.
    public var parameterCount: Int { layout.parameterCount }

    /// The tensor called `name` (`node.role`), or `nil`. O(tensors).
    public func tensor(named name: String) -> Tensor? {
        if let index = layout.parameters.firstIndex(where: { $0.name == name }) { return parameters[index] }
        if let index = layout.state.firstIndex(where: { $0.name == name }) { return state[index] }
        return nil
    }

    /// Every tensor with its description, sorted by the bytes of its name.
    public var sortedTensors: [(description: ModelTensor, values: Tensor)] {
        let all = zip(layout.parameters, parameters).map { ($0, $1) } + zip(layout.state, state).map { ($0, $1) }
        return all.sorted { $0.0.name.utf8.lexicographicallyPrecedes($1.0.name.utf8) }
            .map { (description: $0.0, values: $0.1) }
    }

    /// Hands out the bytes that a digest of the weights is made of: for every tensor in the order of `sortedTensors`
    /// its name in UTF-8, a zero byte, the rank and the extents as 64-bit little-endian integers, then the elements as
    /// 32-bit little-endian floats. Running statistics are part of it: inference depends on them.
    public func forEachWeightBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        for (description, values) in sortedTensors {
            var heading = Array(description.name.utf8) + [0]
            for number in [description.shape.count] + description.shape {
                withUnsafeBytes(of: Int64(number).littleEndian) { heading.append(contentsOf: $0) }
            }
            try heading.withUnsafeBytes(body)
            try values.withUnsafeBytes(body)
        }
    }

    /// The first tensor, parameters before statistics, that holds an infinity or a NaN. One pass over all numbers.
    package var firstNotFinite: ModelTensor? {
        if let index = parameters.firstIndex(where: { !$0.isFinite }) { return layout.parameters[index] }
        if let index = state.firstIndex(where: { !$0.isFinite }) { return layout.state[index] }
        return nil
    }
}

extension Tensor {
    /// Whether no element is an infinity or a NaN.
    package var isFinite: Bool {
        withUnsafeBytes { bytes in bytes.bindMemory(to: Float.self).allSatisfy(\.isFinite) }
    }
}
