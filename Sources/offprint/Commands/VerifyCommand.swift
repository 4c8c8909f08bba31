import ArgumentParser
import Foundation
import Report

/// `offprint verify FILE [--sample N] [--data-dir DIR] [-P k=v]... [--jobs N] [--threads N] [--json]`
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Trains runs again, from nothing, and compares them with the lock bit for bit.",
        discussion: "Changes no file of the report. Ends with status 3 where a result differs or is not in the lock.")

    @OptionGroup var options: RunOptions
    @Option(help: "How many runs, spread evenly over all; all where nothing is said.") var sample: Int?
    @Flag(help: "One JSON object for each difference.") var json = false

    func run() async throws {
        let printer = DiagnosticPrinter(file: options.file, asJSON: json)
        let threads = try options.checkedThreads(printer)
        if let sample, sample < 1 {
            printer.print(error: "--sample must be at least 1, not \(sample)")
            throw Status.badInput.exit
        }
        let experiment = try options.open(printer)
        let lock: ResultsLock
        do throws(StoredFileError) {
            lock = try experiment.store.loadLock()
        } catch {
            printer.print(error: error.words)
            throw Status.badInput.exit
        }
        let steps = try steps(experiment, lock, threads: threads, printer)
        let results = try await train(steps, printer)
        var expected = ResultsLock()
        for step in steps {
            let name = step.run.description
            expected.runs[name] = lock.runs[name] ?? lock.runs.values.first { $0.key == step.key }
        }
        var found = results.lock
        for run in results.failures.keys { found.runs[run.description] = nil }
        let comparison = LockComparison(old: expected, new: found)
        for line in comparison.lines { if json { try JSONLine.print(line) } else { print(line.words) } }
        StandardError.write("\(comparison.equal.count) of \(steps.count) runs are equal to the lock, bit for bit")
        if results.failures.values.contains(where: { $0.isOutOfResources }) { throw Status.outOfBudget.exit }
        if !results.failures.isEmpty { throw Status.cellFailed.exit }
        if !comparison.differences.isEmpty { throw Status.resultsDiffer.exit }
    }

    /// The chosen runs, without checkpoints and models: nothing of an earlier run may help.
    private func steps(
        _ experiment: ExperimentFile, _ lock: ResultsLock, threads: Int, _ printer: DiagnosticPrinter
    ) throws -> [ChildStep] {
        let all = experiment.plan.runs
        let count = min(sample ?? all.count, all.count)
        let chosen = (0..<count).map { all[$0 * all.count / count] }
        let digests = DatasetDigests(for: experiment, chosen: chosen, lock: lock, reading: true)
        let missing = Set(chosen.map(\.dataset)).sorted().compactMap { digests.missing[$0] }
        for error in missing { printer.print(error: error.words) }
        guard missing.isEmpty else { throw Status.badInput.exit }
        return try chosen.compactMap { run in
            try digests.digest(of: run).map { digest in
                experiment.step(
                    of: run, key: try run.key(datasetDigest: digest), threads: threads, usesCache: false, inferences: 0)
            }
        }
    }

    /// In a folder of its own, which is removed.
    private func train(_ steps: [ChildStep], _ printer: DiagnosticPrinter) async throws -> Results {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("offprint-verify-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let display = ProgressDisplay(quiet: json)
        let runner = Runner(
            executable: Executable.path, jobs: options.jobs, store: ResultsStore(folder: folder.path))
        do {
            return try await withInterruptsCancelling { try await runner.run(steps) { display.show($0) } }
        } catch let error as ResultsError {
            printer.print(error: error.words)
            throw Status.fault.exit
        }
    }
}
