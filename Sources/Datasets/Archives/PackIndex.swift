import CZlib
import Foundation

/// Where the entries of a pack stand, and of which state of which archive they are.
struct PackIndex {
    struct Entry {
        /// In the pack, in bytes.
        let offset: Int
        let length: Int
        /// CRC-32.
        let checksum: UInt32
    }

    let stamp: String
    private(set) var entries: [Entry] = []
    private(set) var paths: [String] = []
    private(set) var numbers: [String: Int] = [:]

    /// At the beginning of every pack; the digit is the version of the format.
    static let magic = Array("offprint pack 1\n".utf8)
    private static let footerSize = 24

    init(stamp: String) { self.stamp = stamp }

    mutating func add(_ path: String, _ entry: Entry) {
        numbers[path] = entries.count
        entries.append(entry)
        paths.append(path)
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(crc32(0, $0.baseAddress, UInt32($0.count))) }
    }

    /// The index and the footer, to be written at `offset`, behind the last entry. Numbers are little-endian.
    func encoded(at offset: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: Int, count: Int) {
            for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
        }
        func append(_ text: String) {
            append(text.utf8.count, count: 4)
            bytes += text.utf8
        }
        append(stamp)
        append(entries.count, count: 4)
        for (path, entry) in zip(paths, entries) {
            append(path)
            append(entry.offset, count: 8)
            append(entry.length, count: 4)
            append(Int(entry.checksum), count: 4)
        }
        let (length, checksum) = (bytes.count, Self.checksum(bytes))
        append(offset, count: 8)
        append(length, count: 8)
        append(Int(checksum), count: 8)
        return bytes
    }

    /// Reads the index of a pack. `nil` where it is no pack, not whole, damaged, or of another state of the archive.
    init?(_ content: FileContent, stamp: String) {
        let least = Self.magic.count + Self.footerSize
        guard content.size >= least,
            (try? content.bytes(at: 0, count: Self.magic.count)) == Self.magic,
            let end = try? content.bytes(at: content.size - Self.footerSize, count: Self.footerSize)
        else { return nil }
        var footer = PackBytes(end)
        guard let start = footer.number(8), let length = footer.number(8), let checksum = footer.number(8),
            start >= Self.magic.count, length == content.size - Self.footerSize - start, length <= 1 << 30,
            let bytes = try? content.bytes(at: start, count: length), Int(Self.checksum(bytes)) == checksum
        else { return nil }
        var reader = PackBytes(bytes)
        guard reader.text() == stamp, let count = reader.number(4) else { return nil }
        self.init(stamp: stamp)
        for _ in 0..<count {
            guard let path = reader.text(), let offset = reader.number(8), let length = reader.number(4),
                let checksum = reader.number(4), offset >= 0, offset <= start, length <= start - offset
            else { return nil }
            add(path, Entry(offset: offset, length: length, checksum: UInt32(truncatingIfNeeded: checksum)))
        }
    }
}

/// Numbers and texts one after the other; `nil` where there is no more.
private struct PackBytes {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number(_ count: Int) -> Int? {
        guard bytes.count - place >= count else { return nil }
        let value = bytes[place..<place + count].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        place += count
        return Int(exactly: value)
    }

    mutating func text() -> String? {
        guard let count = number(4), bytes.count - place >= count else { return nil }
        let text = String(validating: bytes[place..<place + count], as: UTF8.self)
        place += count
        return text
    }
}
