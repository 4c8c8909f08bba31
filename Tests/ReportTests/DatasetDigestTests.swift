import Datasets
import Foundation
import Report
import TestSupport
import Testing

/// Digests of data sets, and when they are taken anew.
@Suite struct DatasetDigestTests {
    /// A folder of images, a cache beside it, and a way to ask for the digest that tells whether images were read.
    private struct Place {
        let folder: URL
        let dataset = "folder:own@8"

        func digest(program: String = "1", limit: Int? = nil) throws -> (digest: String, wasRead: Bool) {
            let cache = DatasetDigestCache(cacheFolder: folder.appendingPathComponent("cache"), program: program)
            var wasRead = false
            let digest = try cache.digest(of: dataset, limit: limit, folders: [folder], threads: 2) { wasRead = true }
            return (digest, wasRead)
        }
    }

    @Test func aDigestIsTakenOncePerStateOfTheFilesAndTheProgram() throws {
        try withTemporaryFolder { folder in
            try writePictureFolder(to: folder.appendingPathComponent("own"))
            let place = Place(folder: folder)
            let first = try place.digest()
            #expect(first.wasRead && first.digest.count == 64)
            #expect(try place.digest() == (first.digest, false))
            #expect(try place.digest(program: "2") == (first.digest, true))
            let limited = try place.digest(limit: 3)
            #expect(limited.wasRead && limited.digest != first.digest)

            // The same bytes written again have another time; another image gives another digest.
            let picture = folder.appendingPathComponent("own/train/red/0.png")
            try redPicture.write(to: picture)
            #expect(try place.digest() == (first.digest, true))
            try bluePicture.write(to: picture)
            let changed = try place.digest()
            #expect(changed.wasRead && changed.digest != first.digest)
        }
    }

    @Test func aDamagedEntryOfTheCacheIsTakenAnew() throws {
        try withTemporaryFolder { folder in
            try writePictureFolder(to: folder.appendingPathComponent("own"))
            let place = Place(folder: folder)
            let right = try place.digest().digest
            let entries = folder.appendingPathComponent("cache/digests")
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: entries.path).first)
            for damaged in ["", String(right.dropLast()), right, right.uppercased() + "\n", String(repeating: "z", count: 64) + "\n"] {
                try Data(damaged.utf8).write(to: entries.appendingPathComponent(name))
                #expect(try place.digest() == (right, true), "\(damaged)")
            }
        }
    }

    @Test func theDigestIsThatOfTheImagesInMemory() throws {
        try withTemporaryFolder { folder in
            try writePictureFolder(to: folder.appendingPathComponent("own"))
            let place = Place(folder: folder)
            let data = try DatasetCatalog.load(place.dataset, folders: [folder])
            #expect(try place.digest().digest == Digest.of(training: data.training, validation: data.validation))
            #expect(
                try Digest.of(DatasetParts(training: data.training, validation: data.validation))
                    == Digest.of(training: data.training, validation: data.validation))
        }
    }
}
