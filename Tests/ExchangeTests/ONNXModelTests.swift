import Exchange
import Foundation
import Kernels
import Networks
import SwiftProtobuf
import Testing

/// The ONNX file as a value: what is in it, before any other program reads it.
@Suite struct ONNXModelTests {
    private func file(_ model: Model, card: ONNXModel.Card = .init(name: "test")) throws -> Onnx_ModelProto {
        try Onnx_ModelProto(serializedBytes: try ONNXModel.bytes(of: model, card: card))
    }

    @Test func headingsSayWhatTheFileNeedsAndWhatItIs() throws {
        let model = ExchangeFixtures.model(try ExchangeFixtures.everyLayer(), seed: 1)
        let card = ONNXModel.Card(
            name: "mnist/plain/1", documentation: "words", version: "1.2.3", metadata: ["b": "2", "a": "1"])
        let found = try file(model, card: card)
        #expect(found.irVersion == 8)
        #expect(found.opsetImport.map(\.version) == [17] && found.opsetImport.map(\.domain) == [""])
        #expect(found.producerName == "offprint" && found.producerVersion == "1.2.3" && found.docString == "words")
        #expect(found.metadataProps.map { "\($0.key)=\($0.value)" } == ["a=1", "b=2"])
        #expect(found.graph.name == "mnist/plain/1")
    }

    @Test func inputAndOutputLeaveTheNumberOfImagesFree() throws {
        let graph = try file(ExchangeFixtures.model(try ExchangeFixtures.everyLayer(), seed: 1)).graph
        func shape(_ value: Onnx_ValueInfoProto) -> [String] {
            value.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
        }
        #expect(graph.input.map(\.name) == ["images"] && shape(graph.input[0]) == ["N", "3", "11", "9"])
        #expect(graph.output.map(\.name) == ["logits"] && shape(graph.output[0]) == ["N", "4"])
        for value in graph.valueInfo { #expect(shape(value).first == "N", "\(value.name) \(shape(value))") }
        // No reshape names it either.
        for tensor in graph.initializer where tensor.name.hasSuffix(".shape") {
            let first = tensor.rawData.prefix(8)
            #expect(first == Data(count: 8), "\(tensor.name)")
        }
    }

    @Test(arguments: NetworkCatalog.names) func everyValueIsMadeOnceAndBeforeItIsRead(block: String) throws {
        let definition = try #require(NetworkCatalog.block(named: block))
        let network = try ExchangeFixtures.graph(definition, (28, 28, 1), widths: [64, 128])
        let model = ExchangeFixtures.model(network, seed: 2)
        for model in [model, model.foldingBatchNorms()] {
            let graph = try file(model).graph
            var known = Set(graph.input.map(\.name))
            for tensor in graph.initializer { #expect(known.insert(tensor.name).inserted, "\(tensor.name) twice") }
            for node in graph.node {
                for input in node.input { #expect(known.contains(input), "\(node.name) reads \(input)") }
                for output in node.output { #expect(known.insert(output).inserted, "\(output) twice") }
            }
            #expect(Set(graph.node.map(\.name)).count == graph.node.count)
            #expect(known.contains("logits"))
            let names = model.sortedTensors.map { ModelFileLayout.pyTorch.name(of: $0.description) }
            #expect(Set(names).isSubset(of: graph.initializer.map(\.name)))
        }
    }

    @Test func operatorsHaveTheAttributesOfTheirLayers() throws {
        let graph = try file(ExchangeFixtures.model(try ExchangeFixtures.everyLayer(), seed: 1)).graph
        func node(_ name: String) throws -> Onnx_NodeProto { try #require(graph.node.first { $0.name == name }, "\(name)") }
        func integers(_ node: Onnx_NodeProto, _ name: String) -> [Int64]? {
            node.attribute.first { $0.name == name }.map { $0.type == .ints ? $0.ints : [$0.i] }
        }
        let first = try node("first.convolution")
        #expect(first.opType == "Conv" && integers(first, "strides") == [2, 2] && integers(first, "group") == [1])
        #expect(integers(first, "pads") == [2, 2, 2, 2] && integers(first, "kernel_shape") == [5, 5])
        #expect(first.input == ["images", "first.convolution.weight", "first.convolution.bias"])
        #expect(integers(try node("depthwise"), "group") == [8])
        let norm = try node("first.batchNorm")
        #expect(norm.opType == "BatchNormalization" && norm.attribute.first?.f == 1e-3)
        #expect(
            norm.input.dropFirst() == [
                "first.batchNorm.weight", "first.batchNorm.bias", "first.batchNorm.running_mean",
                "first.batchNorm.running_var",
            ])
        #expect(try node("clipped").opType == "Clip" && node("first.relu").opType == "Relu")
        #expect(integers(try node("average"), "count_include_pad") == [1])
        #expect(try node("joined").opType == "Concat" && integers(node("joined"), "axis") == [1])
        #expect(integers(try node("shuffled.transpose"), "perm") == [0, 2, 1, 3, 4])
        #expect(graph.node.filter { $0.opType == "Add" }.map(\.name) == ["sum.sum1", "sum"])
        #expect(graph.node.last?.opType == "Gemm")
        #expect(integers(try node("last"), "transB") == [1])
    }

    @Test func foldingLeavesNoBatchNormBehindAConvolution() throws {
        let model = ExchangeFixtures.model(try ExchangeFixtures.everyLayer(), seed: 1)
        let kinds = try file(model).graph.node.map(\.opType)
        let folded = try file(model.foldingBatchNorms()).graph.node
        #expect(kinds.filter { $0 == "BatchNormalization" }.count == 2)
        #expect(folded.filter { $0.opType == "BatchNormalization" }.map(\.name) == ["after"])
    }

    @Test func theSameModelGivesTheSameBytes() throws {
        let model = ExchangeFixtures.model(try ExchangeFixtures.everyLayer(), seed: 1)
        let card = ONNXModel.Card(name: "a", metadata: Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "x") }))
        let first = try ONNXModel.bytes(of: model, card: card)
        for _ in 0..<5 { #expect(try ONNXModel.bytes(of: model, card: card) == first) }
    }

    @Test func weightsAreThoseOfTheModelInPyTorchsOrder() throws {
        let model = ExchangeFixtures.model(try ExchangeFixtures.everyLayer(), seed: 1)
        let tensors = try file(model).graph.initializer
        let grouped = try #require(tensors.first { $0.name == "grouped.weight" })
        #expect(grouped.dims == [6, 12, 1, 1] && grouped.dataType == 1)
        let own = try #require(model.tensor(named: "grouped.weight"))
        let found = grouped.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        for k in 0..<6 {
            for c in 0..<12 { #expect(found[k * 12 + c] == own[c * 6 + k], "output \(k), input \(c)") }
        }
        // A network whose last node is not fully connected still answers with one row for each image.
        var graph = Graph(input: FeatureShape(height: 4, width: 4, channels: 2))
        _ = try graph.add(name: "pool", .globalAveragePool(GlobalAveragePool()), inputs: [0])
        let pooled = try file(Model(graph: graph, seed: 1)).graph
        #expect(pooled.node.map(\.opType) == ["GlobalAveragePool", "Flatten"])
        #expect(pooled.output[0].type.tensorType.shape.dim.count == 2)
    }
}
