public import Foundation

/// The two parts of every data set.
public enum DatasetSplit: String, Sendable, Hashable, CaseIterable {
    case training
    case validation
}

/// What a look at the folders found, before anything is read.
public enum DatasetLocation: Sendable, Hashable {
    /// Nothing to find: the program makes the images itself. See `DatasetDescription.Source.generated`.
    case generated(identity: String)
    /// The files that `open` will read: in the order of `DatasetDescription.Source.files`, or every image of a folder,
    /// training first.
    case files([URL])
}

/// The data sets that the program can load, by name or by folder.
///
/// Wherever a function takes a `name`, it may also be the text of a `DatasetReference.folder`.
public enum DatasetCatalog {
    /// Every data set with a name, in the order in which lists show them.
    public static var all: [DatasetDescription] { entries.map(\.description) }

    /// The data set of this name, or `nil`. Upper and lower case are different.
    public static func named(_ name: String) -> DatasetDescription? { entry(name)?.description }

    /// What is known about a data set: from the catalogue for one with a name, from a look into the folder for a
    /// folder of images (the cost of a question to the file system for each image).
    ///
    /// Throws `unknownDataset`, and for a folder all that can be wrong with it short of the images themselves. A folder
    /// that is not there is described by what its reference announces, if that is enough.
    public static func describe(_ name: String, folders: [URL]) throws(DatasetError) -> DatasetDescription {
        switch try DatasetReference(name) {
        case .named(let name): return try known(name).description
        case .folder(let path, let size, let classes):
            do throws(DatasetError) {
                return try ImageFolder.find(path, folders: folders, classes: classes).description(name: name, size: size)
            } catch {
                guard case .folderNotFound = error, let classes else { throw error }
                return DatasetDescription(
                    name: name, title: path.text, height: size, width: size, channels: 3,
                    classNames: (0..<classes).map(String.init), trainingCount: 0, validationCount: 0,
                    source: .folder(nil))
            }
        }
    }

    /// Finds the files of a data set, in the first of `folders` that has all of them. Opens none of them; costs a
    /// question to the file system per file and folder, so it can be asked before anything trains.
    ///
    /// Throws `unknownDataset`, `missingFiles`, `unreadable` or `notARegularFile`; for a folder of images, what
    /// `describe` throws.
    public static func locate(_ name: String, folders: [URL]) throws(DatasetError) -> DatasetLocation {
        switch try DatasetReference(name) {
        case .folder(let path, _, let classes):
            return .files(try ImageFolder.find(path, folders: folders, classes: classes).files)
        case .named(let name):
            let description = try known(name).description
            switch description.source {
            case .files(let names): return .files(try FileSearch.find(names, dataset: name, folders: folders))
            case .generated(let identity): return .generated(identity: identity)
            case .folder: throw .folderNotFound(path: name, searched: folders)
            }
        }
    }

    /// Opens a data set for reading image by image. What fits into `DatasetParts.largestInMemory` is in memory then;
    /// images of a larger set are decoded when they are asked for.
    ///
    /// - Parameters:
    ///   - folders: where to look, in that order; see `DatasetReference.folder` for a folder of images.
    ///   - cacheFolder: where what had to be unpacked is kept from one call to the next. It may be lost at any time.
    ///   - limit: keeps the first so many training and the first so many validation images. Files are read and checked
    ///     to their end all the same; generated images are made, and encoded ones decoded, only as far as needed.
    ///   - threads: at least 1; how many decode at a time. Changes nothing in the images.
    ///
    /// Throws any `DatasetError`; the contents of files never trap. Cost: reading and decompressing the files (MNIST: a
    /// fraction of a second; CIFAR-10: seconds), or making the images (see `GeneratedDigits`). Food-101 is unpacked
    /// once, which takes minutes.
    public static func open(
        _ name: String, folders: [URL], cacheFolder: URL, limit: Int? = nil, threads: Int = 1
    ) throws(DatasetError) -> DatasetParts {
        precondition(threads >= 1)
        if let limit, limit < 1 { throw .limitNotPositive(found: limit) }
        switch try DatasetReference(name) {
        case .folder(let path, let size, let classes):
            return try ImageFolder.find(path, folders: folders, classes: classes)
                .open(size: size, limit: limit, threads: threads)
        case .named(let name):
            let entry = try known(name)
            var files: [URL] = []
            if case .files(let found) = try locate(name, folders: folders) { files = found }
            return try entry.open(
                OpenRequest(
                    description: entry.description, files: files, cacheFolder: cacheFolder, limit: limit,
                    threads: threads))
        }
    }

    /// Opens a data set and holds all of it in memory; see `open`. Not for sets larger than memory.
    public static func load(
        _ name: String, folders: [URL], cacheFolder: URL = FileManager.default.temporaryDirectory, limit: Int? = nil,
        threads: Int = 1
    ) throws(DatasetError) -> (training: LabeledImages, validation: LabeledImages) {
        let parts = try open(name, folders: folders, cacheFolder: cacheFolder, limit: limit, threads: threads)
        return (try parts.training.loaded(threads: threads), try parts.validation.loaded(threads: threads))
    }

    /// Pixels of a PNG or JPEG file as the images of a data set are: what a network that was trained on the set takes.
    ///
    /// Scaled so that the shorter side fits and cut to the middle, as the set's own photographs are (Food-101: 256, then
    /// 224; all others to their size at once). For sets in grey, colours become their brightness first. The orientation
    /// that a camera notes is not applied.
    /// - Returns: `[H, W, C]`, row-major, 0…255.
    /// - Throws: what is wrong with the file.
    public static func pixels(
        ofPicture file: URL, for description: DatasetDescription
    ) throws(DatasetError) -> [UInt8] {
        let content = try FileContent(file)
        guard content.size <= ImageFolder.maximumFileSize else {
            throw .imageTooLong(.init(file: file), maximum: ImageFolder.maximumFileSize, found: content.size)
        }
        let image = try DecodedImage(
            try content.bytes(at: 0, count: content.size), at: .init(file: file), tolerance: .none)
        let preparation =
            entry(description.name)?.preparation
            ?? ImagePreparation(shorterSide: description.height, crop: description.height)
        guard description.channels == 1 else { return preparation.prepare(image) }
        let pixels = preparation.prepare(image.grey)
        return stride(from: 0, to: pixels.count, by: 3).map { pixels[$0] }
    }

    // MARK: The list

    /// A new data set is one more line here and one more file in `Sets`.
    private static let entries = [
        MNIST.entry, FashionMNIST.entry, CIFAR10.entry, STL10.entry, Food101.entry, GeneratedDigits.entry,
    ]

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

/// A data set as the catalogue holds it: what it is, and how it is opened.
struct CatalogEntry: Sendable {
    let description: DatasetDescription
    /// How photographs of any size become images of the set, where that is more than scaling to its size.
    var preparation: ImagePreparation?
    let open: @Sendable (_ request: OpenRequest) throws(DatasetError) -> DatasetParts
}

/// What a data set needs to know to be opened.
struct OpenRequest: Sendable {
    let description: DatasetDescription
    /// Those of `description.source`, found and in that order; empty for a generated set.
    let files: [URL]
    let cacheFolder: URL
    /// Positive, or `nil` for all images.
    let limit: Int?
    /// Positive.
    let threads: Int
}
