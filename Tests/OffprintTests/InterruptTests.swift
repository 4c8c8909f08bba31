import Foundation
import TestSupport
import Testing

/// A render that is told to stop keeps what is finished, and goes on from there.
@Suite struct InterruptTests {
    private static let text = """
        ```yaml {train}
        label: two
        dataset: digits
        networks: [shuffle, resnext]
        epochs: 1
        limit: 256
        ```
        {{ two.shuffle.valid.accuracy }} {{ two.resnext.valid.accuracy }}
        """

    /// The run that is hit may be the first or the second: what holds is true of both.
    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsTheRunAndTheNextRenderGoesOn(number: Int32) throws {
        let program = try Program.offprint()
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("experiment.md")
            let lock = folder.appendingPathComponent("results.lock.json")
            try Data(Self.text.utf8).write(to: file)
            let whole = folder.appendingPathComponent("whole")
            try FileManager.default.createDirectory(at: whole, withIntermediateDirectories: true)
            let copy = whole.appendingPathComponent("experiment.md")
            try Data(Self.text.utf8).write(to: copy)
            #expect(try program.run(["render", copy.path]).status == 0)

            // The step file of a child lies in the temporary folder: its command line names it.
            let running = try program.start(["render", file.path], environment: ["TMPDIR": folder.path])
            // The lock appears with the first result; the second run is then about to train.
            let patience = Date(timeIntervalSinceNow: 120)
            while running.isRunning, !FileManager.default.fileExists(atPath: lock.path), Date() < patience {
                usleep(5_000)
            }
            let sent = Date()
            running.send(number)
            let outcome = try running.wait()
            // Generous: the machine may be busy with other tests.
            #expect(Date().timeIntervalSince(sent) < 60)
            #expect(outcome.status == 2, "\(outcome.errors)")
            #expect(outcome.errors.contains("interrupted"), "\(outcome.errors)")
            #expect(outcome.errors.contains("1 of 2 runs trained"), "\(outcome.errors)")
            #expect(childrenAt(folder.path).isEmpty, "a child outlived its parent")
            let first = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: lock)) as? [String: Any])
            let runs = try #require(first["runs"] as? [String: Any])
            #expect(runs.keys.sorted() == ["two/shuffle/1"])

            let second = try program.run(["render", file.path])
            #expect(second.status == 0, "\(second.errors)")
            #expect(second.errors.contains("1 of 2 runs trained"), "\(second.errors)")
            let found = try Data(contentsOf: lock)
            #expect(try found == Data(contentsOf: whole.appendingPathComponent("results.lock.json")))
        }
    }

    /// Processes whose command line names `path`.
    private func childrenAt(_ path: String) -> [String] {
        guard let entries = try? FileManager.default.contentsOfDirectory(atPath: "/proc") else { return [] }
        return entries.filter { Int($0) != nil }.compactMap { entry in
            guard let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else { return nil }
            let words = String(decoding: line, as: UTF8.self)
            return words.contains(path) ? words : nil
        }
    }
}
