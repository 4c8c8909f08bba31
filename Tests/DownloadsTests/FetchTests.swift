import Downloads
import Foundation
import Testing

/// Downloads from a server that cuts, lies, and serves the wrong thing. All on the loopback interface.
@Suite(.serialized) struct FetchTests {
    private static let content = FetchFixture.content

    @Test func aFileArrivesWholeAndIsNotFetchedTwice() async throws {
        let fetched = try await FetchFixture { .rest(of: Self.content, $0) }
        #expect(fetched.result == .success(.fetched))
        #expect(fetched.file == Self.content && fetched.part == nil)
        #expect(fetched.log.count == 1 && fetched.log[0].path == "/file.bin" && !fetched.log[0].hasRange)
        // The server is gone by now.
        let outcome = try await fetched.again()
        #expect(outcome == .present)
    }

    /// Every connection ends after 40,000 bytes: the next question is for the rest.
    @Test func aConnectionThatIsCutIsTakenUpWhereItEnded() async throws {
        let fetched = try await FetchFixture { .rest(of: Self.content, $0).cut(after: 40_000) }
        #expect(fetched.result == .success(.fetched))
        #expect(fetched.file == Self.content)
        let firsts = fetched.log.map(\.first)
        #expect(firsts == firsts.sorted() && Set(firsts).count == firsts.count, "\(firsts)")
        #expect(firsts.count >= 8, "\(firsts)")
    }

    @Test func anEarlierDownloadIsGoneOnWith() async throws {
        let fetched = try await FetchFixture(part: Array(Self.content.prefix(123_456))) { .rest(of: Self.content, $0) }
        #expect(fetched.result == .success(.fetched))
        #expect(fetched.log.map(\.first) == [123_456])
        #expect(fetched.file == Self.content && fetched.part == nil)
    }

    @Test func aServerThatIgnoresRangesSendsItAllAgain() async throws {
        let fetched = try await FetchFixture(part: Array(Self.content.prefix(1000))) { _ in .whole(Self.content) }
        #expect(fetched.result == .success(.fetched))
        #expect(fetched.log.map(\.first) == [1000])
        #expect(fetched.file == Self.content)
    }

    /// What an earlier download left is of something else: found by the digest, and fetched from the beginning.
    @Test(arguments: [1000, 300_000, 400_000]) func aPartOfAnotherFileIsDropped(length: Int) async throws {
        let fetched = try await FetchFixture(part: [UInt8](repeating: 7, count: length)) { .rest(of: Self.content, $0) }
        #expect(fetched.result == .success(.fetched))
        #expect(fetched.log.last?.first == 0)
        #expect(fetched.file == Self.content)
    }

    @Test func aWrongFileOfTheRightLengthNeverTakesTheName() async throws {
        var wrong = Self.content
        wrong[1234] ^= 1
        let served = wrong
        let fetched = try await FetchFixture { .rest(of: served, $0) }
        #expect(fetched.failures.count == 1)
        guard case .wrongDigest(let expected, let found) = fetched.failures.first?.reason else {
            Issue.record("\(fetched.result)")
            return
        }
        #expect(expected != found && expected.kind == found.kind)
        #expect(fetched.file == nil && fetched.part == nil)
        #expect(fetched.log.count == 1)
    }

    @Test(arguments: [0, 1, 299_999, 300_001, 1 << 50])
    func aServerThatNamesAnotherLengthIsRefused(length: Int) async throws {
        let fetched = try await FetchFixture { _ in
            .init(head: "HTTP/1.1 200 OK\r\nContent-Length: \(length)", body: length == 0 ? [] : [1])
        }
        #expect(
            fetched.failures
                == [.init(address: fetched.address, reason: .wrongLength(expected: 300_000, found: length))],
            "\(fetched.result)")
        #expect(fetched.file == nil && fetched.part == nil && fetched.log.count == 1)
    }

    /// Without a length, the end is where the server stops: too early is cut, too late is refused.
    @Test func aServerWithoutALengthIsCountedAlong() async throws {
        let right = try await FetchFixture { _ in .init(head: "HTTP/1.1 200 OK", body: Self.content) }
        #expect(right.result == .success(.fetched))
        #expect(right.file == Self.content)
        let long = try await FetchFixture { _ in .init(head: "HTTP/1.1 200 OK", body: Self.content + [1]) }
        guard case .wrongLength(expected: 300_000, let found) = long.failures.first?.reason else {
            Issue.record("\(long.result)")
            return
        }
        #expect(found > 300_000 && long.file == nil)
        let short = try await FetchFixture { _ in .init(head: "HTTP/1.1 200 OK", body: Array(Self.content.prefix(1000))) }
        guard case .connection = short.failures.first?.reason else {
            Issue.record("\(short.result)")
            return
        }
        #expect(short.file == nil)
    }

    @Test(arguments: ["bytes 0-9/300000", "bytes 2000-2009/300000", "nonsense", "bytes 1000-5/300000", "bytes 1000-1009"])
    func anotherRangeThanAskedForIsRefused(range: String) async throws {
        let head = "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: "
        let part = Array(Self.content.prefix(1000))
        let fetched = try await FetchFixture(part: part) { _ in
            .init(head: head + range, body: [UInt8](repeating: 1, count: 10))
        }
        #expect(fetched.failures.map(\.reason) == [.wrongRange], "\(fetched.result)")
        // What had arrived before is kept for another day.
        #expect(fetched.part == part && fetched.file == nil)
    }

    @Test func aRangeOfAFileOfAnotherLengthIsRefused() async throws {
        let fetched = try await FetchFixture(part: Array(Self.content.prefix(1000))) { _ in
            .init(
                head: "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: bytes 1000-1009/1010",
                body: [UInt8](repeating: 1, count: 10))
        }
        #expect(fetched.failures.map(\.reason) == [.wrongLength(expected: 300_000, found: 1010)], "\(fetched.result)")
    }

    @Test func whenTheFirstAddressFailsTheNextIsAsked() async throws {
        let broken = try LocalServer { _ in .status(500) }
        defer { broken.stop() }
        // Nobody listens there any more.
        let gone = try LocalServer { _ in .status(404) }
        gone.stop()
        let others = [broken.address, gone.address].map { $0.appendingPathComponent("file.bin") }
        let fetched = try await FetchFixture(others: others) { .rest(of: Self.content, $0) }
        #expect(fetched.result == .success(.fetched))
        #expect(fetched.file == Self.content)
        let failed = try await FetchFixture(others: others) { _ in .status(403) }
        #expect(failed.failures.map(\.address) == others + [failed.address])
        #expect(failed.failures.first?.reason == .status(500) && failed.failures.last?.reason == .status(403))
        #expect(failed.file == nil && failed.part == nil)
    }

    /// Some bytes each time, then none: given up after so many questions, and what arrived is kept.
    @Test func aServerThatStopsSendingIsGivenUp() async throws {
        let fetched = try await FetchFixture { request in
            .rest(of: Self.content, request).cut(after: request.number <= 2 ? 50_000 : 0)
        }
        guard case .connection = fetched.failures.first?.reason else {
            Issue.record("\(fetched.result)")
            return
        }
        #expect(fetched.log.count == 5, "\(fetched.log.map(\.first))")
        let kept = try #require(fetched.part)
        #expect(kept.count >= 50_000 && kept == Array(Self.content.prefix(kept.count)))
        #expect(fetched.file == nil)
    }
}
