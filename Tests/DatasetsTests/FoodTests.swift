import Datasets
import Foundation
import TestSupport
import Testing

/// Food-101: an archive that is unpacked into the cache and decoded on demand.
@Suite struct FoodTests {
    @Test func photographsAlternateBetweenTheClasses() throws {
        try withTemporaryFolder { folder in
            try FoodFixture().write(in: folder)
            let parts = try open("food101", folder)
            #expect(parts.training.height == 224 && parts.training.width == 224 && parts.training.channels == 3)
            #expect(parts.training.labels == [0, 1, 100, 0, 1, 0] && parts.validation.labels == [0, 1, 100])
            #expect(parts.training.classNames[1] == "baby back ribs")
            let all = try parts.training.loaded()
            #expect(Set((0..<6).map { Array(all.pixels[($0 * all.imageSize)..<(($0 + 1) * all.imageSize)]) }).count == 6)
            #expect(try open("food101", folder, limit: 2, threads: 4).training.loaded() == all.prefix(2))
        }
    }

    /// A list may name a photograph many times: so a set larger than what is held in memory is made of six.
    @Test func aSetLargerThanMemoryIsDecodedOnDemand() throws {
        try withTemporaryFolder { folder in
            var fixture = try FoodFixture()
            let small = try { try fixture.write(in: folder); return try open("food101", folder).training.loaded() }()
            fixture.training = (0..<1300).flatMap { _ in fixture.training }
            try fixture.write(in: folder)
            let parts = try open("food101", folder, threads: 2)
            let (training, count) = (parts.training, 7800)
            #expect(training.count == count && !(training is LabeledImages) && !(parts.validation is LabeledImages))
            #expect(count * training.imageSize > DatasetParts.largestInMemory)
            // Image i of the small set stands at place i, and again among those of its class.
            let indices = [5, 0, 7799, 3, 1, 4, 2]
            let pixels = try training.pixels(of: indices, threads: 1)
            #expect(try training.pixels(of: indices, threads: 3) == pixels)
            let size = training.imageSize
            for (place, index) in indices.enumerated() where index < 3 {
                #expect(
                    try small.pixels(of: [index], threads: 1) == Array(pixels[(place * size)..<((place + 1) * size)]),
                    "image \(index)")
            }
            let stream = ImageStream(training, batches: [[5, 0, 7799], [3], [], [1, 4, 2]], lookAhead: 2, threads: 2)
            var streamed: [UInt8] = []
            while let batch = try stream.next() { streamed += batch }
            #expect(streamed == pixels)
            #expect(training.prefix(10).labels == Array(training.labels.prefix(10)))

            // What a digest sees: the same for the same images, another for others, without decoding them all.
            func content(_ source: any ImageSource) throws -> UInt32 {
                var bytes: [UInt8] = []
                try source.prefix(200).forEachContentBytes { bytes += $0 }
                return checksum(bytes)
            }
            let before = try content(training)
            #expect(try content(try open("food101", folder).training) == before)
            fixture.training.swapAt(0, 1)
            try fixture.write(in: folder)
            #expect(try content(try open("food101", folder).training) != before)
        }
    }

    @Test func thePackIsMadeOnceAndAnewWhenTheArchiveChanges() throws {
        try withTemporaryFolder { folder in
            let fixture = try FoodFixture()
            try fixture.write(in: folder)
            let before = try open("food101", folder).training.loaded()
            let pack = try self.pack(in: folder)
            let stamp = try FileStamp(of: pack)
            #expect(try open("food101", folder).training.loaded() == before)
            #expect(try FileStamp(of: pack) == stamp, "the pack was made twice")

            var other = fixture
            other.images["apple_pie/1"] = try ImageFixture(width: 90, height: 80, shade: 99).jpeg()
            try other.write(in: folder)
            let after = try open("food101", folder).training.loaded()
            #expect(after.prefix(1) != before.prefix(1) && after.labels == before.labels)
            #expect(try FileStamp(of: pack) != stamp)
            #expect(try FileManager.default.contentsOfDirectory(atPath: pack.deletingLastPathComponent().path).sorted()
                == [pack.lastPathComponent, pack.lastPathComponent + ".lock"])
        }
    }

    /// A pack that is not whole is made anew; one whose images were changed afterwards is reported.
    @Test func aDamagedPackIsNeverRead() throws {
        try withTemporaryFolder { folder in
            try FoodFixture().write(in: folder)
            let right = try open("food101", folder).training.loaded()
            let pack = try self.pack(in: folder)
            let whole = [UInt8](try Data(contentsOf: pack))
            for length in [0, 1, 15, 16, 40, whole.count / 2, whole.count - 24, whole.count - 1] {
                try MNISTFixture.write(Array(whole.prefix(length)), to: pack)
                #expect(try open("food101", folder).training.loaded() == right, "cut at \(length)")
            }
            var generator = SeededGenerator(seed: 21)
            for _ in 0..<60 {
                var bytes = whole
                let place = generator.index(below: bytes.count)
                bytes[place] ^= UInt8(1 << generator.index(below: 8))
                try MNISTFixture.write(bytes, to: pack)
                do throws(DatasetError) {
                    let parts = try open("food101", folder)
                    #expect(try parts.training.loaded() == right, "byte \(place)")
                } catch {
                    guard case .damagedCache(let file) = error, file.lastPathComponent == pack.lastPathComponent else {
                        Issue.record("byte \(place): \(error)")
                        return
                    }
                }
            }
        }
    }

    @Test func aCacheThatCannotBeWrittenIsReported() throws {
        try withTemporaryFolder { folder in
            try FoodFixture().write(in: folder)
            try MNISTFixture.write([1], to: folder.appendingPathComponent("cache"))
            guard case .unwritable = errorOfOpening("food101", folder) else {
                Issue.record("\(String(describing: errorOfOpening("food101", folder)))")
                return
            }
        }
    }

    @Test func listsAndImagesThatDoNotFitAreNamed() throws {
        func error(_ change: (inout FoodFixture) throws -> Void) throws -> (DatasetError?, URL) {
            try withTemporaryFolder { folder in
                var fixture = try FoodFixture()
                try change(&fixture)
                try fixture.write(in: folder)
                return (errorOfOpening("food101", folder), folder.appendingPathComponent(FoodFixture.archive))
            }
        }
        let (missing, file) = try error { $0.images["waffles/6"] = nil }
        #expect(missing == .missingEntry(file: file, entry: "food-101/images/waffles/6.jpg"))
        for line in ["pizzza/1", "apple_pie", "apple_pie/", "apple_pie/1/2", "../../etc/passwd"] {
            let (broken, _) = try error { $0.validation.insert(line, at: 1) }
            guard case .brokenList(_, "food-101/meta/test.txt", 2, line, _) = broken else {
                Issue.record("\(line): \(String(describing: broken))")
                continue
            }
        }
        let (empty, _) = try error { $0.training = [] }
        guard case .brokenList(_, "food-101/meta/train.txt", 0, _, _) = empty else {
            Issue.record("\(String(describing: empty))")
            return
        }
        let (damaged, archive) = try error { $0.images["apple_pie/2"] = Array("not a photograph".utf8) }
        #expect(
            damaged
                == .damagedImage(
                    .init(file: archive, entry: "food-101/images/apple_pie/2.jpg"), .unknownFormat))
        let (cut, _) = try error { fixture in
            fixture.images["apple_pie/2"] = (fixture.images["apple_pie/2"] ?? []).dropLast(300)
        }
        guard case .damagedImage(let place, _) = cut, place.entry == "food-101/images/apple_pie/2.jpg" else {
            Issue.record("\(String(describing: cut))")
            return
        }
    }

    @Test func aCutArchiveLeavesNoPack() throws {
        try withTemporaryFolder { folder in
            try FoodFixture().write(in: folder)
            let file = folder.appendingPathComponent(FoodFixture.archive)
            let whole = [UInt8](try Data(contentsOf: file))
            try MNISTFixture.write(whole.dropLast(9), to: file)
            #expect(errorOfOpening("food101", folder) == .cutGzip(file: file, offset: whole.count - 9))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache/packs")
            #expect(left.allSatisfy { $0.hasSuffix(".lock") }, "\(left)")
        }
    }

    /// CRC-32 of what Pillow makes of the first training photograph of every class.
    @Test func realPhotographsAreThoseOfPillowToTheBit() throws {
        guard let folders = RealData.folders(for: "food101", test: "realPhotographsAreThoseOfPillowToTheBit") else {
            return
        }
        try withTemporaryFolder { cache in
            let parts = try DatasetCatalog.open("food101", folders: folders, cacheFolder: cache, threads: 2)
            guard parts.training.count == 12_120, parts.validation.count == 4040 else {
                print("SKIPPED: realPhotographsAreThoseOfPillowToTheBit: this is not the part of shared/data")
                return
            }
            #expect(parts.training.prefix(101).labels == (0..<101).map(Int32.init))
            #expect(checksum(try parts.training.pixels(of: Array(0..<101), threads: 2)) == 1_835_385_619)
        }
    }

    private func pack(in folder: URL) throws -> URL {
        let packs = folder.appendingPathComponent("cache/packs")
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: packs.path).first { $0.hasSuffix(".pack") })
        return packs.appendingPathComponent(name)
    }
}
