/// Labelled images by number, held in memory or decoded when they are asked for.
///
/// The pixels of an image depend on the data alone: not on the images asked for with it, not on the order of the
/// calls and not on the number of threads. Labels are always in memory; pixels of a large set never all are.
public protocol ImageSource: Sendable {
    /// Height, width and channels of every image.
    var height: Int { get }
    var width: Int { get }
    var channels: Int { get }
    /// One class index per image, `0..<classNames.count`.
    var labels: [Int32] { get }
    /// What the class indices stand for, in order.
    var classNames: [String] { get }

    /// The pixels of the images with these numbers, `[indices.count, H, W, C]`, row-major, 0…255. Numbers may come in
    /// any order and more than once; one outside of `0..<count` traps. Safe to call from several threads at a time.
    ///
    /// - Parameter threads: at least 1; how many decode at a time.
    /// - Throws: the `DatasetError` of the first image, in the order of `indices`, that cannot be read.
    ///
    /// Cost: a copy where the images are in memory; else reading, decoding and resizing each.
    func pixels(of indices: [Int], threads: Int) throws(DatasetError) -> [UInt8]

    /// The first `limit` images, or all where there are fewer. `nil` means no limit.
    func prefix(_ limit: Int?) -> Self

    /// Hands over everything that the pixels and labels follow from, piece by piece and always in the same order: what
    /// a digest of the images has to be taken of. Two sources that give the same bytes here give the same pixels and
    /// labels.
    ///
    /// Cost: once through all bytes of the set; a bounded amount of memory.
    func forEachContentBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(DatasetError)
}

extension ImageSource {
    /// The number of images.
    public var count: Int { labels.count }

    /// Bytes of one image.
    public var imageSize: Int { height * width * channels }

    /// The images with these numbers, in memory.
    public func images(_ indices: [Int], threads: Int = 1) throws(DatasetError) -> LabeledImages {
        LabeledImages(
            height: height, width: width, channels: channels, pixels: try pixels(of: indices, threads: threads),
            labels: indices.map { labels[$0] }, classNames: classNames)
    }

    /// All images, in memory.
    public func loaded(threads: Int = 1) throws(DatasetError) -> LabeledImages {
        if let images = self as? LabeledImages { return images }
        return try images(Array(0..<count), threads: threads)
    }

    /// Height, width, channels, images and classes as 64-bit little-endian integers.
    func withShapeBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        let numbers = [height, width, channels, count, classNames.count].map { Int64($0).littleEndian }
        numbers.withUnsafeBytes(body)
    }
}

extension LabeledImages: ImageSource {
    public func pixels(of indices: [Int], threads: Int) throws(DatasetError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(indices.count * imageSize)
        for index in indices {
            precondition(index >= 0 && index < count)
            result += pixels[index * imageSize..<(index + 1) * imageSize]
        }
        return result
    }

    /// Shape as 64-bit little-endian integers, then the pixels, then the labels as 32-bit little-endian integers.
    public func forEachContentBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        withShapeBytes(body)
        pixels.withUnsafeBytes(body)
        labels.map(\.littleEndian).withUnsafeBytes(body)
    }
}
