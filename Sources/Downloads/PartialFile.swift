import Foundation

/// What has arrived of a file so far: `NAME.part` beside the place where the file will stand.
///
/// It stays when a download is interrupted, so that the next one goes on where it ended. Nobody else can write to it
/// meanwhile, and it takes the final name only when it is whole, checked and on the disk.
final class PartialFile {
    let file: URL
    private let target: URL
    private let descriptor: Int32
    /// Bytes so far.
    private(set) var count: Int

    /// Opens what is there, or begins.
    /// - Throws: `busy` or `unwritable`.
    init(for target: URL) throws(FetchError) {
        self.target = target
        let file = URL(fileURLWithPath: target.path + ".part")
        self.file = file
        do {
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw .unwritable(file: target.deletingLastPathComponent(), systemError: Self.code(error))
        }
        while true {
            let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw .unwritable(file: file, systemError: errno) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                close(descriptor)
                if code == EINTR { continue }
                throw code == EWOULDBLOCK ? .busy(file: target) : .unwritable(file: file, systemError: code)
            }
            var (opened, named) = (stat(), stat())
            let isSame = fstat(descriptor, &opened) == 0 && stat(file.path, &named) == 0 && opened.st_ino == named.st_ino
            guard isSame else {
                // Whoever had it locked has just renamed it: what is open now is the finished file.
                close(descriptor)
                continue
            }
            self.descriptor = descriptor
            count = Int(opened.st_size)
            return
        }
    }

    deinit { close(descriptor) }

    /// Appends bytes. Throws `unwritable`, for instance where the disk is full.
    func append(_ bytes: Data) throws(FetchError) {
        var code: Int32 = 0
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let written = pwrite(
                    descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(count))
                if written < 0, errno == EINTR { continue }
                guard written > 0 else {
                    code = written < 0 ? errno : ENOSPC
                    return
                }
                done += written
                count += written
            }
        }
        if code != 0 { throw .unwritable(file: file, systemError: code) }
    }

    /// Begins anew.
    func clear() throws(FetchError) {
        guard ftruncate(descriptor, 0) == 0 else { throw .unwritable(file: file, systemError: errno) }
        count = 0
    }

    /// Drops what has arrived: it is of no use.
    func remove() { unlink(file.path) }

    /// Gives the file its final name.
    func finish() throws(FetchError) {
        guard fsync(descriptor) == 0, rename(file.path, target.path) == 0 else {
            throw .unwritable(file: target, systemError: errno)
        }
        // The new name survives a power cut only once the folder is on the disk too; where that is refused, the
        // file is whole all the same.
        let folder = open(target.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func code(_ error: any Error) -> Int32 {
        let error = error as NSError
        let cause = error.domain == NSPOSIXErrorDomain ? error : error.userInfo[NSUnderlyingErrorKey] as? NSError
        return cause.map { Int32($0.code) } ?? EIO
    }
}
