import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@Suite("Model files")
struct ModelFileTests {
    private func file(_ header: String, data: Int, length: UInt64? = nil) -> Data {
        let text = Data(header.utf8)
        var result = withUnsafeBytes(of: (length ?? UInt64(text.count)).littleEndian) { Data($0) }
        result.append(text)
        result.append(Data(repeating: 0, count: data))
        return result
    }

    /// One linear layer without bias: `fc.weight` `[2, 3]`, 24 bytes.
    private func graph() throws -> Graph {
        var graph = Graph(input: FeatureShape(height: 1, width: 1, channels: 2))
        _ = try graph.add(name: "fc", .linear(Linear(outputs: 3, bias: false)), inputs: [0])
        return graph
    }

    private func problem(reading content: Data, _ graph: Graph) throws -> ModelFileError.Problem? {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("model.safetensors")
            try content.write(to: url)
            do {
                _ = try ModelFile.read(from: url, graph: graph)
                return nil
            } catch let error as ModelFileError {
                #expect(error.path == url.path)
                return error.problem
            }
        }
    }

    @Test("A model comes back as it went, and the same model makes the same file")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let model = Fixtures.model(try Fixtures.everyLayer(), seed: 3)
            let url = folder.appendingPathComponent("model.safetensors")
            let again = folder.appendingPathComponent("again.safetensors")
            try ModelFile.write(model, metadata: ["run": "mnist/\"plain\"\n/1"], to: url)
            try ModelFile.write(model, metadata: ["run": "mnist/\"plain\"\n/1"], to: again)
            let content = try Data(contentsOf: url)
            #expect(content == (try Data(contentsOf: again)))
            #expect(content.count == ModelFile.size(of: model, metadata: ["run": "mnist/\"plain\"\n/1"]))
            #expect(content[0] % 8 == 0, "the data starts at a multiple of 8")
            #expect(try ModelFile.read(from: url, graph: model.graph) == model)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2, "no part is left")
            // A second write replaces the first.
            var other = model
            other.parameters[0][0] = 42
            try ModelFile.write(other, to: url)
            #expect(try ModelFile.read(from: url, graph: model.graph) == other)
        }
    }

    @Test("The bytes are those of the format")
    func layout() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("model.safetensors")
            var model = Model(graph: try graph(), seed: 1)
            model.parameters[0] = Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6])
            try ModelFile.write(model, to: url)
            let header =
                #"{"__metadata__":{"format":"offprint","layout":"RSCK"},"#
                + #""fc.weight":{"data_offsets":[0,24],"dtype":"F32","shape":[2,3]}}"#
            let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
            var expected = file(padded, data: 0)
            for value in [1, 2, 3, 4, 5, 6] as [Float] {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { expected.append(contentsOf: $0) }
            }
            #expect(try Data(contentsOf: url) == expected)
        }
    }

    @Test("A model that cannot be written leaves what was there")
    func unwritable() throws {
        try withTemporaryFolder { folder in
            let model = Model(graph: try graph(), seed: 1)
            let missing = folder.appendingPathComponent("no/such/model.safetensors")
            #expect(throws: ModelFileError.self) { try ModelFile.write(model, to: missing) }
            // A folder in the way: renaming onto it fails, and nothing is left behind.
            let occupied = folder.appendingPathComponent("folder")
            try FileManager.default.createDirectory(
                at: occupied.appendingPathComponent("inside"), withIntermediateDirectories: true)
            #expect(throws: ModelFileError.self) { try ModelFile.write(model, to: occupied) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["folder"])
            #expect(throws: ModelFileError.self) { try ModelFile.read(from: missing, graph: graph()) }
            #expect(throws: ModelFileError.self) { try ModelFile.read(from: folder, graph: graph()) }
        }
    }

    @Test("Every cut of a file is an error, none a crash")
    func cuts() throws {
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("model.safetensors")
            let model = Model(graph: try graph(), seed: 1)
            try ModelFile.write(model, to: url)
            let content = try Data(contentsOf: url)
            for length in 0..<content.count {
                let found = try problem(reading: content.prefix(length), model.graph)
                guard case .truncated(let bytes, let expected)? = found else {
                    Issue.record("\(length) of \(content.count) bytes: \(String(describing: found))")
                    continue
                }
                #expect(bytes == length && expected > length && expected <= content.count)
            }
            #expect(
                try problem(reading: content + [0], model.graph) == .unclaimed(begin: 24, end: 25))
        }
    }

    @Test("Lying headers are found out")
    func lies() throws {
        let graph = try graph()
        func entry(_ offsets: String, dtype: String = "F32", shape: String = "[2,3]") -> String {
            #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
        }
        func found(_ members: String, data: Int = 24) throws -> ModelFileError.Problem? {
            try problem(reading: file("{\(members)}", data: data), graph)
        }
        #expect(try found(#""fc.weight":\#(entry("[0,24]"))"#) == nil)
        #expect(
            try problem(reading: file("{}", data: 0, length: .max), graph)
                == .headerTooLong(bytes: .max, limit: 16 << 20))
        #expect(
            try problem(reading: file("{}", data: 0, length: 1 << 20), graph)
                == .truncated(bytes: 10, expected: 8 + 1 << 20))
        #expect(
            try found(#""fc.weight":\#(entry("[0,24]", dtype: "F16"))"#)
                == .elementType(tensor: "fc.weight", found: "F16"))
        #expect(
            try found(#""fc.weight":\#(entry("[0,24]", shape: "[3,2]"))"#)
                == .shape(tensor: "fc.weight", found: [3, 2], expected: [2, 3]))
        #expect(
            try found(#""fc.weight":\#(entry("[0,24]", shape: "[4611686018427387904,4]"))"#)
                == .impossibleShape(tensor: "fc.weight", found: [4_611_686_018_427_387_904, 4]))
        #expect(
            try found(#""fc.weight":\#(entry("[0,24]", shape: "[-2,-3]"))"#)
                == .impossibleShape(tensor: "fc.weight", found: [-2, -3]))
        #expect(
            try found(#""fc.weight":\#(entry("[0,20]"))"#)
                == .length(tensor: "fc.weight", bytes: 20, expected: 24))
        #expect(
            try found(#""fc.weight":\#(entry("[-8,16]"))"#)
                == .outside(tensor: "fc.weight", begin: -8, end: 16, dataBytes: 24))
        #expect(
            try found(#""fc.weight":\#(entry("[24,0]"))"#)
                == .outside(tensor: "fc.weight", begin: 24, end: 0, dataBytes: 24))
        guard case .truncated? = try found(#""fc.weight":\#(entry("[9223372036854775000,9223372036854775024]"))"#)
        else {
            Issue.record("offsets far outside were accepted")
            return
        }
        #expect(
            try found(#""fc.weight":\#(entry("[0,24]")),"x":\#(entry("[8,32]"))"#, data: 32)
                == .overlap(tensor: "x", other: "fc.weight"))
        #expect(
            try found(#""fc.weight":\#(entry("[8,32]"))"#, data: 32) == .unclaimed(begin: 0, end: 8))
        #expect(
            try found(#""fc.weight":\#(entry("[0,24]")),"x":\#(entry("[24,48]"))"#, data: 48)
                == .unexpected(tensor: "x"))
        #expect(
            try found(#""fc.wight":\#(entry("[0,24]"))"#) == .missing(tensor: "fc.weight", expected: [2, 3]))
    }

    @Test("Headers that are not the JSON they should be")
    func malformed() throws {
        let graph = try graph()
        let headers = [
            "", "[]", "nonsense", "{", #"{"fc.weight":[]}"#, #"{"fc.weight":{"dtype":"F32"}}"#,
            #"{"fc.weight":{"dtype":"F32","shape":[2.5,3],"data_offsets":[0,24]}}"#,
            #"{"fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0]}}"#,
            #"{"fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,99999999999999999999]}}"#,
            #"{"__metadata__":{"a":1},"fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
            String(repeating: "[", count: 100_000), "{\"\u{0}\":",
        ]
        for header in headers {
            let found = try problem(reading: file(header, data: 24), graph)
            guard case .headerMalformed? = found else {
                Issue.record("\(header.prefix(60)): \(String(describing: found))")
                continue
            }
        }
    }
}
