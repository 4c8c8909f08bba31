import ArgumentParser
import Datasets
import Foundation
import Networks
import Report

/// `offprint render FILE [-o OUT.md] [--frozen] [--data-dir DIR] [-P k=v]... [--jobs N] [--threads N]`
struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Trains what has no result yet and writes the finished report.")

    @OptionGroup var options: RunOptions
    @Option(name: .shortAndLong, help: "The report; README.md beside the file where nothing is said.") var output: String?
    @Flag(help: "Train nothing: render from the lock, or say which result is missing.") var frozen = false
    @Flag(help: "Diagnostics as JSON, one object a line.") var json = false

    func run() async throws {
        let printer = DiagnosticPrinter(file: options.file, asJSON: json)
        let threads = try options.checkedThreads(printer)
        let experiment = try options.open(printer)
        let out = output ?? experiment.folder + "/README.md"
        guard URL(fileURLWithPath: out).standardizedFileURL != URL(fileURLWithPath: options.file).standardizedFileURL else {
            printer.print(error: "\(out): the report would overwrite its experiment file; choose another with -o")
            throw Status.badInput.exit
        }
        do {
            try await render(experiment, to: out, threads: threads, printer)
        } catch let error as ResultsError {
            printer.print(error: error.words)
            throw Status.badInput.exit
        } catch let error as StoredFileError {
            printer.print(error: error.words)
            throw (error.isOfTheSystem ? Status.fault : Status.badInput).exit
        }
    }

    private func render(
        _ experiment: ExperimentFile, to out: String, threads: Int, _ printer: DiagnosticPrinter
    ) async throws {
        let plan = experiment.plan
        let lock: ResultsLock
        do throws(StoredFileError) { lock = try experiment.store.loadLock() } catch { throw ResultsError.file(error) }
        let digests = DatasetDigests(for: experiment, lock: lock, reading: !frozen)
        var keys: [RunIdentifier: String] = [:]
        for run in plan.runs {
            keys[run.run] = try digests.digest(of: run).map { try run.key(datasetDigest: $0) }
        }
        var results: Results
        var executed = 0
        var content = ReportContent(plan, keys: keys)
        let shown = ReportRenderer.predictionKeys(of: content)
        if frozen {
            results = try experiment.store.load(machine: plan.machine, thisMachine: Machine.current.name)
        } else {
            (results, executed) = try await train(
                experiment, keys, lock, digests, shownPredictions: shown, threads: threads, printer)
        }
        let unmeasured = try await measureLayers(experiment, &results, threads: threads, printer)
        results.predictions = try experiment.store.loadPredictions(keys: shown)
        content.samples = try SampleLoader(experiment: experiment, content: content, results: results)
            .samples(for: plan.images, reading: !frozen)
        if !frozen { try experiment.store.save(content.samples) }
        let report: RenderedReport
        do throws(ReportError) {
            report = try ReportRenderer(words: { $0.words }).render(
                document: experiment.document, content: content, results: results, frozen: frozen)
        } catch {
            for line in error.lines { printer.print(error: line) }
            throw Status.badInput.exit
        }
        for problem in report.problems { printer.print(error: problem.words, at: problem.location) }
        let changed = try ReportWriter.write(report, to: out)
        let idle = executed == 0 && results.failures.isEmpty
        let trained = idle ? "nothing to train" : "\(executed) of \(plan.runs.count) runs trained"
        StandardError.write("\(trained); \(out) \(changed.isEmpty ? "is up to date" : "written")")
        let failures = results.failures.values
        if failures.contains(where: { $0.isOutOfResources }) { throw Status.outOfBudget.exit }
        if !failures.isEmpty || unmeasured || !report.problems.isEmpty { throw Status.cellFailed.exit }
    }

    /// Measures the layers that no timings have, unless the report is to show another machine's.
    /// - Returns: whether any could not be measured, which has been said then.
    private func measureLayers(
        _ experiment: ExperimentFile, _ results: inout Results, threads: Int, _ printer: DiagnosticPrinter
    ) async throws -> Bool {
        let plan = experiment.plan
        guard !plan.layerSteps.isEmpty else { return false }
        let machine = Machine.current
        results.layerTimings = try experiment.store.loadLayers(machine: plan.machine, thisMachine: machine.name)
        let known = results
        let missing = plan.layerSteps.filter { known.layers($0.name, key: $0.key) == nil }
        guard !frozen, !missing.isEmpty, plan.machine == nil || plan.machine == machine.name else { return false }
        let measurer = LayerMeasurer(executable: Executable.path, store: experiment.store, machine: machine)
        let quiet = json
        let failures = try await withInterruptsCancelling {
            try await measurer.measure(
                missing.map { LayerStep($0, threads: threads) }, planned: plan.layerSteps.map(\.name)
            ) { step in
                if !quiet { StandardError.write("measuring the layers of \(step.name)") }
            }
        }
        for (name, failure) in failures.sorted(by: { $0.key < $1.key }) {
            printer.print(error: "\(name): \(failure.words)")
        }
        results.layerTimings = try experiment.store.loadLayers(machine: plan.machine, thisMachine: machine.name)
        return !failures.isEmpty
    }

    /// - Returns: the results, and how many runs were executed to their end.
    private func train(
        _ experiment: ExperimentFile, _ keys: [RunIdentifier: String], _ lock: ResultsLock, _ digests: DatasetDigests,
        shownPredictions: Set<String>, threads: Int, _ printer: DiagnosticPrinter
    ) async throws -> (Results, Int) {
        let runs = experiment.plan.runs
        let lost = experiment.store.keysWithoutPredictions(among: shownPredictions)
        let needed = runs.filter { run in
            guard let key = keys[run.run], !lost.contains(key) else { return true }
            return !lock.runs.values.contains { $0.key == key }
        }
        let missing = Set(needed.map(\.dataset)).sorted().compactMap { digests.missing[$0] }
        for error in missing { printer.print(error: error.words) }
        guard missing.isEmpty else { throw Status.badInput.exit }
        let steps = runs.compactMap { run in
            keys[run.run].map { key in
                experiment.step(of: run, key: key, threads: threads, usesCache: true)
            }
        }
        let display = ProgressDisplay(quiet: json)
        let runner = Runner(executable: Executable.path, jobs: options.jobs, store: experiment.store, repeated: lost)
        let machine = experiment.plan.machine
        let results = try await withInterruptsCancelling {
            try await runner.run(steps, wantedMachine: machine) { display.show($0) }
        }
        return (results, display.finishedRuns)
    }
}

/// This program, to be started again for each run.
enum Executable {
    static var path: String {
        #if os(Linux)
            if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
        #endif
        return Bundle.main.executablePath ?? CommandLine.arguments[0]
    }

    /// Another one for every build; see `DatasetDigestCache`.
    static var stamp: String {
        (try? FileStamp(of: URL(fileURLWithPath: path)).description) ?? ToolVersion.current
    }
}
