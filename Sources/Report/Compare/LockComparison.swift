internal import Networks

/// What differs between two locks, run by run: everything that is no timing, exactly.
public struct LockComparison: Sendable, Equatable {
    public enum Difference: Sendable, Equatable {
        case onlyInOld
        case onlyInNew
        /// Never empty.
        case changed([Field])
    }

    /// One value of a run, as text that shows every bit of a number.
    public struct Field: Sendable, Equatable {
        /// `weightsDigest`, `epochs.3.validLoss`
        public var name: String
        public var old: String
        public var new: String
    }

    /// By the run's name; runs that are equal are not among them.
    public var differences: [String: Difference]
    /// Runs in both that are equal.
    public var equal: [String]

    public init(old: ResultsLock, new: ResultsLock) {
        differences = [:]
        equal = []
        for name in Set(old.runs.keys).union(new.runs.keys).sorted() {
            switch (old.runs[name], new.runs[name]) {
            case (let left?, let right?):
                let fields = Self.fields(left, right)
                if fields.isEmpty { equal.append(name) } else { differences[name] = .changed(fields) }
            case (nil, _): differences[name] = .onlyInNew
            case (_, nil): differences[name] = .onlyInOld
            }
        }
    }

    /// The fields of two results that differ, in the order of the file's meaning: what went in, what came out. Of the
    /// epochs, only the first that differs: the others follow from it.
    static func fields(_ old: RunResult, _ new: RunResult) -> [Field] {
        var fields: [Field] = []
        func compare(_ name: String, _ left: some CustomStringConvertible, _ right: some CustomStringConvertible) {
            if left.description != right.description {
                fields.append(Field(name: name, old: left.description, new: right.description))
            }
        }
        compare("key", old.key, new.key)
        compare("datasetDigest", old.datasetDigest, new.datasetDigest)
        compare("trainImages", old.trainImages, new.trainImages)
        compare("validImages", old.validImages, new.validImages)
        compare("parameters", old.parameters, new.parameters)
        compare("multiplyAdds", old.multiplyAdds, new.multiplyAdds)
        compare("fileSize", old.fileSize, new.fileSize)
        for name in Set(old.algorithms.keys).union(new.algorithms.keys).sorted() {
            compare("algorithms.\(name)", old.algorithms[name] ?? 0, new.algorithms[name] ?? 0)
        }
        compare("weightsDigest", old.weightsDigest, new.weightsDigest)
        compare("epochs", old.epochs.count, new.epochs.count)
        for (left, right) in zip(old.epochs, new.epochs) {
            let before = fields.count
            let place = "epochs.\(left.epoch)"
            // Swift writes the shortest digits that read back to the same double.
            compare("\(place).trainLoss", left.trainLoss, right.trainLoss)
            compare("\(place).trainAccuracy", left.trainAccuracy, right.trainAccuracy)
            compare("\(place).validLoss", left.validLoss, right.validLoss)
            compare("\(place).validAccuracy", left.validAccuracy, right.validAccuracy)
            if let left = left.validTop5, let right = right.validTop5 { compare("\(place).validTop5", left, right) }
            if fields.count > before { break }
        }
        return fields
    }
}
