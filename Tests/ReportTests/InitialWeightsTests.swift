import Datasets
import Foundation
import Kernels
import Networks
import Report
import TestSupport
import Testing

/// Training that starts from given weights.
@Suite struct InitialWeightsTests {
    private func graph(_ block: String = "shuffle") throws -> Graph {
        try NetworkCatalog.graph(block: try #require(NetworkCatalog.block(named: block)), dataset: .digits)
    }

    private func plan(
        _ initial: String, network: String = "shuffle", in folder: URL
    ) throws -> (run: PlannedRun?, problems: [Problem]) {
        let text = """
            ```yaml {train}
            label: a
            dataset: digits
            networks: \(network)
            epochs: 1
            \(initial)
            ```
            """
        let document = try #require(Document.read(Array(text.utf8)).document)
        let (plan, diagnostics) = Plan.make(of: document, imageFolders: [folder])
        return (plan?.runs.first, diagnostics.map(\.problem))
    }

    private func key(_ initial: String, in folder: URL) throws -> String {
        try #require(try plan(initial, in: folder).run).key(datasetDigest: String(repeating: "0", count: 64))
    }

    @Test func theKeyDependsOnTheNumbersAndOnNothingElseOfTheFile() throws {
        try withTemporaryFolder { folder in
            let model = Model(graph: try graph(), seed: 9)
            try ModelFile.write(model, to: folder.appendingPathComponent("own.safetensors"))
            try ModelFile.write(
                model, layout: .pyTorch, metadata: ["run": "x"], to: folder.appendingPathComponent("torch.safetensors"))
            var other = model
            other.parameters[0][0] += 1
            try ModelFile.write(other, to: folder.appendingPathComponent("other.safetensors"))
            let random = try key("", in: folder)
            let own = try key("initial: own.safetensors", in: folder)
            #expect(own != random)
            #expect(try key("initial: torch.safetensors", in: folder) == own)
            #expect(try key("initial: other.safetensors", in: folder) != own)
            // Random weights keep the keys that they had before there was this option.
            let run = try #require(try plan("", in: folder).run)
            #expect(run.initial == nil)
        }
    }

    @Test func aRunGoesOnFromTheWeightsThatItIsGiven() throws {
        try withTemporaryFolder { folder in
            let start = Model(graph: try graph(), seed: 77)
            let file = folder.appendingPathComponent("start.safetensors")
            try ModelFile.write(start, layout: .pyTorch, to: file)
            var step = try RunChildTests.step(folder: folder)
            step.initial = InitialWeights(path: file.path, digest: Digest.ofWeights(start))
            func weights(_ step: ChildStep) throws -> String {
                try ChildRunner.perform(step, instructionSet: .best, clock: RunChildTests.clock()) { _ in }.0.weightsDigest
            }
            let found = try weights(step)

            var expected = start
            let images = try DatasetCatalog.load("digits", folders: [], limit: 48)
            _ = try Trainer.train(
                model: &expected, training: images.training, validation: images.validation,
                configuration: step.configuration, context: KernelContext(threads: 1), clock: { 0 }, progress: { _ in })
            #expect(found == Digest.ofWeights(expected))
            step.initial = nil
            #expect(try weights(step) != found)
        }
    }

    @Test func aFileThatChangedAfterThePlanStopsTheRun() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("start.safetensors")
            try ModelFile.write(Model(graph: try graph(), seed: 1), to: file)
            var step = try RunChildTests.step(folder: folder)
            let digest = String(repeating: "0", count: 64)
            step.initial = InitialWeights(path: file.path, digest: digest)
            let found = Digest.ofWeights(Model(graph: step.graph, seed: 1))
            #expect(throws: ChildError.initialWeights(.changed(path: file.path, expected: digest, found: found))) {
                try ChildRunner.perform(step, instructionSet: .best, clock: RunChildTests.clock()) { _ in }
            }
        }
    }

    @Test func whatCannotBeStartedFromIsSaidBeforeAnythingTrains() throws {
        try withTemporaryFolder { folder in
            let inside = folder.appendingPathComponent("study")
            try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
            let good = folder.appendingPathComponent("good.safetensors")
            try ModelFile.write(Model(graph: try graph(), seed: 1), to: good)
            var broken = Model(graph: try graph(), seed: 1)
            broken.parameters[0][3] = .infinity
            try ModelFile.write(broken, to: inside.appendingPathComponent("infinite.safetensors"))
            try Data("words".utf8).write(to: inside.appendingPathComponent("text.safetensors"))
            try ModelFile.write(
                Model(graph: try graph("plain"), seed: 1), layout: .pyTorch, to: inside.appendingPathComponent("plain.safetensors"))
            try FileManager.default.createSymbolicLink(
                at: inside.appendingPathComponent("link.safetensors"), withDestinationURL: good)
            func fault(_ path: String) throws -> InitialWeightsFault? {
                let problems = try plan("initial: \(path)", in: inside).problems
                guard problems.count == 1, case .initialWeights("shuffle", let fault) = problems[0] else {
                    Issue.record("\(path): \(problems)")
                    return nil
                }
                return fault
            }
            #expect(try fault("none.safetensors") == .notFound(path: "none.safetensors", searched: [inside.path]))
            #expect(try fault("../good.safetensors") == .forbiddenPath("../good.safetensors", .climbs))
            #expect(try fault(good.path) == .forbiddenPath(good.path, .absolute))
            let loop = inside.appendingPathComponent("loop.safetensors")
            try FileManager.default.createSymbolicLink(at: loop, withDestinationURL: loop)
            #expect(try fault("loop.safetensors") == .unreadable(path: loop.path, systemError: ELOOP))
            guard case .forbiddenPath("link.safetensors", .leadsOut)? = try fault("link.safetensors") else {
                Issue.record("a link that leads out")
                return
            }
            guard case .notFinite(_, let tensor)? = try fault("infinite.safetensors") else {
                Issue.record("an infinite weight")
                return
            }
            #expect(tensor == "stem.convolution.weight")
            guard case .file(let cut)? = try fault("text.safetensors"), case .truncated = cut.problem else {
                Issue.record("a file of words")
                return
            }
            guard case .file(let foreign)? = try fault("plain.safetensors") else {
                Issue.record("another network's weights")
                return
            }
            #expect(foreign.path.hasSuffix("study/plain.safetensors"))
            try FileManager.default.createDirectory(
                at: inside.appendingPathComponent("folder.safetensors"), withIntermediateDirectories: true)
            guard case .notAFile? = try fault("folder.safetensors") else {
                Issue.record("a folder")
                return
            }
        }
    }
}
