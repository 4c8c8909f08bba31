import Foundation
import Networks
import Report
import Synchronization
import TestSupport
import Testing

/// Shell scripts play the child: what a real one can do wrong, they do.
@Suite(.serialized) struct RunTests {
    static func step(
        _ network: String, key: Int, timeLimit: Double? = nil, memoryLimit: Int? = nil
    ) -> ChildStep {
        ChildStep(
            run: RunIdentifier(label: "mnist", network: network, seed: 1), key: Sample.key(key),
            graph: Graph(input: FeatureShape(height: 8, width: 8, channels: 1)),
            configuration: TrainingConfiguration(epochs: 2), dataset: "digits", dataFolders: ["/data"], threads: 1,
            timeLimit: timeLimit, memoryLimit: memoryLimit)
    }

    /// A folder with a script that acts on the network's name found in the step file, and whole result files.
    final class Stage: Sendable {
        let folder: String
        let runner: Runner

        init(_ root: URL, script: String, jobs: Int = 1) throws {
            folder = root.path
            let path = folder + "/child.sh"
            try ("#!/bin/sh\nstep=$1\nresult=$2\ncd '\(folder)'\n" + script)
                .write(toFile: path, atomically: true, encoding: .utf8)
            for key in 1...4 {
                try ChildOutcome.finished(Sample.result(key: key), Sample.timing(key: key))
                    .write(to: "\(folder)/good\(key).json")
            }
            runner = Runner(
                executable: "/bin/sh", arguments: [path], jobs: jobs, store: ResultsStore(folder: folder + "/report"),
                machine: Sample.machine, workFolder: folder + "/work")
        }

        func run(_ steps: [ChildStep]) async throws -> (results: Results, events: [RunEvent]) {
            let events = Mutex<[RunEvent]>([])
            let results = try await runner.run(steps) { event in events.withLock { $0.append(event) } }
            return (results, events.withLock { $0 })
        }

        /// The names of the runs that were executed, in order.
        var log: [String] {
            ((try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        }
    }

    static let good = #"key=$(sed -n 's/.*"key": "a*\([0-9]*\)".*/\1/p' "$step"); "#
        + #"name=$(sed -n 's/.*"network": "\([a-z]*\)".*/\1/p' "$step"); echo $name >> log; "#

    @Test func aRunsResultReachesTheLockAndTheTimings() async throws {
        try await withStage(Self.good + "cp good$key.json $result") { stage in
            let (results, events) = try await stage.run([Self.step("plain", key: 1), Self.step("dense", key: 2)])
            #expect(results.failures.isEmpty)
            #expect(results.lock.runs == ["mnist/plain/1": Sample.result(key: 1), "mnist/dense/1": Sample.result(key: 2)])
            #expect(results.timings?.runs.keys.sorted() == ["mnist/dense/1", "mnist/plain/1"])
            #expect(stage.log == ["plain", "dense"])
            #expect(events.first == .started(Self.step("plain", key: 1).run, number: 1, of: 2))
            #expect(try FileManager.default.contentsOfDirectory(atPath: stage.folder + "/work").isEmpty)
        }
    }

    @Test func onlyWhatTheLockLacksIsRun() async throws {
        try await withStage(Self.good + "cp good$key.json $result") { stage in
            _ = try await stage.run([Self.step("plain", key: 1), Self.step("dense", key: 2)])
            let (results, events) = try await stage.run([Self.step("plain", key: 1), Self.step("dense", key: 3)])
            #expect(stage.log == ["plain", "dense", "dense"])
            #expect(events.contains(.cached(Self.step("plain", key: 1).run)))
            #expect(results.lock.runs["mnist/dense/1"]?.key == Sample.key(3))
            #expect(results.timings?.runs["mnist/dense/1"]?.key == Sample.key(3))
        }
    }

    @Test func aMachineOfTheSameNameRewordsTheTimingsOnlyWhenItMeasures() async throws {
        try await withStage(Self.good + "cp good$key.json $result") { stage in
            _ = try await stage.run([Self.step("plain", key: 1)])
            let path = stage.runner.store.timingsPath(machine: Sample.machine.name)
            let before = try String(contentsOfFile: path, encoding: .utf8)
            var other = Sample.machine
            other.processor += " @ 2.80GHz"
            let runner = Runner(
                executable: "/bin/sh", arguments: [stage.folder + "/child.sh"], jobs: 1, store: stage.runner.store,
                machine: other, workFolder: stage.folder + "/work")
            _ = try await runner.run([Self.step("plain", key: 1)]) { _ in }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == before)
            _ = try await runner.run([Self.step("plain", key: 1), Self.step("dense", key: 2)]) { _ in }
            #expect(try runner.store.loadTimings(machine: other.name)?.machine == other)
        }
    }

