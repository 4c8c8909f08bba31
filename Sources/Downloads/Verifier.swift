internal import Datasets
public import Foundation

/// Says whether the files that are there are the official ones.
public enum Verifier {
    /// What is known about one file.
    public enum Verdict: Sendable, Hashable {
        case missing
        /// The digest is the published one.
        case official
        /// Compressed anew, or not at all: the digest of its content is the published one.
        case officialContent
        /// `found` has the kind of the published digest.
        case different(found: FileDigest)
    }

    /// Looks for the file in `folder`, as it is or without its `.gz`; see `check(_:file:)`.
    public static func check(
        _ origin: OriginFile, in folder: URL, progress: (Int) -> Void = { _ in }
    ) throws(FetchError) -> Verdict {
        let file = folder.appendingPathComponent(origin.name, isDirectory: false)
        for candidate in file.pathExtension == "gz" ? [file, file.deletingPathExtension()] : [file]
        where FileManager.default.fileExists(atPath: candidate.path) {
            return try check(origin, file: candidate, progress: progress)
        }
        return .missing
    }

    /// Reads a file that stands for `origin`, compressed or not, to its end.
    ///
    /// - Parameter progress: called with the bytes read so far.
    /// - Throws: `FetchError.unreadable`.
    public static func check(
        _ origin: OriginFile, file: URL, progress: (Int) -> Void = { _ in }
    ) throws(FetchError) -> Verdict {
        let found = try FileDigest.of(file, kind: origin.digest.kind, progress: progress)
        if found == origin.digest { return .official }
        if let wanted = origin.contentDigest, try contentDigest(of: file, kind: wanted.kind) == wanted {
            return .officialContent
        }
        return .different(found: found)
    }

    /// `nil` where the file cannot be decompressed.
    private static func contentDigest(of file: URL, kind: FileDigest.Kind) throws(FetchError) -> FileDigest? {
        var hash = RunningDigest(kind)
        do throws(DatasetError) {
            try FileContents.forEachChunk(of: file) { hash.update($0) }
        } catch {
            if case .unreadable(let file, let code) = error { throw .unreadable(file: file, systemError: code) }
            return nil
        }
        return FileDigest(kind, hash.hexadecimal)
    }
}
