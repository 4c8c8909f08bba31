import Downloads
import Foundation

/// The English of what goes wrong while files are fetched and checked.
extension FetchError {
    var words: String {
        switch self {
        case .unreadable(let file, let code): "\(file.path): cannot be read: \(String(cString: strerror(code)))"
        case .unwritable(let file, let code): "\(file.path): cannot be written: \(String(cString: strerror(code)))"
        case .busy(let file): "\(file.path): another program is fetching this file"
        case .inTheWay(let file):
            "\(file.path): not the official file; it is left alone: move it away to fetch the official one"
        case .failed(let file, let failures):
            "\(file) could not be fetched: " + failures.map(\.words).joined(separator: "; ")
        }
    }

    /// Whether wrong data, and not the machine or the network, is to blame.
    var isWrongData: Bool {
        switch self {
        case .inTheWay: true
        case .failed(_, let failures): failures.contains { $0.reason.isWrongData }
        case .unreadable, .unwritable, .busy: false
        }
    }
}

extension FetchError.Failure {
    var words: String { "\(address.absoluteString): \(reason.words)" }
}

extension FetchError.Reason {
    var words: String {
        switch self {
        case .connection(let words): "no connection, or one that broke too often: \(words.printable)"
        case .status(let code): "the server answered \(code)"
        case .wrongLength(let expected, let found):
            "the server has \(Quantities.count(found)) bytes or more; the official file has \(Quantities.count(expected))"
        case .wrongRange: "the server sent another part of the file than it was asked for"
        case .wrongDigest(let expected, let found):
            "not the official file: its \(expected.kind.words) is \(found.hexadecimal), expected \(expected.hexadecimal)"
        }
    }
}

extension FileDigest.Kind {
    var words: String {
        switch self {
        case .sha256: "SHA-256"
        case .md5: "MD5"
        }
    }
}

extension Verifier.Verdict {
    func words(_ origin: OriginFile) -> String {
        let kind = origin.digest.kind.words
        return switch self {
        case .missing: "missing"
        case .official: "the official file (\(kind) \(origin.digest.hexadecimal))"
        case .officialContent: "the official content, compressed anew or not at all"
        case .different(let found):
            "not the official file: \(kind) \(found.hexadecimal), expected \(origin.digest.hexadecimal)"
        }
    }

    /// As JSON has it.
    var word: String {
        switch self {
        case .missing: "missing"
        case .official: "official"
        case .officialContent: "official-content"
        case .different: "different"
        }
    }

    var found: String? {
        if case .different(let found) = self { found.hexadecimal } else { nil }
    }
}
