public import Foundation
internal import Plot

/// Pictures of a data set that image cells show, as plain bytes.
///
/// They are kept beside the lock in `samples/<label>.json`, so that a report can be drawn where its data is not.
public struct SampleImages: Sendable, Hashable {
    /// The text of a `DatasetReference`.
    public var dataset: String
    public var split: ImagesCell.Split
    /// How many were asked for; a small data set has fewer.
    public var requested: Int
    /// Which images of the split, from 0.
    public var indices: [Int]
    public var height: Int
    public var width: Int
    /// 1 or 3.
    public var channels: Int
    /// `[indices.count, H, W, C]`, 0…255.
    public var pixels: [UInt8]
    /// Of each image.
    public var classes: [String]

    /// Traps where the counts do not agree.
    public init(
        dataset: String, split: ImagesCell.Split, requested: Int, indices: [Int], height: Int, width: Int, channels: Int,
        pixels: [UInt8], classes: [String]
    ) {
        precondition(pixels.count == indices.count * height * width * channels && classes.count == indices.count)
        self.dataset = dataset
        self.split = split
        self.requested = requested
        self.indices = indices
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
        self.classes = classes
    }

    /// `nil` where there are no pixels.
    func raster(_ place: Int) -> Raster? {
        let size = height * width * channels
        let part = Array(pixels[place * size..<(place + 1) * size])
        return channels == 1
            ? Raster(width: width, height: height, gray: part) : Raster(width: width, height: height, rgb: part)
    }
}

/// Which pictures an image cell shows.
public struct SampleRequest: Sendable, Hashable {
    public var dataset: String
    public var split: ImagesCell.Split
    public var requested: Int
    /// `nil`: the first so many.
    public var indices: [Int]?

    /// Of a cell; `nil` where it shows mistakes of a network whose predictions are not at hand.
    /// - Parameter results: with the predictions.
    public init?(_ cell: ImagesCell, content: ReportContent, results: Results) {
        requested = cell.count
        switch cell.content {
        case .samples(let dataset, let split, _):
            (self.dataset, self.split) = (dataset, split)
        case .mistakes(let mistakes):
            guard let training = content.training(mistakes.data), let run = training.run(of: mistakes),
                let predictions = Observations(content: content, results: results).predictions(run)
            else { return nil }
            (dataset, split) = (training.dataset, .validation)
            indices = predictions.worstMistakes(cell.count).map(\.index)
        }
    }

    /// Whether these are the pictures that are asked for.
    public func isMet(by samples: SampleImages) -> Bool {
        samples.dataset == dataset && samples.split == split && samples.requested == requested
            && samples.indices == (indices ?? Array(0..<samples.indices.count))
    }
}

extension SampleImages: Codable {
    static let currentFormat = 1
    /// Of one file; more are not kept.
    static let mostBytes = 4 << 20
    private static let largestSide = 4096

    private enum Key: String, CodingKey {
        case format, dataset, split, requested, indices, height, width, channels, pixels, classes
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.currentFormat, forKey: .format)
        try container.encode(dataset, forKey: .dataset)
        try container.encode(split, forKey: .split)
        try container.encode(requested, forKey: .requested)
        try container.encode(indices, forKey: .indices)
        try container.encode(height, forKey: .height)
        try container.encode(width, forKey: .width)
        try container.encode(channels, forKey: .channels)
        try container.encode(Data(pixels).base64EncodedString(), forKey: .pixels)
        try container.encode(classes, forKey: .classes)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let format = try container.decode(Int.self, forKey: .format)
        try StoredFile.check(format: format, supported: Self.currentFormat)
        func wrong(_ key: Key, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: problem)
        }
        func side(_ key: Key, _ allowed: ClosedRange<Int>) throws -> Int {
            let found = try container.decode(Int.self, forKey: key)
            guard allowed.contains(found) else {
                throw wrong(key, "is \(found), not from \(allowed.lowerBound) to \(allowed.upperBound)")
            }
            return found
        }
        let height = try side(.height, 1...Self.largestSide)
        let width = try side(.width, 1...Self.largestSide)
        let channels = try side(.channels, 1...3)
        let indices = try container.decode([Int].self, forKey: .indices)
        let classes = try container.decode([String].self, forKey: .classes)
        let text = try container.decode(String.self, forKey: .pixels)
        guard channels != 2 else { throw wrong(.channels, "is 2") }
        guard indices.allSatisfy({ $0 >= 0 }) else { throw wrong(.indices, "holds a negative number") }
        guard classes.count == indices.count else {
            throw wrong(.classes, "holds \(classes.count) names of \(indices.count) images")
        }
        guard let pixels = Data(base64Encoded: text), pixels.count == indices.count * height * width * channels else {
            throw wrong(.pixels, "does not hold \(indices.count) images")
        }
        self.init(
            dataset: try container.decode(String.self, forKey: .dataset),
            split: try container.decode(ImagesCell.Split.self, forKey: .split),
            requested: try container.decode(Int.self, forKey: .requested), indices: indices, height: height, width: width,
            channels: channels, pixels: Array(pixels), classes: classes)
    }

    /// The bytes of `samples/<label>.json`; equal pictures have equal bytes.
    public func fileBytes() throws(StoredFileError) -> Data { try StoredFile.bytes(of: self) }

    /// - Parameter path: for the error only.
    public init(fileBytes: Data, path: String) throws(StoredFileError) {
        self = try StoredFile.value(fromWhole: fileBytes, path: path, kind: .samples, supported: Self.currentFormat)
    }
}
