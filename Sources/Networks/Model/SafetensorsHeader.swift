import Foundation

/// The JSON header of a safetensors file: tensors by name, and a few words about the whole.
///
/// `{"__metadata__":{"format":"offprint"},"a.weight":{"data_offsets":[0,64],"dtype":"F32","shape":[4,4]}}`
struct SafetensorsHeader: Equatable {
    var metadata: [String: String] = [:]
    var tensors: [String: Entry] = [:]

    struct Entry: Equatable, Decodable {
        var dtype: String
        var shape: [Int]
        /// First byte and first byte after the tensor, from the start of the data.
        var offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    static let metadataKey = "__metadata__"

    /// Keys sorted by their bytes, no white space, padded with spaces to a multiple of 8 bytes: so the data that
    /// follows the 8-byte length is aligned for every element type.
    var encoded: Data {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\(quoted(Self.metadataKey)):{\(pairs.joined(separator: ","))}")
        }
        for (name, entry) in tensors.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            let offsets = entry.offsets.map(String.init).joined(separator: ",")
            let shape = entry.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(name)):{\"data_offsets\":[\(offsets)],\"dtype\":\(quoted(entry.dtype)),\"shape\":[\(shape)]}")
        }
        var text = Data("{\(members.joined(separator: ","))}".utf8)
        text.append(contentsOf: Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        return text
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension SafetensorsHeader: Decodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for key in container.allKeys {
            if key.stringValue == Self.metadataKey {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
            }
        }
    }

    /// - Throws: whatever `JSONDecoder` finds wrong; nesting is bounded by it.
    static func decoded(from text: Data) throws -> SafetensorsHeader {
        try JSONDecoder().decode(SafetensorsHeader.self, from: text)
    }
}

extension SafetensorsHeader {
    /// Checks that every tensor is a possible `F32` tensor and that the tensors tile `dataBytes` bytes exactly.
    /// - Parameter ignored: tensors that may be of another type.
    func check(dataBytes: Int, ignoring ignored: Set<String>) throws(ModelFileProblem) {
        let ordered = tensors.sorted { left, right in
            let (a, b) = (left.value.offsets.first ?? 0, right.value.offsets.first ?? 0)
            return a != b ? a < b : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
        }
        for (name, entry) in ordered {
            try entry.check(name: name, dataBytes: dataBytes, ofAnyType: ignored.contains(name))
        }
        var end = 0
        var previous = ""
        for (name, entry) in ordered where entry.offsets[0] < entry.offsets[1] {
            if entry.offsets[0] < end { throw .init(.overlap(tensor: name, other: previous)) }
            if entry.offsets[0] > end { throw .init(.unclaimed(begin: end, end: entry.offsets[0])) }
            end = entry.offsets[1]
            previous = name
        }
        if end < dataBytes { throw .init(.unclaimed(begin: end, end: dataBytes)) }
    }
}

extension SafetensorsHeader.Entry {
    /// Bytes of one element, by the names of the format.
    private static let elementSizes = [
        "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2,
        "U8": 1, "BOOL": 1,
    ]

    fileprivate func check(name: String, dataBytes: Int, ofAnyType: Bool) throws(ModelFileProblem) {
        guard ofAnyType || dtype == "F32", var bytes = Self.elementSizes[dtype] else {
            throw .init(.elementType(tensor: name, found: dtype))
        }
        for extent in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { throw .init(.impossibleShape(tensor: name, found: shape)) }
            bytes = product
        }
        guard offsets.count == 2 else {
            throw .init(.headerMalformed("\(name): data_offsets has \(offsets.count) numbers"))
        }
        guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= dataBytes else {
            throw .init(.outside(tensor: name, begin: offsets[0], end: offsets[1], dataBytes: dataBytes))
        }
        guard offsets[1] - offsets[0] == bytes else {
            throw .init(.length(tensor: name, bytes: offsets[1] - offsets[0], expected: bytes))
        }
    }
}

/// A problem on its way to the place that knows the file's name.
struct ModelFileProblem: Error {
    let problem: ModelFileError.Problem

    init(_ problem: ModelFileError.Problem) { self.problem = problem }
}
