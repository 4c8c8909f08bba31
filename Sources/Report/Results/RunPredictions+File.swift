public import Foundation
internal import Networks

// One column for each field, as base64 of little-endian integers: two bytes for confidences and losses, one for
// classes and ranks where there are at most 256 classes, else two.

extension RunPredictions: Codable {
    static let currentFormat = 1

    private enum Key: String, CodingKey {
        case format, key, classes, images, labels, predicted, ranks, confidences, losses
    }

    public func encode(to encoder: any Encoder) throws {
        let width = classNames.count <= 256 ? 1 : 2
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.currentFormat, forKey: .format)
        try container.encode(key, forKey: .key)
        try container.encode(classNames, forKey: .classes)
        try container.encode(images.count, forKey: .images)
        try container.encode(Column.text(images.map(\.label), width), forKey: .labels)
        try container.encode(Column.text(images.map(\.predicted), width), forKey: .predicted)
        try container.encode(Column.text(images.map(\.rank), width), forKey: .ranks)
        try container.encode(
            Column.text(images.map { Steps.index(ofConfidence: $0.confidence) }, 2), forKey: .confidences)
        try container.encode(Column.text(images.map { Steps.index(ofLoss: $0.loss) }, 2), forKey: .losses)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let format = try container.decode(Int.self, forKey: .format)
        try StoredFile.check(format: format, supported: Self.currentFormat)
        let classes = try container.decode([String].self, forKey: .classes)
        let count = try container.decode(Int.self, forKey: .images)
        let width = classes.count <= 256 ? 1 : 2
        func column(_ key: Key, _ width: Int, below limit: Int) throws -> [Int] {
            let text = try container.decode(String.self, forKey: key)
            guard let values = Column.values(text, width), values.count == count else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "does not hold \(count) numbers")
            }
            if let wrong = values.first(where: { $0 >= limit }) {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "holds \(wrong), which is not below \(limit)")
            }
            return values
        }
        let labels = try column(.labels, width, below: classes.count)
        let predicted = try column(.predicted, width, below: classes.count)
        let ranks = try column(.ranks, width, below: classes.count)
        let confidences = try column(.confidences, 2, below: 65536)
        let losses = try column(.losses, 2, below: 65536)
        self.init(
            key: try container.decode(String.self, forKey: .key), classNames: classes,
            images: labels.indices.map { index in
                Prediction(
                    label: labels[index], predicted: predicted[index], rank: ranks[index],
                    confidence: Steps.confidence(confidences[index]), loss: Steps.loss(losses[index]))
            })
    }
}

extension RunPredictions {
    /// The bytes of `predictions/<key>.json`; equal predictions have equal bytes.
    public func fileBytes() throws(StoredFileError) -> Data { try StoredFile.bytes(of: self) }

    /// - Parameter path: for the error only.
    public init(fileBytes: Data, path: String) throws(StoredFileError) {
        self = try StoredFile.value(fromWhole: fileBytes, path: path, kind: .predictions, supported: Self.currentFormat)
    }
}

/// Small whole numbers as text.
private enum Column {
    static func text(_ values: [Int], _ width: Int) -> String {
        var bytes = Data(capacity: values.count * width)
        for value in values {
            bytes.append(UInt8(value & 255))
            if width == 2 { bytes.append(UInt8(value >> 8 & 255)) }
        }
        return bytes.base64EncodedString()
    }

    /// `nil` where the text is no base64 or does not hold whole numbers of that width.
    static func values(_ text: String, _ width: Int) -> [Int]? {
        guard let bytes = Data(base64Encoded: text).map(Array.init), bytes.count % width == 0 else { return nil }
        if width == 1 { return bytes.map(Int.init) }
        return stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
    }
}
