public import Plot

/// Something that could not be shown; the rest of the report is still made.
public enum ReportProblem: Error, Hashable, Sendable {
    /// A run that was tried and failed.
    case failedRun(RunIdentifier, RunFailure)
    /// A run without a result that nobody tried.
    case missingRun(RunIdentifier)
    /// None of the runs of these training cells left anything to show.
    case nothingToShow(label: String, data: [String])
    /// The figure cannot be laid out.
    case figure(label: String, FigureError)
    case diagram(label: String, DiagramError)
    /// The pictures of this data set are not here.
    case noImages(label: String, dataset: String)
    /// The run has a result, but what it said of each image is not there.
    case noPredictions(label: String, RunIdentifier)
    /// A network made no mistake.
    case noMistakes(label: String, RunIdentifier)
    /// The figure cannot be written as a picture.
    case image(label: String, RenderError)
    /// A value in prose.
    case value(path: String, location: SourceLocation, ValueFault)
    /// A filter that does not exist or does not fit the value.
    case filter(String, path: String, location: SourceLocation)
    /// A label that no plot or table cell has.
    case unknownLabel(String, location: SourceLocation)

    /// Why a value has no text.
    public enum ValueFault: Hashable, Sendable {
        /// No such label, network, measure, parameter or fact of the machine.
        case unknown
        /// The runs it is of left no result.
        case noResult
    }
}

/// Why a report cannot be rendered at all.
public enum ReportError: Error, Hashable, Sendable {
    /// With `--frozen`: these runs have no result under the planned key. Never empty; in the order of the file.
    case missingResults([MissingResult])
    /// With `--frozen`: all runs have their results, but something that figures show is not there. Never empty.
    case missingParts([ReportProblem])

    public struct MissingResult: Hashable, Sendable {
        public var run: RunIdentifier
        public var plannedKey: String
        /// The key of the result that is there, for an older plan; `nil` where there is none.
        public var foundKey: String?

        public init(run: RunIdentifier, plannedKey: String, foundKey: String?) {
            self.run = run
            self.plannedKey = plannedKey
            self.foundKey = foundKey
        }
    }
}
