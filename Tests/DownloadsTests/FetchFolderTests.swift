import Downloads
import Foundation
import Testing

/// What already lies where a download goes.
@Suite struct FetchFolderTests {
    /// A folder with a file `set/NAME`, and what fetching `set/file.bin` into it throws without asking anybody.
    private func error(
        with name: String, _ bytes: String, locked: Bool = false
    ) async throws -> (error: FetchError?, file: URL, left: Data?) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("offprint-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let present = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: present.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes.utf8).write(to: present)
        let descriptor = open(present.path, O_RDWR)
        defer { close(descriptor) }
        if locked { #expect(flock(descriptor, LOCK_EX) == 0) }
        let origin = try FetchFixture.origin([])
        var thrown: FetchError?
        do throws(FetchError) {
            _ = try await Fetcher(folder: folder).fetch(origin)
        } catch {
            thrown = error
        }
        return (thrown, folder.appendingPathComponent("set/file.bin"), FileManager.default.contents(atPath: present.path))
    }

    @Test func anotherFileUnderTheNameIsLeftAlone() async throws {
        let (error, file, left) = try await error(with: "set/file.bin", "mine")
        #expect(error == .inTheWay(file: file))
        #expect(left == Data("mine".utf8))
    }

    @Test func twoProgramsDoNotWriteTheSamePart() async throws {
        let (error, file, left) = try await error(with: "set/file.bin.part", "half", locked: true)
        #expect(error == .busy(file: file))
        #expect(left == Data("half".utf8))
    }

    @Test func aFolderThatCannotBeMadeIsReported() async throws {
        let (error, file, left) = try await error(with: "set", "no folder")
        guard case .unwritable(file: file.deletingLastPathComponent(), _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(left == Data("no folder".utf8))
    }
}
