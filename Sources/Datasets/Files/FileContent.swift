import Foundation

/// An open file, read at any place.
final class FileContent: Sendable {
    let file: URL
    /// Bytes, when the file was opened.
    let size: Int
    private let descriptor: Int32

    /// - Parameter flags: further ones for `open`.
    /// - Throws: `unreadable`, or `notARegularFile`.
    init(_ file: URL, flags: Int32 = 0) throws(DatasetError) {
        // Without blocking: a pipe under the name of a file must not hang the program.
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)
        guard descriptor >= 0 else { throw .unreadable(file: file, systemError: errno) }
        var information = stat()
        let status = fstat(descriptor, &information)
        guard status == 0, information.st_mode & S_IFMT == S_IFREG else {
            let code = errno
            close(descriptor)
            throw status == 0 ? .notARegularFile(file: file) : .unreadable(file: file, systemError: code)
        }
        self.file = file
        self.descriptor = descriptor
        size = Int(information.st_size)
    }

    deinit { close(descriptor) }

    /// `count` bytes from `offset` on. Safe to call from several threads at a time. Throws `cutFile` where the file has
    /// become shorter.
    func bytes(at offset: Int, count: Int) throws(DatasetError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let read = pread(
                    descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                if read < 0, errno == EINTR { continue }
                if read < 0 { code = errno }
                guard read > 0 else { return }
                done += read
            }
        }
        guard code == 0 else { throw .unreadable(file: file, systemError: code) }
        guard bytes.count == count else {
            throw .cutFile(file: file, expected: offset + count, found: offset + bytes.count)
        }
        return bytes
    }
}
