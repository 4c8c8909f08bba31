internal import Crypto
internal import Foundation
public import Networks

/// The checkpoints of one run, in a folder of its own.
///
/// ```
/// step-000000001250.safetensors    all tensors
/// step-000000001250.json           everything else, the digest of the tensors, and a digest of itself
/// ```
///
/// Goals, in order: a checkpoint that is read is the one that was written, or it is not read; a process that is killed
/// at any moment, or a full disk, leaves the checkpoint before; little room. So the tensors are written first, and the
/// JSON, whose presence makes the checkpoint, when they are on the disk under their final name; both through a
/// temporary name. The newest two are kept. Equal steps of a run have equal tensors, so two processes that execute the
/// same run do not harm each other.
public struct CheckpointStore: Sendable {
    public let folder: String
    /// Of the run; a checkpoint of another key is refused.
    public let key: String

    /// How many are kept.
    static let generations = 2
    static let format = 1

    public init(folder: String, key: String) {
        self.folder = folder
        self.key = key
    }

    /// Writes a checkpoint and drops all but the newest two.
    /// - Throws: `CheckpointFault.unwritable`; earlier checkpoints are then untouched.
    public func save(_ state: TrainingState) throws(CheckpointFault) {
        let name = "step-" + String(format: "%012d", state.facts.totalSteps)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(error.localizedDescription)
        }
        var hash = SHA256()
        do throws(ModelFileError) {
            try state.writeTensors(to: url(name, "safetensors")) { hash.update(bufferPointer: $0) }
        } catch {
            throw .unwritable(reason(error))
        }
        let content = Content(
            format: Self.format, key: key, tensors: Digest.hexadecimal(hash.finalize()), facts: state.facts)
        do {
            let sealed = Sealed(content: content, digest: try content.digest)
            try AtomicFile.write(try CanonicalJSON.bytes(of: sealed), to: url(name, "json").path)
        } catch StoredFileError.cannotWrite(_, let reason) {
            throw .unwritable(reason)
        } catch {
            throw .unwritable("\(error)")
        }
        for old in names.dropLast(Self.generations) { remove(old) }
    }

    /// The newest checkpoint that can be read.
    ///
    /// - Parameter configuration: the run's; the graph likewise.
    /// - Returns: its state, or `nil` where there is none; and what is wrong with those that are newer.
    public func latest(
        graph: Graph, configuration: TrainingConfiguration
    ) -> (state: TrainingState?, damaged: [(path: String, fault: CheckpointFault)]) {
        removeLeftovers()
        var damaged: [(path: String, fault: CheckpointFault)] = []
        for name in names.reversed() {
            do throws(CheckpointFault) {
                return (try read(name, graph, configuration), damaged)
            } catch {
                damaged.append((url(name, "json").path, error))
            }
        }
        return (nil, damaged)
    }

    /// Removes a checkpoint that cannot be used: it would count among the newest until training is past it.
    /// - Parameter path: as `latest` gave it.
    public func discard(_ path: String) {
        remove(URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent)
    }

    /// Removes every checkpoint of the run, and the folder.
    public func removeAll() { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: Files

    private func read(
        _ name: String, _ graph: Graph, _ configuration: TrainingConfiguration
    ) throws(CheckpointFault) -> TrainingState {
        let sealed: Sealed
        do {
            guard let bytes = try AtomicFile.read(url(name, "json").path) else { throw CheckpointFault.unreadable("gone") }
            sealed = try CanonicalJSON.value(Sealed.self, from: bytes)
        } catch let fault as CheckpointFault {
            throw fault
        } catch StoredFileError.cannotRead(_, let reason) {
            throw .unreadable(reason)
        } catch {
            throw .notACheckpoint
        }
        let content = sealed.content
        guard content.format == Self.format else { throw .unknownFormat(found: content.format) }
        guard (try? content.digest) == sealed.digest else { throw .changed }
        guard content.key == key else { throw .anotherRun(key: content.key) }
        guard content.facts.fits(configuration) else { throw .notACheckpoint }
        guard try digest(ofFile: url(name, "safetensors")) == content.tensors else { throw .changed }
        do throws(ModelFileError) {
            return try TrainingState(
                facts: content.facts, tensorsAt: url(name, "safetensors"), graph: graph, configuration: configuration)
        } catch {
            throw .unreadable(reason(error))
        }
    }

    private func reason(_ error: ModelFileError) -> String {
        switch error.problem {
        case .unwritable(let reason), .unreadable(let reason): reason
        case let other: "\(other)"
        }
    }

    private func digest(ofFile file: URL) throws(CheckpointFault) -> String {
        do {
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            var hash = SHA256()
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
            return Digest.hexadecimal(hash.finalize())
        } catch {
            throw .unreadable(error.localizedDescription)
        }
    }

    private func url(_ name: String, _ ending: String) -> URL { URL(fileURLWithPath: "\(folder)/\(name).\(ending)") }

    /// Of the checkpoints that are complete, oldest first: the names order by step.
    private var names: [String] {
        files.filter { $0.hasPrefix("step-") && $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

    private func remove(_ name: String) {
        // The JSON first: without it the tensors are no checkpoint.
        try? FileManager.default.removeItem(at: url(name, "json"))
        try? FileManager.default.removeItem(at: url(name, "safetensors"))
    }

    /// What a process that was killed while it wrote left under temporary names, and tensors without their JSON.
    private func removeLeftovers() {
        let complete = Set(names)
        for file in files {
            let isTemporary = file.hasPrefix(".step-")
            let isAlone = file.hasSuffix(".safetensors") && !complete.contains(String(file.dropLast(12)))
            if isTemporary || isAlone { try? FileManager.default.removeItem(atPath: "\(folder)/\(file)") }
        }
    }

    private struct Content: Codable {
        var format: Int
        var key: String
        /// SHA-256 of the tensors' file.
        var tensors: String
        var facts: TrainingState.Facts

        /// SHA-256 of the canonical bytes.
        var digest: String {
            get throws { Digest.hexadecimal(SHA256.hash(data: try CanonicalJSON.bytes(of: self))) }
        }
    }

    private struct Sealed: Codable {
        var content: Content
        var digest: String
    }
}

/// Why a checkpoint cannot be used, or could not be made.
public enum CheckpointFault: Error, Hashable, Codable, Sendable {
    /// The system's words.
    case unwritable(String)
    case unreadable(String)
    /// Cut, or something else.
    case notACheckpoint
    case unknownFormat(found: Int)
    /// Its bytes are not those that were written.
    case changed
    case anotherRun(key: String)
}

/// Something about a run that is worth saying and stops nothing.
public enum RunNotice: Hashable, Codable, Sendable {
    /// Going on where an earlier process stopped: in that epoch, after so many of its steps.
    case resumed(epoch: Int, step: Int)
    /// A checkpoint is passed over for the one before, or for the beginning where there is none.
    case damagedCheckpoint(path: String, CheckpointFault)
    /// Training goes on; earlier checkpoints are kept.
    case checkpointNotWritten(folder: String, CheckpointFault)
}
