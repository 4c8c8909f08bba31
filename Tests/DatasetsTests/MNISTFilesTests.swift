import Datasets
import Foundation
import TestSupport
import Testing

/// Files in the format of MNIST, written by the tests.
@Suite struct MNISTFilesTests {
    @Test(arguments: [true, false]) func pixelsAndLabelsArriveInOrder(compressed: Bool) throws {
        try withTemporaryFolder { folder in
            let fixture = MNISTFixture()
            try fixture.write(to: folder, compressed: compressed)
            let (training, validation) = try DatasetCatalog.load("mnist", folders: [folder])
            #expect(training.height == 28 && training.width == 28 && training.channels == 1)
            #expect(training.pixels == Array(fixture.contents[0].dropFirst(MNISTFixture.imageHeader)))
            #expect(training.labels == [0, 1, 2, 3, 4])
            #expect(training.classNames == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
            #expect(validation.pixels == Array(fixture.contents[2].dropFirst(MNISTFixture.imageHeader)))
            #expect(validation.labels == [7, 8, 9])
        }
    }

    @Test func aLimitKeepsTheFirstImagesOfBothParts() throws {
        try withTemporaryFolder { folder in
            try MNISTFixture().write(to: folder)
            let whole = try DatasetCatalog.load("mnist", folders: [folder])
            for limit in [1, 3, 4, 5, 6, Int.max] {
                let (training, validation) = try DatasetCatalog.load("mnist", folders: [folder], limit: limit)
                #expect(training == whole.training.prefix(limit), "limit \(limit)")
                #expect(validation == whole.validation.prefix(limit), "limit \(limit)")
            }
        }
    }

    @Test func severalGzipMembersAreOneContent() throws {
        try withTemporaryFolder { folder in
            let fixture = MNISTFixture()
            try fixture.write(to: folder)
            let content = fixture.contents[0]
            // Cuts inside the header, inside an image, and members without any content.
            let members =
                gzip(Array(content[..<7])) + gzip([]) + gzip(Array(content[7..<1000])) + gzip(Array(content[1000...]))
                + gzip([])
            try MNISTFixture.write(members, to: MNISTFixture.file("train-images-idx3-ubyte.gz", in: folder))
            #expect(
                try DatasetCatalog.load("mnist", folders: [folder]).training.pixels
                    == Array(content.dropFirst(MNISTFixture.imageHeader)))
        }
    }

    @Test func membersThatMeetAtTheEdgeOfABufferAreRead() throws {
        // Stored blocks of bytes that cannot be compressed: the second member begins at every offset
        // around the 64 KiB that are read at once.
        try withTemporaryFolder { folder in
            let count = 90
            var generator = SeededGenerator(seed: 3)
            let pixels = (0..<count * MNISTFixture.imageSize).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            let content = MNISTFixture.bigEndian([0x803, count, 28, 28]) + pixels
            var fixture = MNISTFixture(trainingCount: count)
            fixture.contents[0] = content
            try fixture.write(to: folder)
            let file = MNISTFixture.file("train-images-idx3-ubyte.gz", in: folder)
            let overhead = gzip(Array(content[..<65000])).count - 65000
            for first in (65536 - overhead - 3)...(65536 - overhead + 3) {
                try MNISTFixture.write(gzip(Array(content[..<first])) + gzip(Array(content[first...])), to: file)
                let training = try DatasetCatalog.load("mnist", folders: [folder]).training
                #expect(training.pixels == pixels, "first member of \(first) bytes")
            }
        }
    }

    /// The whole of MNIST, where it is at hand: in `$OFFPRINT_DATA`, or in `shared/data` beside the package.
    @Test func theOfficialFilesHaveTheOfficialContent() throws {
        guard let folders = RealData.folders(for: "mnist", test: "theOfficialFilesHaveTheOfficialContent") else { return }
        let (training, validation) = try DatasetCatalog.load("mnist", folders: folders)
        #expect(training.count == 60_000)
        #expect(validation.count == 10_000)
        #expect(training.labels.prefix(5) == [5, 0, 4, 1, 9])
        #expect(validation.labels.prefix(5) == [7, 2, 1, 0, 4])
        // Of files whose MD5 sums are the published ones.
        #expect(checksum(training.pixels) == 4_083_391_318)
        #expect(checksum(validation.pixels) == 3_838_467_927)
        #expect(checksum(training.labels.map(UInt8.init)) == 3_121_080_559)
        #expect(checksum(validation.labels.map(UInt8.init)) == 4_001_760_473)
    }
}
