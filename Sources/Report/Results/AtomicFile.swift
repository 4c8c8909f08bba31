package import Foundation

/// Files that are there whole or not at all.
///
/// Bytes go to a temporary name in the same folder, are synced to the disk and then renamed, so a reader
/// (or a render that is killed and started again) sees the old file or the new one, never a part of one.
package enum AtomicFile {
    /// Writes `bytes` to `path`, making missing folders on the way.
    /// - Throws: `StoredFileError.cannotWrite`; the file that stood there before is then untouched.
    package static func write(_ bytes: Data, to path: String) throws(StoredFileError) {
        let target = URL(fileURLWithPath: path)
        let folder = target.deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .cannotWrite(path: path, reason: plainReason(error))
        }
        let temporary = folder.path + "/.\(target.lastPathComponent).\(getpid()).tmp"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .cannotWrite(path: path, reason: systemReason()) }
        var reason = writeAll(bytes, to: file)
        if reason == nil, fsync(file) != 0 { reason = systemReason() }
        if close(file) != 0, reason == nil { reason = systemReason() }
        if reason == nil, rename(temporary, path) != 0 { reason = systemReason() }
        if let reason {
            unlink(temporary)
            throw .cannotWrite(path: path, reason: reason)
        }
        syncFolder(folder.path)
    }

    /// Writes the canonical JSON of a value as `write` does.
    static func write(json value: some Encodable, to path: String) throws(StoredFileError) {
        let bytes: Data
        do {
            bytes = try CanonicalJSON.bytes(of: value)
        } catch {
            throw .cannotWrite(path: path, reason: "\(error)")
        }
        try write(bytes, to: path)
    }

    /// As `write`, but leaves a file that already holds these bytes alone (its time of change too).
    /// - Returns: whether the file was written.
    @discardableResult
    package static func writeIfChanged(_ bytes: Data, to path: String) throws(StoredFileError) -> Bool {
        if let present = FileManager.default.contents(atPath: path), present == bytes { return false }
        try write(bytes, to: path)
        return true
    }

    /// The whole file, or `nil` where there is none.
    package static func read(_ path: String) throws(StoredFileError) -> Data? {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch CocoaError.fileReadNoSuchFile {
            return nil
        } catch {
            throw .cannotRead(path: path, reason: plainReason(error))
        }
    }

    private static func writeAll(_ bytes: Data, to file: Int32) -> String? {
        bytes.withUnsafeBytes { buffer -> String? in
            var done = 0
            while done < buffer.count {
                let written = Foundation.write(file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                if written < 0 {
                    if errno == EINTR { continue }
                    return systemReason()
                }
                done += written
            }
            return nil
        }
    }

    /// The rename is only safe from a power cut once the folder is synced too. Some file systems refuse; the
    /// file itself is whole either way.
    private static func syncFolder(_ path: String) {
        let folder = open(path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func systemReason() -> String { String(cString: strerror(errno)) }

    private static func plainReason(_ error: any Error) -> String {
        let described = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let described, described.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(described.code))) }
        return (error as NSError).localizedDescription
    }
}
