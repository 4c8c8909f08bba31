import Foundation
import Report
import TestSupport
import Testing

/// The reports of this repository belong to the program beside them.
@Suite struct CommittedReportsTests {
    /// Whatever changes a recipe, a default, a network or the content of a key makes the committed results those of
    /// something else; so do new options that change the keys of runs which do not use them.
    @Test("Every committed result has the key that its experiment file plans", arguments: try reports())
    func keysAreThePlanned(report: String) throws {
        let folder = Self.folder.appendingPathComponent(report)
        let text = try Data(contentsOf: folder.appendingPathComponent("experiment.md"))
        let document = try #require(Document.read(Array(text)).document)
        let (plan, diagnostics) = Plan.make(of: document, imageFolders: [folder])
        let runs = try #require(plan, "\(diagnostics)").runs
        let file = folder.appendingPathComponent("results.lock.json")
        guard !runs.isEmpty || FileManager.default.fileExists(atPath: file.path) else { return }
        let lock = try ResultsLock(fileBytes: try Data(contentsOf: file), path: file.path)
        #expect(Set(lock.runs.keys) == Set(runs.map(\.run.description)))
        for run in runs {
            guard let result = lock.runs[run.run.description] else { continue }
            #expect(try run.key(datasetDigest: result.datasetDigest) == result.key, "\(report): \(run.run.description)")
        }
    }

    private static let folder = packageRoot.appendingPathComponent("reports")

    private static func reports() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            FileManager.default.fileExists(atPath: folder.appendingPathComponent("\($0)/experiment.md").path)
        }.sorted()
    }
}
