import Datasets
import Foundation
import Kernels
import Networks
import Report
import Synchronization
import TestSupport
import Testing

/// The child's side, with real data and a real network, small.
@Suite struct RunChildTests {
    static func step(threads: Int = 1, dataset: String = "digits", folder: URL) throws -> ChildStep {
        ChildStep(
            run: RunIdentifier(label: "digits", network: "shuffle", seed: 3), key: Sample.key(1),
            graph: try NetworkCatalog.graph(block: try #require(NetworkCatalog.block(named: "shuffle")), dataset: .digits),
            configuration: TrainingConfiguration(epochs: 1, batchSize: 16, seed: 3), dataset: dataset, dataFolders: [],
            limit: 48, threads: threads, modelPath: folder.path + "/models/a.safetensors", inferences: 3,
            endsWithParent: false)
    }

    /// Ten seconds at every look.
    static func clock() -> () -> Double {
        var now = 0.0
        return {
            now += 10
            return now
        }
    }

    @Test func aRunIsTheSameOnAnyNumberOfThreadsAndInstructionSet() throws {
        try withTemporaryFolder { folder in
            var results: [RunResult] = []
            for (threads, set) in [(1, InstructionSet.best), (2, .best), (1, .portable)] {
                let (result, timing, predictions) = try ChildRunner.perform(
                    try Self.step(threads: threads, folder: folder), instructionSet: set, clock: Self.clock()
                ) { _ in }
                results.append(result)
                #expect(predictions.images.count == 48 && predictions.classNames.count == 10)
                #expect(predictions.accuracy() == result.epochs.last?.validAccuracy)
                #expect(predictions.accuracy(top: 5) == result.epochs.last?.validTop5)
                #expect(timing.threads == threads && timing.instructionSet == set.rawValue)
                #expect(timing.inferenceCPU == [10, 10, 10])
            }
            #expect(results[0] == results[1])
            #expect(results[0] == results[2])
            #expect(results[0].trainImages == 48 && results[0].validImages == 48)
            #expect(results[0].parameters > 20_000 && results[0].multiplyAdds > 1_000_000)
            let file = folder.appendingPathComponent("models/a.safetensors")
            #expect(try Data(contentsOf: file).count == results[0].fileSize)
            let step = try Self.step(folder: folder)
            #expect(Digest.ofWeights(try ModelFile.read(from: file, graph: step.graph)) == results[0].weightsDigest)
        }
    }

    @Test func theChildCommandWritesAResultFileWhateverHappens() throws {
        try withTemporaryFolder { folder in
            let (stepPath, resultPath) = (folder.path + "/step.json", folder.path + "/result.json")
            func execute() throws -> (Bool, ChildOutcome, [String]) {
                let lines = Mutex<[String]>([])
                let finished = try ChildRunner.execute(
                    stepPath: stepPath, resultPath: resultPath, instructionSet: .best, clock: Self.clock(),
                    progress: { line in lines.withLock { $0.append(line) } }, words: { "words: \($0.kind)" })
                let bytes = try Data(contentsOf: URL(fileURLWithPath: resultPath))
                return (finished, try JSONDecoder().decode(ChildOutcome.self, from: bytes), lines.withLock { $0 })
            }
            #expect(try execute().0 == false)

            try Self.step(dataset: "nothing", folder: folder).write(to: stepPath)
            let (badFinished, bad, _) = try execute()
            #expect(!badFinished)
            #expect(bad == .failed(ChildFailure(kind: .data, message: "words: data")))

            try Self.step(folder: folder).write(to: stepPath)
            let (finished, outcome, lines) = try execute()
            #expect(finished)
            guard case .finished(let result, _, let predictions) = outcome else {
                Issue.record("expected a result, got \(outcome)")
                return
            }
            #expect(result.key == Sample.key(1) && result.epochs.count == 1 && predictions?.key == result.key)
            let progress = try lines.map { try JSONDecoder().decode(TrainingProgress.self, from: Data($0.utf8)) }
            #expect(progress.last?.images == 48)
        }
    }

    @Test func theDigestOfDataSeesEveryPart() {
        func images(_ pixels: [UInt8] = [1, 2, 3, 4], labels: [Int32] = [0, 1], height: Int = 1, classes: Int = 2) -> LabeledImages {
            LabeledImages(
                height: height, width: 2 / height, channels: 1, pixels: pixels, labels: labels,
                classNames: (0..<classes).map(String.init))
        }
        let base = images()
        let digests = [
            Digest.of(training: base, validation: base), Digest.of(training: base, validation: images([1, 2, 3, 5])),
            Digest.of(training: images([1, 2, 3, 5]), validation: base),
            Digest.of(training: images(labels: [1, 0]), validation: base),
            Digest.of(training: images(height: 2), validation: base),
            Digest.of(training: images(classes: 3), validation: base),
        ]
        #expect(Set(digests).count == digests.count)
        #expect(digests.allSatisfy { $0.count == 64 })
    }
}
