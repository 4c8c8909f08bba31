import Datasets
import Foundation
import TestSupport
import Testing

/// Archives that are damaged, or made to do harm: each is refused with the entry's name, and nothing is written.
@Suite struct HostileArchiveTests {
    /// Writes an archive of CIFAR-10 after a change, and returns the error of opening it. Fails where anything but the
    /// archive is on the disk afterwards.
    private func errorAfter(
        _ fixture: CIFARFixture = CIFARFixture(), _ change: (inout TarFixture) -> Void
    ) throws -> (error: DatasetError?, file: URL) {
        try withTemporaryFolder { outside in
            let folder = outside.appendingPathComponent("data")
            var tar = fixture.tar
            change(&tar)
            try tar.write(CIFARFixture.archive, in: folder)
            let error = errorOfOpening("cifar10", folder)
            let left = try #require(FileManager.default.enumerator(atPath: outside.path)).compactMap { $0 as? String }
            #expect(left.sorted() == ["data", "data/" + CIFARFixture.archive])
            return (error, folder.appendingPathComponent(CIFARFixture.archive))
        }
    }

    static let forbidden: [(TarFixture.Entry, DatasetError.ForbiddenEntry)] = [
        (.init(path: "/etc/cron.d/offprint", content: [1]), .absolute),
        (.init(path: "../outside.txt", content: [1]), .climbs),
        (.init(path: "cifar-10-batches-bin/../../outside.txt", content: [1]), .climbs),
        (.init(path: "cifar-10-batches-bin/..", type: "5"), .climbs),
        (.init(path: "cifar-10-batches-bin/extra.bin", type: "2", target: "/etc/passwd"), .link),
        (.init(path: "cifar-10-batches-bin/extra.bin", type: "1", target: "cifar-10-batches-bin/test_batch.bin"), .link),
        (.init(path: "cifar-10-batches-bin/extra.bin", type: "3"), .special),
    ]

    @Test(arguments: forbidden.indices) func anEntryThatLeadsOutIsRefused(number: Int) throws {
        let (entry, reason) = Self.forbidden[number]
        for place in [0, 3, 6] {
            let (error, file) = try errorAfter { $0.entries.insert(entry, at: place) }
            #expect(error == .forbiddenEntry(file: file, entry: entry.path, reason), "at \(place)")
        }
    }

    /// 8 GiB less one byte in octal digits, and 2^62 in base 256.
    @Test(arguments: [Array("77777777777".utf8), [0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]])
    func aHeaderThatClaimsBillionsOfBytesIsRefusedBeforeAnythingIsRead(size: [UInt8]) throws {
        let (error, file) = try errorAfter { $0.entries[0].size = size }
        guard case .entryTooLong(file, CIFARFixture.names[0], let maximum, let found) = error else {
            Issue.record("expected entryTooLong, found \(String(describing: error))")
            return
        }
        #expect(maximum == 10_000 * CIFARFixture.record && found >= 1 << 32)
        // Where nobody wants the entry, it swallows the others.
        let (other, _) = try errorAfter { $0.entries.insert(.init(path: "readme", size: size), at: 0) }
        guard case .damagedArchive(_, "readme", _) = other else {
            Issue.record("expected damagedArchive, found \(String(describing: other))")
            return
        }
    }