    @Test func whatThePlanNoLongerHasLeavesTheLock() async throws {
        try await withStage(Self.good + "cp good$key.json $result") { stage in
            _ = try await stage.run([Self.step("plain", key: 1), Self.step("dense", key: 2)])
            _ = try await stage.run([Self.step("dense", key: 2)])
            #expect(try stage.runner.store.loadLock().runs.keys.sorted() == ["mnist/dense/1"])
        }
    }

    @Test func aRenamedRunKeepsItsResultAndEqualKeysRunOnce() async throws {
        try await withStage(Self.good + "cp good$key.json $result") { stage in
            let (first, _) = try await stage.run([Self.step("plain", key: 1), Self.step("copy", key: 1)])
            #expect(stage.log == ["plain"])
            #expect(first.lock.runs.count == 2)
            let (second, _) = try await stage.run([Self.step("renamed", key: 1)])
            #expect(stage.log == ["plain"])
            #expect(second.lock.runs.keys.sorted() == ["mnist/renamed/1"])
        }
    }

    /// One child for every way to fail, between two that do well.
    @Test(arguments: [
        ("exit 3", RunFailure.exited(code: 3, lastWords: "")),
        ("echo oh dear >&2; exit 1", .exited(code: 1, lastWords: "oh dear")),
        ("exit 137", .exited(code: 137, lastWords: "")),
        ("kill -9 $$", .killed(signal: 9, lastWords: "")),
        ("kill -SEGV $$", .killed(signal: 11, lastWords: "")),
        ("exit 0", .noResult),
        ("head -c 300 good2.json > $result", .damagedResult(place: "", problem: "not the result of a run, or cut short")),
        ("head -c 300 good2.json > $result; exit 4", .exited(code: 4, lastWords: "")),
        ("cp good1.json $result", .wrongResult(expectedKey: Sample.key(2), foundKey: Sample.key(1))),
        ("echo '{}' > $result", .damagedResult(place: "", problem: "not the result of a run, or cut short")),
        ("sed 's/\"fileSize\": 4500000/\"fileSize\": -4/' good2.json > $result",
            .damagedResult(place: "runs.mnist/bad/1.fileSize", problem: "is negative: -4")),
        ("cp told.json $result; exit 1", .reported(ChildFailure(kind: .data, message: "no such file"))),
        ("sleep 30 & sleep 30", .outOfTime(limit: 0.3)),
        ("trap '' TERM; while :; do sleep 30; done", .outOfTime(limit: 0.3)),
        ("while :; do echo '{\"epoch\": 1'; echo noise >&2; done", .outOfTime(limit: 0.3)),
    ])
    func aFailureCostsThatRunAlone(script: String, expected: RunFailure) async throws {
        let whole = Self.good + "if [ $name = bad ]; then \(script); else cp good$key.json $result; fi"
        try await withStage(whole) { stage in
            try ChildOutcome.failed(ChildFailure(kind: .data, message: "no such file"))
                .write(to: stage.folder + "/told.json")
            var limit: Double?
            if case .outOfTime(let seconds) = expected { limit = seconds }
            let bad = Self.step("bad", key: 2, timeLimit: limit)
            let (results, events) = try await stage.run([Self.step("plain", key: 1), bad, Self.step("dense", key: 3)])
            #expect(results.failures == [bad.run: expected])
            #expect(events.contains(.failed(bad.run, expected)))
            #expect(results.lock.runs.keys.sorted() == ["mnist/dense/1", "mnist/plain/1"])
            #expect(try stage.runner.store.loadLock() == results.lock)
        }
    }

