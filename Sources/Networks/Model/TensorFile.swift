package import Foundation
package import Kernels

/// Named tensors as a safetensors file: eight bytes of header length (little-endian), a JSON header, the numbers.
///
/// * Tensors are sorted by name, `F32`, little-endian, each starting at a multiple of 4 bytes and the first at a
///   multiple of 8.
/// * The metadata always hold the marks of the layout: `format: offprint` and `layout: RSCK`, or `ModelFileLayout`'s.
///
/// The same tensors and metadata give the same bytes.
/// Format: <https://github.com/huggingface/safetensors>, whose reader opens these files.
package enum TensorFile {
    /// Longest header that is read or written. A thousand nodes need about 200 kB.
    static let headerLimit = 16 << 20
    package static let ownMetadata = ["format": "offprint", "layout": "RSCK"]

    /// Bytes that `write` would put into a file, from the header alone. O(tensors).
    static func size(of tensors: [(name: String, tensor: Tensor)], metadata: [String: String]) -> Int {
        let parts = contents(of: tensors, metadata: metadata.merging(ownMetadata) { _, mark in mark })
        return 8 + parts.header.count + parts.dataBytes
    }

    /// Writes under a temporary name in the same folder, synchronises, then renames: the final name never holds half
    /// a file, and an older file stays where writing fails.
    /// - Parameters:
    ///   - marks: entries of the metadata that no other can replace.
    ///   - onBytes: is handed every byte of the file, in order, as it is written.
    package static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String],
        marks: [String: String] = ownMetadata, to url: URL, onBytes: (UnsafeRawBufferPointer) -> Void = { _ in }
    ) throws(ModelFileError) {
        let parts = contents(of: tensors, metadata: metadata.merging(marks) { _, mark in mark })
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
            func put(_ data: Data) throws {
                guard !data.isEmpty else { return }
                try handle.write(contentsOf: data)
                data.withUnsafeBytes(onBytes)
            }
            try put(withUnsafeBytes(of: UInt64(parts.header.count).littleEndian) { Data($0) })
            try put(parts.header)
            for tensor in parts.tensors { try put(tensor.withUnsafeBytes { Data($0) }) }
            try handle.synchronize()
            guard rename(temporary.path, url.path) == 0 else {
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw ModelFileError(path: url.path, problem: .unwritable(error.localizedDescription))
        }
    }

    /// Reads the tensors of a file that must hold exactly the expected ones. Everything the header says is checked
    /// against the file's size and the expectation before any memory is set aside for it.
    /// - Returns: the tensors by name.
    static func read(
        from url: URL, expecting expected: [(name: String, shape: [Int])]
    ) throws(ModelFileError) -> [String: Tensor] {
        try read(from: url) { _ in Expectation(tensors: expected) }
    }

    /// As above, where what is expected follows from the metadata of the file.
    static func read(
        from url: URL, expecting expected: (_ metadata: [String: String]) -> Expectation
    ) throws(ModelFileError) -> [String: Tensor] {
        do {
            return try readChecked(from: url, expected)
        } catch let error as ModelFileProblem {
            throw ModelFileError(path: url.path, problem: error.problem)
        } catch {
            throw ModelFileError(path: url.path, problem: .unreadable(error.localizedDescription))
        }
    }

    /// What a file must hold.
    struct Expectation {
        var tensors: [(name: String, shape: [Int])]
        /// What it may hold beside them, of any type; never read.
        var ignored: Set<String> = []
    }

    private struct Contents {
        var header: Data
        var tensors: [Tensor]
        var dataBytes: Int
    }

    private static func contents(
        of tensors: [(name: String, tensor: Tensor)], metadata: [String: String]
    ) -> Contents {
        let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var header = SafetensorsHeader(metadata: metadata)
        var end = 0
        for (name, values) in sorted {
            let next = end + values.count * MemoryLayout<Float>.size
            header.tensors[name] = .init(dtype: "F32", shape: values.shape, offsets: [end, next])
            end = next
        }
        return Contents(header: header.encoded, tensors: sorted.map(\.tensor), dataBytes: end)
    }
}

// MARK: Reading

extension TensorFile {
    private static func readChecked(
        from url: URL, _ expecting: (_ metadata: [String: String]) -> Expectation
    ) throws -> [String: Tensor] {
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
        let expected = expecting(header.metadata)
        try checkCut(header, size: size, dataBytes: dataBytes)
        try header.check(dataBytes: dataBytes, ignoring: expected.ignored)
        try check(header, expected)
        var tensors: [String: Tensor] = [:]
        for (name, shape) in expected.tensors {
            guard let entry = header.tensors[name] else {
                throw ModelFileProblem(.missing(tensor: name, expected: shape))
            }
            try handle.seek(toOffset: UInt64(8 + headerBytes + entry.offsets[0]))
            let content = try bytes(entry.offsets[1] - entry.offsets[0], from: handle)
            tensors[name] = Tensor(shape: shape, values: floats(content))
        }
        return tensors
    }

    /// A file that was cut off says so, rather than that one of its tensors lies outside.
    private static func checkCut(_ header: SafetensorsHeader, size: Int, dataBytes: Int) throws {
        let end = header.tensors.values.compactMap(\.offsets.last).max() ?? 0
        let (expected, overflow) = (size - dataBytes).addingReportingOverflow(end)
        if !overflow, end > dataBytes { throw ModelFileProblem(.truncated(bytes: size, expected: expected)) }
    }

    private static func check(_ header: SafetensorsHeader, _ expected: Expectation) throws {
        for (name, shape) in expected.tensors {
            guard let entry = header.tensors[name] else {
                throw ModelFileProblem(.missing(tensor: name, expected: shape))
            }
            guard entry.shape == shape else {
                throw ModelFileProblem(.shape(tensor: name, found: entry.shape, expected: shape))
            }
        }
        let names = expected.ignored.union(expected.tensors.map(\.name))
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
