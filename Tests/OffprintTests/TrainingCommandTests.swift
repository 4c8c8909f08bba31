import Foundation
import TestSupport
import Testing

/// What goes wrong while runs are trained, as the one who started them sees it.
@Suite struct TrainingCommandTests {
    private func render(_ text: String, in folder: URL) throws -> Program.Outcome {
        let file = folder.appendingPathComponent("experiment.md")
        try Data(text.utf8).write(to: file)
        return try Program.offprint().run(
            ["render", file.path, "--threads", "1"], environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
    }

    private func cell(_ label: String, _ options: String) -> String {
        "```yaml {train}\nlabel: \(label)\ndataset: digits\nnetworks: shuffle\nlimit: 48\n\(options)\n```\n"
    }

    private func lockedRuns(_ folder: URL) throws -> [String] {
        let data = try Data(contentsOf: folder.appendingPathComponent("results.lock.json"))
        let lock = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (lock?["runs"] as? [String: Any])?.keys.sorted() ?? []
    }

    @Test func aLossThatIsNotFiniteNamesItsPlaceAndCostsThatRunAlone() throws {
        try withTemporaryFolder { folder in
            let outcome = try render(
                cell("wild", "epochs: 4\noptimizer: {kind: sgd, rate: 1e+30}\nschedule: {kind: constant}")
                    + cell("good", "epochs: 1"), in: folder)
            #expect(outcome.status == 2, "\(outcome.errors)")
            let words = outcome.errors.split(separator: "\n").first { $0.contains("failed wild/shuffle/1") }
            for part in ["the loss was not finite in epoch 1, step ", "at a learning rate of 1e+30", "that of '"] {
                #expect(words?.contains(part) == true, "\(part) in \(outcome.errors)")
            }
            #expect(try lockedRuns(folder) == ["good/shuffle/1"])
            #expect(try String(contentsOf: folder.appendingPathComponent("README.md"), encoding: .utf8).contains("not finite"))
            let checkpoints = folder.path + "/cache/offprint/checkpoints"
            #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints).isEmpty)
        }
    }

    @Test(arguments: ["time-limit: 0.2s", "memory-limit: 1MB"])
    func aRunOutOfTimeOrMemoryIsStatusFiveAndTheOthersGoOn(limit: String) throws {
        try withTemporaryFolder { folder in
            let outcome = try render(cell("long", "epochs: 500\n\(limit)") + cell("good", "epochs: 1"), in: folder)
            #expect(outcome.status == 5, "\(outcome.errors)")
            #expect(outcome.errors.contains("failed long/shuffle/1"), "\(outcome.errors)")
            #expect(try lockedRuns(folder) == ["good/shuffle/1"])
        }
    }

    @Test func verifyAndDiffFindWhatIsNotAsItWas() throws {
        let program = try Program.offprint()
        try withTemporaryFolder { folder in
            let text = cell("run", "epochs: 1\nseeds: [1, 2, 3]")
            #expect(try render(text, in: folder).status == 0)
            let file = folder.path + "/experiment.md"
            let lock = folder.appendingPathComponent("results.lock.json")
            let good = try Data(contentsOf: lock)
            let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            let verified = try program.run(["verify", file, "--sample", "2", "--threads", "1"])
            #expect(verified.status == 0 && verified.errors.contains("2 of 2 runs are equal"), "\(verified.errors)")
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() == before)

            let old = folder.appendingPathComponent("old.json")
            try good.write(to: old)
            let same = try program.run(["diff", old.path, folder.path])
            #expect(same.status == 0 && same.output.isEmpty, "\(same.output)\(same.errors)")
            var changed = String(decoding: good, as: UTF8.self)
            let digest = try #require(changed.range(of: "\"weightsDigest\": \"")).upperBound
            changed.replaceSubrange(digest...digest, with: changed[digest] == "0" ? "1" : "0")
            try Data(changed.utf8).write(to: lock)
            let differs = try program.run(["diff", old.path, lock.path, "--json"])
            #expect(differs.status == 3 && differs.lines.count == 1, "\(differs.output)")
            #expect(differs.output.contains("\"run\":\"run/shuffle/1\"") && differs.output.contains("weightsDigest"))
            let refuted = try program.run(["verify", file, "--threads", "1"])
            #expect(refuted.status == 3, "\(refuted.errors)")
            #expect(refuted.lines.count == 1 && refuted.output.contains("run/shuffle/1: weightsDigest was "))
            #expect(try program.run(["diff", old.path, folder.path + "/none"]).status == 4)
        }
    }

