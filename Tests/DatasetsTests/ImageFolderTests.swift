import Datasets
import Foundation
import TestSupport
import Testing

/// People's own images, in a folder.
@Suite struct ImageFolderTests {
    /// CRC-32 of what Pillow 11 and 12 make of the same picture: `resize` with `BILINEAR` to a shorter side, then
    /// torchvision's centre crop. Pillow 13 agrees on all but the last but one.
    @Test(arguments: [
        (300, 200, 64, 2_013_936_033), (300, 200, 96, 4_252_427_236), (37, 53, 64, 925_355_605),
        (37, 53, 96, 2_832_089_924), (512, 384, 64, 297_800_912), (512, 384, 96, 2_427_557_640),
        (64, 64, 64, 1_088_558_830), (64, 64, 96, 3_016_924_182), (5, 1, 64, 610_360_462), (5, 1, 96, 2_746_615_378),
        (100, 101, 64, 2_190_588_554), (100, 101, 96, 3_776_051_401), (333, 64, 64, 2_396_349_703),
        (333, 64, 96, 442_854_062), (65, 1000, 64, 1_030_547_488), (65, 1000, 96, 1_866_871_212),
    ] as [(Int, Int, Int, UInt32)])
    func scalingAndCroppingAreThoseOfPillowToTheBit(width: Int, height: Int, size: Int, expected: UInt32) throws {
        try withTemporaryFolder { folder in
            let picture = try ImageFixture(width: width, height: height).png()
            try writeFolder(
                "own", ["train/a/1.png": picture, "train/b/1.png": picture, "validation/a/1.png": picture], in: folder)
            let parts = try open("folder:own@\(size)", folder)
            let pixels = try parts.training.pixels(of: [1], threads: 1)
            #expect(pixels.count == size * size * 3)
            #expect(checksum(pixels) == expected)
        }
    }

    @Test func classesAreFoldersAndImagesAlternateBetweenThem() throws {
        try withTemporaryFolder { folder in
            var files = try smallFolder()
            files["train/.DS_Store"] = [1]
            files["train/cat/.hidden"] = [1]
            files["README.md"] = [1]
            try writeFolder("own/pets", files, in: folder)
            let description = try DatasetCatalog.describe("folder:own/pets@16", folders: [folder])
            #expect(description.classNames == ["cat", "dog"] && description.title == "pets")
            #expect(description.height == 16 && description.width == 16 && description.channels == 3)
            #expect(description.trainingCount == 3 && description.validationCount == 1)
            let parts = try open("folder:own/pets@16", folder)
            #expect(parts.training.labels == [0, 1, 0] && parts.validation.labels == [1])
            #expect(try DatasetCatalog.describe("folder:own/pets", folders: [folder]).height == 64)
            // Grey images have three equal channels.
            let gray = try parts.training.pixels(of: [1], threads: 1)
            for start in stride(from: 0, to: gray.count, by: 3) {
                #expect(Set(gray[start..<start + 3]).count == 1, "pixel \(start / 3)")
            }
            #expect(Set(gray).count > 10)
            guard case .files(let files) = try DatasetCatalog.locate("folder:own/pets@16", folders: [folder]) else {
                Issue.record("a folder has files")
                return
            }
            #expect(files.map(\.lastPathComponent) == ["1.png", "2.jpg", "a.JPEG", "z.png"])
            #expect(try open("folder:own/pets@16", folder, limit: 2).training.labels == [0, 1])
        }
    }

