/// Images with labels, as plain bytes: the only thing a data set hands to a network.
public struct LabeledImages: Sendable, Equatable {
    /// Height, width and channels of every image.
    public let height: Int
    public let width: Int
    public let channels: Int
    /// `[N, H, W, C]`, row-major, 0…255.
    public let pixels: [UInt8]
    /// One class index per image, `0..<classNames.count`.
    public let labels: [Int32]
    /// What the class indices stand for, in order.
    public let classNames: [String]

    /// The number of images.
    public var count: Int { labels.count }

    /// Bytes of one image.
    public var imageSize: Int { height * width * channels }

    /// Traps where the counts do not agree or a label is out of range; loaders check before.
    public init(
        height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [Int32], classNames: [String]
    ) {
        precondition(pixels.count == labels.count * height * width * channels)
        precondition(labels.allSatisfy { $0 >= 0 && Int($0) < classNames.count })
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
        self.labels = labels
        self.classNames = classNames
    }

    /// The first `limit` images, or all where there are fewer. `nil` means no limit.
    public func prefix(_ limit: Int?) -> LabeledImages {
        guard let limit, limit < count else { return self }
        return LabeledImages(
            height: height, width: width, channels: channels,
            pixels: Array(pixels.prefix(limit * imageSize)), labels: Array(labels.prefix(limit)),
            classNames: classNames)
    }
}
