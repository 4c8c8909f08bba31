/// Why a model file could not be read or written: which file, and what is wrong with it.
public struct ModelFileError: Error, Hashable, Sendable {
    public let path: String
    public let problem: Problem

    public init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    public enum Problem: Hashable, Sendable {
        /// The system refused; its own words.
        case unreadable(String)
        case unwritable(String)
        /// The file ends before what it announces.
        case truncated(bytes: Int, expected: Int)
        /// The header's announced length is more than a header may have.
        case headerTooLong(bytes: UInt64, limit: Int)
        /// The header is not the JSON it should be; where and why, in the parser's words.
        case headerMalformed(String)
        /// Not `F32`.
        case elementType(tensor: String, found: String)
        /// A negative extent, or a product that does not fit.
        case impossibleShape(tensor: String, found: [Int])
        /// The bytes set aside for a tensor are not as many as its shape needs.
        case length(tensor: String, bytes: Int, expected: Int)
        /// The bytes of a tensor do not lie in the file's data.
        case outside(tensor: String, begin: Int, end: Int, dataBytes: Int)
        /// Two tensors share bytes.
        case overlap(tensor: String, other: String)
        /// Bytes of the data that belong to no tensor.
        case unclaimed(begin: Int, end: Int)
        /// The network has a tensor that the file lacks.
        case missing(tensor: String, expected: [Int])
        /// The file has a tensor that the network lacks.
        case unexpected(tensor: String)
        case shape(tensor: String, found: [Int], expected: [Int])
    }
}
