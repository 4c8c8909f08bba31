import Datasets
import Foundation
import Kernels
import Networks
import Report
import TestSupport
import Testing

/// Runs that stop and go on: the result must not show it.
@Suite(.serialized) struct CheckpointTests {
    /// Every part of a state: moments, an average of the weights, chance of every kind, a short last batch.
    static func step(_ folder: URL, checkpoints: Bool = true, seconds: Double = 0, epochs: Int = 2) throws -> ChildStep {
        var configuration = Recipe.modern.configuration(epochs: epochs, dataset: "cifar10", height: 28, width: 28)
        configuration.batchSize = 20
        configuration.seed = 3
        return ChildStep(
            run: RunIdentifier(label: "digits", network: "shuffle", seed: 3), key: Sample.key(1),
            graph: try NetworkCatalog.graph(block: try #require(NetworkCatalog.block(named: "shuffle")), dataset: .digits),
            configuration: configuration, dataset: "digits", dataFolders: [], limit: 70, threads: 1,
            checkpoints: checkpoints
                ? .init(folder: folder.path + "/checkpoints/\(Sample.key(1))", seconds: seconds) : nil,
            inferences: 2, endsWithParent: false)
    }

    private func perform(_ step: ChildStep) throws -> (result: RunResult, predictions: RunPredictions, notices: [RunNotice]) {
        var notices: [RunNotice] = []
        let (result, _, predictions) = try ChildRunner.perform(
            step, instructionSet: .best, clock: RunChildTests.clock(), progress: { _ in }, notice: { notices.append($0) })
        return (result, predictions, notices)
    }

    /// The program is killed with a signal that it cannot hear, again and again, until it comes through.
    @Test(arguments: [1, 2, 3] as [UInt64]) func aRunThatIsKilledAtAnyMomentEndsWithTheSameBits(seed: UInt64) throws {
        try withTemporaryFolder { folder in
            let expected = try perform(Self.step(folder, checkpoints: false))
            let (stepPath, resultPath) = (folder.path + "/step.json", folder.path + "/result.json")
            try Self.step(folder).write(to: stepPath)
            var chance = SeededGenerator(seed: seed)
            var kills = 0
            var output = ""
            for attempt in 0..<12 {
                let process = Process()
                process.executableURL = try Program.offprint().executable
                process.arguments = ["run-step", stepPath, resultPath]
                let lines = folder.appendingPathComponent("lines-\(attempt)")
                _ = FileManager.default.createFile(atPath: lines.path, contents: nil)
                process.standardOutput = try FileHandle(forWritingTo: lines)
                try process.run()
                // The last attempts are left alone, or a slow machine would never come through.
                if attempt < 8 {
                    usleep(UInt32(chance.uniform(20_000, 900_000)))
                    if process.isRunning {
                        kill(process.processIdentifier, SIGKILL)
                        kills += 1
                    }
                }
                process.waitUntilExit()
                output += try String(contentsOf: lines, encoding: .utf8)
                if process.terminationReason == .exit {
                    #expect(process.terminationStatus == 0)
                    break
                }
            }
            let outcome = try JSONDecoder().decode(
                ChildOutcome.self, from: try Data(contentsOf: URL(fileURLWithPath: resultPath)))
            guard case .finished(let result, _, let predictions) = outcome else {
                Issue.record("seed \(seed), \(kills) kills: \(outcome)")
                return
            }
            #expect(result == expected.result, "seed \(seed), \(kills) kills:\n\(output)")
            #expect(predictions == expected.predictions)
            #expect(!output.contains("damagedCheckpoint"), "seed \(seed): \(output)")
        }
    }

    @Test func theNewestTwoAreKeptAndFinishedRunsGoOnAtTheEnd() throws {
        try withTemporaryFolder { folder in
            let step = try Self.step(folder)
            let place = try #require(step.checkpoints?.folder)
            let first = try perform(step)
            #expect(first.notices == [])
            // Three or more steps and a validation an epoch; the last two places have different step counts or not.
            let names = try FileManager.default.contentsOfDirectory(atPath: place).sorted()
            #expect(names.count == 4 && names.allSatisfy { $0.hasPrefix("step-") }, "\(names)")
            let again = try perform(step)
            #expect(again.notices == [.resumed(epoch: 3, step: 0)])
            #expect(again.result == first.result && again.predictions == first.predictions)
        }
    }

    enum Damage: String, CaseIterable {
        case emptyFacts, cutFacts, flippedFacts, noFacts, cutTensors, flippedTensors, noTensors, grownTensors
    }

    @Test(arguments: Damage.allCases) func aDamagedCheckpointFallsBackToTheOneBefore(damage: Damage) throws {
        try withTemporaryFolder { folder in
            let step = try Self.step(folder)
            let expected = try perform(step)
            let place = URL(fileURLWithPath: try #require(step.checkpoints?.folder))
            let newest = try #require(
                try FileManager.default.contentsOfDirectory(atPath: place.path).filter { $0.hasSuffix(".json") }.max())
            let facts = place.appendingPathComponent(newest)
            let tensors = place.appendingPathComponent(newest.replacingOccurrences(of: ".json", with: ".safetensors"))
            var chance = SeededGenerator(seed: UInt64(damage.rawValue.count))
            func change(_ file: URL, _ edit: (inout Data) -> Void) throws {
                var bytes = try Data(contentsOf: file)
                edit(&bytes)
                try bytes.write(to: file)
            }
            switch damage {
            case .emptyFacts: try change(facts) { $0 = Data() }
            case .cutFacts: try change(facts) { $0.removeLast($0.count / 3) }
            case .flippedFacts:
                // A digit of a number, so that it is still JSON.
                try change(facts) { bytes in
                    guard let at = bytes.range(of: Data("\"lossSum\": ".utf8))?.upperBound else { return }
                    bytes[at] = bytes[at] == UInt8(ascii: "9") ? UInt8(ascii: "8") : bytes[at] + 1
                }
            case .noFacts: try FileManager.default.removeItem(at: facts)
            case .cutTensors: try change(tensors) { $0.removeLast(chance.index(below: $0.count)) }
            case .flippedTensors:
                for _ in 0..<8 {
                    let store = CheckpointStore(folder: place.path, key: step.key)
                    let place = chance.index(below: try Data(contentsOf: tensors).count)
                    let bit = UInt8(1) << UInt8(chance.index(below: 8))
                    try change(tensors) { $0[place] ^= bit }
                    let (_, damaged) = store.latest(graph: step.graph, configuration: step.configuration)
                    #expect(damaged.map(\.fault) == [.changed], "byte \(place), bit \(bit)")
                    try change(tensors) { $0[place] ^= bit }
                }
                try change(tensors) { $0[$0.count / 2] ^= 4 }
            case .noTensors: try FileManager.default.removeItem(at: tensors)
            case .grownTensors: try change(tensors) { $0.append(0) }
            }
            let found = try perform(step)
            #expect(found.result == expected.result && found.predictions == expected.predictions)
            let damaged = found.notices.filter { if case .damagedCheckpoint = $0 { true } else { false } }
            let resumed = found.notices.filter { if case .resumed = $0 { true } else { false } }
            // Without its facts a checkpoint was never finished, which is nothing to speak of.
            #expect(damaged.count == (damage == .noFacts ? 0 : 1), "\(found.notices)")
            #expect(resumed.count == 1 && resumed != [.resumed(epoch: 3, step: 0)], "\(found.notices)")
        }
    }

    @Test func whereAllAreDamagedOrOfAnotherRunTrainingBeginsAnew() throws {
        try withTemporaryFolder { folder in
            var step = try Self.step(folder)
            let expected = try perform(step)
            step.key = Sample.key(2)
            let found = try perform(step)
            let faults = found.notices.compactMap { notice -> CheckpointFault? in
                if case .damagedCheckpoint(_, let fault) = notice { fault } else { nil }
            }
            #expect(faults == Array(repeating: .anotherRun(key: Sample.key(1)), count: 2))
            #expect(found.notices.count == 2, "\(found.notices)")
            #expect(try perform(step).notices == [.resumed(epoch: 3, step: 0)], "what replaced them was not kept")
            #expect(found.result.weightsDigest == expected.result.weightsDigest)
        }
    }

    /// A limit on the size of files stands for the full disk: the write of the tensors fails half-way.
    @Test func aFullDiskKeepsTheCheckpointBeforeAndSaysSo() throws {
        try withTemporaryFolder { folder in
            let step = try Self.step(folder)
            let expected = try perform(step)
            let place = try #require(step.checkpoints?.folder)
            func files() throws -> [String: Data] {
                let names = try FileManager.default.contentsOfDirectory(atPath: place)
                return try Dictionary(
                    uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: place + "/" + $0))) })
            }
            let newest = try #require(try files().keys.max())
            for name in try files().keys where name.prefix(17) == newest.prefix(17) {
                try FileManager.default.removeItem(atPath: place + "/" + name)
            }
            let before = try files()
            let (stepPath, resultPath, lines) = (folder.path + "/step.json", folder.path + "/result.json", folder.path + "/lines")
            try step.write(to: stepPath)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            // 256 blocks of 512 or 1024 bytes, less than all of the tensors; a write past it is an error and no signal.
            process.arguments = [
                "-c", #"trap "" XFSZ; ulimit -f 256; exec "$0" run-step "$1" "$2" > "$3""#,
                try Program.offprint().executable.path, stepPath, resultPath, lines,
            ]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 0)
            let outcome = try JSONDecoder().decode(
                ChildOutcome.self, from: try Data(contentsOf: URL(fileURLWithPath: resultPath)))
            guard case .finished(let result, _, let predictions) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(result == expected.result && predictions == expected.predictions)
            let output = try String(contentsOfFile: lines, encoding: .utf8)
            #expect(output.contains("resumed") && output.contains("checkpointNotWritten"), "\(output)")
            let after = try files()
            #expect(after == before, "\(after.keys.sorted()), before \(before.keys.sorted())")
            #expect(before.values.contains { $0.count > 256 * 1024 }, "the checkpoint fits below the limit")
        }
    }

    @Test func aCheckpointThatCannotBeWrittenCostsASentence() throws {
        try withTemporaryFolder { folder in
            var step = try Self.step(folder, epochs: 1)
            try Data("a file".utf8).write(to: folder.appendingPathComponent("taken"))
            step.checkpoints?.folder = folder.path + "/taken/here"
            let found = try perform(step)
            #expect(found.result == (try perform(Self.step(folder, checkpoints: false, epochs: 1))).result)
            #expect(found.notices.count == 5, "\(found.notices)")
            for notice in found.notices {
                guard case .checkpointNotWritten(folder.path + "/taken/here", .unwritable) = notice else {
                    Issue.record("\(notice)")
                    return
                }
            }
        }
    }
}
