public import Foundation

/// Reads what data set files hold, without understanding it.
public enum FileContents {
    /// Hands over the content of a file from beginning to end, decompressed where its name ends in `.gz`.
    ///
    /// Throws `unreadable`, `notARegularFile`, `notGzip`, `damagedGzip`, `cutGzip` or `trailingBytes`. Cost: once through
    /// the file; a bounded amount of memory.
    public static func forEachChunk(
        of file: URL, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(DatasetError) {
        let reader = try ContentReader(file: file)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try reader.copy(into: buffer)
            if count == 0 { return }
            body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