    @Test func anExtendedHeaderOfABillionBytesIsRefused() throws {
        let size = Array("07346545000".utf8)
        let (error, file) = try errorAfter { tar in
            tar.entries.insert(
                .init(path: "pax", content: Array("30 path=cifar-10-batches-bin/x\n".utf8), type: "x", size: size), at: 0)
        }
        guard case .damagedArchive(file, nil, let reason) = error else {
            Issue.record("expected damagedArchive, found \(String(describing: error))")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test func missingRepeatedAndWronglySizedEntries() throws {
        let name = CIFARFixture.names[2]
        let (missing, file) = try errorAfter { $0.entries.remove(at: 2) }
        #expect(missing == .missingEntry(file: file, entry: name))
        let (repeated, again) = try errorAfter { $0.entries.append($0.entries[2]) }
        #expect(repeated == .repeatedEntry(file: again, entry: name))
        let (cut, third) = try errorAfter { $0.entries[2].content.removeLast() }
        #expect(cut == .notWholeRecords(file: third, entry: name, record: 3073, found: 3 * 3073 - 1))
        let (empty, fourth) = try errorAfter { $0.entries[2].content = [] }
        #expect(empty == .notWholeRecords(file: fourth, entry: name, record: 3073, found: 0))
        let (label, fifth) = try errorAfter { $0.entries[2].content[3073] = 10 }
        #expect(label == .entryLabelOutOfRange(file: fifth, entry: name, offset: 3073, allowed: 0...9, found: 10))
    }

    @Test func anArchiveThatIsNoneIsReported() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent(CIFARFixture.archive)
            var generator = SeededGenerator(seed: 11)
            let noise = (0..<5000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            try MNISTFixture.write(gzip(noise), to: file)
            guard case .damagedArchive(file, nil, _) = errorOfOpening("cifar10", folder) else {
                Issue.record("noise: \(String(describing: errorOfOpening("cifar10", folder)))")
                return
            }
            try MNISTFixture.write(noise, to: file)
            #expect(errorOfOpening("cifar10", folder) == .notGzip(file: file, found: Array(noise.prefix(2))))
            try MNISTFixture.write(gzip(TarFixture([TarFixture.Entry]()).bytes), to: file)
            #expect(errorOfOpening("cifar10", folder) == .missingEntry(file: file, entry: CIFARFixture.names[0]))
            try MNISTFixture.write(gzip([]), to: file)
            #expect(errorOfOpening("cifar10", folder) != nil)
        }
    }

    /// Wherever the file is cut, compressed or not, opening it fails: never with part of the images.
    @Test func anArchiveThatIsCutAnywhereIsRefused() throws {
        try withTemporaryFolder { folder in
            let whole = CIFARFixture([1, 1, 1, 1, 1, 1]).tar.bytes
            let compressed = gzip(whole)
            let file = folder.appendingPathComponent(CIFARFixture.archive)
            for length in stride(from: 0, to: compressed.count, by: max(1, compressed.count / 60)) {
                try MNISTFixture.write(Array(compressed.prefix(length)), to: file)
                let error = errorOfOpening("cifar10", folder)
                switch error {
                case .cutGzip(file, length): break
                case .notGzip(file, _) where length < 2: break
                default: Issue.record("cut at \(length) of \(compressed.count): \(String(describing: error))")
                }
            }
            try FileManager.default.removeItem(at: file)
            // The last entry ends 1024 zero bytes, and its filling, before the end.
            let needed = whole.count - 1024 - 511
            for length in stride(from: 0, to: needed, by: 311) {
                try MNISTFixture.write(Array(whole.prefix(length)), to: file.deletingPathExtension())
                #expect(errorOfOpening("cifar10", folder) != nil, "cut at \(length) of \(whole.count)")
            }
        }
    }

    /// A checksum stands behind every byte of a compressed archive.
    @Test func aFlippedBitIsNeverLoaded() throws {
        try withTemporaryFolder { folder in
            let compressed = gzip(CIFARFixture([1, 1, 1, 1, 1, 1]).tar.bytes)
            let file = folder.appendingPathComponent(CIFARFixture.archive)
            try MNISTFixture.write(compressed, to: file)
            let right = try open("cifar10", folder).training.loaded()
            var generator = SeededGenerator(seed: 5)
            var loaded = 0
            for _ in 0..<150 {
                var bytes = compressed
                let (place, bit) = (generator.index(below: bytes.count), generator.index(below: 8))
                bytes[place] ^= 1 << bit
                try MNISTFixture.write(bytes, to: file)
                // A few bits change nothing: the time in gzip's header, a code that no byte is written in.
                if let training = try? open("cifar10", folder).training.loaded() {
                    loaded += 1
                    #expect(training == right, "byte \(place), bit \(bit)")
                }
            }
            #expect(loaded < 15, "\(loaded) of 150 damaged archives could be loaded")
        }
    }

    /// Headers made of chance, uncompressed so that no checksum of gzip comes before: an error or the images, never a
    /// trap.
    @Test func headersOfChanceNeverTrap() throws {
        try withTemporaryFolder { folder in
            let whole = CIFARFixture([1, 1, 1, 1, 1, 1]).tar.bytes
            let file = folder.appendingPathComponent("cifar-10-binary.tar")
            var generator = SeededGenerator(seed: 6)
            for _ in 0..<300 {
                var bytes = whole
                let header = [0, 512 + 3584, 2 * (512 + 3584)][generator.index(below: 3)]
                for _ in 0..<(1 + generator.index(below: 4)) {
                    bytes[header + generator.index(below: 300)] = UInt8(truncatingIfNeeded: generator.next())
                }
                // A right checksum over the header, so that the damage is read.
                for place in 148..<156 { bytes[header + place] = 0x20 }
                let sum = String(bytes[header..<header + 512].reduce(0) { $0 + Int($1) }, radix: 8)
                bytes.replaceSubrange(
                    (header + 148)..<(header + 155),
                    with: Array((String(repeating: "0", count: 6 - sum.count) + sum).utf8) + [0])
                try MNISTFixture.write(bytes, to: file)
                _ = errorOfOpening("cifar10", folder)
            }
        }
    }
}
