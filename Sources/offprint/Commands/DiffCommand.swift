import ArgumentParser
import Foundation
import Report

/// `offprint diff OLD NEW [--json]`
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compares two locks exactly, and the timings beside them by interval.",
        discussion: "Ends with status 3 where a result differs. Times never change the status.")

    @Argument(help: "A results.lock.json, or the folder that holds one.") var old: String
    @Argument(help: "The other.") var new: String
    @Flag(help: "One JSON object for each difference.") var json = false

    func run() throws {
        let (left, right) = (try Side(old, asJSON: json), try Side(new, asJSON: json))
        let comparison = LockComparison(old: left.lock, new: right.lock)
        for line in comparison.lines { try show(line) }
        for machine in left.store.machines() where right.store.machines().contains(machine) {
            guard let before = try left.timings(machine), let after = try right.timings(machine) else { continue }
            for row in TimingComparison(old: before, new: after).rows where row.differs {
                try show(row.line(machine: machine))
            }
        }
        let count = comparison.differences.count
        StandardError.write(
            count == 0
                ? "\(comparison.equal.count) runs, all equal"
                : "\(count) of \(count + comparison.equal.count) runs differ")
        if count > 0 { throw Status.resultsDiffer.exit }
    }

    private func show(_ line: ComparisonLine) throws {
        if json { try JSONLine.print(line) } else { print(line.words) }
    }

    /// One of the two.
    private struct Side {
        var store: ResultsStore
        var lock: ResultsLock
        private let printer: DiagnosticPrinter

        /// - Throws: `Status.badInput`, after saying why.
        init(_ path: String, asJSON: Bool) throws {
            printer = DiagnosticPrinter(file: path, asJSON: asJSON)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                printer.print(error: "\(path): no such file")
                throw Status.badInput.exit
            }
            let folder = isFolder.boolValue ? path : URL(fileURLWithPath: path).deletingLastPathComponent().path
            store = ResultsStore(folder: folder)
            do throws(StoredFileError) {
                if isFolder.boolValue {
                    lock = try store.loadLock()
                } else {
                    lock = try ResultsLock(fileBytes: FileManager.default.contents(atPath: path) ?? Data(), path: path)
                }
            } catch {
                printer.print(error: error.words)
                throw Status.badInput.exit
            }
        }

        func timings(_ machine: String) throws -> Timings? {
            do throws(StoredFileError) {
                return try store.loadTimings(machine: machine)
            } catch {
                printer.print(error: error.words)
                throw Status.badInput.exit
            }
        }
    }
}
