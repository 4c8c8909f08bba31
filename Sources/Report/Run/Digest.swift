internal import Crypto
public import Datasets
internal import Foundation
public import Networks

/// SHA-256 of what a run used and what it made, in lower-case hexadecimal.
public enum Digest {
    /// Over both parts, training first. For each: height, width, channels, images and classes as 64-bit
    /// little-endian integers, then the pixels, then the labels as 32-bit little-endian integers.
    public static func of(training: LabeledImages, validation: LabeledImages) -> String {
        var hash = SHA256()
        for images in [training, validation] {
            for number in [images.height, images.width, images.channels, images.count, images.classNames.count] {
                withUnsafeBytes(of: Int64(number).littleEndian) { hash.update(bufferPointer: $0) }
            }
            images.pixels.withUnsafeBytes { hash.update(bufferPointer: $0) }
            images.labels.map(\.littleEndian).withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        return hexadecimal(hash.finalize())
    }

    /// Over every tensor by sorted name, with names and shapes; see `Model.forEachWeightBytes`.
    public static func ofWeights(_ model: Model) -> String {
        var hash = SHA256()
        model.forEachWeightBytes { hash.update(bufferPointer: $0) }
        return hexadecimal(hash.finalize())
    }

    static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
