public import Foundation
import Kernels

/// Models as safetensors files: eight bytes of header length (little-endian), a JSON header, the numbers.
///
/// * Tensors are called `node.role`, sorted by name, `F32`, little-endian, each starting at a multiple of 4 bytes and
///   the first at a multiple of 8.
/// * Layouts are this program's own: convolution weights `[R, S, C/groups, K]` (rows, columns, input channels, output
///   channels), linear weights `[C, K]`. PyTorch's `[K, C/groups, R, S]` is their permutation `(3, 2, 0, 1)`.
/// * The metadata always holds `format: offprint` and `layout: RSCK`.
///
/// The same model and metadata give the same bytes.
/// Format: <https://github.com/huggingface/safetensors>, whose reader opens these files.
public enum ModelFile {
    /// Longest header that is read or written. A thousand nodes need about 200 kB.
    static let headerLimit = 16 << 20
    static let ownMetadata = ["format": "offprint", "layout": "RSCK"]

    /// Bytes that `write` would put into a file, from the header alone. O(tensors).
    public static func size(of model: Model, metadata: [String: String] = [:]) -> Int {
        let parts = contents(of: model, metadata: metadata)
        return 8 + parts.header.count + parts.dataBytes
    }

    /// Writes under a temporary name in the same folder, synchronises, then renames: the final name never holds half
    /// a file, and an older file stays where writing fails.
    public static func write(
        _ model: Model, metadata: [String: String] = [:], to url: URL
    ) throws(ModelFileError) {
        let parts = contents(of: model, metadata: metadata)
        guard parts.header.count <= headerLimit else {
            throw ModelFileError(
                path: url.path, problem: .headerTooLong(bytes: UInt64(parts.header.count), limit: headerLimit))
        }
        let temporary = url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString).part")
        do {
            try Data().write(to: temporary, options: .withoutOverwriting)
            let handle = try FileHandle(forWritingTo: temporary)
            defer { try? handle.close() }
            let length = withUnsafeBytes(of: UInt64(parts.header.count).littleEndian) { Data($0) }
            try handle.write(contentsOf: length)
            try handle.write(contentsOf: parts.header)
            for tensor in parts.tensors {
                try tensor.withUnsafeBytes { bytes in
                    guard !bytes.isEmpty else { return }
                    try handle.write(contentsOf: Data(bytes))
                }
            }
            try handle.synchronize()
            guard rename(temporary.path, url.path) == 0 else {
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw ModelFileError(path: url.path, problem: .unwritable(error.localizedDescription))
        }
    }

    /// Reads a model of `graph`. Everything the header says is checked against the file's size and the graph before
    /// any memory is set aside for it.
    public static func read(from url: URL, graph: Graph) throws(ModelFileError) -> Model {
        do {
            return try readChecked(from: url, graph: graph)
        } catch let error as ModelFileProblem {
            throw ModelFileError(path: url.path, problem: error.problem)
        } catch {
            throw ModelFileError(path: url.path, problem: .unreadable(error.localizedDescription))
        }
    }

    private struct Contents {
        var header: Data
        var tensors: [Tensor]
        var dataBytes: Int
    }

    private static func contents(of model: Model, metadata: [String: String]) -> Contents {
        var header = SafetensorsHeader(metadata: metadata.merging(ownMetadata) { _, own in own })
        var end = 0
        var tensors: [Tensor] = []
        for (description, values) in model.sortedTensors {
            let next = end + values.count * MemoryLayout<Float>.size
            header.tensors[description.name] = .init(dtype: "F32", shape: description.shape, offsets: [end, next])
            tensors.append(values)
            end = next
        }
        return Contents(header: header.encoded, tensors: tensors, dataBytes: end)
    }
}

// MARK: Reading

extension ModelFile {
    private static func readChecked(from url: URL, graph: Graph) throws -> Model {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        let size = Int(clamping: try handle.seekToEnd())
        try handle.seek(toOffset: 0)
        guard size >= 8 else { throw ModelFileProblem(.truncated(bytes: size, expected: 8)) }
        let length = try bytes(8, from: handle).withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
        }
        guard length <= UInt64(headerLimit) else {
            throw ModelFileProblem(.headerTooLong(bytes: length, limit: headerLimit))
        }
        let headerBytes = Int(length)
        guard headerBytes <= size - 8 else {
            throw ModelFileProblem(.truncated(bytes: size, expected: 8 + headerBytes))
        }
        let header: SafetensorsHeader
        do {
            header = try .decoded(from: bytes(headerBytes, from: handle))
        } catch let error as DecodingError {
            throw ModelFileProblem(.headerMalformed(words(of: error)))
        }
        let dataBytes = size - 8 - headerBytes
        try checkCut(header, size: size, dataBytes: dataBytes)
        try header.check(dataBytes: dataBytes)
        let layout = ModelLayout(graph: graph)
        try check(header, against: layout)
        func tensor(_ description: ModelTensor) throws -> Tensor {
            guard let entry = header.tensors[description.name] else {
                throw ModelFileProblem(.missing(tensor: description.name, expected: description.shape))
            }
            try handle.seek(toOffset: UInt64(8 + headerBytes + entry.offsets[0]))
            let content = try bytes(entry.offsets[1] - entry.offsets[0], from: handle)
            return Tensor(shape: description.shape, values: floats(content))
        }
        return Model(
            graph: graph, parameters: try layout.parameters.map(tensor), state: try layout.state.map(tensor))
    }

    /// A file that was cut off says so, rather than that one of its tensors lies outside.
    private static func checkCut(_ header: SafetensorsHeader, size: Int, dataBytes: Int) throws {
        let end = header.tensors.values.compactMap(\.offsets.last).max() ?? 0
        let (expected, overflow) = (size - dataBytes).addingReportingOverflow(end)
        if !overflow, end > dataBytes { throw ModelFileProblem(.truncated(bytes: size, expected: expected)) }
    }

    private static func check(_ header: SafetensorsHeader, against layout: ModelLayout) throws {
        let expected = layout.parameters + layout.state
        for tensor in expected {
            guard let entry = header.tensors[tensor.name] else {
                throw ModelFileProblem(.missing(tensor: tensor.name, expected: tensor.shape))
            }
            guard entry.shape == tensor.shape else {
                throw ModelFileProblem(.shape(tensor: tensor.name, found: entry.shape, expected: tensor.shape))
            }
        }
        let names = Set(expected.map(\.name))
        let strangers = header.tensors.keys.filter { !names.contains($0) }
        if let stranger = strangers.min(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            throw ModelFileProblem(.unexpected(tensor: stranger))
        }
    }

    private static func bytes(_ count: Int, from handle: FileHandle) throws -> Data {
        guard count > 0 else { return Data() }
        let data = try handle.read(upToCount: count) ?? Data()
        guard data.count == count else { throw ModelFileProblem(.truncated(bytes: data.count, expected: count)) }
        return data
    }

    private static func floats(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    private static func words(of error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            (context.codingPath.map(\.stringValue) + [context.debugDescription]).joined(separator: ": ")
        @unknown default: error.localizedDescription
        }
    }
}
