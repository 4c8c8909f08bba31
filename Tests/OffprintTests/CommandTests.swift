import Foundation
import TestSupport
import Testing

/// The program as other programs call it.
@Suite struct CommandTests {
    private func write(_ text: String, in folder: URL) throws -> URL {
        let file = folder.appendingPathComponent("experiment.md")
        try Data(text.utf8).write(to: file)
        return file
    }

    @Test func versionIsOneJSONObject() throws {
        let outcome = try Program.offprint().run(["version", "--json"])
        #expect(outcome.status == 0)
        let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        #expect(value?["tool"] != nil && value?["instruction_set"] != nil && value?["libraries"] != nil)
    }

    @Test func networksShowGivesTheCountsOfTheStudy() throws {
        let outcome = try Program.offprint().run(["networks", "show", "shuffle", "--dataset", "mnist", "--json"])
        #expect(outcome.status == 0)
        let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        #expect(value?["parameters"] as? Int == 25_162)
        #expect(value?["multiply_adds"] as? Int == 1_556_736)
    }

    @Test func unknownBlockIsBadInputWithTheNearestWord() throws {
        let outcome = try Program.offprint().run(["networks", "show", "shufle", "--dataset", "mnist"])
        #expect(outcome.status == 4)
        #expect(outcome.errors.contains("did you mean 'shuffle'?"), "\(outcome.errors)")
    }

    @Test func unknownInstructionSetAndOptionAreBadInput() throws {
        let program = try Program.offprint()
        #expect(try program.run(["version"], environment: ["OFFPRINT_ISA": "mmx"]).status == 4)
        #expect(try program.run(["version", "--colour"]).status == 4)
        #expect(try program.run(["render", "/no/such/file.md"]).status == 4)
    }

