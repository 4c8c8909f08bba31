import Datasets
import Foundation
import TestSupport
import Testing

/// Every way in which a file can be wrong gives its own error, with the place.
@Suite struct DamagedFilesTests {
    private static let images = MNISTFixture.names[0]
    private static let labels = MNISTFixture.names[1]

    /// Spoils the bytes of one file (compressed or not) and returns the error of loading, and the file.
    private func spoil(
        _ name: String, compressed: Bool = true, _ change: ([UInt8]) -> [UInt8]
    ) throws -> (error: DatasetError?, file: URL) {
        try withTemporaryFolder { folder in
            try MNISTFixture().write(to: folder, compressed: compressed)
            let file = MNISTFixture.file(name + (compressed ? ".gz" : ""), in: folder)
            try MNISTFixture.write(change([UInt8](Data(contentsOf: file))), to: file)
            return (errorOfLoading(folder), file)
        }
    }

    /// Spoils the content of one file; the compression around it is right.
    private func spoilContent(
        _ name: String, _ change: ([UInt8]) -> [UInt8]
    ) throws -> (error: DatasetError?, file: URL) {
        try withTemporaryFolder { folder in
            var fixture = MNISTFixture()
            let index = try #require(MNISTFixture.names.firstIndex(of: name))
            fixture.contents[index] = change(fixture.contents[index])
            try fixture.write(to: folder)
            return (errorOfLoading(folder), MNISTFixture.file(name + ".gz", in: folder))
        }
    }

    // MARK: Compression

    @Test(arguments: [[], [0x1f], [0x50, 0x4b], Array("<html>".utf8)] as [[UInt8]])
    func aFileThatIsNotGzip(bytes: [UInt8]) throws {
        let (error, file) = try spoil(Self.images) { _ in bytes }
        #expect(error == .notGzip(file: file, found: Array(bytes.prefix(2))))
    }

    @Test func aChecksumThatDoesNotAgree() throws {
        var length = 0
        let (error, file) = try spoil(Self.images) { bytes in
            length = bytes.count
            var bytes = bytes
            bytes[bytes.count - 8] ^= 1
            return bytes
        }
        guard case .damagedGzip(file, let offset, let reason) = error else {
            Issue.record("expected damagedGzip, found \(String(describing: error))")
            return
        }
        #expect((length - 8...length).contains(offset), "offset \(offset) of \(length)")
        #expect(reason == "incorrect data check")
    }

    @Test func aCompressedFileCutAnywhereIsReportedAsCut() throws {
        try withTemporaryFolder { folder in
            try MNISTFixture().write(to: folder)
            let file = MNISTFixture.file(Self.labels + ".gz", in: folder)
            let whole = [UInt8](try Data(contentsOf: file))
            for length in 2..<whole.count {
                try MNISTFixture.write(Array(whole[..<length]), to: file)
                #expect(errorOfLoading(folder) == .cutGzip(file: file, offset: length), "cut at \(length)")
            }
        }
    }

    @Test(arguments: [[0], [0x1f], [0x1f, 0x8c], Array("rest".utf8)] as [[UInt8]])
    func bytesBehindTheCompressedStream(rest: [UInt8]) throws {
        var length = 0
        let (error, file) = try spoil(Self.labels) { bytes in
            length = bytes.count
            return bytes + rest
        }
        #expect(error == .trailingBytes(file: file, offset: length))
    }

    // MARK: Content

    @Test(arguments: [0, 3, 4, 15, 16, 17, 800, 16 + 5 * 784 - 1], [true, false])
    func contentCutAnywhere(length: Int, compressed: Bool) throws {
        let (error, file) =
            compressed
            ? try spoilContent(Self.images) { Array($0.prefix(length)) }
            : try spoil(Self.images, compressed: false) { Array($0.prefix(length)) }
        let expected = length < MNISTFixture.imageHeader ? 16 : 16 + 5 * 784
        #expect(error == .cutFile(file: file, expected: expected, found: length))
    }

    @Test(arguments: [true, false]) func contentThatGoesOn(compressed: Bool) throws {
        let (error, file) =
            compressed
            ? try spoilContent(Self.images) { $0 + [0] } : try spoil(Self.images, compressed: false) { $0 + [0] }
        #expect(error == .tooLong(file: file, expected: 16 + 5 * 784))
    }

    @Test func labelsInThePlaceOfImagesAndTheReverse() throws {
        let (first, images) = try spoilContent(Self.images) { _ in MNISTFixture.labels(5) }
        #expect(first == .wrongMagic(file: images, expected: 0x803, found: 0x801))
        let (second, labels) = try spoilContent(Self.labels) { _ in MNISTFixture.images(5) }
        #expect(second == .wrongMagic(file: labels, expected: 0x801, found: 0x803))
    }

    @Test(arguments: [[27, 28], [28, 0], [0xffff_ffff, 0xffff_ffff]])
    func imagesOfAnotherSize(size: [Int]) throws {
        let (error, file) = try spoilContent(Self.images) {
            MNISTFixture.bigEndian([0x803, 5] + size) + $0.dropFirst(16)
        }
        #expect(error == .wrongDimensions(file: file, offset: 8, expected: [28, 28], found: size))
    }

