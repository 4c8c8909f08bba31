import Datasets
import Foundation
import Kernels
import Networks
import TestSupport
import Testing

/// Model files as PyTorch has them.
@Suite struct ModelFileLayoutTests {
    @Test func tensorsAreCalledAndShapedAsInAStateDict() throws {
        var builder = Fixtures.Builder(8, 8, 3)
        try builder.convolution(6, 5, groups: 3, bias: true)
        try builder.add(.batchNorm(BatchNorm()))
        let layout = ModelLayout(graph: try builder.classifier(4))
        let found = (layout.parameters + layout.state).map { tensor in
            "\(ModelFileLayout.pyTorch.name(of: tensor)) \(ModelFileLayout.pyTorch.shape(of: tensor))"
        }
        #expect(
            found == [
                "node1.weight [6, 1, 5, 5]", "node1.bias [6]", "node2.weight [6]", "node2.bias [6]",
                "node4.weight [4, 6]", "node4.bias [4]", "node2.running_mean [6]", "node2.running_var [6]",
            ])
    }

    @Test func convolutionWeightsArePermutedToOIHW() throws {
        let shape = [2, 3, 4, 5]  // R, S, C, K
        let weights = Tensor(shape: shape, values: (0..<120).map(Float.init))
        let permuted = ModelFileLayout.pyTorch.encode(weights)
        #expect(permuted.shape == [5, 4, 2, 3])
        for (k, c, r, s) in [(0, 0, 0, 0), (4, 3, 1, 2), (2, 1, 0, 2), (3, 0, 1, 1)] {
            let found = permuted[((k * 4 + c) * 2 + r) * 3 + s]
            #expect(found == weights[((r * 3 + s) * 4 + c) * 5 + k], "k \(k), c \(c), r \(r), s \(s)")
        }
        #expect(ModelFileLayout.pyTorch.decode(permuted).values == weights.values)
    }

    @Test(arguments: NetworkCatalog.names) func everyBlockComesBackBitForBit(block: String) throws {
        let definition = try #require(NetworkCatalog.block(named: block))
        let graph = try NetworkCatalog.graph(
            block: definition, input: FeatureShape(height: 28, width: 28, channels: 1), widths: [64, 128], classes: 10)
        let model = Fixtures.model(graph, seed: 11)
        try withTemporaryFolder { folder in
            let own = folder.appendingPathComponent("own.safetensors")
            let foreign = folder.appendingPathComponent("foreign.safetensors")
            try ModelFile.write(model, to: own)
            try ModelFile.write(model, layout: .pyTorch, metadata: ["run": "a/b/1"], to: foreign)
            #expect(try ModelFile.readEitherLayout(from: own, graph: graph) == model)
            #expect(try ModelFile.readEitherLayout(from: foreign, graph: graph) == model)
            // Only the own layout is what a cache may hold.
            #expect(throws: ModelFileError.self) { try ModelFile.read(from: foreign, graph: graph) }
        }
    }

    @Test func metadataSayWhichLayoutItIs() throws {
        let model = Model(graph: try Fixtures.tiny(), seed: 1)
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            // What marks the layout cannot be replaced.
            try ModelFile.write(model, layout: .pyTorch, metadata: ["format": "x", "run": "a"], to: file)
            let text = String(decoding: try Data(contentsOf: file).dropFirst(8).prefix(80), as: UTF8.self)
            #expect(text.hasPrefix(#"{"__metadata__":{"format":"pt","layout":"OIHW","run":"a"}"#), "\(text)")
        }
    }

    /// Written by `safetensors.torch.save_file(network.state_dict(), …)`, counters of batches and all.
    @Test func aFileThatPyTorchWroteIsReadAndAnswersAsPyTorchDid() throws {
        let graph = try torchGraph()
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("torch.safetensors")
            try torchFile.write(to: file)
            let model = try ModelFile.readEitherLayout(from: file, graph: graph)
            let image = LabeledImages(
                height: 4, width: 4, channels: 1, pixels: (0..<16).map { UInt8($0 * 16) }, labels: [0],
                classNames: ["a", "b", "c"])
            let found = try model.logits(image, context: KernelContext(threads: 1))[0]
            let expected: [Float] = [0.6692593693733215, 0.2877189815044403, 0.3889677822589874]
            for (left, right) in zip(found, expected) { #expect(abs(left - right) < 1e-6, "\(found), \(expected)") }
        }
    }

    @Test func whatDoesNotFitIsNamedWithFoundAndExpected() throws {
        let header = try #require(String(validating: torchFile[8..<624], as: UTF8.self))
        func problem(_ old: String, _ new: String) throws -> ModelFileError.Problem? {
            let text = header.replacing(old, with: new)
            #expect(text != header, "\(old) is in the header")
            var content = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Data($0) }
            content.append(contentsOf: text.utf8)
            content.append(torchFile.dropFirst(624))
            return try withTemporaryFolder { folder in
                let file = folder.appendingPathComponent("changed.safetensors")
                try content.write(to: file)
                do {
                    _ = try ModelFile.readEitherLayout(from: file, graph: try torchGraph())
                    return nil
                } catch let error as ModelFileError {
                    return error.problem
                }
            }
        }
        #expect(
            try problem(#""fc.weight":{"dtype":"F32","shape":[3,2]"#, #""fc.weight":{"dtype":"F32","shape":[2,3]"#)
                == .shape(tensor: "fc.weight", found: [2, 3], expected: [3, 2]))
        for type in ["F16", "BF16", "F64", "F8_E4M3"] {
            let changed = try problem(
                #""fc.weight":{"dtype":"F32""#, #""fc.weight":{"dtype":"\#(type)""#)
            #expect(changed == .elementType(tensor: "fc.weight", found: type))
        }
        #expect(try problem("norm.running_var", "norm.running_variance") == .missing(tensor: "norm.running_var", expected: [2]))
        // A counter of a batch norm that the network has is passed over; any other tensor is not.
        #expect(
            try problem("norm.num_batches_tracked", "fc.num_batches_tracked")
                == .elementType(tensor: "fc.num_batches_tracked", found: "I64"))
        #expect(try problem(#"num_batches_tracked":{"dtype":"I64""#, #"num_batches_tracked":{"dtype":"I32""#)
            == .length(tensor: "norm.num_batches_tracked", bytes: 8, expected: 4))
        #expect(try problem(#""conv.bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}"#, #""extra":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}"#)
            == .missing(tensor: "conv.bias", expected: [2]))
    }

    @Test func aTensorTooMuchIsRefused() throws {
        let small = try Fixtures.tiny()
        var builder = Fixtures.Builder(8, 8, 1)
        try builder.convolution(8, 3, stride: 2)
        let large = Model(graph: small, seed: 1)
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("large.safetensors")
            try ModelFile.write(large, layout: .pyTorch, to: file)
            #expect(throws: ModelFileError(path: file.path, problem: .unexpected(tensor: "node2.bias"))) {
                try ModelFile.readEitherLayout(from: file, graph: builder.graph)
            }
        }
    }

    private func torchGraph() throws -> Graph {
        var graph = Graph(input: FeatureShape(height: 4, width: 4, channels: 1))
        _ = try graph.add(name: "conv", .convolution(Convolution(outputChannels: 2, kernel: 3, bias: true)), inputs: [0])
        _ = try graph.add(name: "norm", .batchNorm(BatchNorm()), inputs: [1])
        _ = try graph.add(name: "relu", .relu(ReLU()), inputs: [2])
        _ = try graph.add(name: "pool", .globalAveragePool(GlobalAveragePool()), inputs: [3])
        _ = try graph.add(name: "fc", .linear(Linear(outputs: 3)), inputs: [4])
        return graph
    }

    private let torchFile = Data(base64Encoded: """
        aAIAAAAAAAB7Im5vcm0ubnVtX2JhdGNoZXNfdHJhY2tlZCI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbMCw4\
        XX0sImNvbnYuYmlhcyI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzgsMTZdfSwiY29udi53ZWlnaHQiOnsi\
        ZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzIsMSwzLDNdLCJkYXRhX29mZnNldHMiOlsxNiw4OF19LCJmYy5iaWFzIjp7ImR0eXBlIjoiRjMyIiwi\
        c2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbODgsMTAwXX0sImZjLndlaWdodCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMywyXSwiZGF0\
        YV9vZmZzZXRzIjpbMTAwLDEyNF19LCJub3JtLmJpYXMiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOlsxMjQs\
        MTMyXX0sIm5vcm0ucnVubmluZ19tZWFuIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMTMyLDE0MF19LCJu\
        b3JtLnJ1bm5pbmdfdmFyIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMTQwLDE0OF19LCJub3JtLndlaWdo\
        dCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzE0OCwxNTZdfX0gBQAAAAAAAAA0ZqA+I+CFvkC5vjz2nU2+\
        hmDZPSA11j1Obza+4KFMvW72R74mIrE9a+O3vZjMbz7QTnI+SxYLPZaEEb5ofEi+wPAVvSAfwL1GchY+S7uRvrR3CT+GNzo+IxTAPtKdCj+J\
        evu9izq6Pq0VjT7IevI8YQMHPgAAAAAAAAAA2H/7PVPL4b3JOyM/PBkqPwAAgD8AAIA/
        """) ?? Data()
}
