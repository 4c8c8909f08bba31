import Foundation

/// The folder of a report, as far as results are concerned: `results.lock.json` and `timings/`.
public struct ResultsStore: Sendable, Hashable {
    public let folder: String

    /// - Parameter folder: where the experiment file stands.
    public init(folder: String) { self.folder = folder }

    public var lockPath: String { folder + "/results.lock.json" }

    public func timingsPath(machine: String) -> String { "\(folder)/timings/\(machine).json" }

    /// The lock, or an empty one where there is no file yet.
    public func loadLock() throws(StoredFileError) -> ResultsLock {
        guard let bytes = try AtomicFile.read(lockPath) else { return ResultsLock() }
        return try ResultsLock(fileBytes: bytes, path: lockPath)
    }

    /// The timings of one machine; `nil` where it measured nothing here.
    /// - Parameter machine: a name as in `Machine.name`; a name that is no plain file name finds nothing.
    public func loadTimings(machine: String) throws(StoredFileError) -> Timings? {
        guard !machine.isEmpty, !machine.contains("/"), !machine.hasPrefix(".") else { return nil }
        let path = timingsPath(machine: machine)
        guard let bytes = try AtomicFile.read(path) else { return nil }
        return try Timings(fileBytes: bytes, path: path)
    }

    /// Named by the beginning of the run's key: a run that is renamed keeps its file.
    public func predictionsPath(key: String) -> String {
        "\(folder)/predictions/\(key.prefix(Self.predictionsDigits)).json"
    }

    private static let predictionsDigits = 16

    /// What a run said of each validation image; `nil` where that is not kept.
    public func loadPredictions(key: String) throws(StoredFileError) -> RunPredictions? {
        let path = predictionsPath(key: key)
        guard key.count >= Self.predictionsDigits, let bytes = try AtomicFile.read(path) else { return nil }
        let predictions = try RunPredictions(fileBytes: bytes, path: path)
        return predictions.key == key ? predictions : nil
    }

    /// Those of several runs, by key; runs that left none are missing in it.
    public func loadPredictions(keys: Set<String>) throws(StoredFileError) -> [String: RunPredictions] {
        var all: [String: RunPredictions] = [:]
        for key in keys.sorted() { all[key] = try loadPredictions(key: key) }
        return all
    }

    /// Of those that must be there, the keys of the runs whose predictions are not, or cannot be read.
    public func keysWithoutPredictions(among keys: Set<String>) -> Set<String> {
        keys.filter { key in
            do throws(StoredFileError) { return try loadPredictions(key: key) == nil } catch { return true }
        }
    }

    @discardableResult
    public func save(_ predictions: RunPredictions) throws(StoredFileError) -> Bool {
        try AtomicFile.writeIfChanged(
            try predictions.fileBytes(), to: predictionsPath(key: predictions.key))
    }

    /// Removes the predictions of runs that are no longer in the lock. Files of other names are left alone.
    func removePredictions(exceptOf keys: Set<String>) {
        let kept = Set(keys.map { "\($0.prefix(Self.predictionsDigits)).json" })
        let place = folder + "/predictions"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where !kept.contains(name) {
            let digits = name.dropLast(5)
            let isOurs = name.hasSuffix(".json") && digits.count == Self.predictionsDigits && digits.allSatisfy(\.isHexDigit)
            if isOurs { try? FileManager.default.removeItem(atPath: "\(place)/\(name)") }
        }
    }

    /// - Parameter label: of an image cell.
    public func samplesPath(label: String) -> String { "\(folder)/samples/\(label).json" }

    /// The pictures of an image cell as an earlier render found them; `nil` where none are kept.
    public func loadSamples(label: String) throws(StoredFileError) -> SampleImages? {
        let path = samplesPath(label: label)
        guard let bytes = try AtomicFile.read(path) else { return nil }
        return try SampleImages(fileBytes: bytes, path: path)
    }

    /// Keeps the pictures of image cells, by label, and removes those of cells that are no more. Pictures of more than
    /// 4 MiB are not kept.
    public func save(_ samples: [String: SampleImages]) throws(StoredFileError) {
        var kept: Set<String> = []
        for (label, images) in samples.sorted(by: { $0.key < $1.key }) where images.pixels.count <= SampleImages.mostBytes {
            kept.insert("\(label).json")
            try AtomicFile.writeIfChanged(try images.fileBytes(), to: samplesPath(label: label))
        }
        let place = folder + "/samples"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        where name.hasSuffix(".json") && !name.hasPrefix(".") && !kept.contains(name) {
            try? FileManager.default.removeItem(atPath: "\(place)/\(name)")
        }
    }

    /// The machines that measured, by name.
    public func machines() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/timings")) ?? []
        return names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// What a report is rendered from: the lock, and the timings of one machine.
    ///
    /// That machine is the one the front matter names; else this one, then every other by name, of which the first
    /// is taken that timed all runs of the lock, or, where none did, the first that timed any.
    /// - Throws: `ResultsError.unknownMachine` where the named machine measured nothing and is not this one, or what
    ///   the files throw.
    public func load(machine wanted: String?, thisMachine: String) throws(ResultsError) -> Results {
        do throws(StoredFileError) {
            let lock = try loadLock()
            if let wanted {
                let timings = try loadTimings(machine: wanted)
                if timings != nil || wanted == thisMachine { return Results(lock: lock, timings: timings) }
            } else {
                var first: Timings?
                for name in [thisMachine] + machines().filter({ $0 != thisMachine }) {
                    guard let timings = try loadTimings(machine: name) else { continue }
                    if lock.runs.allSatisfy({ timings.runs[$0.key]?.key == $0.value.key }) {
                        return Results(lock: lock, timings: timings)
                    }
                    if first == nil { first = timings }
                }
                return Results(lock: lock, timings: first)
            }
        } catch {
            throw .file(error)
        }
        throw .unknownMachine(name: wanted ?? "", known: machines())
    }

    /// The timings in which measurements of layers are looked for: those of the machine that the front matter names;
    /// else this machine's, then every other by name. Files without any are left out.
    public func loadLayers(machine wanted: String?, thisMachine: String) throws(ResultsError) -> [Timings] {
        let names = wanted.map { [$0] } ?? [thisMachine] + machines().filter { $0 != thisMachine }
        var found: [Timings] = []
        for name in names {
            do throws(StoredFileError) {
                if let timings = try loadTimings(machine: name), timings.layers != nil { found.append(timings) }
            } catch {
                throw .file(error)
            }
        }
        return found
    }

    /// Writes the lock where its bytes differ from the file's.
    /// - Returns: whether the file was written.
    @discardableResult
    public func save(_ lock: ResultsLock) throws(StoredFileError) -> Bool {
        try AtomicFile.writeIfChanged(try lock.fileBytes(), to: lockPath)
    }

    /// Writes the timings under their machine's name where the bytes differ. Never touches the lock.
    @discardableResult
    public func save(_ timings: Timings) throws(StoredFileError) -> Bool {
        try AtomicFile.writeIfChanged(try timings.fileBytes(), to: timingsPath(machine: timings.machine.name))
    }
}

/// Why results cannot be loaded.
public enum ResultsError: Error, Hashable, Sendable {
    case file(StoredFileError)
    /// The front matter's `machine:` has no file in `timings/`.
    case unknownMachine(name: String, known: [String])
}