    /// A committed report is rendered where the images are not.
    @Test func anAnnouncedNumberOfClassesIsCheckedAndStandsForAFolderThatIsNotThere() throws {
        try withTemporaryFolder { folder in
            let absent = try DatasetCatalog.describe("folder:own@32:7", folders: [folder])
            #expect(absent.classNames.count == 7 && absent.height == 32)
            #expect(throws: DatasetError.folderNotFound(path: "own", searched: [folder])) {
                try DatasetCatalog.describe("folder:own@32", folders: [folder])
            }
            try writeFolder("own", try smallFolder(), in: folder)
            #expect(try DatasetCatalog.describe("folder:own@32:2", folders: [folder]).classNames == ["cat", "dog"])
            let expected = DatasetError.classCount(
                folder: folder.appendingPathComponent("own", isDirectory: true), expected: 7, found: 2)
            #expect(throws: expected) { try DatasetCatalog.describe("folder:own@32:7", folders: [folder]) }
            #expect(errorOfOpening("folder:own@32:7", folder) == expected)
        }
    }

    @Test func imagesAreTheSameForAnyThreadsAndAnyOrder() throws {
        try withTemporaryFolder { folder in
            try writeFolder("own", try smallFolder(), in: folder)
            let one = try open("folder:own@24", folder)
            let many = try open("folder:own@24", folder, threads: 7)
            #expect(try one.training.loaded() == many.training.loaded())
            let size = one.training.imageSize
            let all = try one.training.loaded().pixels
            let picked = try many.training.pixels(of: [2, 0, 2], threads: 3)
            #expect(picked == Array(all[(2 * size)...]) + Array(all[..<size]) + Array(all[(2 * size)...]))
        }
    }

    @Test(arguments: [
        ("folder:", ForbiddenPath.empty), ("folder:@64", .empty), ("folder:/etc", .absolute),
        ("folder:/etc@32", .absolute), ("folder:..", .climbs), ("folder:a/../../b", .climbs), ("folder:../own@64", .climbs),
    ])
    func aPathThatCouldLeadOutIsRefused(text: String, reason: ForbiddenPath) throws {
        try withTemporaryFolder { folder in
            guard case .forbiddenPath(_, reason) = errorOfOpening(text, folder) else {
                Issue.record("\(text): \(String(describing: errorOfOpening(text, folder)))")
                return
            }
        }
    }

    @Test func sizesOutOfBoundsAreRefusedAndReferencesKeepTheirText() throws {
        for text in ["folder:own@0", "folder:own@1025", "folder:own@64:1", "folder:own@64:0"] {
            #expect(throws: DatasetError.brokenFolderReference(text: text, maximumSize: 1024)) { try DatasetReference(text) }
        }
        #expect(throws: DatasetError.self) { try DatasetReference("folder:own@99999999999999999999") }
        #expect(try DatasetReference("folder:a@b") == .folder(path: try ConfinedPath("a@b"), size: 64, classes: nil))
        #expect(try DatasetReference("folder:a@32:5") == .folder(path: try ConfinedPath("a"), size: 32, classes: 5))
        for text in ["folder:a@b@64", "folder:own/pets@16", "folder:own@16:7", "cifar10"] {
            #expect(try DatasetReference(text).description == text)
        }
    }

    @Test func aLinkIsNotFollowed() throws {
        try withTemporaryFolder { outside in
            let base = outside.appendingPathComponent("data")
            try writeFolder("own", try smallFolder(), in: outside)
            try writeFolder("inside", try smallFolder(), in: base)
            let manager = FileManager.default
            // The folder itself leads out.
            try manager.createSymbolicLink(
                at: base.appendingPathComponent("out"), withDestinationURL: outside.appendingPathComponent("own"))
            #expect(errorOfOpening("folder:out", base) == .forbiddenPath(path: "out", .leadsOut(of: base)))
            // Another name for a folder below the data folder is fine.
            try manager.createSymbolicLink(
                at: base.appendingPathComponent("in"), withDestinationURL: base.appendingPathComponent("inside"))
            #expect(errorOfOpening("folder:in", base) == nil)
            // The data folder may itself be a link.
            let alias = outside.appendingPathComponent("alias")
            try manager.createSymbolicLink(at: alias, withDestinationURL: base)
            #expect(errorOfOpening("folder:inside", alias) == nil)
            // A class and an image that are links.
            let file = base.appendingPathComponent("inside/train/cat/secret.png")
            try manager.createSymbolicLink(at: file, withDestinationURL: outside.appendingPathComponent("own/train/cat/1.png"))
            #expect(errorOfOpening("folder:inside", base) == .link(file: file))
            try manager.removeItem(at: file)
            let folder = base.appendingPathComponent("inside/train/ant")
            try manager.createSymbolicLink(at: folder, withDestinationURL: outside.appendingPathComponent("own/train/cat"))
            #expect(errorOfOpening("folder:inside", base) == .link(file: folder))
        }
    }

    @Test func whatDoesNotBelongIsNamed() throws {
        let picture = try ImageFixture(width: 9, height: 9).png()
        func error(_ change: (inout [String: [UInt8]]) -> Void) throws -> (DatasetError?, URL) {
            try withTemporaryFolder { folder in
                var files = try smallFolder()
                change(&files)
                try writeFolder("own", files, in: folder)
                return (errorOfOpening("folder:own", folder), folder.appendingPathComponent("own"))
            }
        }
        let (part, first) = try error { $0["validation/dog/z.png"] = nil }
        #expect(part == .missingPart(folder: first, part: "validation"))
        let (note, second) = try error { $0["train/cat/note.txt"] = [1] }
        #expect(note == .unexpectedFile(file: second.appendingPathComponent("train/cat/note.txt"), .image(["png", "jpg", "jpeg"])))
        let (loose, third) = try error { $0["train/loose.png"] = picture }
        #expect(loose == .unexpectedFile(file: third.appendingPathComponent("train/loose.png"), .classFolder))
        let (nested, fourth) = try error { $0["train/cat/more/1.png"] = picture }
        #expect(nested == .unexpectedFile(file: fourth.appendingPathComponent("train/cat/more"), .image(["png", "jpg", "jpeg"])))
        let (unknown, fifth) = try error { $0["validation/bird/1.png"] = picture }
        #expect(unknown == .unknownClass(folder: fifth.appendingPathComponent("validation/bird", isDirectory: true), known: ["cat", "dog"]))
        let (few, sixth) = try error { $0["train/dog/a.JPEG"] = nil }
        #expect(few == .tooFewClasses(folder: sixth.appendingPathComponent("train", isDirectory: true), found: ["cat"]))
        let (empty, seventh) = try error { $0["train/ant/.keep"] = [] }
        #expect(empty == .emptyClass(folder: seventh.appendingPathComponent("train/ant", isDirectory: true)))
        try withTemporaryFolder { folder in
            #expect(errorOfOpening("folder:own", folder) == .folderNotFound(path: "own", searched: [folder]))
        }
    }

    @Test func damagedImagesAreNamed() throws {
        try withTemporaryFolder { folder in
            let files = try smallFolder()
            try writeFolder("own", files, in: folder)
            var generator = SeededGenerator(seed: 9)
            for name in ["train/cat/1.png", "train/cat/2.jpg"] {
                let file = folder.appendingPathComponent("own/" + name)
                let whole = try #require(files[name])
                for length in [0, 1, 2, 8, 20, 40, whole.count / 2, whole.count - 20] {
                    try MNISTFixture.write(Array(whole.prefix(length)), to: file)
                    guard case .damagedImage(.init(file: file), _) = errorOfOpening("folder:own", folder) else {
                        Issue.record("\(name) cut at \(length): \(String(describing: errorOfOpening("folder:own", folder)))")
                        continue
                    }
                }
                for _ in 0..<200 {
                    var bytes = whole
                    for _ in 0..<(1 + generator.index(below: 3)) {
                        bytes[generator.index(below: bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
                    }
                    try MNISTFixture.write(bytes, to: file)
                    // An image or an error of this file, never a trap.
                    switch errorOfOpening("folder:own", folder) {
                    case nil, .damagedImage(.init(file: file), _), .imageExtent(.init(file: file), _, _, _): break
                    case let error: Issue.record("\(name): \(String(describing: error))")
                    }
                }
                try MNISTFixture.write(whole, to: file)
            }
            // Of several damaged images the first in the order of the set is named, by any number of threads.
            for name in ["train/dog/a.JPEG", "train/cat/2.jpg"] {
                try MNISTFixture.write(Array("GIF89a".utf8), to: folder.appendingPathComponent("own/" + name))
            }
            for threads in [1, 2, 5] {
                let place = DatasetError.ImagePlace(file: folder.appendingPathComponent("own/train/dog/a.JPEG"))
                #expect(throws: DatasetError.damagedImage(place, .unknownFormat)) {
                    try open("folder:own", folder, threads: threads)
                }
            }
        }
    }

    /// 60,000 by 60,000 pixels in a hundred bytes.
    @Test func anImageThatClaimsBillionsOfPixelsIsRefused() throws {
        try withTemporaryFolder { folder in
            var files = try smallFolder()
            var png = try ImageFixture(width: 4, height: 4).png()
            png.replaceSubrange(16..<24, with: [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60])
            let header = checksum(Array(png[12..<29]))
            png.replaceSubrange(29..<33, with: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: header >> $0) })
            files["train/cat/1.png"] = png
            try writeFolder("own", files, in: folder)
            let place = DatasetError.ImagePlace(file: folder.appendingPathComponent("own/train/cat/1.png"))
            #expect(
                errorOfOpening("folder:own", folder)
                    == .imageExtent(place, width: 60_000, height: 60_000, maximumPixels: 1 << 26))
        }
    }
}
