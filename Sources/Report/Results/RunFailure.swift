/// Why one run left no result. It costs that run alone.
public enum RunFailure: Error, Hashable, Codable, Sendable {
    /// The program could not be started again; the system's words.
    case couldNotStart(reason: String)
    /// Ended with that code and without a result. `lastWords` are the last lines of its standard error.
    case exited(code: Int, lastWords: String)
    /// Ended by a signal that this program did not send: a crash, or a kill for memory by the system.
    case killed(signal: Int, lastWords: String)
    /// Seconds.
    case outOfTime(limit: Double)
    /// Bytes, both.
    case outOfMemory(limit: Int, used: Int)
    /// Ended well, but its result file is not there.
    case noResult
    /// The result file is cut or holds what no run can produce.
    case damagedResult(place: String, problem: String)
    /// The result is another run's.
    case wrongResult(expectedKey: String, foundKey: String)
    /// The run itself says why: data, training or the model's file.
    case reported(ChildFailure)
    /// The whole render was interrupted while it ran or before it began.
    case interrupted

    /// Whether the run ran out of time or memory (exit code 5 of the command line).
    public var isOutOfResources: Bool {
        switch self {
        case .outOfTime, .outOfMemory: true
        default: false
        }
    }
}

/// What a child process says when it cannot finish: the kind for programs, the words for people.
public struct ChildFailure: Error, Hashable, Codable, Sendable {
    public enum Kind: String, Hashable, Codable, Sendable {
        /// The step file itself.
        case step
        case data
        case training
        /// The loss was no longer a number.
        case diverged
        case modelFile
    }

    public var kind: Kind
    /// One line.
    public var message: String

    public init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }
}
