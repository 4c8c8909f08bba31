import Datasets
import Downloads
import Foundation
import TestSupport

/// One download from a local server, and what it left behind.
final class FetchFixture: Sendable {
    /// 300,000 bytes of chance: the official file.
    static let content: [UInt8] = {
        var generator = SeededGenerator(seed: 4)
        return (0..<300_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }()

    let result: Result<Fetcher.Outcome, FetchError>
    /// What the server was asked.
    let log: [LocalServer.Request]
    let address: URL
    private let folder: URL

    /// Fetches `set/file.bin` from a server with these answers.
    ///
    /// - Parameters:
    ///   - part: what an earlier download has left.
    ///   - others: addresses to be asked before the server.
    init(
        part: [UInt8]? = nil, others: [URL] = [], from answer: @escaping @Sendable (LocalServer.Request) -> LocalServer.Answer
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("offprint-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("set"), withIntermediateDirectories: true)
        if let part { try Data(part).write(to: folder.appendingPathComponent("set/file.bin.part")) }
        let server = try LocalServer(answer)
        address = server.address.appendingPathComponent("file.bin")
        let origin = try Self.origin(others + [address])
        let fetcher = Fetcher(folder: folder, attempts: 3, pause: 0.01, patience: 5)
        do throws(FetchError) {
            result = .success(try await fetcher.fetch(origin))
        } catch {
            result = .failure(error)
        }
        log = server.log
        server.stop()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    static func origin(_ addresses: [URL]) throws -> OriginFile {
        try withTemporaryFolder { folder in
            let copy = folder.appendingPathComponent("copy")
            try Data(content).write(to: copy)
            return OriginFile(
                name: "set/file.bin", addresses: addresses, size: content.count,
                digest: try FileDigest.of(copy, kind: .sha256))
        }
    }

    /// The bytes under the final name, and under that of a part; `nil` where there is no such file.
    var file: [UInt8]? { bytes("file.bin") }
    var part: [UInt8]? { bytes("file.bin.part") }

    /// Why each address was of no use; empty where the file was fetched.
    var failures: [FetchError.Failure] {
        if case .failure(.failed("set/file.bin", let failures)) = result { failures } else { [] }
    }

    /// Asks for the same file once more.
    func again() async throws(FetchError) -> Fetcher.Outcome {
        let origin = try? Self.origin([address])
        guard let origin else { throw .unreadable(file: folder, systemError: EIO) }
        return try await Fetcher(folder: folder).fetch(origin)
    }

    private func bytes(_ name: String) -> [UInt8]? {
        FileManager.default.contents(atPath: folder.appendingPathComponent("set/" + name).path).map { [UInt8]($0) }
    }
}
