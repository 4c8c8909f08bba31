import Plot
import Report

/// The English of what cannot be shown in a report.
extension ReportProblem {
    var words: String {
        switch self {
        case .failedRun(let run, let failure): "\(run): \(failure.words)"
        case .missingRun(let run): "\(run): there is no result"
        case .nothingToShow(let label, let data): "'\(label)': no run of \(commaSeparated(data)) left anything to show"
        case .figure(let label, let error): "'\(label)' cannot be laid out: \(error.words)"
        case .diagram(let label, let error): "'\(label)' cannot be laid out: \(error.words)"
        case .noImages(let label, let dataset): "'\(label)' needs the images of '\(dataset)', which are not here"
        case .noPredictions(let label, let run):
            "'\(label)' needs what \(run) said of each image, and predictions/ does not have it"
        case .noMistakes(let label, let run): "'\(label)': \(run) made no mistake"
        case .image(let label, let error): "'\(label)' cannot be drawn: \(error.words)"
        case .value(let path, _, .unknown): "there is no value '\(path)'"
        case .value(let path, _, .noResult): "'\(path)' has no result"
        case .filter(let filter, let path, _): "the filter '\(filter)' does not fit '\(path)'"
        case .unknownLabel(let label, _): "no cell is labelled '\(label)'"
        }
    }

    /// In the experiment file, where it is about a place.
    var location: SourceLocation? {
        switch self {
        case .value(_, let location, _), .filter(_, _, let location), .unknownLabel(_, let location): location
        default: nil
        }
    }
}

extension DiagramError {
    var words: String {
        switch self {
        case .nothingToDraw: "it has no box"
        case .unknownBox(let panel, let arrow): "arrow \(arrow + 1) of panel \(panel + 1) leads to no box"
        case .cycle(let panel): "the arrows of panel \(panel + 1) lead back to where they began"
        case .tooLarge(let panel, let boxes, let limit):
            "panel \(panel + 1) has \(boxes) boxes, which need more than \(limit) places"
        case .badWidth(let width, let allowed):
            "its width is \(width) in; it must be from \(allowed.lowerBound) to \(allowed.upperBound)"
        case .noRoom(let width, let needed): "it needs a width of \(needed) in and has \(width) in"
        }
    }
}

extension ReportError {
    /// One line for each thing that is missing.
    var lines: [String] {
        switch self {
        case .missingResults(let missing): missing.map { "\($0.words), and --frozen trains nothing" }
        case .missingParts(let problems): problems.map(\.words)
        }
    }
}

extension ReportError.MissingResult {
    var words: String {
        foundKey == nil ? "\(run): the lock has no result" : "\(run): the lock's result is of an older plan"
    }
}

extension PartialProblem {
    var words: String {
        switch kind {
        case .unknown(let known, let nearest):
            Problem.unknownName(.partial, found: name, known: known, nearest: nearest).words
        case .unknownArgument(let argument): "partial '\(name)' has no use for '\(argument)'"
        case .missingArgument(let argument): "partial '\(name)' needs '\(argument)='"
        case .brokenTemplate(let reason): "partial '\(name)' is broken: \(reason)"
        case .tooDeep(let limit): "partial '\(name)': partials that bring partials more than \(limit) times"
        case .tooMany(let limit): "partial '\(name)': more than \(limit) partials"
        case .tooLarge(let limit): "partial '\(name)': the text grows beyond \(limit) bytes"
        }
    }
}
