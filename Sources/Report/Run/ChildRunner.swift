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
    /// - Throws: `ChildError`; a model file is then not left behind.
    public static func perform(
        _ step: ChildStep, instructionSet: InstructionSet, clock: () -> Double,
        progress: (TrainingProgress) -> Void
    ) throws(ChildError) -> (RunResult, RunTiming) {
        let data = try load(step)
        let context = KernelContext(instructionSet: instructionSet, threads: step.threads)
        var model = Model(graph: step.graph, seed: step.configuration.seed)
        let outcome: TrainingOutcome
        let inference: [Double]
        let algorithms: [String: Int]
        do throws(TrainingError) {
            outcome = try Trainer.train(
                model: &model, training: data.training, validation: data.validation,
                configuration: step.configuration, context: context, clock: clock, progress: progress)
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
            key: step.key, datasetDigest: Digest.of(training: data.training, validation: data.validation),
            weightsDigest: Digest.ofWeights(model), parameters: step.graph.parameterCount,
            multiplyAdds: step.graph.multiplyAdds, fileSize: ModelFile.size(of: model),
            trainImages: data.training.count, validImages: data.validation.count, algorithms: algorithms,
            epochs: outcome.epochs)
        let timing = RunTiming(
            key: step.key, threads: step.threads, instructionSet: instructionSet.rawValue, epochs: outcome.timings,
            inferenceCPU: inference)
        return (result, timing)
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
        progress: (_ line: String) -> Void, words: (ChildError) -> String
    ) throws(StoredFileError) -> Bool {
        let outcome: ChildOutcome
        do throws(ChildFailure) {
            let step = try ChildStep.read(from: stepPath)
            if step.endsWithParent { ParentWatch.endWithParent() }
            do throws(ChildError) {
                let (result, timing) = try perform(step, instructionSet: instructionSet, clock: clock) {
                    progress(ProgressLine.text($0))
                }
                outcome = .finished(result, timing)
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

    private static func load(
        _ step: ChildStep
    ) throws(ChildError) -> (training: LabeledImages, validation: LabeledImages) {
        do throws(DatasetError) {
            return try DatasetCatalog.load(
                step.dataset, folders: step.dataFolders.map { URL(fileURLWithPath: $0) },
                cacheFolder: URL(fileURLWithPath: CacheFolder.path()), limit: step.limit, threads: step.threads)
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

    public var kind: ChildFailure.Kind {
        switch self {
        case .data: .data
        case .training(.notFinite): .diverged
        case .training: .training
        case .modelFile: .modelFile
        }
    }
}

/// Progress as a line of JSON, the only thing a child writes to its standard output.
enum ProgressLine {
    static func text(_ progress: TrainingProgress) -> String {
        guard let bytes = try? JSONEncoder().encode(progress) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `nil` for lines that are something else.
    static func progress(_ line: String) -> TrainingProgress? {
        try? JSONDecoder().decode(TrainingProgress.self, from: Data(line.utf8))
    }
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
