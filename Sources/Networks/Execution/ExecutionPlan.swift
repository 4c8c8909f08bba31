import Kernels

/// What of a graph is fused, and who needs a gradient. `ProgramBuilder` writes the kernels that follow from it.
///
/// ```
/// node            fused
/// batchNorm       with the relu that alone reads it: never stored
///                 into the sum of two that alone reads it: never stored
///                 in training, alone or with its relu, into the convolution that alone reads it, where that can
///                 normalize as it reads: never stored
///                 in training, its statistics into the convolution before it, and the sums of its gradients into the data
///                 gradient of the convolution that alone reads it (or its relu), where those can sum what they write
/// add             with the relu that alone reads it
/// relu            in place of its input, where nobody else reads that later: in a backward pass a batchNorm and the
///                 next weight gradient do, and the relu's own mask, which a fused batchNorm finds again from its input
/// ```
///
/// A residual block ends, fused, in one pass over memory: `relu(normalize(a) + normalize(b))` reads two convolutions
/// and writes the block's output. Its backward pass adds the gradients of the two readers and stops the sum in one.
struct ExecutionPlan {
    /// For a batchNorm or a sum whose only reader is a relu: that relu. Its output takes the place of both.
    let fusedReLU: [Int?]
    /// For a batchNorm whose only reader is a sum of two: that sum, which normalizes while it adds.
    let normalizingSum: [Int?]
    /// For a convolution that normalizes what it reads in training: the batchNorm that does so otherwise.
    let inputNormalization: [Int?]
    /// For a convolution that sums what it writes in training: the batchNorm that wants the sums.
    let outputStatistics: [Int?]
    /// For a convolution whose data gradient goes on through the batchNorm before it: that batchNorm.
    let normalizationGradient: [Int?]
    /// Nodes done by another node: the relus of `fusedReLU`.
    let isAbsorbed: [Bool]
    /// Relus that may overwrite their input: in inference, and in training.
    let isInPlaceInInference: [Bool]
    let isInPlaceInTraining: [Bool]
    /// Whether anything trained stands at or before the node.
    let needsGradient: [Bool]

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
        let inputNormalization = nodes.indices.map {
            fusion
                ? Self.batchNorm(readBy: $0, graph: graph, readers: readers, fusedReLU: fusedReLU) {
                    $0.normalizesInput
                } : nil
        }
        outputStatistics = nodes.indices.map {
            fusion ? Self.batchNorm(reading: $0, graph: graph, readers: readers) : nil
        }
        normalizationGradient = nodes.indices.map {
            fusion
                ? Self.batchNorm(readBy: $0, graph: graph, readers: readers, fusedReLU: fusedReLU) {
                    $0.algorithm(for: .dataGradient).sumsWhatItWrites
                } : nil
        }
        var isAbsorbed = Array(repeating: false, count: nodes.count)
        for case let relu? in fusedReLU { isAbsorbed[relu] = true }
        var needsGradient: [Bool] = []
        for (index, node) in nodes.enumerated() {
            needsGradient.append(
                layout.hasParameters(node: index) || node.inputs.contains { needsGradient[$0] }
                    || (inputGradient && index == 0))
        }

        func isInPlace(_ index: Int, training: Bool) -> Bool {
            guard fusion, case .relu = nodes[index].layer, !isAbsorbed[index] else { return false }
            let input = nodes[index].inputs[0]
            let lastReader = readers[input].map { normalizingSum[$0] ?? $0 }.max()
            // The images stay for further passes.
            guard input > 0, lastReader == index else { return false }
            guard training else { return true }
            if case .relu = nodes[input].layer {
                // Its mask is found in its own output, unless it is part of a batch norm.
                guard let first = fusedReLU.firstIndex(of: input), case .batchNorm = nodes[first].layer else {
                    return false
                }
            }
            return !readers[input].contains { Self.readsInputBackward(nodes[$0].layer) }
        }
        self.fusedReLU = fusedReLU
        self.normalizingSum = normalizingSum
        self.inputNormalization = inputNormalization
        self.isAbsorbed = isAbsorbed
        isInPlaceInInference = nodes.indices.map { isInPlace($0, training: false) }
        isInPlaceInTraining = nodes.indices.map { isInPlace($0, training: true) }
        self.needsGradient = needsGradient
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

    /// The batchNorm, with the relu after it or without, that only the convolution at `index` reads, where that can do
    /// what is asked for. That follows from its shape; of an image alone, for batches of all sizes are planned alike.
    private static func batchNorm(
        readBy index: Int, graph: Graph, readers: [[Int]], fusedReLU: [Int?], where can: (ConvolutionGeometry) -> Bool
    ) -> Int? {
        guard let geometry = convolution(at: index, graph: graph), let input = graph.nodes[index].inputs.first,
            readers[input].count == 1, can(geometry)
        else { return nil }
        let norm = fusedReLU.firstIndex(of: input) ?? input
        guard case .batchNorm = graph.nodes[norm].layer else { return nil }
        return norm
    }

    /// A batchNorm that reads the convolution at `index`, where that can sum what it writes.
    private static func batchNorm(reading index: Int, graph: Graph, readers: [[Int]]) -> Int? {
        guard let geometry = convolution(at: index, graph: graph), geometry.algorithm(for: .forward).sumsWhatItWrites
        else { return nil }
        return readers[index].first { if case .batchNorm = graph.nodes[$0].layer { true } else { false } }
    }

    private static func convolution(at index: Int, graph: Graph) -> ConvolutionGeometry? {
        guard case .convolution = graph.nodes[index].layer else { return nil }
        return (try? NodeGeometry(graph: graph, node: graph.nodes[index], batch: 1))?.convolution
    }

    private static func readsInputBackward(_ layer: Layer) -> Bool {
        switch layer {
        case .convolution, .batchNorm, .linear, .maxPool: true
        case .input, .relu, .averagePool, .globalAveragePool, .add, .concatenate, .channelShuffle: false
        }
    }
}
