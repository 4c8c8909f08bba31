public import Datasets
internal import Foundation
public import Kernels
public import Networks

/// What a child process does: one run, from the data to the result file.
public enum ChildRunner {
    /// Loads the data, trains, writes the model and measures.
    ///
    /// - Parameters:
    ///   - instructionSet: what `OFFPRINT_ISA` or the processor says. Changes no result.
    ///   - clock: seconds from any start; must not go backwards.
    ///   - progress: about ten times a second at most, on this thread.
    ///   - notice: what is worth saying about checkpoints, on this thread.
    /// - Throws: `ChildError`; a model file is then not left behind.
    public static func perform(
        _ step: ChildStep, instructionSet: InstructionSet, clock: () -> Double,
        progress: (TrainingProgress) -> Void, notice: @escaping (RunNotice) -> Void = { _ in }
    ) throws(ChildError) -> (RunResult, RunTiming, RunPredictions) {
        let (data, datasetDigest) = try open(step)
        let checkpoints = step.checkpoints.map { CheckpointStore(folder: $0.folder, key: step.key) }
        let resumed = checkpoints.flatMap { resume(step, from: $0, notice: notice) }
        let context = KernelContext(instructionSet: instructionSet, threads: step.threads)
        var model = try start(of: step)
        let outcome: TrainingOutcome
        let predictions: [Prediction]
        let inference: [Double]
        let algorithms: [String: Int]
        do throws(TrainingError) {
            outcome = try Trainer.train(
                model: &model, training: data.training, validation: data.validation,
                configuration: step.configuration, context: context, resuming: resumed,
                saving: checkpoints.map { saving(step, in: $0, notice: notice) }, clock: clock, progress: progress)
            predictions = try model.predictions(
                data.validation, batchSize: step.configuration.batchSize, scaling: step.configuration.scaling,
                context: context)
            inference = try model.measureInference(
                image: data.validation.prefix(1), count: step.inferences, scaling: step.configuration.scaling,
                context: context, clock: clock)
            // A batch larger than the data set was never run, and need not be possible.
            algorithms = try step.graph.algorithms(
                batchSize: min(step.configuration.batchSize, data.training.count))
        } catch {
            throw .training(error)
        }
        if let path = step.modelPath { try write(model, to: path) }
        let result = RunResult(
            key: step.key, datasetDigest: datasetDigest,
            weightsDigest: Digest.ofWeights(model), parameters: step.graph.parameterCount,
            multiplyAdds: step.graph.multiplyAdds, fileSize: ModelFile.size(of: model),
            trainImages: data.training.count, validImages: data.validation.count, algorithms: algorithms,
            epochs: outcome.epochs)
        let timing = RunTiming(
            key: step.key, threads: step.threads, instructionSet: instructionSet.rawValue, epochs: outcome.timings,
            inferenceCPU: inference)
        let answers = RunPredictions(
            key: step.key, classNames: data.validation.classNames, images: predictions)
        return (result, timing, answers)
    }

    /// The whole child process: reads the step file, performs it and writes the result file, whatever happens.
    ///
    /// - Parameters:
    ///   - progress: each line is to be written to standard output and flushed.
    ///   - words: what to tell people about an error.
    /// - Returns: whether the run finished.
    /// - Throws: `StoredFileError` where not even the result file can be written.
    public static func execute(
        stepPath: String, resultPath: String, instructionSet: InstructionSet, clock: () -> Double,
        progress: @escaping (_ line: String) -> Void, words: (ChildError) -> String
    ) throws(StoredFileError) -> Bool {
        let outcome: ChildOutcome
        do throws(ChildFailure) {
            let step = try ChildStep.read(from: stepPath)
            if step.endsWithParent { ParentWatch.endWithParent() }
            do throws(ChildError) {
                let (result, timing, predictions) = try perform(
                    step, instructionSet: instructionSet, clock: clock,
                    progress: { progress(ChildLine.progress($0).text) }, notice: { progress(ChildLine.notice($0).text) })
                outcome = .finished(result, timing, predictions)
            } catch {
                outcome = .failed(ChildFailure(kind: error.kind, message: words(error)))
            }
        } catch {
            outcome = .failed(error)
        }
        try outcome.write(to: resultPath)
        if case .finished = outcome { return true }
        return false
    }

