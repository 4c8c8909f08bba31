import Foundation
import Networks
import Testing

@Suite("Graph")
struct GraphTests {
    static let shape = FeatureShape(height: 8, width: 8, channels: 3)

    /// One node of each kind.
    static func small() throws -> Graph {
        var graph = Graph(input: shape)
        let convolution = try graph.add(
            name: "c", .convolution(Convolution(outputChannels: 4, kernel: 3, bias: true)), inputs: [0])
        let norm = try graph.add(name: "n", .batchNorm(BatchNorm()), inputs: [convolution])
        let relu = try graph.add(name: "r", .relu(ReLU(maximum: 6)), inputs: [norm])
        let sum = try graph.add(name: "a", .add(Add()), inputs: [relu, convolution])
        let both = try graph.add(name: "both", .concatenate(Concatenate()), inputs: [sum, 0])
        let shuffled = try graph.add(name: "s", .channelShuffle(ChannelShuffle(groups: 7)), inputs: [both])
        let largest = try graph.add(name: "m", .maxPool(MaxPool(window: 2, stride: 2)), inputs: [shuffled])
        let mean = try graph.add(
            name: "v", .averagePool(AveragePool(window: 3, stride: 1, padding: 1)), inputs: [largest])
        let pool = try graph.add(name: "p", .globalAveragePool(GlobalAveragePool()), inputs: [mean])
        _ = try graph.add(name: "l", .linear(Linear(outputs: 5)), inputs: [pool])
        return graph
    }

    @Test("counts parameters and multiply-adds over all nodes")
    func totals() throws {
        let graph = try Self.small()
        #expect(graph.parameterCount == (3 * 3 * 3 * 4 + 4) + 8 + (7 * 5 + 5))
        #expect(graph.multiplyAdds == 8 * 8 * 3 * 3 * 3 * 4 + 7 * 5)
        #expect(graph.nodes.map { graph.parameterCount(of: $0) }.reduce(0, +) == graph.parameterCount)
        #expect(graph.nodes.map { graph.multiplyAdds(of: $0) }.reduce(0, +) == graph.multiplyAdds)
    }

    @Test("finds nodes by name, its input and its output")
    func nodes() throws {
        let graph = try Self.small()
        #expect(graph.inputShape == Self.shape)
        #expect(graph.output.name == "l")
        #expect(graph.index(named: "r") == 3)
        #expect(graph.node(named: "m")?.outputShape == FeatureShape(height: 4, width: 4, channels: 7))
        #expect(graph.node(named: "none") == nil)
        let norm = try #require(graph.node(named: "n"))
        #expect(graph.parameters(of: norm) == [.init(.scale, [4]), .init(.shift, [4])])
        #expect(graph.states(of: norm) == [.init(.runningMean, [4]), .init(.runningVariance, [4])])
    }

    @Test("refuses a node that does not belong, and stays as it was")
    func refusals() throws {
        var graph = try Self.small()
        let before = graph
        let relu = Layer.relu(ReLU())
        #expect(throws: GraphError.duplicateName("c")) { try graph.add(name: "c", relu, inputs: [0]) }
        for index in [-1, 11, Int.max, Int.min] {
            #expect(throws: GraphError.unknownInput(node: "x", index: index)) {
                try graph.add(name: "x", relu, inputs: [index])
            }
        }
        #expect(throws: GraphError.inputCount(node: "x", expected: "one input node in a graph", found: 2)) {
            try graph.add(name: "x", .input(Input(shape: Self.shape)), inputs: [])
        }
        let four = FeatureShape(height: 8, width: 8, channels: 4)
        #expect(throws: GraphError.shapesDiffer(node: "x", Self.shape, four)) {
            try graph.add(name: "x", .add(Add()), inputs: [0, 1])
        }
        #expect(graph == before)
        #expect(graph.parameterCount == before.parameterCount)
    }

    @Test("refuses totals that do not fit an Int")
    func hugeTotals() throws {
        // Each layer costs just under 2^61 multiply-adds: four fit.
        let shape = FeatureShape(height: 32768, width: 65536, channels: 1)
        var graph = Graph(input: shape)
        let layer = Layer.convolution(Convolution(outputChannels: 1, kernel: 32767))
        for index in 0..<4 {
            _ = try graph.add(name: "\(index)", layer, inputs: [index])
        }
        #expect(graph.multiplyAdds > 1 << 62)
        #expect(throws: GraphError.tooLarge(node: "4", shape: shape)) {
            try graph.add(name: "4", layer, inputs: [4])
        }
        #expect(graph.nodes.count == 5)
    }
}

