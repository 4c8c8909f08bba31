import Datasets
import Exchange
import Foundation
import Kernels
import Networks
import TestSupport
import Testing

/// Exported networks as another program runs them: `onnx` checks the files, `onnxruntime` answers, and its answers are
/// ours. Both are in `.venv-test`, which `scripts/test` sets up; `OFFPRINT_TEST_PYTHON` names another Python that has
/// them.
@Suite struct ONNXRuntimeTests {
    /// The largest difference between two logits.
    private static let tolerance = 1e-4

    @Test func everyBlockAnswersRealImagesAsOnnxruntimeDoes() throws {
        guard let python = Python.find(for: "logits of every block against onnxruntime") else { return }
        try withTemporaryFolder { folder in
            var cases: [Case] = []
            for (name, images) in try Self.imageSets() {
                let shape = (images.height, images.width, images.channels)
                let widths = DatasetShape.named("mnist")?.widths ?? []
                for block in NetworkCatalog.blocks {
                    let graph = try ExchangeFixtures.graph(block, shape, widths: widths)
                    let model = try ExchangeFixtures.trained(ExchangeFixtures.model(graph, seed: 3), on: images)
                    cases += try Case.write(model, images.prefix(5), "\(name)-\(block.name)", folder)
                }
            }
            // Colour, odd sizes and every form of every layer, on noise.
            let every = try ExchangeFixtures.everyLayer()
            cases += try Case.write(
                ExchangeFixtures.model(every, seed: 4), ExchangeFixtures.noise(every.inputShape, count: 5, classes: 4),
                "every-layer", folder)
            let shuffle = try #require(NetworkCatalog.block(named: "shuffle"))
            for name in ["cifar10", "stl10", "food101"] {
                let set = try #require(DatasetCatalog.named(name))
                let graph = try ExchangeFixtures.graph(
                    shuffle, (set.height, set.width, set.channels), widths: DatasetShape.named(name)?.widths ?? [],
                    classes: set.classNames.count)
                let noise = ExchangeFixtures.noise(graph.inputShape, count: 2, classes: set.classNames.count)
                cases += try Case.write(ExchangeFixtures.model(graph, seed: 4), noise, "noise-\(name)", folder)
            }
            try JSONEncoder().encode(cases).write(to: folder.appendingPathComponent("cases.json"))
            let script = packageRoot.appendingPathComponent("Tests/ExchangeTests/check_onnx.py").path
            let outcome = try Program(executable: python).run([script, folder.path])
            let reports = try outcome.lines.map { try JSONDecoder().decode(Report.self, from: Data($0.utf8)) }
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(reports.map(\.name) == cases.map(\.name), "\(outcome.errors)")
            for report in reports {
                #expect(report.batch <= Self.tolerance, "\(report.name), one batch: \(report.batch)")
                #expect(report.single <= Self.tolerance, "\(report.name), one by one: \(report.single)")
                // Noise looks much alike to a network that has not been trained.
                let least = report.name.hasPrefix("noise") ? 1 : 100.0
                #expect(report.spread > least * Self.tolerance, "\(report.name): the answers hardly depend on the image: \(report.spread)")
            }
        }
    }

    /// The generated digits, and MNIST where it is at hand.
    private static func imageSets() throws -> [(name: String, images: LabeledImages)] {
        var folders = [packageRoot.deletingLastPathComponent().appendingPathComponent("shared/data")]
        if let path = ProcessInfo.processInfo.environment["OFFPRINT_DATA"], !path.isEmpty {
            folders.insert(URL(fileURLWithPath: path), at: 0)
        }
        var sets = [("digits", try DatasetCatalog.load("digits", folders: [], limit: 32).training)]
        if (try? DatasetCatalog.locate("mnist", folders: folders)) != nil {
            sets.append(("mnist", try DatasetCatalog.load("mnist", folders: folders, limit: 32).training))
        } else {
            print("SKIPPED: onnxruntime on images of MNIST: no files in \(folders.map(\.path)); OFFPRINT_DATA names another folder")
        }
        return sets
    }

    /// One model on the disk, and what we say of its images.
    private struct Case: Encodable {
        var name: String
        var model: String
        var images: String
        /// `[N, H, W, C]`, bytes.
        var shape: [Int]
        var logits: [[Float]]

        /// As it is, and with batch norms folded: both have the answers of the network as it is.
        static func write(
            _ model: Model, _ images: LabeledImages, _ name: String, _ folder: URL
        ) throws -> [Case] {
            let logits = try model.logits(images, context: KernelContext(threads: 2))
            let pixels = folder.appendingPathComponent("\(name).images")
            try Data(images.pixels).write(to: pixels)
            return try [(name, model), ("\(name)-folded", model.foldingBatchNorms())].map { name, model in
                let file = folder.appendingPathComponent("\(name).onnx")
                try ONNXModel.bytes(of: model, card: .init(name: name)).write(to: file)
                return Case(
                    name: name, model: file.path, images: pixels.path,
                    shape: [images.count, images.height, images.width, images.channels], logits: logits)
            }
        }
    }

    /// What the script prints of one case.
    private struct Report: Decodable {
        var name: String
        /// The largest difference in a batch of all images, and image by image.
        var batch: Double
        var single: Double
        /// The largest difference between two images' logits of one class.
        var spread: Double
    }
}

/// A Python that has onnx and onnxruntime.
enum Python {
    /// `nil`, after a loud line, where there is none.
    static func find(for test: String) -> URL? {
        let named = ProcessInfo.processInfo.environment["OFFPRINT_TEST_PYTHON"]
        let file =
            named.map { URL(fileURLWithPath: $0) } ?? packageRoot.appendingPathComponent(".venv-test/bin/python3")
        // A virtual environment is a link to the Python that it was made with: it must stay one.
        if FileManager.default.isExecutableFile(atPath: file.path),
            let outcome = try? Program(executable: file).run(["-c", "import numpy, onnx, onnxruntime"]), outcome.status == 0
        {
            return file
        }
        print("SKIPPED: \(test): \(file.path) has no onnx and onnxruntime; scripts/test installs them where PyPI can be reached")
        return nil
    }
}