    @Test(arguments: [60_001, 1_000_000_000, 0xffff_ffff]) func moreImagesThanTheDataSetHas(count: Int) throws {
        let (error, file) = try spoilContent(Self.images) {
            MNISTFixture.bigEndian([0x803, count]) + $0.dropFirst(8)
        }
        #expect(error == .tooManyElements(file: file, offset: 4, maximum: 60_000, found: count))
    }

    @Test func filesWithoutAnyElement() throws {
        let (error, file) = try spoilContent(Self.images) { _ in MNISTFixture.images(0) }
        #expect(error == .noElements(file: file, offset: 4))
    }

    @Test func imagesAndLabelsOfDifferentNumber() throws {
        let (error, labels) = try spoilContent(Self.labels) { _ in MNISTFixture.labels(6) }
        let images = labels.deletingLastPathComponent().appendingPathComponent(Self.images + ".gz")
        #expect(error == .countMismatch(images: images, imageCount: 5, labels: labels, labelCount: 6))
    }

    @Test(arguments: [10, 255] as [UInt8]) func aLabelThatNamesNoClass(label: UInt8) throws {
        let (error, file) = try spoilContent(Self.labels) {
            var bytes = $0
            bytes[MNISTFixture.labelHeader + 3] = label
            return bytes
        }
        #expect(
            error == .labelOutOfRange(file: file, offset: 11, index: 3, classCount: 10, found: Int(label)))
    }

    @Test func damageBehindTheLimitIsStillFound() throws {
        try withTemporaryFolder { folder in
            var fixture = MNISTFixture()
            fixture.contents[0].removeLast()
            try fixture.write(to: folder)
            let file = MNISTFixture.file(Self.images + ".gz", in: folder)
            let expected = 16 + 5 * 784
            #expect(throws: DatasetError.cutFile(file: file, expected: expected, found: expected - 1)) {
                try DatasetCatalog.load("mnist", folders: [folder], limit: 1)
            }
        }
    }

    @Test func aSmallFileThatUnpacksToManyBytesIsLeftAtItsAnnouncedLength() throws {
        // 16 MiB of zeros in a few kilobytes, the header announces five images. The checksum at the very end is
        // wrong: who unpacks everything meets that error first.
        let (error, file) = try spoil(Self.images) { _ in
            var bomb = gzip(MNISTFixture.images(5) + [UInt8](repeating: 0, count: 1 << 24))
            bomb[bomb.count - 8] ^= 1
            return bomb
        }
        #expect(error == .tooLong(file: file, expected: 16 + 5 * 784))
    }

    // MARK: Any bytes

    /// Changes bytes, cuts, repeats and inserts, in compressed and plain files; loading must return or throw.
    @Test(arguments: [true, false]) func anyBytesGiveDataOrAnError(compressed: Bool) throws {
        let seed: UInt64 = 20_210_711
        var generator = SeededGenerator(seed: seed)
        var outcomes: [String: Int] = [:]
        try withTemporaryFolder { folder in
            try MNISTFixture(trainingCount: 2, validationCount: 1).write(to: folder, compressed: compressed)
            for round in 0..<1000 {
                let name = MNISTFixture.names[generator.index(below: 2)] + (compressed ? ".gz" : "")
                let file = MNISTFixture.file(name, in: folder)
                let whole = [UInt8](try Data(contentsOf: file))
                try MNISTFixture.write(mutated(whole, using: &generator), to: file)
                do throws(DatasetError) {
                    let (training, _) = try DatasetCatalog.load("mnist", folders: [folder])
                    #expect(
                        training.count >= 1 && training.pixels.count == training.count * 784,
                        "seed \(seed), round \(round)")
                    outcomes["data", default: 0] += 1
                } catch {
                    outcomes["error", default: 0] += 1
                }
                try MNISTFixture.write(whole, to: file)
            }
        }
        #expect(outcomes["error", default: 0] > 400, "\(outcomes)")
        #expect(outcomes["data", default: 0] > 5, "\(outcomes)")
    }

    private func mutated(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        // Half of all changes near the beginning, where the headers are.
        func place(_ generator: inout SeededGenerator) -> Int {
            generator.index(below: generator.index(below: 2) == 0 ? min(24, bytes.count) : bytes.count)
        }
        for _ in 0...generator.index(below: 3) where !bytes.isEmpty {
            let at = place(&generator)
            switch generator.index(below: 6) {
            case 0: bytes[at] ^= 1 << UInt8(generator.index(below: 8))
            case 1: bytes[at] = UInt8(generator.index(below: 256))
            case 2: bytes.removeSubrange(at...)
            case 3: bytes.insert(UInt8(generator.index(below: 256)), at: at)
            case 4: bytes.append(contentsOf: bytes[at...].prefix(40))
            default: bytes.remove(at: at)
            }
        }
        return bytes
    }
}
