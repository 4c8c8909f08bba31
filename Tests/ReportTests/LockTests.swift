import Foundation
import Networks
import Report
import TestSupport
import Testing

@Suite struct LockTests {
    @Test func aLockIsReadBackToTheSameBits() throws {
        var lock = ResultsLock(runs: ["mnist/residual/1": Sample.result(accuracies: [0.1 + 0.2, 1.0 / 3.0, 1])])
        lock.runs["mnist/residual/1"]?.epochs[0].trainLoss = .leastNonzeroMagnitude
        lock.runs["mnist/residual/1"]?.epochs[1].trainLoss = 1.7976931348623157e308
        lock.runs["mnist/residual/1"]?.epochs[2].trainLoss = 123456789.123456789
        let bytes = try lock.fileBytes()
        let read = try ResultsLock(fileBytes: bytes, path: "x")
        #expect(read == lock)
        #expect(try read.fileBytes() == bytes)
    }

    @Test func theFileIsWrittenAsItHasAlwaysBeen() throws {
        let lock = ResultsLock(runs: [
            "mnist/residual/1": Sample.result(accuracies: [0.9]), "mnist/Plain/10": Sample.result(key: 2, accuracies: []),
        ])
        let digest = Sample.digest
        #expect(
            String(decoding: try lock.fileBytes(), as: UTF8.self) == """
                {
                  "format": 1,
                  "runs": {
                    "mnist/Plain/10": {
                      "algorithms": {"direct": 2, "winograd": 7},
                      "datasetDigest": "\(digest)",
                      "epochs": [],
                      "fileSize": 4500000,
                      "key": "\(Sample.key(2))",
                      "multiplyAdds": 55207424,
                      "parameters": 1120970,
                      "trainImages": 4000,
                      "validImages": 1000,
                      "weightsDigest": "\(digest)"
                    },
                    "mnist/residual/1": {
                      "algorithms": {"direct": 2, "winograd": 7},
                      "datasetDigest": "\(digest)",
                      "epochs": [
                        {"epoch": 1, "trainAccuracy": 0.85, "trainLoss": 0.5, "validAccuracy": 0.9, "validLoss": 0.30000000000000004}
                      ],
                      "fileSize": 4500000,
                      "key": "\(Sample.key(1))",
                      "multiplyAdds": 55207424,
                      "parameters": 1120970,
                      "trainImages": 4000,
                      "validImages": 1000,
                      "weightsDigest": "\(digest)"
                    }
                  }
                }

                """)
    }

    @Test func aDivergedRunSurvivesItsFile() throws {
        var result = Sample.result(accuracies: [0.1, 0.1, 0.1])
        result.epochs[0].trainLoss = .nan
        result.epochs[1].trainLoss = .infinity
        result.epochs[2].trainLoss = -0.0
        let bytes = try ResultsLock(runs: ["a/b/1": result]).fileBytes()
        let read = try #require(try ResultsLock(fileBytes: bytes, path: "x").runs["a/b/1"])
        #expect(read.epochs[0].trainLoss.isNaN)
        #expect(read.epochs[1].trainLoss == .infinity)
        #expect(read.epochs[2].trainLoss.sign == .minus)
        #expect(try ResultsLock(runs: ["a/b/1": read]).fileBytes() == bytes)
    }

    @Test func doublesOfEveryMagnitudeAreExact() throws {
        var state: UInt64 = 7
        for _ in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: state)
            guard value.isFinite else { continue }
            var result = Sample.result(accuracies: [0.5])
            result.epochs[0].validLoss = value
            let bytes = try ResultsLock(runs: ["a/b/1": result]).fileBytes()
            let read = try ResultsLock(fileBytes: bytes, path: "x").runs["a/b/1"]?.epochs[0].validLoss
            #expect(read?.bitPattern == value.bitPattern, "wrote \(value), read \(read as Any)")
        }
    }

    // MARK: Damage

    @Test func everyCutOfALockIsAnErrorAndNoTrap() throws {
        let bytes = try ResultsLock(runs: ["a/b/1": Sample.result()]).fileBytes()
        for length in 0..<(bytes.count - 2) {
            #expect(throws: StoredFileError.self, "cut to \(length) bytes") {
                try ResultsLock(fileBytes: bytes.prefix(length), path: "x")
            }
        }
    }

    @Test func damageIsNamedWithItsPlace() throws {
        let good = String(decoding: try ResultsLock(runs: ["a/b/1": Sample.result()]).fileBytes(), as: UTF8.self)
        func problem(_ change: (inout String) -> Void) -> StoredFileError? {
            var text = good
            change(&text)
            #expect(text != good)
            do throws(StoredFileError) {
                _ = try ResultsLock(fileBytes: Data(text.utf8), path: "x.json")
                return nil
            } catch {
                return error
            }
        }
        #expect(
            problem { $0 = $0.replacingOccurrences(of: "\"parameters\": 1120970", with: "\"parameters\": \"many\"") }
                == .damaged(path: "x.json", place: "runs.a/b/1.parameters", problem: "is not a whole number"))
        #expect(
            problem { $0 = $0.replacingOccurrences(of: "\"parameters\": 1120970,", with: "") }
                == .damaged(path: "x.json", place: "runs.a/b/1.parameters", problem: "is missing"))
        #expect(
            problem { $0 = $0.replacingOccurrences(of: "\"epoch\": 2", with: "\"epoch\": 3") }
                == .damaged(
                    path: "x.json", place: "runs.a/b/1.epochs.1.epoch", problem: "is 3 where epoch 2 stands"))
        #expect(
            problem { $0 = $0.replacingOccurrences(of: "\"fileSize\": 4500000", with: "\"fileSize\": -1") }
                == .damaged(path: "x.json", place: "runs.a/b/1.fileSize", problem: "is negative: -1"))
        #expect(
            problem { $0 = $0.replacingOccurrences(of: "a/b/1", with: "b") }
                == .damaged(path: "x.json", place: "runs.b", problem: "is not of the form label/network/seed"))
        #expect(
            problem { $0 = $0.replacingOccurrences(of: Sample.key(1), with: "short") }
                == .damaged(
                    path: "x.json", place: "runs.a/b/1.key", problem: "is not 64 hexadecimal digits in lower case"))
        #expect(
            problem { $0 = $0.replacingOccurrences(of: "\"format\": 1", with: "\"format\": 99") }
                == .unknownFormat(path: "x.json", found: 99, supported: 1))
    }

    @Test(arguments: ["{}", "[]", "7", "\"runs\"", "{\"format\": 1}", "{\"format\": 1, \"runs\": []}", "{\"runs\": {}}", "null"])
    func anotherProgramsFileIsForeign(text: String) {
        #expect(throws: StoredFileError.foreign(path: "x", expected: .lock)) {
            try ResultsLock(fileBytes: Data(text.utf8), path: "x")
        }
    }

    @Test(arguments: [
        Data(), Data("{".utf8), Data([0xff, 0xfe, 0x00]), Data(repeating: 0x5b, count: 100_000),
        Data("{\"format\": 1, \"runs\": {".utf8), Data("<<<<<<< HEAD\n".utf8),
    ])
    func whatIsNoJSONIsNamedSo(bytes: Data) {
        #expect(throws: StoredFileError.self) { try ResultsLock(fileBytes: bytes, path: "x") }
    }

    // MARK: Timings

    @Test func timingsAreKeptToFourDigits() throws {
        var run = Sample.timing()
        run.inferenceCPU = [0.00123456789, 0, 12.34567]
        let bytes = try Timings(machine: Sample.machine, runs: ["a/b/1": run]).fileBytes()
        let read = try #require(try Timings(fileBytes: bytes, path: "x").runs["a/b/1"])
        #expect(read.inferenceCPU == [0.001235, 0, 12.35])
        #expect(try Timings(fileBytes: bytes, path: "x").fileBytes() == bytes)
    }

    @Test func aTimingThatIsNoTimeIsDamage() throws {
        var run = Sample.timing()
        run.inferenceCPU = [-1]
        let bytes = try Timings(machine: Sample.machine, runs: ["a/b/1": run]).fileBytes()
        #expect(throws: StoredFileError.damaged(path: "x", place: "runs.a/b/1.inferenceCPU.0", problem: "is no time: -1.0")) {
            try Timings(fileBytes: bytes, path: "x")
        }
    }

    @Test func savingTimingsNeverTouchesTheLock() throws {
        try withTemporaryFolder { folder in
            let store = ResultsStore(folder: folder.path)
            try store.save(ResultsLock(runs: ["a/b/1": Sample.result()]))
            let before = try Data(contentsOf: URL(fileURLWithPath: store.lockPath))
            try store.save(Timings(machine: Sample.machine, runs: ["a/b/1": Sample.timing(milliseconds: 5)]))
            try store.save(Timings(machine: Sample.machine, runs: ["a/b/1": Sample.timing(milliseconds: 7)]))
            #expect(try Data(contentsOf: URL(fileURLWithPath: store.lockPath)) == before)
        }
    }

    // MARK: The folder

    @Test func anUnchangedLockIsNotWrittenAgain() throws {
        try withTemporaryFolder { folder in
            let store = ResultsStore(folder: folder.path + "/new")
            let lock = ResultsLock(runs: ["a/b/1": Sample.result()])
            let first = try store.save(lock)
            let second = try store.save(lock)
            #expect(first && !second)
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder) == ["results.lock.json"])
        }
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        try withTemporaryFolder { folder in
            // A folder stands where the lock should go: the rename fails after the temporary file was written.
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("results.lock.json/full"), withIntermediateDirectories: true)
            let store = ResultsStore(folder: folder.path)
            #expect(throws: StoredFileError.self) { try store.save(ResultsLock()) }
            #expect(throws: StoredFileError.self) { try store.loadLock() }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["results.lock.json"])
        }
    }

    @Test func timingsComeFromTheNamedMachineElseThisOneElseTheFirstThatTimedAll() throws {
        try withTemporaryFolder { folder in
            let store = ResultsStore(folder: folder.path)
            let lock = ResultsLock(runs: ["a/b/1": Sample.result(), "a/c/1": Sample.result(key: 2)])
            try store.save(lock)
            #expect(try store.load(machine: nil, thisMachine: "here").timings == nil)
            func save(_ name: String, _ runs: [String: RunTiming]) throws {
                var machine = Sample.machine
                machine.name = name
                try store.save(Timings(machine: machine, runs: runs))
            }
            func chosen(_ wanted: String?) throws -> String? {
                try store.load(machine: wanted, thisMachine: "here").timings?.machine.name
            }
            let all = ["a/b/1": Sample.timing(), "a/c/1": Sample.timing(key: 2)]
            try save("zebra", all)
            #expect(try chosen(nil) == "zebra")
            try save("ant", ["a/b/1": Sample.timing()])
            #expect(try chosen(nil) == "zebra")
            try save("here", ["a/b/1": Sample.timing()])
            #expect(try chosen(nil) == "zebra")
            try save("here", all)
            #expect(try chosen(nil) == "here")
            #expect(try chosen("ant") == "ant")
            #expect(throws: ResultsError.unknownMachine(name: "cow", known: ["ant", "here", "zebra"])) {
                try chosen("cow")
            }
            #expect(throws: ResultsError.self) { try chosen("../timings/ant") }
        }
    }
}
