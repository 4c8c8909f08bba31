/// The bytes of a file and where its lines begin, for turning offsets into places and back.
///
/// Lines end at `\n`, `\r\n` or a lone `\r`, as CommonMark says.
struct SourceText: Sendable {
    let bytes: [UInt8]
    /// Each with its line end; the last may have none. Never empty: an empty file is one empty line.
    let lines: [Range<Int>]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var lines: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else { continue }
            if byte == UInt8(ascii: "\r"), index < bytes.count, bytes[index] == UInt8(ascii: "\n") { index += 1 }
            lines.append(start..<index)
            start = index
        }
        if start < bytes.count || lines.isEmpty { lines.append(start..<bytes.count) }
        self.lines = lines
    }

    /// The line, from 0, that holds the byte at `offset`; past the end, the last line.
    func line(at offset: Int) -> Int {
        var low = 0
        var high = lines.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if lines[middle].lowerBound <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    func location(at offset: Int) -> SourceLocation {
        let line = line(at: offset)
        let scalars = bytes[lines[line].lowerBound..<max(lines[line].lowerBound, min(offset, bytes.count))]
            .count { $0 & 0b1100_0000 != 0b1000_0000 }
        return SourceLocation(line: line + 1, column: scalars + 1)
    }

    /// A line without its line end.
    func content(ofLine line: Int) -> Range<Int> {
        let range = lines[line]
        var end = range.upperBound
        while end > range.lowerBound, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r") {
            end -= 1
        }
        return range.lowerBound..<end
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
