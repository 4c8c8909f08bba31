import Datasets
import Downloads
import Foundation
import TestSupport
import Testing

/// Downloads from a server that cuts, lies, and serves the wrong thing. All on the loopback interface.
@Suite(.serialized) struct FetchTests {
    /// 300,000 bytes of chance.
    static let content: [UInt8] = {
        var generator = SeededGenerator(seed: 4)
        return (0..<300_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }()

    /// A folder, a server, and a file `set/file.bin` to fetch from it.
    private func fetching(
        _ body: @escaping @Sendable (LocalServer.Request) -> LocalServer.Answer, digest: FileDigest? = nil,
        part: [UInt8]? = nil, others: [URL] = [],
        _ check: (_ result: Result<Fetcher.Outcome, FetchError>, _ server: LocalServer, _ file: URL) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("offprint-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("set/file.bin")
        if let part {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(part).write(to: URL(fileURLWithPath: file.path + ".part"))
        }
        let server = try LocalServer(body)
        defer { server.stop() }
        let origin = try Self.origin(others + [server.address.appendingPathComponent("file.bin")], digest: digest)
        let fetcher = Fetcher(folder: folder, attempts: 3, pause: 0.01, patience: 5)
        let result: Result<Fetcher.Outcome, FetchError>
        do throws(FetchError) {
            result = .success(try await fetcher.fetch(origin))
        } catch {
            result = .failure(error)
        }
        try await check(result, server, file)
    }

    private static func origin(_ addresses: [URL], digest: FileDigest? = nil) throws -> OriginFile {
        try withTemporaryFolder { folder in
            let copy = folder.appendingPathComponent("copy")
            try Data(content).write(to: copy)
            return OriginFile(
                name: "set/file.bin", addresses: addresses, size: content.count,
                digest: try digest ?? FileDigest.of(copy, kind: .sha256))
        }
    }

    private func isThere(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
    private func part(_ file: URL) -> URL { URL(fileURLWithPath: file.path + ".part") }

    @Test func aFileArrivesWholeAndIsNotFetchedTwice() async throws {
        try await fetching({ .rest(of: Self.content, $0) }) { result, server, file in
            #expect(try result.get() == .fetched)
            #expect(try Data(contentsOf: file) == Data(Self.content))
            #expect(!isThere(part(file)))
            #expect(server.log.count == 1 && server.log[0].path == "/file.bin" && !server.log[0].hasRange)
            let again = Fetcher(folder: file.deletingLastPathComponent().deletingLastPathComponent())
            #expect(try await again.fetch(Self.origin([server.address])) == .present)
            #expect(server.log.count == 1)
        }
    }

    /// Every connection ends after some 40,000 bytes: the next question is for the rest.
    @Test func aConnectionThatIsCutIsTakenUpWhereItEnded() async throws {
        try await fetching({ .rest(of: Self.content, $0).cut(after: 40_000) }) { result, server, file in
            #expect(try result.get() == .fetched)
            #expect(try Data(contentsOf: file) == Data(Self.content))
            let firsts = server.log.map(\.first)
            #expect(firsts == firsts.sorted() && Set(firsts).count == firsts.count, "\(firsts)")
            #expect(server.log.count >= 8)
        }
    }

    @Test func anEarlierDownloadIsGoneOnWith() async throws {
        try await fetching({ .rest(of: Self.content, $0) }, part: Array(Self.content.prefix(123_456))) { result, server, file in
            #expect(try result.get() == .fetched)
            #expect(server.log.map(\.first) == [123_456])
            #expect(try Data(contentsOf: file) == Data(Self.content))
        }
    }

    @Test func aServerThatIgnoresRangesSendsItAllAgain() async throws {
        try await fetching({ _ in .whole(Self.content) }, part: Array(Self.content.prefix(1000))) { result, server, file in
            #expect(try result.get() == .fetched)
            #expect(server.log.map(\.first) == [1000])
            #expect(try Data(contentsOf: file) == Data(Self.content))
        }
    }

    /// What an earlier download left is of something else: found by the digest, and fetched from the beginning.
    @Test(arguments: [1000, 300_000, 400_000]) func aPartOfAnotherFileIsDropped(length: Int) async throws {
        try await fetching(
            { .rest(of: Self.content, $0) }, part: [UInt8](repeating: 7, count: length)
        ) { result, server, file in
            #expect(try result.get() == .fetched)
            #expect(server.log.last?.first == 0)
            #expect(try Data(contentsOf: file) == Data(Self.content))
        }
    }

    @Test func aWrongFileOfTheRightLengthNeverTakesTheName() async throws {
        var wrong = Self.content
        wrong[1234] ^= 1
        let served = wrong
        try await fetching({ .rest(of: served, $0) }) { result, server, file in
            guard case .failure(.failed("set/file.bin", let failures)) = result, case .wrongDigest = failures.first?.reason
            else {
                Issue.record("\(result)")
                return
            }
            #expect(!isThere(file) && !isThere(part(file)))
            #expect(server.log.count == 1)
        }
    }

    @Test func aServerThatNamesAnotherLengthIsRefusedBeforeItSendsAnything() async throws {
        for length in [0, 1, 299_999, 300_001, 1 << 50] {
            try await fetching({ _ in .init(head: "HTTP/1.1 200 OK\r\nContent-Length: \(length)", body: [1, 2, 3]) }) {
                result, server, file in
                let address = server.address.appendingPathComponent("file.bin")
                #expect(
                    result
                        == .failure(
                            .failed(
                                file: "set/file.bin",
                                [.init(address: address, reason: .wrongLength(expected: 300_000, found: length))])),
                    "\(length)")
                #expect(!isThere(file))
            }
        }
    }

    /// Without a length, the end is where the server stops: too early is cut, too late is refused.
    @Test func aServerWithoutALengthIsCountedAlong() async throws {
        try await fetching({ .init(head: "HTTP/1.1 200 OK", body: $0.number == 1 ? Self.content : []) }) { result, _, file in
            #expect(try result.get() == .fetched)
            #expect(try Data(contentsOf: file) == Data(Self.content))
        }
        try await fetching({ _ in .init(head: "HTTP/1.1 200 OK", body: Self.content + [1]) }) { result, _, file in
            guard case .failure(.failed(_, let failures)) = result,
                case .wrongLength(expected: 300_000, found: let found) = failures.first?.reason
            else {
                Issue.record("\(result)")
                return
            }
            #expect(found > 300_000 && !isThere(file))
        }
    }

    @Test func anotherRangeThanAskedForIsRefused() async throws {
        let head = "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: "
        for range in ["bytes 0-9/300000", "bytes 2000-2009/300000", "nonsense", "bytes 5-1/300000"] {
            try await fetching({ _ in .init(head: head + range, body: [UInt8](repeating: 1, count: 10)) }, part: Array(Self.content.prefix(1000))) {
                result, _, file in
                guard case .failure(.failed(_, let failures)) = result, failures.first?.reason == .wrongRange else {
                    Issue.record("\(range): \(result)")
                    return
                }
                // What had arrived before is kept for the next server.
                #expect(try Data(contentsOf: part(file)) == Data(Self.content.prefix(1000)))
            }
        }
        try await fetching(
            { _ in .init(head: head + "bytes 1000-1009/1010", body: [UInt8](repeating: 1, count: 10)) },
            part: Array(Self.content.prefix(1000))
        ) { result, _, _ in
            guard case .failure(.failed(_, let failures)) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(failures.first?.reason == .wrongLength(expected: 300_000, found: 1010))
        }
    }

    @Test func whenTheFirstAddressFailsTheNextIsAsked() async throws {
        let broken = try LocalServer { $0.number == 1 ? .status(404) : .status(500) }
        defer { broken.stop() }
        // Nobody listens there any more.
        let gone = try LocalServer { _ in .status(404) }
        gone.stop()
        let others = [broken.address, gone.address].map { $0.appendingPathComponent("file.bin") }
        try await fetching({ .rest(of: Self.content, $0) }, others: others) { result, _, file in
            #expect(try result.get() == .fetched)
            #expect(try Data(contentsOf: file) == Data(Self.content))
        }
        try await fetching({ _ in .status(403) }, others: others) { result, server, file in
            guard case .failure(.failed("set/file.bin", let failures)) = result, failures.count == 3 else {
                Issue.record("\(result)")
                return
            }
            #expect(failures[0].reason == .status(500))
            if case .connection = failures[1].reason {} else { Issue.record("\(failures[1])") }
            #expect(failures[2] == .init(address: server.address.appendingPathComponent("file.bin"), reason: .status(403)))
            #expect(!isThere(file) && !isThere(part(file)))
        }
    }

    /// Some bytes each time, then none: given up after so many questions, and what arrived is kept.
    @Test func aServerThatStopsSendingIsGivenUp() async throws {
        try await fetching({ request in
            .rest(of: Self.content, request).cut(after: request.number <= 2 ? 50_000 : 0)
        }) { result, server, file in
            guard case .failure(.failed(_, let failures)) = result, case .connection = failures.first?.reason else {
                Issue.record("\(result)")
                return
            }
            #expect(server.log.count == 5, "\(server.log.count)")
            let kept = try Data(contentsOf: part(file))
            #expect(kept.count >= 50_000 && kept == Data(Self.content.prefix(kept.count)))
            #expect(!isThere(file))
        }
    }

    @Test func anotherFileUnderTheNameIsLeftAlone() async throws {
        try await withFolder { folder in
            let file = folder.appendingPathComponent("set/file.bin")
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: file)
            let origin = try Self.origin([])
            await #expect(throws: FetchError.inTheWay(file: file)) { try await Fetcher(folder: folder).fetch(origin) }
            #expect(try Data(contentsOf: file) == Data("mine".utf8))
        }
    }

    @Test func twoProgramsDoNotWriteTheSamePart() async throws {
        try await withFolder { folder in
            let file = folder.appendingPathComponent("set/file.bin")
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            let other = open(file.path + ".part", O_RDWR | O_CREAT, 0o644)
            defer { close(other) }
            #expect(flock(other, LOCK_EX) == 0)
            let origin = try Self.origin([])
            await #expect(throws: FetchError.busy(file: file)) { try await Fetcher(folder: folder).fetch(origin) }
        }
    }

    @Test func aFolderThatCannotBeMadeIsReported() async throws {
        try await withFolder { folder in
            try Data().write(to: folder.appendingPathComponent("set"))
            let origin = try Self.origin([])
            do {
                _ = try await Fetcher(folder: folder).fetch(origin)
                Issue.record("nothing was thrown")
            } catch FetchError.unwritable {
            } catch { Issue.record("\(error)") }
        }
    }

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("offprint-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }
}