    /// Predictions and pictures are kept beside the lock: what is lost is made again, and with `--frozen` is missed.
    @Test func figuresOfPredictionsComeFromFilesBesideTheLock() throws {
        let text =
            cell("run", "epochs: 1") + "```yaml {plot}\nlabel: confusion\ndata: run\nshow: confusion\n```\n"
            + "```yaml {plot}\nlabel: calibration\ndata: run\nshow: calibration\n```\n"
            + "```yaml {images}\nlabel: mistakes\ndata: run\nshow: mistakes\ncount: 6\n```\n"
            + "```yaml {images}\nlabel: samples\ndataset: digits\ncount: 6\n```\n"
        try withTemporaryFolder { folder in
            let first = try render(text, in: folder)
            #expect(first.status == 0, "\(first.errors)")
            let file = folder.path + "/experiment.md"
            let frozen = try Program.offprint().run(["render", file, "--frozen"])
            #expect(frozen.status == 0 && frozen.errors.contains("is up to date"), "\(frozen.errors)")
            let figure = try Program.offprint().run(["figure", file, "mistakes", "-o", folder.path + "/m.svg"])
            #expect(figure.status == 0, "\(figure.errors)")

            let report = try Data(contentsOf: folder.appendingPathComponent("README.md"))
            try FileManager.default.removeItem(atPath: folder.path + "/samples/mistakes.json")
            let unseen = try Program.offprint().run(["render", file, "--frozen"])
            #expect(unseen.status == 4 && unseen.errors.contains("'mistakes' needs the images of 'digits'"), "\(unseen.errors)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("README.md")) == report)

            let lock = try Data(contentsOf: folder.appendingPathComponent("results.lock.json"))
            let said = folder.appendingPathComponent("predictions")
            let kept = try #require(try FileManager.default.contentsOfDirectory(atPath: said.path).first)
            try Data("{".utf8).write(to: said.appendingPathComponent(kept))
            let damaged = try Program.offprint().run(["render", file, "--frozen"])
            #expect(damaged.status == 4 && damaged.errors.contains("\(kept): damaged"), "\(damaged.errors)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("README.md")) == report)

            try FileManager.default.removeItem(atPath: folder.path + "/predictions")
            let lost = try Program.offprint().run(["render", file, "--frozen"])
            #expect(lost.status == 4 && lost.errors.contains("what run/shuffle/1 said of each image"), "\(lost.errors)")
            let plan = try Program.offprint().run(["plan", file])
            #expect(plan.output.contains("a figure shows its predictions"), "\(plan.output)")
            let again = try render(text, in: folder)
            #expect(again.status == 0 && again.errors.contains("1 of 1 runs trained"), "\(again.errors)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("results.lock.json")) == lock)
            #expect(try Data(contentsOf: folder.appendingPathComponent("README.md")) == report)
        }
    }

    /// A run that is ended by its time limit goes on when the report is rendered again, until it has finished.
    @Test func aRunGoesOnWhereItStopped() throws {
        let options = "epochs: 12\nrecipe: modern\nbatch: 16\ncheckpoint: 0.01s\n"
        try withTemporaryFolder { folder in
            let whole = try render(cell("run", options), in: folder)
            #expect(whole.status == 0, "\(whole.errors)")
            let lock = try Data(contentsOf: folder.appendingPathComponent("results.lock.json"))
            let predictions = folder.appendingPathComponent("predictions")
            let names = try FileManager.default.contentsOfDirectory(atPath: predictions.path)
            #expect(names.count == 1, "\(names)")
            let said = try Data(contentsOf: predictions.appendingPathComponent(names.first ?? ""))

            let cut = folder.appendingPathComponent("cut")
            try FileManager.default.createDirectory(at: cut, withIntermediateDirectories: true)
            var goesOn = false
            for attempt in 0..<40 {
                let limit = attempt < 30 ? "time-limit: 0.6s" : ""
                let outcome = try render(cell("run", options + limit), in: cut)
                goesOn = goesOn || outcome.errors.contains("going on from a checkpoint in epoch")
                if outcome.status == 0 { break }
                #expect(outcome.status == 5, "\(outcome.errors)")
                #expect(outcome.errors.contains("0 of 1 runs trained"), "\(outcome.errors)")
            }
            #expect(try Data(contentsOf: cut.appendingPathComponent("results.lock.json")) == lock)
            #expect(try Data(contentsOf: cut.appendingPathComponent("predictions/\(names.first ?? "")")) == said)
            // A machine so fast that no limit was met has shown nothing.
            if !goesOn { print("SKIPPED: no run was stopped by its time limit") }
            let left = try FileManager.default.contentsOfDirectory(atPath: cut.path + "/cache/offprint/checkpoints")
            #expect(left.isEmpty, "\(left)")
        }
    }
}