    @Test func aFailedRunIsTriedAgainAndOnlyThatOne() async throws {
        let script = Self.good + "if [ $name = bad ] && [ ! -e fixed ]; then kill -9 $$; fi; cp good$key.json $result"
        try await withStage(script) { stage in
            let steps = [Self.step("plain", key: 1), Self.step("bad", key: 2)]
            _ = try await stage.run(steps)
            try Data().write(to: URL(fileURLWithPath: stage.folder + "/fixed"))
            let (results, _) = try await stage.run(steps)
            #expect(results.failures.isEmpty)
            #expect(stage.log == ["plain", "bad", "bad"])
        }
    }

    @Test func aChildOverItsMemoryIsEnded() async throws {
        // The shell itself holds more than this.
        try await withStage("sleep 30") { stage in
            let step = Self.step("plain", key: 1, memoryLimit: 64 << 10)
            let (results, _) = try await stage.run([step])
            guard case .outOfMemory(let limit, let used) = results.failures[step.run] else {
                Issue.record("expected outOfMemory, got \(results.failures)")
                return
            }
            #expect(limit == 64 << 10)
            #expect(used > limit)
        }
    }

    @Test func aProgramThatIsNotThereFailsEveryRun() async throws {
        try await withStage("") { stage in
            var runner = stage.runner
            runner.executable = "/nowhere/at/all"
            let results = try await runner.run([Self.step("plain", key: 1)]) { _ in }
            guard case .couldNotStart = results.failures.values.first else {
                Issue.record("expected couldNotStart, got \(results.failures)")
                return
            }
        }
    }

    @Test func progressComesThroughAndNoiseDoesNot() async throws {
        let progress = TrainingProgress(
            epoch: 1, epochs: 2, images: 32, imagesPerEpoch: 4000, imagesPerSecond: 812.5, loss: 2.25, secondsLeft: 9)
        let line = String(decoding: try JSONEncoder().encode(progress), as: UTF8.self)
        try await withStage(Self.good + "echo hello; echo '\(line)'; echo '{}'; cp good$key.json $result") { stage in
            let (_, events) = try await stage.run([Self.step("plain", key: 1)])
            #expect(events.count { if case .progress = $0 { true } else { false } } == 1)
            #expect(events.contains(.progress(Self.step("plain", key: 1).run, progress)))
        }
    }

    @Test func jobsRunAtTheSameTime() async throws {
        // Each waits for the other to have begun.
        let script = Self.good + "touch begun$key; while [ ! -e begun1 ] || [ ! -e begun2 ]; do sleep 0.02; done; "
            + "cp good$key.json $result"
        try await withStage(script, jobs: 2) { stage in
            let (results, _) = try await stage.run([
                Self.step("plain", key: 1, timeLimit: 10), Self.step("dense", key: 2, timeLimit: 10),
            ])
            #expect(results.failures.isEmpty, "\(results.failures)")
        }
    }

