import Datasets
import Foundation

/// The English of what can be wrong with the files of a data set.
extension DatasetError {
    var words: String {
        switch self {
        case .unknownDataset(let name, let known): "unknown dataset '\(name.printable)'; known: \(commaSeparated(known.map(\.printable)))"
        case .limitNotPositive(let found): "the limit must be at least 1, not \(found)"
        case .missingFiles(let dataset, let searched): missing(dataset, searched)
        case .unreadable(let file, let code): "\(file.shown): cannot be read: \(String(cString: strerror(code)))"
        case .notARegularFile(let file): "\(file.shown): this is no regular file"
        case .notGzip(let file, let found):
            "\(file.shown): not a gzip file: it begins with \(hexadecimal(found)), expected 1f 8b"
        case .damagedGzip(let file, let offset, let reason): "\(file.shown): byte \(offset): damaged gzip data (\(reason))"
        case .cutGzip(let file, let offset): "\(file.shown): byte \(offset): the gzip data is cut; was the download interrupted?"
        case .trailingBytes(let file, let offset): "\(file.shown): byte \(offset): bytes that are not gzip follow the data"
        case .cutFile(let file, let expected, let found):
            "\(file.shown): cut: its header announces \(expected) bytes, it holds \(found)"
        case .tooLong(let file, let expected): "\(file.shown): goes on behind the \(expected) bytes that its header announces"
        case .wrongMagic(let file, let expected, let found):
            "\(file.shown): byte 0: wrong magic number \(hexadecimal(found)), expected \(hexadecimal(expected))"
        case .wrongDimensions(let file, let offset, let expected, let found):
            "\(file.shown): byte \(offset): images of \(extent(found)), expected \(extent(expected))"
        case .noElements(let file, let offset): "\(file.shown): byte \(offset): the file announces no element"
        case .tooManyElements(let file, let offset, let maximum, let found):
            "\(file.shown): byte \(offset): announces \(found) elements; the data set has \(maximum) at most"
        case .countMismatch(let images, let imageCount, let labels, let labelCount):
            "\(labels.shown): \(labelCount) labels for the \(imageCount) images of \(images.lastPathComponent)"
        case .labelOutOfRange(let file, let offset, let index, let classes, let found):
            "\(file.shown): byte \(offset): label \(found) of image \(index); the classes are 0 to \(classes - 1)"
        case .damagedArchive(let file, let entry, let reason):
            "\(file.shown): damaged archive\(entry.map { " behind the header of \($0.printable)" } ?? ""): \(reason)"
        case .forbiddenEntry(let file, let entry, let reason): "\(file.shown): entry '\(entry.printable)' \(reason.words)"
        case .missingEntry(let file, let entry): "\(file.shown): lacks the entry '\(entry.printable)'"
        case .repeatedEntry(let file, let entry): "\(file.shown): holds the entry '\(entry.printable)' twice"
        case .entryTooLong(let file, let entry, let maximum, let found):
            "\(file.shown): entry '\(entry.printable)' is \(Quantities.count(found)) bytes long; at most "
                + "\(Quantities.count(maximum)) belong there"
        case .notWholeRecords(let file, let entry, let record, let found):
            "\(file.shown): entry '\(entry.printable)' holds \(Quantities.count(found)) bytes, expected a multiple of "
                + "\(Quantities.count(record)) and not none"
        case .entryCountMismatch(let file, let images, let imageCount, let labels, let labelCount):
            "\(file.shown): \(labelCount) labels in '\(labels.printable)' for the \(imageCount) images of '\(images.printable)'"
        case .entryLabelOutOfRange(let file, let entry, let offset, let allowed, let found):
            "\(file.shown): entry '\(entry.printable)', byte \(offset): label \(found); the labels are \(allowed.lowerBound) to "
                + "\(allowed.upperBound)"
        case .brokenList(let file, let entry, let line, let found, let expected):
            "\(file.shown): entry '\(entry.printable)', line \(line): '\(found.printable)', expected \(expected.words)"
        case .damagedImage(let place, let damage): "\(place.words): cannot be decoded: \(damage.words)"
        case .imageExtent(let place, let width, let height, let maximum):
            "\(place.words): an image of \(width)x\(height) pixels; from 1 to \(Quantities.count(maximum)) are decoded"
        case .imageTooLong(let place, let maximum, let found):
            "\(place.words): \(Quantities.memory(found)) long; at most \(Quantities.memory(maximum)) are read"
        case .forbiddenPath(let path, let reason): "the path '\(path.printable)' of a folder of images \(reason.words)"
        case .brokenFolderReference(let text, let maximum):
            "'\(text.printable)': expected folder:PATH or folder:PATH@SIZE with a size from 1 to \(maximum)"
        case .folderNotFound(let path, let searched):
            "no folder '\(path.printable)' in \(commaSeparated(searched.map(\.shown)))"
        case .missingPart(let folder, let part):
            "\(folder.shown): lacks the folder '\(part)'; a folder of images holds train/<class>/ and validation/<class>/"
        case .tooFewClasses(let folder, let found):
            "\(folder.shown): holds \(found.isEmpty ? "no class" : "only the class '\(found[0].printable)'"); each class is a "
                + "folder of images in it, and there must be two at least"
        case .classCount(let folder, let expected, let found):
            "\(folder.shown): holds \(found) classes; the experiment file announces \(expected)"
        case .emptyClass(let folder): "\(folder.shown): this class has no image"
        case .unknownClass(let folder, let known):
            "\(folder.shown): no class of 'train', which has \(commaSeparated(known.map(\.printable)))"
        case .link(let file): "\(file.shown): this is a link; a folder of images may hold none"
        case .unexpectedFile(let file, .classFolder): "\(file.shown): expected a folder, one for each class"
        case .unexpectedFile(let file, .image(let extensions)):
            "\(file.shown): expected an image file that ends in \(commaSeparated(extensions.map { ".\($0)" }))"
        case .unwritable(let file, let code): "\(file.shown): cannot be written: \(String(cString: strerror(code)))"
        case .damagedCache(let file): "\(file.shown): damaged; it is part of the cache and can be removed"
        }
    }

