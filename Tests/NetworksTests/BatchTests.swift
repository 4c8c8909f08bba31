import Datasets
import Foundation
import Kernels
import Networks
import Synchronization
import Testing

@Suite("Batches")
struct BatchTests {
    /// Images that are made when they are asked for; one of them may be missing.
    struct Slow: ImageSource {
        var images: LabeledImages
        var missing: Int?
        var height: Int { images.height }
        var width: Int { images.width }
        var channels: Int { images.channels }
        var labels: [Int32] { images.labels }
        var classNames: [String] { images.classNames }

        func pixels(of indices: [Int], threads: Int) throws(DatasetError) -> [UInt8] {
            if let missing, indices.contains(missing) {
                throw .unreadable(file: URL(fileURLWithPath: "/gone"), systemError: 2)
            }
            return try images.pixels(of: indices, threads: threads)
        }

        func prefix(_ limit: Int?) -> Slow { Slow(images: images.prefix(limit), missing: missing) }
        func forEachContentBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(DatasetError) {
            images.forEachContentBytes(body)
        }
    }

    private let augmentation = Augmentation(flips: true, crop: 2, cutout: 3)

    private func loaded(_ source: any ImageSource, threads: Int, epoch: Int = 1) throws -> [LoadedBatch] {
        let loader = BatchLoader(source, scaling: .init(), augmentation: augmentation)
        let batches = loader.shuffledBatches(of: 4, seed: 3, epoch: epoch)
        let feed = BatchFeed(loader, batches: batches, instructionSet: .best, threads: threads)
        return try batches.map { _ in
            let batch = try feed.next()
            // What is still held must not be written over.
            feed.recycle(batch)
            return batch
        }
    }

    @Test("The same seed gives the same batches, wherever the images live and with any number of threads")
    func sameBatches() throws {
        let images = Fixtures.patches(22, seed: 1)
        let expected = try loaded(images, threads: 1)
        #expect(expected.map(\.batch.indices.count) == [4, 4, 4, 4, 4, 2])
        #expect(expected.flatMap(\.batch.indices).sorted() == Array(0..<22))
        for threads in 1...3 {
            let found = try loaded(Slow(images: images), threads: threads)
            #expect(found.map(\.images) == expected.map(\.images), "\(threads) threads")
            #expect(found.map(\.batch.labels) == expected.map(\.batch.labels))
        }
        #expect(try loaded(images, threads: 1, epoch: 2).map(\.images) != expected.map(\.images))
    }

    @Test("Each part of the augmentation has chances of its own, and all of them are taken")
    func chances() {
        let images = Fixtures.patches(600, seed: 1)
        func placements(_ augmentation: Augmentation) -> [ImagePlacement] {
            BatchLoader(images, scaling: .init(), augmentation: augmentation)
                .shuffledBatches(of: 32, seed: 9, epoch: 4).flatMap(\.placements)
        }
        let all = placements(augmentation)
        #expect(placements(.init(flips: true)).map(\.flipped) == all.map(\.flipped))
        #expect(placements(.init(crop: 2)).map(\.rowShift) == all.map(\.rowShift))
        #expect(placements(.init(cutout: 3)).map(\.cutout) == all.map(\.cutout))
        #expect(placements(.none).allSatisfy { $0 == ImagePlacement() })
        #expect((240...360).contains(all.count { $0.flipped }), "\(all.count { $0.flipped }) of 600 flipped")
        for shift in -2...2 {
            #expect((80...160).contains(all.count { $0.rowShift == shift }), "row \(shift)")
            #expect((80...160).contains(all.count { $0.columnShift == shift }), "column \(shift)")
        }
        #expect(Set(all.compactMap(\.cutout?.top)) == Set(-1...6))
    }

    @Test("Images that cannot be read when their turn comes stop the run and say which")
    func unreadable() throws {
        let images = Fixtures.patches(22, seed: 1)
        var model = Model(graph: try Fixtures.tiny(), seed: 1)
        let expected = TrainingError.data(.unreadable(file: URL(fileURLWithPath: "/gone"), systemError: 2))
        #expect(throws: expected) {
            try Trainer.train(
                model: &model, training: Slow(images: images, missing: 17), validation: images,
                configuration: .init(epochs: 1, batchSize: 4), context: KernelContext(threads: 1), clock: { 0 },
                progress: { _ in })
        }
    }

    @Test("A feed that is dropped half-way ends its thread")
    func dropped() throws {
        let counted = Counted(images: Fixtures.patches(40, seed: 1))
        let loader = BatchLoader(counted, scaling: .init())
        do {
            let feed = BatchFeed(loader, batches: loader.batches(of: 4), instructionSet: .best, threads: 1)
            _ = try feed.next()
        }
        Thread.sleep(forTimeInterval: 0.05)
        let before = counted.calls.load(ordering: .relaxed)
        Thread.sleep(forTimeInterval: 0.05)
        #expect(before < 10 && counted.calls.load(ordering: .relaxed) == before)
    }

    final class Counted: ImageSource {
        let images: LabeledImages
        let calls = Atomic<Int>(0)
        init(images: LabeledImages) { self.images = images }
        var height: Int { images.height }
        var width: Int { images.width }
        var channels: Int { images.channels }
        var labels: [Int32] { images.labels }
        var classNames: [String] { images.classNames }
        func pixels(of indices: [Int], threads: Int) throws(DatasetError) -> [UInt8] {
            calls.wrappingAdd(1, ordering: .relaxed)
            return try images.pixels(of: indices, threads: threads)
        }
        func prefix(_ limit: Int?) -> Self { self }
        func forEachContentBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(DatasetError) {
            images.forEachContentBytes(body)
        }
    }

    @Test("Predictions agree with the evaluation")
    func predictions() throws {
        let images = Fixtures.patches(30, classes: 3, seed: 4)
        let graph = try Fixtures.tiny(classes: 3)
        let model = Fixtures.model(graph, seed: 2)
        let context = KernelContext(threads: 1)
        let predictions = try model.predictions(images, batchSize: 7, context: context)
        let evaluation = try model.evaluate(images, batchSize: 7, context: context)
        #expect(predictions.map(\.label) == images.labels.map(Int.init))
        #expect(Double(predictions.count { $0.predicted == $0.label }) / 30 == evaluation.accuracy)
        #expect(predictions.allSatisfy { ($0.rank == 0) == ($0.predicted == $0.label) && (0..<3).contains($0.rank) })
        #expect(predictions.allSatisfy { $0.confidence > 1.0 / 3 - 1e-9 && $0.confidence <= 1 && $0.loss >= 0 })
        let loss = predictions.reduce(0) { $0 + $1.loss } / 30
        #expect(abs(loss - evaluation.loss) < 1e-12, "\(loss) against \(evaluation.loss)")
    }
}