    @Test func anInterruptEndsTheChildAndKeepsWhatWasFinished() async throws {
        let script = Self.good + "if [ $name = slow ]; then echo $$ > pid; sleep 30; fi; cp good$key.json $result"
        try await withStage(script) { stage in
            let steps = [Self.step("plain", key: 1), Self.step("slow", key: 2), Self.step("dense", key: 3)]
            let task = Task { try await stage.run(steps) }
            let pidFile = stage.folder + "/pid"
            for _ in 0..<500 where !FileManager.default.fileExists(atPath: pidFile) {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await Task.sleep(for: .milliseconds(50))
            task.cancel()
            let (results, _) = try await task.value
            #expect(results.lock.runs.keys.sorted() == ["mnist/plain/1"])
            #expect(results.failures == [steps[1].run: .interrupted, steps[2].run: .interrupted])
            #expect(try stage.runner.store.loadLock() == results.lock)
            let text = try String(contentsOfFile: pidFile, encoding: .utf8)
            let pid = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(kill(pid, 0) != 0, "the child still runs")
            #expect(stage.log == ["plain", "slow"])
        }
    }

    @Test func anInterruptBeforeAnythingFinishedLeavesTheOldLock() async throws {
        try await withStage(Self.good + "if [ $name = slow ]; then touch pid; sleep 30; fi; cp good$key.json $result") {
            stage in
            _ = try await stage.run([Self.step("plain", key: 1)])
            let before = try stage.runner.store.loadLock()
            let task = Task { try await stage.run([Self.step("slow", key: 2)]) }
            for _ in 0..<500 where !FileManager.default.fileExists(atPath: stage.folder + "/pid") {
                try await Task.sleep(for: .milliseconds(10))
            }
            task.cancel()
            _ = try await task.value
            #expect(try stage.runner.store.loadLock() == before)
        }
    }

    @Test func aDamagedLockStopsEverythingAndIsLeftAlone() async throws {
        try await withStage(Self.good + "cp good$key.json $result") { stage in
            let store = stage.runner.store
            try FileManager.default.createDirectory(atPath: store.folder, withIntermediateDirectories: true)
            try "{\"format\": 1, \"runs\": {".write(toFile: store.lockPath, atomically: true, encoding: .utf8)
            await #expect(throws: ResultsError.self) { try await stage.run([Self.step("plain", key: 1)]) }
            #expect(stage.log.isEmpty)
            #expect(try String(contentsOfFile: store.lockPath, encoding: .utf8) == "{\"format\": 1, \"runs\": {")
        }
    }

    @Test func aStepFileIsReadBackAsWritten() throws {
        try withTemporaryFolder { folder in
            var step = Self.step("plain", key: 1, timeLimit: 1.5, memoryLimit: 1 << 33)
            step.configuration.seed = .max
            step.modelPath = "/a \"b\"\\\u{1}ü/c"
            let path = folder.path + "/step.json"
            try step.write(to: path)
            #expect(try ChildStep.read(from: path) == step)
            #expect(throws: ChildFailure.self) { try ChildStep.read(from: folder.path + "/none.json") }
            try Data(try Data(contentsOf: URL(fileURLWithPath: path)).dropLast(20)).write(to: URL(fileURLWithPath: path))
            #expect(throws: ChildFailure.self) { try ChildStep.read(from: path) }
        }
    }

    @Test func aMachineIsNamedAfterItsProcessorAndCores() {
        let machine = Machine.current
        #expect(machine.cores >= 1)
        #expect(machine.name.hasSuffix(machine.cores == 1 ? "-1-core" : "-\(machine.cores)-cores"))
        #expect(machine.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }, "\(machine.name)")
        #expect(!machine.processor.isEmpty && !machine.system.isEmpty && machine.compiler.hasPrefix("Swift "))
    }

    @Test func modelsAreCachedWhereTheSystemKeepsCaches() {
        #expect(CacheFolder.path(environment: ["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/offprint")
        #expect(CacheFolder.path(environment: ["XDG_CACHE_HOME": "relative", "HOME": "/h"]) == "/h/.cache/offprint")
        #expect(CacheFolder.modelPath(key: "k", in: "/c/offprint") == "/c/offprint/models/k.safetensors")
    }

    private func withStage(
        _ script: String, jobs: Int = 1, _ body: (Stage) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("offprint-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(try Stage(folder, script: script, jobs: jobs))
    }
}
