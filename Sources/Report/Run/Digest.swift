internal import Crypto
public import Datasets
internal import Foundation
public import Networks

/// SHA-256 of what a run used and what it made, in lower-case hexadecimal.
public enum Digest {
    /// Over both parts, training first: see `ImageSource.forEachContentBytes`. For images in memory that is height,
    /// width, channels, images and classes as 64-bit little-endian integers, then the pixels, then the labels as 32-bit
    /// little-endian integers; for images decoded on demand, their encoded bytes and all that decoding depends on.
    ///
    /// Cost: once through all bytes; a bounded amount of memory.
    public static func of(_ parts: DatasetParts) throws(DatasetError) -> String {
        var hash = SHA256()
        for images in [parts.training, parts.validation] {
            try images.forEachContentBytes { hash.update(bufferPointer: $0) }
        }
        return hexadecimal(hash.finalize())
    }

    /// Of images in memory; the same digest.
    public static func of(training: LabeledImages, validation: LabeledImages) -> String {
        var hash = SHA256()
        for images in [training, validation] {
            images.forEachContentBytes { hash.update(bufferPointer: $0) }
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
