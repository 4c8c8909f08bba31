/// How long the layers of one kind and shape take in one pass of a training step.
public struct LayerTiming: Codable, Hashable, Sendable {
    /// The node, or the first of several of the same kind and shape: `stage1.block1.convolution1`.
    public var layer: String
    /// How many nodes of the network are of the same kind and shape.
    public var count: Int
    /// `Conv3x3/2 64->128`
    public var kind: String
    /// Of the batch that enters: `32x28x28x64`.
    public var input: String
    /// `forward`, `backward` (of a convolution: the data gradient), `weight-gradient`.
    public var pass: String
    /// Of convolutions; empty where a layer is computed in one way only.
    public var algorithm: String
    /// Of one of the nodes: the median over the steps, the mean over the nodes.
    public var seconds: Double
    /// Of one node by the definition, two for each multiply-add; 0 for all but convolutions and linear layers.
    public var operations: Double
    /// What is read and written, each tensor counted once, parameters included.
    public var bytes: Double

    public init(
        layer: String, count: Int, kind: String, input: String, pass: String, algorithm: String, seconds: Double,
        operations: Double, bytes: Double
    ) {
        self.layer = layer
        self.count = count
        self.kind = kind
        self.input = input
        self.pass = pass
        self.algorithm = algorithm
        self.seconds = seconds
        self.operations = operations
        self.bytes = bytes
    }
}

/// Collects the times of a program's instructions over steps.
struct LayerRecorder {
    private let graph: Graph
    private let geometries: [NodeGeometry]
    private let program: StepProgram
    private let batch: Int
    /// By node and pass: seconds of the current step, and of those before.
    private var current: [Place: Double] = [:]
    private var times: [Place: [Double]] = [:]
    private var last = 0.0

    private struct Place: Hashable {
        let node: Int
        let pass: ExecutionPass
    }

    init(graph: Graph, geometries: [NodeGeometry], program: StepProgram, batch: Int) {
        self.graph = graph
        self.geometries = geometries
        self.program = program
        self.batch = batch
    }

    mutating func begin(at time: Double) { last = time }

    /// Time since the last call goes to that node.
    mutating func add(node: Int, _ pass: ExecutionPass, now: Double) {
        current[Place(node: node, pass: pass), default: 0] += now - last
        last = now
    }

    mutating func endStep() {
        for (place, seconds) in current { times[place, default: []].append(seconds) }
        current = [:]
    }

    /// By node, each forward, backward, weight gradient; equal layers are put together in the place of the first.
    var layers: [LayerTiming] {
        var layers: [LayerTiming] = []
        var places: [[String]: Int] = [:]
        for node in graph.nodes.indices {
            for pass in [ExecutionPass.forward, .backward, .weightGradient] {
                let place = Place(node: node, pass: pass)
                guard let samples = times[place], let layer = timing(place, samples) else { continue }
                let key = [layer.kind, layer.input, layer.pass, layer.algorithm, "\(layer.bytes)"]
                if let index = places[key] {
                    layers[index].count += 1
                    layers[index].seconds += layer.seconds
                } else {
                    places[key] = layers.count
                    layers.append(layer)
                }
            }
        }
        for index in layers.indices { layers[index].seconds /= Double(layers[index].count) }
        return layers
    }

    private func timing(_ place: Place, _ samples: [Double]) -> LayerTiming? {
        let node = graph.nodes[place.node]
        guard let input = graph.inputShapes(of: node).first else { return nil }
        return LayerTiming(
            layer: node.name, count: 1, kind: node.layer.summary(inputs: graph.inputShapes(of: node)),
            input: "\(batch)x\(input.height)x\(input.width)x\(input.channels)", pass: place.pass.rawValue,
            algorithm: algorithm(place), seconds: max(samples.sorted()[samples.count / 2], 1e-9),
            operations: Double(2 * graph.multiplyAdds(of: node) * batch), bytes: bytes(place))
    }

    private func algorithm(_ place: Place) -> String {
        guard case .convolution(let geometry) = geometries[place.node].kind else { return "" }
        switch place.pass {
        case .forward, .loss: return geometry.algorithm(for: .forward).rawValue
        case .backward: return geometry.algorithm(for: .dataGradient).rawValue
        case .weightGradient: return geometry.algorithm(for: .weightGradient).rawValue
        }
    }

    private func bytes(_ place: Place) -> Double {
        var floats = graph.multiplyAdds(of: graph.nodes[place.node]) > 0
            ? graph.parameterCount(of: graph.nodes[place.node]) : 0
        for instruction in program.instructions where instruction.node == place.node && instruction.pass == place.pass {
            let tensors = instruction.reads + (instruction.writes.map { [$0] } ?? [])
            floats += tensors.reduce(0) { $0 + program.shapes[$1].count * batch }
        }
        return Double(floats * MemoryLayout<Float>.stride)
    }
}
