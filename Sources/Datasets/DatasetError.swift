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


    // MARK: Archives

    /// The archive cannot be read on: `entry` is the last one whose header could be read, `reason` libarchive's own
    /// words.
    case damagedArchive(file: URL, entry: String?, reason: String)
    /// The archive holds an entry that no data set has: a link, or a path that leads out of the archive.
    case forbiddenEntry(file: URL, entry: String, ForbiddenEntry)
    /// The archive lacks an entry, named by its path inside.
    case missingEntry(file: URL, entry: String)
    /// The archive holds an entry twice: which one counts would be a guess.
    case repeatedEntry(file: URL, entry: String)
    /// An entry is longer than any of its kind; both in bytes.
    case entryTooLong(file: URL, entry: String, maximum: Int, found: Int)
    /// An entry is not made of whole records; `record` is the size of one in bytes.
    case notWholeRecords(file: URL, entry: String, record: Int, found: Int)
    /// Two entries of one split do not belong together.
    case entryCountMismatch(file: URL, images: String, imageCount: Int, labels: String, labelCount: Int)
    /// A label in an entry names no class; `found` and `allowed` as they stand there.
    case entryLabelOutOfRange(file: URL, entry: String, offset: Int, allowed: ClosedRange<Int>, found: Int)
    /// A line of a list in an archive is not what it should be. `line` counts from 1.
    case brokenList(file: URL, entry: String, line: Int, found: String, expected: ExpectedLine)

    // MARK: Encoded images

    /// The image cannot be decoded.
    case damagedImage(ImagePlace, ImageDamage)
    /// The image has no pixel, or more of them than the program decodes.
    case imageExtent(ImagePlace, width: Int, height: Int, maximumPixels: Int)
    /// The file is longer than the program reads; both in bytes.
    case imageTooLong(ImagePlace, maximum: Int, found: Int)

    // MARK: Folders of images

    /// A path that an experiment file may not name.
    case forbiddenPath(path: String, ForbiddenPath)
    /// The text is no `folder:PATH@SIZE` with a size from 1 to `maximumSize`.
    case brokenFolderReference(text: String, maximumSize: Int)
    /// No folder of that name in any of the searched ones.
    case folderNotFound(path: String, searched: [URL])
    /// The folder lacks what every folder of images has: `train` or `validation`.
    case missingPart(folder: URL, part: String)
    /// The folder holds fewer classes than a classifier can tell apart.
    case tooFewClasses(folder: URL, found: [String])
    /// The number of classes is not the one that the experiment file announces.
    case classCount(folder: URL, expected: Int, found: Int)
    /// The folder of a class holds no image.
    case emptyClass(folder: URL)
    /// A class of `validation` that `train` lacks.
    case unknownClass(folder: URL, known: [String])
    /// A link inside a folder of images: it could lead anywhere.
    case link(file: URL)
    /// A file or folder in a place where there should be the other.
    case unexpectedFile(file: URL, ExpectedFile)

    // MARK: The cache

    /// Something that had to be unpacked could not be written; `systemError` is its `errno`.
    case unwritable(file: URL, systemError: Int32)
    /// The file in the cache is not what was written there. Removing it is safe.
    case damagedCache(file: URL)

    /// Why an entry of an archive is refused.
    public enum ForbiddenEntry: Hashable, Sendable {
        /// The path begins at the root.
        case absolute
        /// The path has a component `..`.
        case climbs
        /// A symbolic or hard link.
        case link
        /// A device, a pipe or a socket.
        case special
        /// No path, or one that is no text.
        case unreadablePath
    }

    /// What belongs in a place of a folder of images.
    public enum ExpectedFile: Hashable, Sendable {
        /// A folder for each class.
        case classFolder
        /// A file whose name ends so.
        case image([String])
    }

    /// What belongs on a line of a list.
    public enum ExpectedLine: Hashable, Sendable {
        /// Exactly this text.
        case exactly(String)
        /// The list should have ended.
        case nothing
        /// A class and a number, as in the example.
        case photograph(example: String)
        /// UTF-8.
        case text
        /// The list as a whole: 1 to so many lines.
        case lines(atMost: Int)
    }

    /// Why an image cannot be decoded.
    public enum ImageDamage: Hashable, Sendable {
        /// The first bytes are neither those of a JPEG nor of a PNG file.
        case unknownFormat
        /// The file ends before any image begins.
        case noImage
        /// The words of the library that decodes it.
        case decoder(String)
    }

    /// Where an encoded image stands.
    public struct ImagePlace: Hashable, Sendable {
        public let file: URL
        /// The path in the archive `file`; `nil` where the file itself is the image.
        public let entry: String?

        public init(file: URL, entry: String? = nil) {
            self.file = file
            self.entry = entry
        }
    }

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
