/// What can be wrong with a file of results, and where in it.
public enum StoredFileError: Error, Hashable, Sendable {
    /// The system would not read it.
    case cannotRead(path: String, reason: String)
    /// The system would not write it; what stood there before is untouched.
    case cannotWrite(path: String, reason: String)
    /// Not JSON at all, or cut short. `detail` is the parser's, with line and column where it knows them.
    case notJSON(path: String, detail: String)
    /// JSON, but not a file of this kind.
    case foreign(path: String, expected: FileKind)
    /// Written by another version of the program.
    case unknownFormat(path: String, found: Int, supported: Int)
    /// A value that cannot stand where it stands. `place` is dotted: `runs.mnist/residual/1.epochs.3.validLoss`.
    case damaged(path: String, place: String, problem: String)

    /// Whether the system is at fault and not what stands in the file.
    public var isOfTheSystem: Bool {
        switch self {
        case .cannotRead, .cannotWrite: true
        case .notJSON, .foreign, .unknownFormat, .damaged: false
        }
    }

    public enum FileKind: String, Hashable, Sendable { case lock, timings, predictions, samples }
}
