import Foundation
import TestSupport
import Testing

/// `export`, `predict` and training from a file of weights, as their users see them.
@Suite struct ModelCommandTests {
    private func cell(_ label: String, _ options: String = "", network: String = "shuffle") -> String {
        "```yaml {train}\nlabel: \(label)\ndataset: digits\nnetworks: \(network)\nlimit: 48\nepochs: 1\n\(options)\n```\n"
    }

    /// The program in a folder with a cache of its own.
    private struct Place {
        let folder: URL
        var file: String { folder.path + "/experiment.md" }

        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: file)) }

        func run(_ arguments: [String]) throws -> Program.Outcome {
            try Program.offprint().run(arguments, environment: ["XDG_CACHE_HOME": folder.path + "/cache"], in: folder)
        }

        func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

        /// Of a run, in the lock.
        func weightsDigest(_ run: String) throws -> String? {
            let lock = try JSONSerialization.jsonObject(with: try data("results.lock.json")) as? [String: Any]
            return ((lock?["runs"] as? [String: Any])?[run] as? [String: Any])?["weightsDigest"] as? String
        }
    }

    @Test func exportWritesWhatTheLockStandsForFromTheCacheOrByTrainingAgain() throws {
        try withTemporaryFolder { folder in
            let place = Place(folder: folder)
            try place.write(cell("run"))
            let early = try place.run(["export", place.file, "run/shuffle/1", "-o", "early.onnx"])
            #expect(early.status == 4 && early.errors.contains("offprint render"), "\(early.errors)")
            let rendered = try place.run(["render", place.file, "--threads", "1"])
            #expect(rendered.status == 0, "\(rendered.errors)")
            let digest = try #require(try place.weightsDigest("run/shuffle/1"))

            for (name, format) in [("a.safetensors", "safetensors"), ("a.onnx", "onnx")] {
                let outcome = try place.run(["export", place.file, "run/shuffle/1", "--format", format, "-o", "out/\(name)"])
                #expect(outcome.status == 0 && !outcome.errors.contains("training"), "\(outcome.errors)")
            }
            let weights = try place.data("out/a.safetensors")
            let text = String(decoding: weights.prefix(4000), as: UTF8.self)
            for word in [digest, "\"format\":\"pt\"", "\"layout\":\"OIHW\"", "run/shuffle/1", "head.linear.weight", "running_var"] {
                #expect(text.contains(word) || String(decoding: weights, as: UTF8.self).contains(word), "\(word)")
            }
            #expect(String(decoding: try place.data("out/a.onnx"), as: UTF8.self).contains(digest))

            // The cache has lost it, or holds something else.
            let models = folder.appendingPathComponent("cache/offprint/models")
            let cached = try FileManager.default.contentsOfDirectory(atPath: models.path)
            #expect(cached.count == 1)
            try Data("no model".utf8).write(to: models.appendingPathComponent(cached.first ?? ""))
            let damaged = try place.run(["export", place.file, "run/shuffle/1", "-o", "b.safetensors"])
            #expect(damaged.status == 0 && damaged.errors.contains("training run/shuffle/1 again"), "\(damaged.errors)")
            #expect(try place.data("b.safetensors") == weights)
            try FileManager.default.removeItem(at: models)
            let lost = try place.run(["export", place.file, "run/shuffle/1", "-o", "c.safetensors"])
            #expect(lost.status == 0 && lost.errors.contains("not in the cache"), "\(lost.errors)")
            #expect(try place.data("c.safetensors") == weights)

            // A lock that says something else than what is trained.
            try FileManager.default.removeItem(at: models)
            let lock = String(decoding: try place.data("results.lock.json"), as: UTF8.self)
            let changed = lock.replacing(digest, with: String(repeating: "0", count: 64))
            try Data(changed.utf8).write(to: folder.appendingPathComponent("results.lock.json"))
            let differs = try place.run(["export", place.file, "run/shuffle/1", "-o", "d.safetensors"])
            #expect(differs.status == 3 && differs.errors.contains("the weights differ"), "\(differs.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/d.safetensors"))
        }
    }

    @Test func exportRefusesWhatItCannotDo() throws {
        try withTemporaryFolder { folder in
            let place = Place(folder: folder)
            try place.write(cell("run"))
            for (arguments, words) in [
                (["run/shufle/1", "-o", "a.onnx"], "did you mean 'run/shuffle/1'?"),
                (["run/shuffle/2", "-o", "a.onnx"], "unknown run 'run/shuffle/2'"),
                (["run/shuffle/1", "-o", "a.pt"], "known: safetensors, onnx"),
                (["run/shuffle/1", "--format", "onxx", "-o", "a.onnx"], "cannot be written as 'onxx'"),
                (["run/shuffle/1", "--format", "onnx", "-o", "experiment.md"], "would overwrite its experiment file"),
            ] {
                let outcome = try place.run(["export", place.file] + arguments)
                #expect(outcome.status == 4 && outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["experiment.md"])
        }
    }

    @Test func anExportedModelIsWhereTrainingCanStart() throws {
        try withTemporaryFolder { folder in
            let place = Place(folder: folder)
            try place.write(cell("first"))
            #expect(try place.run(["render", place.file, "--threads", "1"]).status == 0)
            #expect(try place.run(["export", place.file, "first/shuffle/1", "-o", "first.safetensors"]).status == 0)
            try place.write(cell("first") + cell("second", "initial: first.safetensors"))
            let rendered = try place.run(["render", place.file, "--threads", "1"])
            #expect(rendered.status == 0 && rendered.errors.contains("1 of 2 runs trained"), "\(rendered.errors)")
            let digests = try ["first", "second"].map { try place.weightsDigest("\($0)/shuffle/1") }
            #expect(digests[0] != digests[1])
            let verified = try place.run(["verify", place.file, "--threads", "1"])
            #expect(verified.status == 0, "\(verified.errors)")

            // Folded, it has other tensors than the network.
            #expect(
                try place.run(["export", place.file, "first/shuffle/1", "-o", "folded.safetensors", "--fold-batch-norm"])
                    .status == 0)
            try place.write(cell("second", "initial: folded.safetensors"))
            let folded = try place.run(["render", place.file])
            #expect(folded.status == 4, "\(folded.errors)")
            #expect(folded.errors.contains("experiment.md:7:10: error: block 'shuffle' cannot start from these weights"), "\(folded.errors)")
            #expect(folded.errors.contains("lacks tensor '"), "\(folded.errors)")
        }
    }

    @Test func predictAnswersEachImageAndNamesThoseItCannotRead() throws {
        try withTemporaryFolder { folder in
            let place = Place(folder: folder)
            try place.write(cell("run"))
            #expect(try place.run(["render", place.file, "--threads", "1"]).status == 0)
            try redPicture.write(to: folder.appendingPathComponent("red.png"))
            try bluePicture.write(to: folder.appendingPathComponent("blue.png"))
            try Data("no picture".utf8).write(to: folder.appendingPathComponent("text.png"))
            let images = ["red.png", "text.png", "blue.png", "none.png"]
            let outcome = try place.run(["predict", place.file, "run/shuffle/1", "--json"] + images)
            #expect(outcome.status == 4 && outcome.lines.count == 2, "\(outcome.output)\(outcome.errors)")
            #expect(outcome.errors.contains("text.png") && outcome.errors.contains("none.png"), "\(outcome.errors)")
            for (line, image) in zip(outcome.lines, ["red.png", "blue.png"]) {
                let answer = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let probabilities = try #require(answer["probabilities"] as? [Double])
                let logits = try #require(answer["logits"] as? [Double])
                let classes = try #require(answer["classes"] as? [String])
                #expect(answer["image"] as? String == image)
                #expect(classes == (0...9).map(String.init) && logits.count == 10)
                #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
                let best = try #require(probabilities.indices.max { probabilities[$0] < probabilities[$1] })
                #expect(logits.indices.max { logits[$0] < logits[$1] } == best)
                #expect(answer["class"] as? String == classes[best])
            }
            // An answer does not depend on the images beside it, and people see the same.
            let alone = try place.run(["predict", place.file, "run/shuffle/1", "blue.png", "--json", "--threads", "2"])
            #expect(alone.status == 0 && alone.lines == [outcome.lines.last ?? ""], "\(alone.output)")
            let table = try place.run(["predict", place.file, "run/shuffle/1", "red.png", "blue.png"])
            #expect(table.status == 0 && table.lines.count == 3, "\(table.output)")
            #expect(table.lines.allSatisfy { $0.hasPrefix("image") || $0.components(separatedBy: " %").count == 4 })
        }
    }
}
