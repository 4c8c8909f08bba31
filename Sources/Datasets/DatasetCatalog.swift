public import Foundation

/// What is known about a data set without opening it.
public struct DatasetDescription: Sendable, Hashable {
    /// The name in experiment files and on the command line: lower case, no spaces.
    public let name: String
    /// The name in prose and headings.
    public let title: String
    /// Height, width and channels of every image.
    public let height: Int
    public let width: Int
    public let channels: Int
    /// What the class indices stand for, in order.
    public let classNames: [String]
    /// The number of images of the whole data set; files may hold fewer, never more.
    public let trainingCount: Int
    public let validationCount: Int
    public let source: Source

    /// Where the images come from.
    public enum Source: Sendable, Hashable {
        /// Made by the program. `identity` changes whenever a bit of any image changes.
        case generated(identity: String)
        /// Read from these files, each named relative to a data folder. A file `x.gz` may also lie there
        /// decompressed, as `x`.
        case files([String])
    }
}

/// The two parts of every data set.
public enum DatasetSplit: String, Sendable, Hashable, CaseIterable {
    case training
    case validation
}

/// What a look at the folders found, before anything is read.
public enum DatasetLocation: Sendable, Hashable {
    /// Nothing to find: the program makes the images itself. See `DatasetDescription.Source.generated`.
    case generated(identity: String)
    /// The files that `load` will read, in the order of `DatasetDescription.Source.files`.
    case files([URL])
}

/// The data sets that the program can load, by name.
public enum DatasetCatalog {
    /// Every data set, in the order in which lists show them.
    public static var all: [DatasetDescription] { entries.map(\.description) }

    /// The data set of this name, or `nil`. Upper and lower case are different.
    public static func named(_ name: String) -> DatasetDescription? { entry(name)?.description }

    /// Finds the files of a data set, in the first of `folders` that has all of them. Opens none of them; costs a
    /// question to the file system per file and folder, so it can be asked before anything trains.
    ///
    /// Throws `unknownDataset`, `missingFiles`, `unreadable` or `notARegularFile`.
    public static func locate(_ name: String, folders: [URL]) throws(DatasetError) -> DatasetLocation {
        let description = try known(name).description
        switch description.source {
        case .generated(let identity):
            return .generated(identity: identity)
        case .files(let names):
            return .files(try FileSearch.find(names, dataset: name, folders: folders))
        }
    }

    /// Loads a data set. `limit` keeps the first so many training and the first so many validation images;
    /// files are read and checked to their end all the same, generated images are made only as far as needed.
    ///
    /// Throws any `DatasetError`; the contents of files never trap. Cost: reading and decompressing the files
    /// (MNIST: a fraction of a second), or making the images (see `GeneratedDigits`).
    public static func load(
        _ name: String, folders: [URL], limit: Int? = nil
    ) throws(DatasetError) -> (training: LabeledImages, validation: LabeledImages) {
        let entry = try known(name)
        if let limit, limit < 1 { throw .limitNotPositive(found: limit) }
        let files: [URL]
        switch try locate(name, folders: folders) {
        case .generated: files = []
        case .files(let found): files = found
        }
        return (
            training: try entry.load(entry.description, .training, files, limit),
            validation: try entry.load(entry.description, .validation, files, limit)
        )
    }

    /// Opens a data set for reading image by image: what fits is in memory, what is larger is decoded when it is asked
    /// for. The images are those of `load`.
    ///
    /// - Parameters:
    ///   - cacheFolder: where what had to be unpacked is kept from one call to the next; it may be lost at any time.
    ///   - threads: at least 1; how many decode at a time.
    ///
    /// Throws any `DatasetError`.
    public static func open(
        _ name: String, folders: [URL], cacheFolder: URL, limit: Int? = nil, threads: Int = 1
    ) throws(DatasetError) -> (training: any ImageSource, validation: any ImageSource) {
        let (training, validation) = try load(name, folders: folders, limit: limit)
        return (training, validation)
    }

    // MARK: The list

    /// A new data set is one more line here and one more loader.
    private static let entries = [MNIST.entry, GeneratedDigits.entry]

    private static func entry(_ name: String) -> CatalogEntry? {
        entries.first { $0.description.name == name }
    }

    private static func known(_ name: String) throws(DatasetError) -> CatalogEntry {
        guard let entry = entry(name) else {
            throw .unknownDataset(name: name, known: entries.map(\.description.name))
        }
        return entry
    }
}

/// A data set as the catalogue holds it: what it is, and how one part of it is loaded.
struct CatalogEntry: Sendable {
    let description: DatasetDescription
    /// `files` are those of `description.source`, found and in that order; empty for a generated set.
    /// `limit` is positive.
    let load:
        @Sendable (
            _ description: DatasetDescription, _ split: DatasetSplit, _ files: [URL], _ limit: Int?
        ) throws(DatasetError) -> LabeledImages
}