    @Test func benchKernelsMeasuresOneLayer() throws {
        let layer = "n=2,c=16,k=16,h=8,w=8,r=3,stride=1,groups=1"
        let outcome = try Program.offprint().run(["bench", "kernels", "--layer", layer, "--threads", "1", "--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines.count == 3)
        for line in outcome.lines {
            let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            for key in ["name", "pass", "n", "c", "k", "h", "w", "r", "stride", "groups", "algorithm", "ms", "gflops"] {
                #expect(row?[key] != nil, "\(key) in \(line)")
            }
        }
    }

    @Test func benchNetworksMeasuresOneNetwork() throws {
        let arguments = [
            "bench", "networks", "--dataset", "mnist", "--block", "shuffle", "--batch", "2", "--threads", "1",
            "--seconds", "0.02",
        ]
        let outcome = try Program.offprint().run(arguments + ["--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines.count == 1)
        let row = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        #expect(row?["dataset"] as? String == "mnist" && row?["block"] as? String == "shuffle")
        #expect(row?["batch"] as? Int == 2 && row?["threads"] as? Int == 1)
        for key in ["train_images_per_second", "inference_images_per_second", "single_image_ms", "peak_rss_mib"] {
            #expect(row?[key] as? Double ?? 0 > 0, "\(key) in \(outcome.output)")
        }
        let profile = try Program.offprint().run(arguments + ["--profile"])
        #expect(profile.status == 0 && profile.output.contains("batchNorm"), "\(profile.output)")
    }

    @Test func benchNetworksRefusesWhatItDoesNotKnow() throws {
        let program = try Program.offprint()
        let block = try program.run(["bench", "networks", "--block", "shufle"])
        #expect(block.status == 4 && block.errors.contains("did you mean 'shuffle'?"), "\(block.errors)")
        #expect(try program.run(["bench", "networks", "--dataset", "mnits"]).status == 4)
        #expect(try program.run(["bench", "networks", "--batch", "0"]).status == 4)
        #expect(try program.run(["bench", "networks", "--threads", "0"]).status == 4)
    }

    @Test func benchKernelsForcesAnAlgorithmAndFillsInTheRest() throws {
        let program = try Program.offprint()
        for algorithm in ["fft", "direct"] {
            let arguments = ["--layer", "n=2,c=4,k=4,h=12,r=5", "--algorithm", algorithm, "--threads", "2", "--json"]
            let outcome = try program.run(["bench", "kernels"] + arguments)
            #expect(outcome.status == 0, "\(outcome.errors)")
            for line in outcome.lines {
                let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(row?["algorithm"] as? String == algorithm, "\(line)")
                #expect(row?["w"] as? Int == 12 && row?["groups"] as? Int == 1, "\(line)")
            }
        }
    }

    @Test(arguments: [
        (["--layer", "c=4,k=4,h=12,r=5,stride=2", "--algorithm", "fft"], "fft cannot compute"),
        (["--layer", "c=4,k=4,h=12,r=5", "--algorithm", "ftt"], "did you mean 'fft'?"),
        (["--layer", "c=4,k=4,h=12"], "--layer needs r"),
        (["--layer", "c=4,k=4,h=12,r=5,h=3"], "'h' is given twice"),
        (["--layer", "c=4,k=4,h=12,r=x"], "is not name=number"),
        (["--layer", "c=4,k=4,h=12,r=-5"], "the size of the kernel (r) must be at least 1"),
        (["--layer", "c=4,k=4,h=2,r=5,padding=0"], "does not fit an image of height 2"),
        (["--layer", "c=4,k=6,h=12,r=5,groups=4"], "multiple of the 4 groups"),
        (["--layer", "c=4096,k=4096,h=5000,r=5"], "of memory; this machine has"),
        (["--layer", "c=4,k=4,h=12,r=5,padding=9000000000000000000"], "too large"),
    ]) func badBenchArgumentsAreBadInput(arguments: [String], words: String) throws {
        let outcome = try Program.offprint().run(["bench", "kernels"] + arguments)
        #expect(outcome.status == 4)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test func everyMistakeIsReportedAtOnceAndNothingIsWritten() throws {
        let text = """
            ---
            title: Mistakes
            ---
            ```yaml {train}
            label: a
            dataset: mnits
            networks: [residul]
            epochs: 0
            epohcs: 3
            ```
            ```yaml {train}
            dataset: digits
            networks: all
            epochs: 1
            ```
            ```yaml {plot}
            label: a
            data: b
            y: valid.acuracy
            ```
            ![none](fig:nowhere)
            ```yaml {plott}
            label: c
            ```
            ```yaml {table}
            label: [
            ```
            """
        try withTemporaryFolder { folder in
            let file = try write(text, in: folder)
            let outcome = try Program.offprint().run(["render", file.path, "-P", "epochs=2"])
            #expect(outcome.status == 4, "\(outcome.errors)")
            let expected = [
                ":6:10: error: unknown dataset 'mnits'; did you mean 'mnist'?",
                ":7:12: error: unknown block 'residul'; did you mean 'residual'?", ":8:9: error: 'epochs' is 0",
                ":9:1: error: unknown option of a {train} cell 'epohcs'; did you mean 'epochs'?",
                ":11:1: error: a {train} cell needs 'label'", ":17:8: error: the label 'a' is given twice",
                ":19:4: error: unknown measure 'valid.acuracy'", "unknown figure 'nowhere'", "unknown kind of cell 'plott'",
                "broken YAML", "unknown parameter 'epochs'",
            ]
            for words in expected { #expect(outcome.errors.contains(words), "\(words) in:\n\(outcome.errors)") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["experiment.md"])
        }
    }

    @Test(arguments: [Data(), Data([0x23, 0x20, 0xFF, 0x0A])]) func emptyAndForeignFilesAreBadInput(bytes: Data) throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("experiment.md")
            try bytes.write(to: file)
            let outcome = try Program.offprint().run(["render", file.path])
            #expect(outcome.status == 4)
            #expect(outcome.errors.contains("experiment.md:1:"), "\(outcome.errors)")
        }
    }

    /// Trains the same small study on every instruction set and on one and two threads.
    @Test func theLockIsTheSameOnEveryInstructionSetAndThreadCount() throws {
        let text = """
            ```yaml {train}
            label: tiny
            dataset: digits
            networks: shuffle
            epochs: 1
            limit: 64
            ```
            {{ tiny.shuffle.valid.accuracy }}
            """
        var locks: [String: Data] = [:]
        for (set, threads) in [("portable", 2), ("avx2", 1), ("avx512", 1), ("avx512", 2), ("neon", 2)] {
            try withTemporaryFolder { folder in
                let file = try write(text, in: folder)
                let outcome = try Program.offprint().run(
                    ["render", file.path, "--threads", "\(threads)"], environment: ["OFFPRINT_ISA": set])
                if outcome.status == 4 { return }  // another processor's
                #expect(outcome.status == 0, "\(set): \(outcome.errors)")
                locks["\(set)/\(threads)"] = try Data(
                    contentsOf: folder.appendingPathComponent("results.lock.json"))
                let before = try Data(contentsOf: folder.appendingPathComponent("README.md"))
                let frozen = try Program.offprint().run(["render", file.path, "--frozen"])
                #expect(frozen.status == 0, "\(frozen.errors)")
                #expect(try Data(contentsOf: folder.appendingPathComponent("README.md")) == before)
            }
        }
        #expect(locks.count >= 2)
        #expect(Set(locks.values).count == 1, "\(locks.keys.sorted())")
    }

    @Test func frozenSaysWhichResultIsMissing() throws {
        try withTemporaryFolder { folder in
            let file = try write(
                "```yaml {train}\nlabel: t\ndataset: digits\nnetworks: shuffle\nepochs: 1\n```\n", in: folder)
            let outcome = try Program.offprint().run(["render", file.path, "--frozen"])
            #expect(outcome.status == 4)
            #expect(outcome.errors.contains("t/shuffle/1"), "\(outcome.errors)")
        }
    }
}