@Suite("Graph in a file")
struct GraphFileTests {
    private func text(of graph: Graph) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(graph), as: UTF8.self)
    }

    @Test("is read as it was written")
    func roundTrip() throws {
        let network = try NetworkCatalog.graph(block: NetworkCatalog.blocks[8], dataset: .mnist)
        for graph in [try GraphTests.small(), Graph(input: GraphTests.shape), network] {
            let read = try JSONDecoder().decode(Graph.self, from: Data(try text(of: graph).utf8))
            #expect(read == graph)
            #expect(read.parameterCount == graph.parameterCount)
            #expect(read.multiplyAdds == graph.multiplyAdds)
            #expect(read.index(named: graph.output.name) == graph.nodes.count - 1)
        }
    }

    @Test("has layers under the name of their kind")
    func layerForm() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(Layer.maxPool(MaxPool(window: 2, stride: 2))), as: UTF8.self)
        #expect(text == #"{"maxPool":{"padding":0,"stride":2,"window":2}}"#)
    }

    /// Parts of a valid file and what each is replaced with.
    static let edits: [(String, String)] = [
        (#""inputs":[3,1]"#, #""inputs":[3,99]"#),
        (#""inputs":[3,1]"#, #""inputs":[3,-1]"#),
        (#""inputs":[3,1]"#, #""inputs":[3,4]"#),
        (#""inputs":[3,1]"#, #""inputs":[3,0]"#),
        (#""inputs":[3,1]"#, #""inputs":[]"#),
        (#""name":"r""#, #""name":"c""#),
        (#""name":"input""#, #""name":"data""#),
        (#""kernel":3"#, #""kernel":0"#),
        (#""kernel":3"#, #""kernel":9223372036854775807"#),
        (#""kernel":3"#, #""kernel":-9223372036854775808"#),
        (#""kernel":3"#, #""kernel":5"#),
        (#""padding":1"#, #""padding":-1"#),
        (#""padding":1"#, #""padding":4611686018427387904"#),
        (#""outputChannels":4"#, #""outputChannels":9223372036854775807"#),
        (#""groups":1"#, #""groups":0"#),
        (#""groups":1"#, #""groups":2"#),
        (#""groups":7"#, #""groups":-7"#),
        (#""height":8"#, #""height":-8"#),
        (#""outputShape":{"channels":4"#, #""outputShape":{"channels":5"#),
        (#""channels":3,"height":8"#, #""channels":9999999999,"height":8"#),
        (#""maximum":6"#, #""maximum":-6"#),
        (#""epsilon":"#, #""epsilon":-"#),
        (#""globalAveragePool""#, #""globalMaxPool""#),
        (#""globalAveragePool":{}"#, #""add":{},"globalAveragePool":{}"#),
        (#""globalAveragePool":{}"#, #""input":{"shape":{"channels":3,"height":8,"width":8}}"#),
        (#""window":2"#, #""window":9"#),
        (#""outputs":5"#, #""outputs":0"#),
    ]

    @Test("is refused where no call of add could have made it", arguments: edits)
    func inconsistentFiles(old: String, new: String) throws {
        let text = try text(of: GraphTests.small())
        let edited = text.replacingOccurrences(of: old, with: new)
        try #require(edited != text, "\(old) is not in \(text)")
        #expect(throws: DecodingError.self, "\(old) -> \(new)") {
            try JSONDecoder().decode(Graph.self, from: Data(edited.utf8))
        }
    }

    @Test("is refused without an input node", arguments: ["{}", "[]", #"{"nodes":[]}"#, #"{"nodes":[{}]}"#])
    func emptyFiles(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Graph.self, from: Data(text.utf8)) }
    }
}
