/// The lines that open and close a fenced block.
enum Fence {
    /// Whether a line, without the marks of lists and quotes before it, closes a fence of `length` times `byte`.
    static func isClosing(_ source: SourceText, line: Int, byte: UInt8, length: Int) -> Bool {
        var rest = source.bytes[source.content(ofLine: line)].drop {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ">")
        }
        let run = rest.prefix { $0 == byte }
        guard run.count >= length else { return false }
        rest = rest.dropFirst(run.count)
        return rest.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
}
