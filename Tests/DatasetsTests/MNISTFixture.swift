import CZlib
import Datasets
import Foundation

/// A small data set in the format of MNIST, whose files a test may spoil before they are written.
struct MNISTFixture {
    static let names = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]
    static let imageHeader = 16
    static let labelHeader = 8
    static let imageSize = 28 * 28

    /// The contents, uncompressed, in the order of `names`.
    var contents: [[UInt8]]

    init(trainingCount: Int = 5, validationCount: Int = 3) {
        contents = [
            Self.images(trainingCount), Self.labels(trainingCount),
            Self.images(validationCount, first: 100), Self.labels(validationCount, first: 7),
        ]
    }

    /// Writes `mnist/NAME.gz`, or `mnist/NAME` where not compressed.
    func write(to folder: URL, compressed: Bool = true) throws {
        for (name, content) in zip(Self.names, contents) {
            try Self.write(
                compressed ? gzip(content) : content, to: Self.file(name + (compressed ? ".gz" : ""), in: folder))
        }
    }

    static func file(_ name: String, in folder: URL) -> URL {
        folder.appendingPathComponent("mnist/\(name)", isDirectory: false)
    }

    static func write(_ bytes: [UInt8], to file: URL) throws {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    /// Pixel `p` of image `i` is `first + 31 i + p`, modulo 256.
    static func images(_ count: Int, first: Int = 0) -> [UInt8] {
        bigEndian([0x803, count, 28, 28])
            + (0..<count).flatMap { image in
                (0..<imageSize).map { UInt8(truncatingIfNeeded: first + 31 * image + $0) }
            }
    }

    /// Label `i` is `first + i`, modulo 10.
    static func labels(_ count: Int, first: Int = 0) -> [UInt8] {
        bigEndian([0x801, count]) + (0..<count).map { UInt8((first + $0) % 10) }
    }

    static func bigEndian(_ words: [Int]) -> [UInt8] {
        words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
    }
}

/// One gzip member that holds `bytes`.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    precondition(
        deflateInit2_(
            &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)) == Z_OK)
    defer { deflateEnd(&stream) }
    var source = bytes
    var result = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let count = source.withUnsafeMutableBufferPointer { input in
        result.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
            return output.count - Int(stream.avail_out)
        }
    }
    return Array(result.prefix(count))
}

/// CRC-32 as in zlib.
func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { UInt32(crc32(0, $0.baseAddress, UInt32($0.count))) }
}

/// Loads `mnist` from `folder` and returns the error, or `nil` where there is none.
func errorOfLoading(_ folder: URL) -> DatasetError? {
    do throws(DatasetError) {
        _ = try DatasetCatalog.load("mnist", folders: [folder])
        return nil
    } catch {
        return error
    }
}
