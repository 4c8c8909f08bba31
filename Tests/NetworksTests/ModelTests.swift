import Kernels
import Networks
import Testing

@Suite("Model")
struct ModelTests {
    @Test("Weights start within 1/√fan-in, everything else at its constant")
    func initialisation() throws {
        let graph = try Fixtures.everyLayer()
        let model = Model(graph: graph, seed: 1)
        for (description, values) in model.sortedTensors {
            let values = values.values
            switch description.role {
            case .weight:
                let fanIn = Double(description.shape.dropLast().reduce(1, *))
                let bound = 1 / fanIn.squareRoot()
                let largest = values.map { abs(Double($0)) }.max() ?? 0
                #expect(largest <= bound * 1.000001, "\(description.name): \(largest) above \(bound)")
                #expect(largest > bound * 0.8, "\(description.name): \(largest) far below \(bound)")
                #expect(values.contains { $0 < 0 } && values.contains { $0 > 0 })
            case .scale, .runningVariance: #expect(values.allSatisfy { $0 == 1 }, "\(description.name)")
            case .bias, .shift, .runningMean: #expect(values.allSatisfy { $0 == 0 }, "\(description.name)")
            }
        }
    }

    @Test("Depthwise weights count only their own channel as fan-in")
    func depthwiseFanIn() throws {
        var builder = Fixtures.Builder(4, 4, 64)
        try builder.convolution(64, 3, groups: 64)
        let values = Model(graph: builder.graph, seed: 1).parameters[0].values
        let largest = values.map(abs).max() ?? 0
        #expect(largest > 0.3 && largest <= 0.33334, "\(largest) against √(1/9)")
    }

    @Test("Initial weights depend on seed and name, not on where a node stands")
    func orderDoesNotMatter() throws {
        let convolution = Layer.convolution(Convolution(outputChannels: 4, kernel: 3))
        let shape = FeatureShape(height: 4, width: 4, channels: 4)
        var first = Graph(input: shape)
        _ = try first.add(name: "a", convolution, inputs: [0])
        _ = try first.add(name: "b", convolution, inputs: [1])
        var second = Graph(input: shape)
        _ = try second.add(name: "b", convolution, inputs: [0])
        _ = try second.add(name: "a", convolution, inputs: [1])
        let (left, right) = (Model(graph: first, seed: 9), Model(graph: second, seed: 9))
        #expect(left.tensor(named: "a.weight") == right.tensor(named: "a.weight"))
        #expect(left.tensor(named: "b.weight") == right.tensor(named: "b.weight"))
        #expect(left.tensor(named: "a.weight") != left.tensor(named: "b.weight"))
        #expect(left.tensor(named: "a.weight") != Model(graph: first, seed: 10).tensor(named: "a.weight"))
        #expect(left.tensor(named: "a.bias") == nil)
        #expect(left.parameterCount == 2 * 9 * 16)
    }

    @Test("The bytes of a digest come sorted by name, with name, shape and every number")
    func weightBytes() throws {
        var graph = Graph(input: FeatureShape(height: 1, width: 1, channels: 2))
        _ = try graph.add(name: "b", .linear(Linear(outputs: 1)), inputs: [0])
        _ = try graph.add(name: "a", .batchNorm(BatchNorm()), inputs: [1])
        var model = Model(graph: graph, seed: 1)
        model.parameters[0] = Tensor(shape: [2, 1], values: [1, -2])
        var bytes: [UInt8] = []
        model.forEachWeightBytes { bytes.append(contentsOf: $0) }
        var expected: [UInt8] = []
        func append(_ name: String, _ shape: [Int], _ values: [Float]) {
            expected += Array(name.utf8) + [0]
            for number in [shape.count] + shape { expected += [UInt8(number), 0, 0, 0, 0, 0, 0, 0] }
            for value in values {
                for shift in [0, 8, 16, 24] as [UInt32] { expected.append(UInt8(value.bitPattern >> shift & 255)) }
            }
        }
        append("a.runningMean", [1], [0])
        append("a.runningVariance", [1], [1])
        append("a.scale", [1], [1])
        append("a.shift", [1], [0])
        append("b.bias", [1], [0])
        append("b.weight", [2, 1], [1, -2])
        #expect(bytes == expected)
    }
}
