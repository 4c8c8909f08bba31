import CZlib
import Foundation

/// The content of one file from beginning to end, decompressed on the way where its name ends in `.gz`.
///
/// Holds two buffers of 64 KiB whatever the file says about itself: how much is kept is the caller's decision.
/// Several gzip members one after the other count as one content (RFC 1952, section 2.2).
final class ContentReader {
    let file: URL
    /// The length on disk in bytes, when the file was opened.
    let fileSize: Int

    private let descriptor: Int32
    /// At a fixed address because zlib's state points back at it; `nil` where the file is not compressed.
    private let stream: UnsafeMutablePointer<z_stream>?
    private var input = [UInt8](repeating: 0, count: ContentReader.bufferSize)
    private var unread = 0..<0
    private var output: [UInt8]
    /// Where in the file `unread` begins.
    private var offset = 0
    private var isAtEnd = false

    private static let bufferSize = 1 << 16
    private static let gzipMagic: [UInt8] = [0x1f, 0x8b]
    /// zlib's `windowBits`: the largest window, and 16 for "gzip, nothing else".
    private static let gzipWindowBits: Int32 = 15 + 16

    init(file: URL) throws(DatasetError) {
        // Without blocking: a pipe under the name of a file must not hang the program.
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(file: file, systemError: errno) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            let code = errno
            close(descriptor)
            throw .unreadable(file: file, systemError: code)
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notARegularFile(file: file)
        }
        self.file = file
        self.descriptor = descriptor
        fileSize = Int(information.st_size)
        if file.pathExtension == "gz" {
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            let status = inflateInit2_(
                stream, Self.gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            self.stream = stream
            output = [UInt8](repeating: 0, count: Self.bufferSize)
            guard status == Z_OK else { throw .unreadable(file: file, systemError: ENOMEM) }
            try expectGzipMagic()
        } else {
            stream = nil
            output = []
        }
    }

    deinit {
        if let stream {
            inflateEnd(stream)
            stream.deinitialize(count: 1)
            stream.deallocate()
        }
        close(descriptor)
    }

    /// Appends up to `count` further bytes of content to `bytes` and returns how many there were: fewer only
    /// where the content ends. Never allocates ahead of what the file has given.
    func append(_ count: Int, to bytes: inout [UInt8]) throws(DatasetError) -> Int {
        try forEachChunk(count) { bytes.append(contentsOf: $0) }
    }

    /// Writes up to `buffer.count` further bytes of content to `buffer` and returns how many there were: fewer only
    /// where the content ends.
    func copy(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
        var done = 0
        return try forEachChunk(buffer.count) { chunk in
            UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).copyBytes(from: chunk)
            done += chunk.count
        }
    }

    /// Reads up to `count` further bytes of content and drops them; returns how many there were.
    func skip(_ count: Int) throws(DatasetError) -> Int { try forEachChunk(count) { _ in } }

    private func forEachChunk(
        _ count: Int, _ body: (ArraySlice<UInt8>) -> Void
    ) throws(DatasetError) -> Int {
        var remaining = count
        while remaining > 0, !isAtEnd {
            let wanted = min(remaining, Self.bufferSize)
            if let stream {
                let produced = try inflateChunk(stream, atMost: wanted)
                body(output[..<produced])
                remaining -= produced
            } else {
                guard try fill(atLeast: 1) else {
                    isAtEnd = true
                    break
                }
                let taken = min(wanted, unread.count)
                body(input[unread.lowerBound..<unread.lowerBound + taken])
                consume(taken)
                remaining -= taken
            }
        }
        return count - remaining
    }

    // MARK: Compressed bytes

    /// Decompresses 1 to `count` bytes into `output`; 0 only where the last member has ended.
    private func inflateChunk(
        _ stream: UnsafeMutablePointer<z_stream>, atMost count: Int
    ) throws(DatasetError) -> Int {
        while !isAtEnd {
            guard try fill(atLeast: 1) else { throw .cutGzip(file: file, offset: offset) }
            let (status, consumed, produced) = inflateOnce(stream, atMost: count)
            consume(consumed)
            switch status {
            case Z_STREAM_END:
                try startNextMember(stream)
            case Z_OK, Z_BUF_ERROR:
                guard consumed > 0 || produced > 0 else {
                    throw .damagedGzip(file: file, offset: offset, reason: "no progress")
                }
            case Z_MEM_ERROR:
                throw .unreadable(file: file, systemError: ENOMEM)
            default:
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                throw .damagedGzip(file: file, offset: offset, reason: reason)
            }
            if produced > 0 { return produced }
        }
        return 0
    }

    private func inflateOnce(
        _ stream: UnsafeMutablePointer<z_stream>, atMost count: Int
    ) -> (status: Int32, consumed: Int, produced: Int) {
        precondition(count <= output.count)
        let available = unread
        return input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.pointee.next_in = source.baseAddress.map { $0 + available.lowerBound }
                stream.pointee.avail_in = UInt32(available.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(count)
                let status = inflate(stream, Z_NO_FLUSH)
                return (
                    status, available.count - Int(stream.pointee.avail_in),
                    count - Int(stream.pointee.avail_out)
                )
            }
        }
    }

    private func startNextMember(_ stream: UnsafeMutablePointer<z_stream>) throws(DatasetError) {
        guard try fill(atLeast: 1) else {
            isAtEnd = true
            return
        }
        guard try fill(atLeast: 2), beginsWithGzipMagic, inflateReset(stream) == Z_OK else {
            throw .trailingBytes(file: file, offset: offset)
        }
    }

    private func expectGzipMagic() throws(DatasetError) {
        guard try fill(atLeast: 2), beginsWithGzipMagic else {
            throw .notGzip(file: file, found: Array(input[unread].prefix(2)))
        }
    }

    private var beginsWithGzipMagic: Bool { input[unread].prefix(2).elementsEqual(Self.gzipMagic) }

    // MARK: The file

    private func consume(_ count: Int) {
        unread = unread.lowerBound + count..<unread.upperBound
        offset += count
    }

    /// Reads until `count` bytes wait in `unread`; false where the file ends before.
    private func fill(atLeast count: Int) throws(DatasetError) -> Bool {
        if unread.count >= count { return true }
        input.replaceSubrange(0..<unread.count, with: Array(input[unread]))
        unread = 0..<unread.count
        while unread.count < count {
            let start = unread.upperBound
            let (result, code) = input.withUnsafeMutableBytes { buffer in
                let result = read(
                    descriptor, buffer.baseAddress.map { $0 + start }, buffer.count - start)
                return (result, errno)
            }
            if result < 0, code == EINTR { continue }
            guard result >= 0 else { throw .unreadable(file: file, systemError: code) }
            guard result > 0 else { return false }
            unread = 0..<start + result
        }
        return true
    }
}
