import Datasets
import Foundation
import TestSupport
import Testing

/// CIFAR-10 and STL-10: archives in their formats, written by the tests.
@Suite struct BinaryArchiveTests {
    @Test(arguments: ["cifar-10-binary.tar.gz", "cifar-10-binary.tar"])
    func cifarBecomesPixelsInTheOrderOfTheBatches(name: String) throws {
        try withTemporaryFolder { folder in
            var tar = CIFARFixture().tar
            // Whatever else is there, and in whatever order.
            tar.entries.reverse()
            tar.entries.insert(.init(path: "cifar-10-batches-bin/", type: "5"), at: 0)
            tar.entries.insert(.init(path: "cifar-10-batches-bin/readme.html", content: Array("<html>".utf8)), at: 3)
            tar.entries.append(.init(path: "other/data_batch_1.bin", content: [1, 2, 3]))
            tar.entries = tar.entries.map { entry in
                var entry = entry
                if entry.path.hasSuffix("_3.bin") { entry.path = "./" + entry.path }
                return entry
            }
            try tar.write(name, in: folder)
            let (training, validation) = try DatasetCatalog.load("cifar10", folders: [folder])
            #expect(training.height == 32 && training.width == 32 && training.channels == 3)
            #expect(training.labels == [0, 1, 2, 3, 4, 5, 6, 7, 8])
            #expect(validation.labels == [9, 0, 1, 2])
            for index in 0..<9 {
                #expect(try training.pixels(of: [index], threads: 1) == CIFARFixture.pixels(index), "image \(index)")
            }
            #expect(validation.pixels == (9..<13).flatMap(CIFARFixture.pixels))
            #expect(training.classNames[5] == "dog")
            for limit in [1, 2, 3, 4, 8, 9, 10] {
                let parts = try open("cifar10", folder, limit: limit)
                #expect(try parts.training.loaded() == training.prefix(limit), "limit \(limit)")
                #expect(try parts.validation.loaded() == validation.prefix(limit), "limit \(limit)")
            }
        }
    }

    @Test func stlColumnsBecomeRowsAndLabelsCountFromZero() throws {
        try withTemporaryFolder { folder in
            try Self.stl().write("stl10_binary.tar.gz", in: folder)
            let (training, validation) = try DatasetCatalog.load("stl10", folders: [folder])
            #expect(training.labels == [0, 9, 4] && validation.labels == [7, 2])
            for (place, image) in [(0, 0), (2, 2)] {
                let pixels = try training.pixels(of: [place], threads: 1)
                for (row, column) in [(0, 0), (0, 95), (95, 0), (17, 60)] {
                    let start = (row * 96 + column) * 3
                    #expect(
                        Array(pixels[start..<start + 3]) == [UInt8(row), UInt8(column), UInt8(image)],
                        "image \(image), row \(row), column \(column)")
                }
            }
            #expect(try open("stl10", folder, limit: 2).training.loaded() == training.prefix(2))
        }
    }

    @Test func stlImagesAndLabelsMustBelongTogether() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("stl10_binary.tar.gz")
            try Self.stl(trainingLabels: [1, 10]).write("stl10_binary.tar.gz", in: folder)
            #expect(
                errorOfOpening("stl10", folder)
                    == .entryCountMismatch(
                        file: file, images: "stl10_binary/train_X.bin", imageCount: 3,
                        labels: "stl10_binary/train_y.bin", labelCount: 2))
            for wrong in [0, 11] as [UInt8] {
                try Self.stl(trainingLabels: [1, 10, wrong]).write("stl10_binary.tar.gz", in: folder)
                #expect(
                    errorOfOpening("stl10", folder, limit: 1)
                        == .entryLabelOutOfRange(
                            file: file, entry: "stl10_binary/train_y.bin", offset: 2, allowed: 1...10,
                            found: Int(wrong)))
            }
        }
    }

    /// Red, green and blue of a pixel tell its row, its column and the image; stored column by column.
    private static func stl(trainingLabels: [UInt8] = [1, 10, 5]) -> TarFixture {
        func images(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for image in 0..<count {
                for place in 0..<9216 { bytes.append(UInt8(place % 96)) }
                for place in 0..<9216 { bytes.append(UInt8(place / 96)) }
                bytes += [UInt8](repeating: UInt8(image), count: 9216)
            }
            return bytes
        }
        return TarFixture([
            (path: "stl10_binary/test_X.bin", content: images(2)), (path: "stl10_binary/test_y.bin", content: [8, 3]),
            (path: "stl10_binary/train_X.bin", content: images(3)),
            (path: "stl10_binary/train_y.bin", content: trainingLabels),
            (path: "stl10_binary/unlabeled_X.bin", content: [UInt8](repeating: 1, count: 5000)),
        ])
    }

    @Test func fashionMNISTIsReadLikeMNISTFromItsOwnFolder() throws {
        try withTemporaryFolder { folder in
            try MNISTFixture().write(to: folder)
            try FileManager.default.moveItem(
                at: folder.appendingPathComponent("mnist"), to: folder.appendingPathComponent("fashion-mnist"))
            let (training, validation) = try DatasetCatalog.load("fashion-mnist", folders: [folder])
            #expect(training.labels == [0, 1, 2, 3, 4] && validation.count == 3)
            #expect(training.classNames[1] == "trouser")
        }
    }

    /// The whole of CIFAR-10, where it is at hand.
    @Test func theRealArchiveIsWhole() throws {
        guard let folders = RealData.folders(for: "cifar10", test: "theRealArchiveIsWhole") else { return }
        let (training, validation) = try DatasetCatalog.load("cifar10", folders: folders)
        #expect(training.count == 50_000 && validation.count == 10_000)
        for label in 0..<10 {
            #expect(training.labels.count { $0 == label } == 5000, "class \(label)")
            #expect(validation.labels.count { $0 == label } == 1000, "class \(label)")
        }
        // Means of the red, green and blue of the published training images: 0.491, 0.482, 0.447.
        var sums = [0, 0, 0]
        for (place, byte) in training.pixels.enumerated() { sums[place % 3] += Int(byte) }
        for (sum, mean) in zip(sums, [0.4914, 0.4822, 0.4465]) {
            let found = Double(sum) / 255 / 1024 / 50_000
            #expect(abs(found - mean) < 0.002, "mean \(found), published \(mean)")
        }
    }
}
