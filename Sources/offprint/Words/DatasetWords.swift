import Datasets
import Foundation

/// The English of what can be wrong with the files of a data set.
extension DatasetError {
    var words: String {
        switch self {
        case .unknownDataset(let name, let known): "unknown dataset '\(name)'; known: \(commaSeparated(known))"
        case .limitNotPositive(let found): "the limit must be at least 1, not \(found)"
        case .missingFiles(let dataset, let searched): missing(dataset, searched)
        case .unreadable(let file, let code): "\(file.path): cannot be read: \(String(cString: strerror(code)))"
        case .notARegularFile(let file): "\(file.path): this is no regular file"
        case .notGzip(let file, let found):
            "\(file.path): not a gzip file: it begins with \(hexadecimal(found)), expected 1f 8b"
        case .damagedGzip(let file, let offset, let reason): "\(file.path): byte \(offset): damaged gzip data (\(reason))"
        case .cutGzip(let file, let offset): "\(file.path): byte \(offset): the gzip data is cut; was the download interrupted?"
        case .trailingBytes(let file, let offset): "\(file.path): byte \(offset): bytes that are not gzip follow the data"
        case .cutFile(let file, let expected, let found):
            "\(file.path): cut: its header announces \(expected) bytes, it holds \(found)"
        case .tooLong(let file, let expected): "\(file.path): goes on behind the \(expected) bytes that its header announces"
        case .wrongMagic(let file, let expected, let found):
            "\(file.path): byte 0: wrong magic number \(hexadecimal(found)), expected \(hexadecimal(expected))"
        case .wrongDimensions(let file, let offset, let expected, let found):
            "\(file.path): byte \(offset): images of \(extent(found)), expected \(extent(expected))"
        case .noElements(let file, let offset): "\(file.path): byte \(offset): the file announces no element"
        case .tooManyElements(let file, let offset, let maximum, let found):
            "\(file.path): byte \(offset): announces \(found) elements; the data set has \(maximum) at most"
        case .countMismatch(let images, let imageCount, let labels, let labelCount):
            "\(labels.path): \(labelCount) labels for the \(imageCount) images of \(images.lastPathComponent)"
        case .labelOutOfRange(let file, let offset, let index, let classes, let found):
            "\(file.path): byte \(offset): label \(found) of image \(index); the classes are 0 to \(classes - 1)"
        }
    }

    private func missing(_ dataset: String, _ searched: [SearchedFolder]) -> String {
        guard !searched.isEmpty else {
            return "dataset '\(dataset)' needs files; name their folder with --data-dir or OFFPRINT_DATA"
        }
        let places = searched.map { "\($0.folder.path) lacks \(commaSeparated($0.missing))" }
        return "dataset '\(dataset)' is not here: \(places.joined(separator: "; ")); name its folder with --data-dir"
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.isEmpty ? "nothing" : bytes.map { String(format: "%02x", $0) }.joined(separator: " ")
    }

    private func hexadecimal(_ word: UInt32) -> String { String(format: "0x%08x", word) }

    private func extent(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "x") }
}
