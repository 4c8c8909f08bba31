/// What an executor decides about a graph once, before it sees an image: what is fused, who needs a gradient, and when
/// each tensor has been read for the last time.
///
/// ```
/// node            output kept for backward    fused
/// convolution     batchNorm reads its input
/// batchNorm       nobody                      with the relu that alone reads it: never stored
///                                             into the sum of two that alone reads it: never stored
/// add             nobody                      with the relu that alone reads it
/// relu            its mask (a fused batchNorm finds it again from its input), the next weight gradient
///                                             in place of its input, where nobody else reads that later
/// ```
///
/// A residual block ends, fused, in one pass over memory: `relu(normalize(a) + normalize(b))` reads two convolutions
/// and writes the block's output. Its backward pass adds the gradients of the two readers and stops the sum in one.
struct ExecutionPlan {
    /// For a batchNorm or a sum whose only reader is a relu: that relu. Its output takes the place of both.
    let fusedReLU: [Int?]
    /// For a batchNorm whose only reader is a sum of two: that sum, which normalizes while it adds.
    let normalizingSum: [Int?]
    /// Nodes done by another node: the relus of `fusedReLU`.
    let isAbsorbed: [Bool]
    /// Relus that may overwrite their input: in inference, and in training.
    let isInPlaceInInference: [Bool]
    let isInPlaceInTraining: [Bool]
    /// Whether anything trained stands at or before the node.
    let needsGradient: [Bool]
    /// Outputs not read after this node's forward pass: in inference, and in training.
    let releasedAfterInference: [[Int]]
    let releasedAfterForward: [[Int]]
    /// Outputs not read after this node's backward pass.
    let releasedAfterBackward: [[Int]]

    /// - Parameter inputGradient: whether the gradient of the images is wanted (tests and saliency, not training).
    init(graph: Graph, layout: ModelLayout, fusion: Bool, inputGradient: Bool) {
        let nodes = graph.nodes
        var readers: [[Int]] = Array(repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for input in node.inputs { readers[input].append(index) }
        }
        let fusedReLU = nodes.indices.map { fusion ? Self.relu(absorbedBy: $0, nodes: nodes, readers: readers) : nil }
        let normalizingSum = nodes.indices.map {
            fusion ? Self.sum(normalizing: $0, nodes: nodes, readers: readers) : nil
        }
        var isAbsorbed = Array(repeating: false, count: nodes.count)
        for case let relu? in fusedReLU { isAbsorbed[relu] = true }
        var needsGradient: [Bool] = []
        for (index, node) in nodes.enumerated() {
            needsGradient.append(
                layout.hasParameters(node: index) || node.inputs.contains { needsGradient[$0] }
                    || (inputGradient && index == 0))
        }

        // The first node (images) and the last (logits) stay until the next batch.
        var afterInference: [[Int]] = Array(repeating: [], count: nodes.count)
        var afterForward = afterInference
        var afterBackward = afterInference
        for index in nodes.indices.dropFirst().dropLast()
        where fusedReLU[index] == nil && normalizingSum[index] == nil {
            let lastReader = readers[index].map { normalizingSum[$0] ?? $0 }.max() ?? index
            afterInference[lastReader].append(index)
            var users = readers[index].filter { Self.readsInputBackward(nodes[$0].layer) }
            if case .relu = nodes[index].layer {
                let first = fusedReLU.firstIndex(of: index) ?? index
                if case .batchNorm = nodes[first].layer {} else { users.append(first) }
            }
            if let lastUser = users.min() {
                afterBackward[lastUser].append(index)
            } else {
                afterForward[lastReader].append(index)
            }
        }
        func inPlace(_ released: [[Int]]) -> [Bool] {
            nodes.indices.map { index in
                guard fusion, case .relu = nodes[index].layer, !isAbsorbed[index] else { return false }
                return released[index].contains(nodes[index].inputs[0])
            }
        }
        self.fusedReLU = fusedReLU
        self.normalizingSum = normalizingSum
        self.isAbsorbed = isAbsorbed
        isInPlaceInInference = inPlace(afterInference)
        isInPlaceInTraining = inPlace(afterForward)
        self.needsGradient = needsGradient
        releasedAfterInference = afterInference
        releasedAfterForward = afterForward
        releasedAfterBackward = afterBackward
    }

    private static func relu(absorbedBy index: Int, nodes: [Graph.Node], readers: [[Int]]) -> Int? {
        switch nodes[index].layer {
        case .batchNorm, .add: break
        default: return nil
        }
        guard readers[index].count == 1, case .relu = nodes[readers[index][0]].layer else { return nil }
        return readers[index][0]
    }

    private static func sum(normalizing index: Int, nodes: [Graph.Node], readers: [[Int]]) -> Int? {
        guard case .batchNorm = nodes[index].layer, readers[index].count == 1 else { return nil }
        let reader = readers[index][0]
        guard case .add = nodes[reader].layer, nodes[reader].inputs.count == 2 else { return nil }
        return reader
    }

    private static func readsInputBackward(_ layer: Layer) -> Bool {
        switch layer {
        case .convolution, .batchNorm, .linear, .maxPool: true
        case .input, .relu, .averagePool, .globalAveragePool, .add, .concatenate, .channelShuffle: false
        }
    }
}
