internal import Crypto
public import Foundation

/// A digest by which a file is recognised, as its authors or the data set libraries of the field publish it.
public struct FileDigest: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, Codable {
        case sha256
        /// Finds every accident and no attack; used where nothing better is published.
        case md5
    }

    public let kind: Kind
    /// Lower case.
    public let hexadecimal: String

    public init(_ kind: Kind, _ hexadecimal: String) {
        self.kind = kind
        self.hexadecimal = hexadecimal
    }

    /// The digest of that kind of a file's bytes. Cost: once through the file; a bounded amount of memory.
    ///
    /// - Parameter progress: called with the bytes so far, about once for each 4 MiB.
    /// - Throws: `FetchError.unreadable`.
    public static func of(
        _ file: URL, kind: Kind, progress: (Int) -> Void = { _ in }
    ) throws(FetchError) -> FileDigest {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(file: file, systemError: errno) }
        defer { close(descriptor) }
        var hash = RunningDigest(kind)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 22, alignment: 16)
        defer { buffer.deallocate() }
        var total = 0
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(file: file, systemError: errno) }
            if count == 0 { break }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            total += count
            progress(total)
        }
        return FileDigest(kind, hash.hexadecimal)
    }
}

/// A digest of bytes that come piece by piece.
struct RunningDigest {
    private enum State {
        case sha256(SHA256)
        case md5(Insecure.MD5)
    }

    private var state: State

    init(_ kind: FileDigest.Kind) {
        state = kind == .sha256 ? .sha256(SHA256()) : .md5(Insecure.MD5())
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .sha256(var hash):
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        case .md5(var hash):
            hash.update(bufferPointer: bytes)
            state = .md5(hash)
        }
    }

    var hexadecimal: String {
        switch state {
        case .sha256(let hash): Self.text(hash.finalize())
        case .md5(let hash): Self.text(hash.finalize())
        }
    }

    private static func text(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
