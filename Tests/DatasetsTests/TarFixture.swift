import Foundation

/// A tar archive that a test puts together entry by entry, right or wrong.
struct TarFixture {
    struct Entry {
        var path: String
        var content: [UInt8] = []
        /// `0` file, `1` hard link, `2` symbolic link, `3` device, `5` folder, `x` extended header.
        var type: Character = "0"
        var target = ""
        /// The text of the size field where it is to be another than the content's.
        var size: [UInt8]?
    }

    var entries: [Entry]

    init(_ entries: [Entry]) { self.entries = entries }

    init(_ files: [(path: String, content: [UInt8])]) {
        entries = files.map { Entry(path: $0.path, content: $0.content) }
    }

    /// The archive, uncompressed: headers of 512 bytes as in POSIX 1003.1-1988, contents filled up to 512.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Self.header(entry)
            bytes += entry.content
            bytes += [UInt8](repeating: 0, count: (512 - entry.content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    /// Writes the archive as `name` in `folder`, compressed where the name ends in `.gz`.
    func write(_ name: String, in folder: URL) throws {
        let file = folder.appendingPathComponent(name)
        try MNISTFixture.write(name.hasSuffix(".gz") ? gzip(bytes) : bytes, to: file)
    }

    private static func header(_ entry: Entry) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: [UInt8], at place: Int) { header.replaceSubrange(place..<place + text.count, with: text) }
        func octal(_ number: Int, digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
        }
        put(Array(entry.path.utf8.prefix(100)), at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(entry.size ?? octal(entry.content.count, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put([UInt8](repeating: 0x20, count: 8), at: 148)
        put([entry.type.asciiValue ?? 0x30], at: 156)
        put(Array(entry.target.utf8.prefix(100)), at: 157)
        put(Array("ustar\0".utf8) + Array("00".utf8), at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + [0, 0x20], at: 148)
        return header
    }
}
