public import Foundation

/// What can be wrong with a data set that a user asked for, with what was found, what was expected and where.
///
/// Offsets are in bytes from the start. Those of the compressed stream (`damagedGzip`, `cutGzip`,
/// `trailingBytes`) count bytes of the file as it lies on disk; all others count bytes of its content, which is
/// the same thing where the file is not compressed.
public enum DatasetError: Error, Hashable, Sendable {
    /// No data set has this name. `known` is in the order of the catalogue.
    case unknownDataset(name: String, known: [String])
    /// A limit on the number of images must be 1 or more.
    case limitNotPositive(found: Int)
    /// No single folder has all the files of the data set. `searched` is in the order of the search, and empty
    /// where the caller had no folder to offer.
    case missingFiles(dataset: String, searched: [SearchedFolder])
    /// The operating system refused to open or read the file; `systemError` is its `errno`.
    case unreadable(file: URL, systemError: Int32)
    /// A folder or a device stands where a file is expected.
    case notARegularFile(file: URL)
    /// The name ends in `.gz`, the first bytes (two, or fewer in a shorter file) are not those of gzip, 1f 8b.
    case notGzip(file: URL, found: [UInt8])
    /// The compressed bytes make no sense, or their checksum is another one; `reason` is zlib's own term.
    case damagedGzip(file: URL, offset: Int, reason: String)
    /// The compressed file ends in the middle of its stream: the usual trace of an interrupted download.
    case cutGzip(file: URL, offset: Int)
    /// The file goes on behind the end of the compressed stream with something that is not gzip.
    case trailingBytes(file: URL, offset: Int)
    /// The content ends before what its header announces. Both in bytes of content.
    case cutFile(file: URL, expected: Int, found: Int)
    /// The content goes on behind what its header announces; `expected` is that length in bytes.
    case tooLong(file: URL, expected: Int)
    /// The first four bytes say that this is another kind of file.
    case wrongMagic(file: URL, expected: UInt32, found: UInt32)
    /// Height and width are not those of the data set; `offset` is where they stand in the header.
    case wrongDimensions(file: URL, offset: Int, expected: [Int], found: [Int])
    /// The header announces no element at all.
    case noElements(file: URL, offset: Int)
    /// The header announces more elements than the data set has.
    case tooManyElements(file: URL, offset: Int, maximum: Int, found: Int)
    /// The two files of one split do not belong together.
    case countMismatch(images: URL, imageCount: Int, labels: URL, labelCount: Int)
    /// A label names no class; `index` is the number of its image, from 0.
    case labelOutOfRange(file: URL, offset: Int, index: Int, classCount: Int, found: Int)

    /// One folder in which the files of a data set were looked for.
    public struct SearchedFolder: Hashable, Sendable {
        public let folder: URL
        /// Relative to `folder`; not empty.
        public let missing: [String]

        public init(folder: URL, missing: [String]) {
            self.folder = folder
            self.missing = missing
        }
    }
}