    private func missing(_ dataset: String, _ searched: [SearchedFolder]) -> String {
        guard !searched.isEmpty else {
            return "dataset '\(dataset)' needs files; name their folder with --data-dir or OFFPRINT_DATA"
        }
        let places = searched.map { "\($0.folder.shown) lacks \(commaSeparated($0.missing))" }
        return "dataset '\(dataset)' is not here: \(places.joined(separator: "; ")); name its folder with --data-dir, or "
            + "fetch it with 'offprint data fetch \(dataset)'"
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.isEmpty ? "nothing" : bytes.map { String(format: "%02x", $0) }.joined(separator: " ")
    }

    private func hexadecimal(_ word: UInt32) -> String { String(format: "0x%08x", word) }

    private func extent(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "x") }
}

extension DatasetError.ImagePlace {
    var words: String { entry.map { "\(file.shown): entry '\($0.printable)'" } ?? file.shown }
}

extension DatasetError.ForbiddenEntry {
    var words: String {
        switch self {
        case .absolute: "has an absolute path; the archive is refused"
        case .climbs: "leads out of the archive with '..'; the archive is refused"
        case .link: "is a link; the archive is refused"
        case .special: "is neither a file nor a folder; the archive is refused"
        case .unreadablePath: "has no path that is text; the archive is refused"
        }
    }
}

extension ForbiddenPath {
    var words: String {
        switch self {
        case .empty: "is empty"
        case .absolute: "begins at the root; it has to be relative to the experiment file or a data folder"
        case .climbs: "holds '..'; it has to stay below the experiment file or a data folder"
        case .leadsOut(let folder): "leads out of \(folder.shown) through a link"
        }
    }
}

extension DatasetError.ExpectedLine {
    var words: String {
        switch self {
        case .exactly(let text): "'\(text)'"
        case .nothing: "the end of the list"
        case .photograph(let example): "a class and a number such as \(example)"
        case .text: "text in UTF-8"
        case .lines(let maximum): "the last of 1 to \(Quantities.count(maximum)) lines"
        }
    }
}

extension DatasetError.ImageDamage {
    var words: String {
        switch self {
        case .unknownFormat: "neither JPEG nor PNG"
        case .noImage: "the file ends before any image begins"
        case .decoder(let reason): reason
        }
    }
}

extension URL {
    /// The path as a message shows it.
    fileprivate var shown: String { path.printable }
}

extension String {
    /// With control characters spelled out: a name from a stranger's archive must not steer the terminal.
    var printable: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            text += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
    }
}
