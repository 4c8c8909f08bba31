import Datasets
import Foundation
import Networks
import Report

/// The English of what goes wrong while runs are executed and results are kept.
extension RunFailure {
    var words: String {
        switch self {
        case .couldNotStart(let reason): "the run could not be started: \(reason)"
        case .exited(let code, let lastWords): "the run ended with code \(code)\(quoted(lastWords))"
        case .killed(let signal, let lastWords): "the run was killed by signal \(signal)\(quoted(lastWords))"
        case .outOfTime(let limit): "the run took longer than its time limit of \(Quantities.duration(limit))"
        case .outOfMemory(let limit, let used):
            "the run used \(Quantities.memory(used)) of memory, more than its limit of \(Quantities.memory(limit))"
        case .noResult: "the run ended without a result"
        case .damagedResult(let place, let problem):
            "the run's result is damaged\(place.isEmpty ? "" : " at \(place)"): \(problem)"
        case .wrongResult(let expected, let found):
            "the run returned the result of another run: key \(found.prefix(12)), expected \(expected.prefix(12))"
        case .reported(let failure): failure.message
        case .interrupted: "interrupted before it could finish"
        }
    }

    private func quoted(_ lastWords: String) -> String {
        let words = lastWords.split(separator: "\n").joined(separator: " | ")
        return words.isEmpty ? "" : ": \(words)"
    }
}

extension ChildError {
    var words: String {
        switch self {
        case .data(let error): error.words
        case .training(let error): error.words
        case .modelFile(let error): error.words
        case .initialWeights(let fault): fault.words
        }
    }
}

extension TrainingError {
    var words: String {
        switch self {
        case .configuration(let problems): problems.map(\.words).joined(separator: "; ")
        case .noImages(let set): "there are no \(set.rawValue) images"
        case .imageShape(let set, let found, let expected):
            "the \(set.rawValue) images are \(found); the network takes \(expected)"
        case .classes(let set, let found, let expected):
            "the \(set.rawValue) images have \(found) classes; the network has \(expected) outputs"
        case .scalingChannels(let found, let channels):
            "the scaling has \(found) numbers for images of \(channels) channel\(channels == 1 ? "" : "s")"
        case .augmentation(let field, let found, let side):
            "'\(field.rawValue)' is \(found), which leaves nothing of images of \(side) pixels"
        case .data(let error): error.words
        case .notAClassifier(let node, let output):
            "the network's last node '\(node)' gives \(output), not one number for each class"
        case .geometry(let node, let reason): "node '\(node)' cannot be computed: \(reason)"
        case .notFinite(let epoch, let step, let rate, let node):
            "the loss was not finite in epoch \(epoch), step \(step), at a learning rate of \(rate); "
                + "the first output that was not finite is that of '\(node)'"
        }
    }
}

extension ConfigurationError {
    var words: String {
        switch self {
        case .outOfRange(let field, let found, let allowed):
            "\(field.rawValue) is \(found); it must lie \(allowed.includesLower ? "from" : "above") \(allowed.lower) "
                + "\(allowed.includesUpper ? "to" : "below") \(allowed.upper)"
        case .notAscending(let field, let found): "\(field.rawValue) must ascend: \(found)"
        case .nesterovWithoutMomentum: "nesterov needs a momentum"
        }
    }
}

extension ModelFileError {
    var words: String { "\(path): \(problem.words)" }
}

extension ModelFileError.Problem {
    var words: String {
        switch self {
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .unwritable(let reason): "cannot be written: \(reason)"
        case .truncated(let bytes, let expected): "cut: \(bytes) bytes of \(expected)"
        case .headerTooLong(let bytes, let limit): "its header claims \(bytes) bytes; at most \(limit) are allowed"
        case .headerMalformed(let reason): "its header is damaged: \(reason)"
        case .elementType(let tensor, let found): "tensor '\(tensor)' holds \(found), not F32"
        case .impossibleShape(let tensor, let found): "tensor '\(tensor)' has the impossible shape \(found)"
        case .length(let tensor, let bytes, let expected): "tensor '\(tensor)' has \(bytes) bytes, its shape needs \(expected)"
        case .outside(let tensor, let begin, let end, let data):
            "tensor '\(tensor)' claims bytes \(begin) to \(end) of \(data)"
        case .overlap(let tensor, let other): "tensors '\(tensor)' and '\(other)' share bytes"
        case .unclaimed(let begin, let end): "bytes \(begin) to \(end) belong to no tensor"
        case .missing(let tensor, let expected): "lacks tensor '\(tensor)' of shape \(expected)"
        case .unexpected(let tensor): "has a tensor '\(tensor)' that the network lacks"
        case .shape(let tensor, let found, let expected): "tensor '\(tensor)' has shape \(found), expected \(expected)"
        }
    }
}

extension InitialWeightsFault {
    var words: String {
        switch self {
        case .forbiddenPath(let path, let reason): "the path '\(path.printable)' of initial weights \(reason.words)"
        case .notFound(let path, let searched): "no file '\(path.printable)' in \(commaSeparated(searched))"
        case .unreadable(let path, let code): "\(path): cannot be read: \(String(cString: strerror(code)))"
        case .notAFile(let path): "\(path): this is no file"
        case .file(let error): error.words
        case .notFinite(let path, let tensor): "\(path): tensor '\(tensor)' holds a number that is not finite"
        case .changed(let path, let expected, let found):
            "\(path): its weights changed after the run was planned: digest \(found.prefix(12)), expected \(expected.prefix(12))"
        }
    }
}

extension RunNotice {
    var words: String {
        switch self {
        case .resumed(let epoch, let step): "going on from a checkpoint in epoch \(epoch), after \(step) steps of it"
        case .damagedCheckpoint(let path, let fault):
            "the checkpoint \(path) \(fault.words); going on from the one before it, or from the beginning"
        case .checkpointNotWritten(let folder, let fault):
            "the checkpoint in \(folder) \(fault.words); training goes on, and earlier checkpoints are kept"
        }
    }
}

extension CheckpointFault {
    var words: String {
        switch self {
        case .unwritable(let reason): "cannot be written: \(reason)"
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .notACheckpoint: "is damaged"
        case .unknownFormat(let found): "is of format \(found), which this version does not read"
        case .changed: "is damaged: its bytes are not those that were written"
        case .anotherRun(let key): "is of another run, \(key.prefix(12))"
        }
    }
}

extension StoredFileError {
    var words: String {
        switch self {
        case .cannotRead(let path, let reason): "\(path): cannot be read: \(reason)"
        case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
        case .notJSON(let path, let detail): "\(path): damaged: \(detail)"
        case .foreign(let path, let expected): "\(path): this is no \(expected.words)"
        case .unknownFormat(let path, let found, let supported):
            "\(path): written in format \(found); this program reads format \(supported)"
        case .damaged(let path, let place, let problem): "\(path): damaged at \(place): \(problem)"
        }
    }
}

extension StoredFileError.FileKind {
    var words: String {
        switch self {
        case .lock: "results lock"
        case .timings: "timings file"
        case .predictions: "file of predictions"
        case .samples: "file of sample images"
        }
    }
}

extension ResultsError {
    var words: String {
        switch self {
        case .file(let error): error.words
        case .unknownMachine(let name, let known):
            "no timings of machine '\(name)'; " + (known.isEmpty ? "there are none" : "known: \(commaSeparated(known))")
        }
    }
}