    /// Random weights, or those that the step names.
    private static func start(of step: ChildStep) throws(ChildError) -> Model {
        guard let initial = step.initial else { return Model(graph: step.graph, seed: step.configuration.seed) }
        do throws(InitialWeightsFault) {
            return try initial.model(of: step.graph)
        } catch {
            throw .initialWeights(error)
        }
    }

    /// The newest checkpoint that can be used, after saying which cannot.
    private static func resume(
        _ step: ChildStep, from store: CheckpointStore, notice: (RunNotice) -> Void
    ) -> TrainingState? {
        let (state, damaged) = store.latest(graph: step.graph, configuration: step.configuration)
        for (path, fault) in damaged {
            notice(.damagedCheckpoint(path: path, fault))
            store.discard(path)
        }
        if let state { notice(.resumed(epoch: state.facts.epoch, step: state.facts.step)) }
        return state
    }

    /// A checkpoint that cannot be written costs a sentence, not the run.
    private static func saving(
        _ step: ChildStep, in store: CheckpointStore, notice: @escaping (RunNotice) -> Void
    ) -> StateSaving {
        StateSaving(seconds: step.checkpoints?.seconds ?? .infinity) { state in
            do throws(CheckpointFault) {
                try store.save(state)
            } catch {
                notice(.checkpointNotWritten(folder: store.folder, error))
            }
        }
    }

    private static func open(_ step: ChildStep) throws(ChildError) -> (parts: DatasetParts, digest: String) {
        do throws(DatasetError) {
            let parts = try DatasetCatalog.open(
                step.dataset, folders: step.dataFolders.map { URL(fileURLWithPath: $0) },
                cacheFolder: URL(fileURLWithPath: CacheFolder.path()), limit: step.limit, threads: step.threads)
            return (parts, try Digest.of(parts))
        } catch {
            throw .data(error)
        }
    }

    private static func write(_ model: Model, to path: String) throws(ChildError) {
        let url = URL(fileURLWithPath: path)
        // Where the folder cannot be made, writing the file says so.
        try? FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        do throws(ModelFileError) {
            try ModelFile.write(model, to: url)
        } catch {
            throw .modelFile(error)
        }
    }
}

/// Why a child could not finish its run.
public enum ChildError: Error, Hashable, Sendable {
    case data(DatasetError)
    case training(TrainingError)
    case modelFile(ModelFileError)
    case initialWeights(InitialWeightsFault)

    public var kind: ChildFailure.Kind {
        switch self {
        case .data: .data
        case .training(.notFinite): .diverged
        case .training(.data): .data
        case .training: .training
        case .modelFile, .initialWeights: .modelFile
        }
    }
}

/// What a child writes to its standard output: lines of JSON.
enum ChildLine {
    case progress(TrainingProgress)
    case notice(RunNotice)

    var text: String {
        let encoder = JSONEncoder()
        let bytes =
            switch self {
            case .progress(let progress): try? encoder.encode(progress)
            case .notice(let notice): try? encoder.encode(NoticeLine(notice: notice))
            }
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// `nil` for lines that are something else.
    init?(_ line: String) {
        let decoder = JSONDecoder()
        let bytes = Data(line.utf8)
        if let progress = try? decoder.decode(TrainingProgress.self, from: bytes) {
            self = .progress(progress)
        } else if let line = try? decoder.decode(NoticeLine.self, from: bytes) {
            self = .notice(line.notice)
        } else {
            return nil
        }
    }

    private struct NoticeLine: Codable { var notice: RunNotice }
}

/// Ends a child whose parent was killed before it could end the child itself.
enum ParentWatch {
    static func endWithParent() {
        let parent = getppid()
        let thread = Thread {
            while getppid() == parent { usleep(500_000) }
            exit(1)
        }
        thread.name = "parent-watch"
        thread.start()
    }
}
