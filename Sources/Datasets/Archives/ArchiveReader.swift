import CArchive
import Foundation

/// Reads a tar archive, compressed or not, from beginning to end.
///
/// Goals, in order: nothing an archive says about itself is believed (its paths are names to compare, never places to
/// write to; its lengths are limits, never sizes to allocate); damage is reported with the entry at which it shows;
/// memory does not grow with the archive. Decompression is `ContentReader`'s and not libarchive's, because that one
/// leaves the checksum of gzip unchecked (libarchive 3.6).
final class ArchiveReader {
    let file: URL
    private let source: ArchiveSource
    private let archive: OpaquePointer
    private var entry: OpaquePointer?
    private var current: ArchiveEntry?

    init(file: URL) throws(DatasetError) {
        self.file = file
        source = ArchiveSource(try ContentReader(file: file))
        guard let archive = archive_read_new() else { throw .unreadable(file: file, systemError: ENOMEM) }
        self.archive = archive
        archive_read_support_format_tar(archive)
        let read: archive_read_callback_type = { _, client, buffer in
            guard let client else { return -30 }
            return Unmanaged<ArchiveSource>.fromOpaque(client).takeUnretainedValue().read(buffer)
        }
        let status = archive_read_open(archive, Unmanaged.passUnretained(source).toOpaque(), nil, read, nil)
        guard status == ARCHIVE_OK else { throw damage() }
    }

    deinit { archive_read_free(archive) }

    /// The next file or folder, or `nil` after the last; its content is then read with `content` or skipped.
    ///
    /// Throws `forbiddenEntry` for whatever is neither, and for paths that lead out of the archive.
    func next() throws(DatasetError) -> ArchiveEntry? {
        entry = nil
        switch archive_read_next_header(archive, &entry) {
        case ARCHIVE_EOF:
            // Only at its end does a checksum show, or that the file was cut behind the last entry.
            try source.finish()
            return nil
        case ARCHIVE_OK, ARCHIVE_WARN: break
        default: throw damage()
        }
        guard let entry else { throw damage() }
        let path = try path(of: entry)
        let kind = archive_entry_filetype(entry)
        if archive_entry_hardlink(entry) != nil || kind == S_IFLNK {
            throw .forbiddenEntry(file: file, entry: path, .link)
        }
        guard kind == S_IFREG || kind == S_IFDIR else { throw .forbiddenEntry(file: file, entry: path, .special) }
        if path.hasPrefix("/") { throw .forbiddenEntry(file: file, entry: path, .absolute) }
        if path.split(separator: "/").contains("..") { throw .forbiddenEntry(file: file, entry: path, .climbs) }
        let found = ArchiveEntry(
            path: path.hasPrefix("./") ? String(path.dropFirst(2)) : path, isFile: kind == S_IFREG,
            size: Int(archive_entry_size(entry)))
        current = found
        return found
    }

    /// The bytes of the current entry. Throws `entryTooLong` where there are more than `maximum`, before any is read
    /// if the header says so.
    func content(atMost maximum: Int) throws(DatasetError) -> [UInt8] {
        var bytes: [UInt8] = []
        try forEachChunk(atMost: maximum) { chunk in bytes.append(contentsOf: chunk) }
        return bytes
    }

    /// Hands over the bytes of the current entry piece by piece; see `content`.
    func forEachChunk(
        atMost maximum: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(DatasetError) {
        guard let current else { return }
        func tooLong(_ found: Int) -> DatasetError {
            .entryTooLong(file: file, entry: current.path, maximum: maximum, found: found)
        }
        guard current.size <= maximum else { throw tooLong(current.size) }
        var total = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
            if count == 0 { break }
            guard count > 0, count <= buffer.count else { throw damage() }
            total += count
            guard total <= maximum else { throw tooLong(total) }
            body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private func path(of entry: OpaquePointer) throws(DatasetError) -> String {
        guard let characters = archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry) else {
            throw .forbiddenEntry(file: file, entry: current?.path ?? "", .unreadablePath)
        }
        let bytes = UnsafeBufferPointer(start: characters, count: strlen(characters)).map(UInt8.init(bitPattern:))
        guard !bytes.isEmpty, let path = String(validating: bytes, as: UTF8.self) else {
            throw .forbiddenEntry(file: file, entry: String(decoding: bytes, as: UTF8.self), .unreadablePath)
        }
        return path
    }

    /// What stopped libarchive: a fault of the file below it, else its own finding.
    private func damage() -> DatasetError {
        if let error = source.error { return error }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown damage"
        return .damagedArchive(file: file, entry: current?.path, reason: reason)
    }
}

/// One file or folder of an archive.
struct ArchiveEntry: Equatable {
    /// As it stands in the archive, without a leading `./`; checked to lead nowhere else.
    let path: String
    let isFile: Bool
    /// Bytes, as the header says.
    let size: Int
}

private typealias archive_read_callback_type = @convention(c) (
    OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafeRawPointer?>?
) -> Int

/// Feeds libarchive with the content of a file.
private final class ArchiveSource {
    private let reader: ContentReader
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    /// What the last `read` failed with; libarchive can only hand on a number.
    private(set) var error: DatasetError?

    init(_ reader: ContentReader) { self.reader = reader }

    deinit { buffer.deallocate() }

    /// libarchive's protocol: bytes at `place`, 0 at the end, `ARCHIVE_FATAL` for a fault.
    func read(_ place: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
        do throws(DatasetError) {
            let count = try reader.copy(into: buffer)
            place?.pointee = UnsafeRawPointer(buffer.baseAddress)
            return count
        } catch {
            self.error = error
            return Int(ARCHIVE_FATAL)
        }
    }

    /// Reads what follows the last entry.
    func finish() throws(DatasetError) {
        while try reader.skip(1 << 20) > 0 {}
    }
}
