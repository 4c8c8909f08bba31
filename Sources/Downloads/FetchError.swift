public import Foundation

/// Why a file of a data set could not be fetched or checked.
public enum FetchError: Error, Hashable, Sendable {
    /// The operating system refused; `systemError` is its `errno`. What had arrived is kept.
    case unreadable(file: URL, systemError: Int32)
    case unwritable(file: URL, systemError: Int32)
    /// Another program is fetching the same file.
    case busy(file: URL)
    /// A file that is not the official one stands under the name: it is left alone.
    case inTheWay(file: URL)
    /// No address gave the file; in the order in which they were tried.
    case failed(file: String, [Failure])

    /// What happened with one address.
    public struct Failure: Hashable, Sendable {
        public let address: URL
        public let reason: Reason

        public init(address: URL, reason: Reason) {
            self.address = address
            self.reason = reason
        }
    }

    public enum Reason: Hashable, Sendable {
        /// No connection, or it broke too often without anything arriving. The words of the network library.
        case connection(String)
        /// The server's answer; 200 and 206 would be right.
        case status(Int)
        /// The server says that the file has another length, or sent more. In bytes.
        case wrongLength(expected: Int, found: Int)
        /// The server answers a question for a part with another part.
        case wrongRange
        /// The file arrived and is another one.
        case wrongDigest(expected: FileDigest, found: FileDigest)

        /// Whether the server gave wrong data, and not none.
        public var isWrongData: Bool {
            switch self {
            case .connection, .status: false
            case .wrongLength, .wrongRange, .wrongDigest: true
            }
        }
    }
}
