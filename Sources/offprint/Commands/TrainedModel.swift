import ArgumentParser
import Datasets
import Foundation
import Networks
import Report

/// What every command that uses one trained run is told.
struct TrainedRunOptions: ParsableArguments {
    @Argument(help: "The experiment file.") var file: String
    @Argument(help: "The run: label/network/seed, such as mnist/residual/1.") var run: String
    @Option(help: "Where data sets are looked for first, if the run has to be trained again.") var dataDir: String?
    @Option(name: .customShort("P"), help: "Sets a parameter of the front matter: name=value.") var parameters: [String] = []
    @Option(help: "Threads; the cores of the machine where nothing is said.") var threads: Int?
}

/// A run whose result the lock has, with the weights that the lock's digest stands for.
///
/// The weights come from the cache, where every run that is trained leaves them. Where they are not there, or are not
/// those of the lock, the run is trained again, and its weights are used only if they are the lock's to the bit.
struct TrainedModel {
    let run: PlannedRun
    let dataset: DatasetDescription
    let model: Model
    /// The lock's and the model's.
    let weightsDigest: String
    let threads: Int

    /// - Throws: `badInput` where there is no such run, no result of it, or no data to train it again;
    ///   `resultsDiffer` where it now trains to other weights; what a run that fails gives. All said.
    static func load(_ options: TrainedRunOptions, _ printer: DiagnosticPrinter) async throws -> TrainedModel {
        let threads = try Threads.checked(options.threads)
        _ = try InstructionSetChoice.current()
        let experiment = try ExperimentFile.open(
            options.file, parameters: options.parameters, dataFolder: options.dataDir, printer: printer)
        let runs = experiment.plan.runs
        guard let run = runs.first(where: { $0.run.description == options.run }) else {
            printer.print(error: Problem.unknown(.run, options.run, among: runs.map(\.run.description)).words)
            throw Status.badInput.exit
        }
        let lock: ResultsLock
        let dataset: DatasetDescription
        do throws(StoredFileError) { lock = try experiment.store.loadLock() } catch {
            printer.print(error: error.words)
            throw Status.badInput.exit
        }
        do throws(DatasetError) {
            dataset = try DatasetCatalog.describe(run.dataset, folders: experiment.folders(of: run.dataset))
        } catch {
            printer.print(error: error.words)
            throw Status.badInput.exit
        }
        // The lock's digest of the data will do: a model in the cache needs no data.
        let digests = DatasetDigests(for: experiment, chosen: [run], lock: lock, reading: false)
        let key = try digests.digest(of: run).map { try run.key(datasetDigest: $0) }
        guard let key, let result = lock.runs.values.first(where: { $0.key == key }) else {
            printer.print(
                error: "\(run.run) has no result, or its cell has changed since; train it with offprint render \(options.file)")
            throw Status.badInput.exit
        }
        let source = Source(
            experiment: experiment, run: run, result: result, path: CacheFolder.modelPath(key: key), threads: threads,
            printer: printer)
        var model = source.cached()
        if model == nil { model = try await source.trained() }
        guard let model else { throw Status.fault.exit }
        return TrainedModel(
            run: run, dataset: dataset, model: model, weightsDigest: result.weightsDigest, threads: threads)
    }
}

/// Where the weights of one run come from.
private struct Source {
    let experiment: ExperimentFile
    let run: PlannedRun
    let result: RunResult
    /// In the cache.
    let path: String
    let threads: Int
    let printer: DiagnosticPrinter

    /// `nil` where the cache lacks the model or has another; that is said.
    func cached() -> Model? {
        guard FileManager.default.fileExists(atPath: path) else {
            StandardError.write("\(run.run): its weights are not in the cache; training it again")
            return nil
        }
        do throws(ModelFileError) {
            let model = try ModelFile.read(from: URL(fileURLWithPath: path), graph: run.graph)
            if Digest.ofWeights(model) == result.weightsDigest { return model }
            StandardError.write("\(path): these are not the weights that the lock stands for; training \(run.run) again")
        } catch {
            StandardError.write("\(error.words); training \(run.run) again")
        }
        return nil
    }

    /// Trains the run as `render` does, and leaves its weights in the cache if they are the lock's.
    func trained() async throws -> Model? {
        let digests = DatasetDigests(for: experiment, chosen: [run], lock: ResultsLock(), reading: true)
        guard let digest = digests.digest(of: run) else {
            if let error = digests.missing[run.dataset] { printer.print(error: error.words) }
            throw Status.badInput.exit
        }
        guard digest == result.datasetDigest else {
            differs("the data set", was: result.datasetDigest, is: digest)
            throw Status.resultsDiffer.exit
        }
        let step = experiment.step(of: run, key: result.key, threads: threads, usesCache: true, inferences: 0)
        let found = try await execute(step)
        guard found.weightsDigest == result.weightsDigest else {
            try? FileManager.default.removeItem(atPath: path)
            differs("the weights", was: result.weightsDigest, is: found.weightsDigest)
            throw Status.resultsDiffer.exit
        }
        do throws(ModelFileError) {
            return try ModelFile.read(from: URL(fileURLWithPath: path), graph: run.graph)
        } catch {
            printer.print(error: error.words)
            throw Status.fault.exit
        }
    }

    /// With a results folder of its own, which is removed.
    private func execute(_ step: ChildStep) async throws -> RunResult {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("offprint-model-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let display = ProgressDisplay(quiet: printer.asJSON)
        let runner = Runner(executable: Executable.path, store: ResultsStore(folder: folder.path))
        let results: Results
        do {
            results = try await withInterruptsCancelling { try await runner.run([step]) { display.show($0) } }
        } catch let error as ResultsError {
            printer.print(error: error.words)
            throw Status.fault.exit
        }
        if let failure = results.failures[step.run] {
            printer.print(error: "\(step.run): \(failure.words)")
            throw (failure.isOutOfResources ? Status.outOfBudget : Status.cellFailed).exit
        }
        guard let found = results.lock.runs[step.run.description] else { throw Status.fault.exit }
        return found
    }

    private func differs(_ what: String, was: String, is found: String) {
        printer.print(
            error: "\(run.run): \(what) differ\(what.hasSuffix("s") ? "" : "s") from what the lock says: "
                + "digest \(found.prefix(12)), expected \(was.prefix(12))")
    }
}
