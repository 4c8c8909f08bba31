import Foundation

/// A file that is written piece by piece and is there whole or not at all: it grows under another name, reaches the
/// disk, and is renamed then. Where `finish` is not reached, nothing is left behind.
///
/// Only one process at a time may write the same file; see `FileLock`.
final class WholeFile {
    private let file: URL
    private let temporary: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    /// Bytes so far.
    private(set) var count = 0

    private static let bufferSize = 1 << 20

    /// Throws `unwritable`.
    init(_ file: URL) throws(DatasetError) {
        self.file = file
        temporary = file.path + ".part"
        unlink(temporary)
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unwritable(file: file, systemError: errno) }
        buffer.reserveCapacity(Self.bufferSize)
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
    }

    /// Throws `unwritable`, for instance where the disk is full.
    func append(_ bytes: [UInt8]) throws(DatasetError) {
        buffer += bytes
        count += bytes.count
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Makes the file appear. To be called once, last.
    func finish() throws(DatasetError) {
        try flush()
        guard fsync(descriptor) == 0, rename(temporary, file.path) == 0 else {
            throw .unwritable(file: file, systemError: errno)
        }
        close(descriptor)
        descriptor = -1
        // The new name survives a power cut only once the folder is on the disk too; where that is refused, the
        // file is whole all the same.
        let folder = open(file.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private func flush() throws(DatasetError) {
        var done = 0
        while done < buffer.count {
            let written = buffer.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw .unwritable(file: file, systemError: written < 0 ? errno : ENOSPC) }
            done += written
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Keeps other processes (and other locks of this one) waiting, until released.
struct FileLock {
    private let descriptor: Int32

    /// Waits for whoever holds it. Throws `unwritable`.
    init(_ file: URL) throws(DatasetError) {
        descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unwritable(file: file, systemError: errno) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let code = errno
                close(descriptor)
                throw .unwritable(file: file, systemError: code)
            }
        }
    }

    /// To be called once.
    func release() { close(descriptor) }
}

/// The `errno` behind an error of Foundation.
func systemCode(_ error: any Error) -> Int32 {
    let error = error as NSError
    let cause = error.domain == NSPOSIXErrorDomain ? error : error.userInfo[NSUnderlyingErrorKey] as? NSError
    return cause.map { Int32($0.code) } ?? EIO
}
