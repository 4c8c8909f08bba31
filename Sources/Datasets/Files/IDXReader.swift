import Foundation

/// Reads one file in the IDX format (described on the MNIST page of LeCun, Cortes and Burges): a magic number
/// that tells element type and rank, one 32-bit big-endian size per dimension, then the elements.
///
/// The header is only a claim: nothing is allocated because of it, and the content must end where it says.
struct IDXReader {
    /// The number of elements along the first dimension: images or labels.
    let count: Int
    private let reader: ContentReader
    private let headerSize: Int
    /// Bytes per element of the first dimension.
    private let elementSize: Int

    private static let countOffset = 4
    private static let dimensionsOffset = 8
    /// deflate cannot do better than 1032:1 (zlib, "Technical Details", maximum compression factor).
    private static let maximumCompressionFactor = 1032

    /// Opens a file of unsigned bytes `[count, dimensions…]` and checks its header. `maximumCount` bounds what
    /// even a consistent file can make the program hold.
    init(
        file: URL, dimensions expected: [Int], maximumCount: Int
    ) throws(DatasetError) {
        reader = try ContentReader(file: file)
        headerSize = Self.dimensionsOffset + 4 * expected.count
        elementSize = expected.reduce(1, *)
        var header: [UInt8] = []
        let length = try reader.append(headerSize, to: &header)
        // The magic number first, if it is there: a short file of another kind is of another kind.
        let magic = Self.magic(rank: expected.count + 1)
        if length >= 4 {
            let found = Self.word(header, at: 0)
            guard found == magic else {
                throw .wrongMagic(file: file, expected: magic, found: found)
            }
        }
        guard length == headerSize else {
            throw .cutFile(file: file, expected: headerSize, found: length)
        }
        let found = expected.indices.map { Int(Self.word(header, at: Self.dimensionsOffset + 4 * $0)) }
        guard found == expected else {
            throw .wrongDimensions(
                file: file, offset: Self.dimensionsOffset, expected: expected, found: found)
        }
        count = Int(Self.word(header, at: Self.countOffset))
        guard count > 0 else { throw .noElements(file: file, offset: Self.countOffset) }
        guard count <= maximumCount else {
            throw .tooManyElements(
                file: file, offset: Self.countOffset, maximum: maximumCount, found: count)
        }
    }

    /// Where element `index` of the first dimension stands in the content.
    func offset(ofElement index: Int) -> Int { headerSize + index * elementSize }

    /// The first `kept` elements (all where there are fewer), row-major. Reads to the end of the file all the
    /// same: only there does a checksum or a missing piece show. To be called once.
    func elements(first kept: Int) throws(DatasetError) -> [UInt8] {
        let expected = count * elementSize
        let wanted = min(kept, count) * elementSize
        let (possible, overflow) = reader.fileSize.multipliedReportingOverflow(
            by: Self.maximumCompressionFactor)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(overflow ? wanted : min(wanted, possible))
        var found = try reader.append(wanted, to: &bytes)
        found += try reader.skip(expected - found)
        guard found == expected else {
            throw .cutFile(
                file: reader.file, expected: headerSize + expected, found: headerSize + found)
        }
        guard try reader.skip(1) == 0 else {
            throw .tooLong(file: reader.file, expected: headerSize + expected)
        }
        return bytes
    }

    /// Two zero bytes, 8 for "unsigned byte", the number of dimensions.
    private static func magic(rank: Int) -> UInt32 { 0x0000_0800 | UInt32(rank) }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
