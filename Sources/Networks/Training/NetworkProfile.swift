/// Where the time of training steps goes: summed by kind of layer and pass.
public struct NetworkProfile {
    /// The nodes of one kind in one pass, per training step.
    public struct Row: Codable, Hashable, Sendable {
        /// As `Layer` calls it; convolutions with kernel and groups: `convolution 3x3`, `depthwise 3x3`.
        public let kind: String
        /// `forward`, `backward` (of a convolution: the data gradient), `weight-gradient`, `step`.
        public let pass: String
        /// Nodes of the kind.
        public let nodes: Int
        public let ms: Double
        /// Of the whole step, 0…1.
        public let share: Double
        /// Inputs and outputs of the nodes, each counted once: what one read and one write of every map moves.
        public let mebibytes: Double
        /// 10^9 bytes of those a second.
        public let gigabytesPerSecond: Double
        /// 10^9 operations a second by the definition, two for each multiply-add.
        public let gflops: Double

        enum CodingKeys: String, CodingKey {
            case kind, pass, nodes, ms, share, mebibytes, gflops
            case gigabytesPerSecond = "gigabytes_per_second"
        }
    }

    private struct Sum {
        var seconds = 0.0
        var nodes: Set<Int> = []
    }

    private let graph: Graph
    private let batch: Int
    private var sums: [[String]: Sum] = [:]
    private var last = 0.0
    /// Training steps that have begun.
    private(set) var steps = 0

    init(graph: Graph, batch: Int) {
        self.graph = graph
        self.batch = batch
    }

    mutating func begin(at time: Double) {
        steps += 1
        last = time
    }

    /// Time since the last call goes to that node.
    mutating func add(node: Int, _ pass: ExecutionPass, now: Double) {
        if pass == .loss { return add("loss", ExecutionPass.forward.rawValue, now: now) }
        let key = [graph.nodes[node].layer.kindName(inputs: graph.inputShapes(of: graph.nodes[node])), pass.rawValue]
        sums[key, default: Sum()].nodes.insert(node)
        sums[key, default: Sum()].seconds += now - last
        last = now
    }

    mutating func add(_ kind: String, _ pass: String, now: Double) {
        sums[[kind, pass], default: Sum()].seconds += now - last
        last = now
    }

    var rows: [Row] {
        let total = sums.values.reduce(0) { $0 + $1.seconds }
        return sums.map { key, sum in
            let seconds = max(sum.seconds / Double(max(steps, 1)), 1e-12)
            let elements = sum.nodes.reduce(0) { count, index in
                let node = graph.nodes[index]
                return count + graph.inputShapes(of: node).reduce(node.outputShape.count) { $0 + $1.count }
            }
            let bytes = Double(elements * batch * MemoryLayout<Float>.size)
            let operations = Double(sum.nodes.reduce(0) { $0 + graph.multiplyAdds(of: graph.nodes[$1]) } * batch * 2)
            return Row(
                kind: key[0], pass: key[1], nodes: sum.nodes.count, ms: seconds * 1000, share: sum.seconds / total,
                mebibytes: bytes / 1_048_576, gigabytesPerSecond: bytes / seconds / 1e9,
                gflops: operations / seconds / 1e9)
        }
        .sorted { ($1.ms, $0.kind, $0.pass) < ($0.ms, $1.kind, $1.pass) }
    }
}

extension Layer {
    /// What a profile calls the layer.
    fileprivate func kindName(inputs: [FeatureShape]) -> String {
        switch self {
        case .input: return "input"
        case .convolution(let layer):
            let size = "\(layer.kernel)x\(layer.kernel)" + (layer.stride > 1 ? "/\(layer.stride)" : "")
            if layer.groups == 1 { return "convolution \(size)" }
            return layer.groups == inputs.first?.channels ? "depthwise \(size)" : "grouped \(size)"
        case .batchNorm: return "batchNorm"
        case .relu: return "relu"
        case .maxPool: return "maxPool"
        case .averagePool: return "averagePool"
        case .globalAveragePool: return "globalAveragePool"
        case .add: return "add"
        case .concatenate: return "concatenate"
        case .channelShuffle: return "channelShuffle"
        case .linear: return "linear"
        }
    }
}
