import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct DatasetCatalogTests {
    @Test func namesAreUniqueAndLeadBackToTheirDescription() {
        let names = DatasetCatalog.all.map(\.name)
        #expect(Set(names).count == names.count)
        for description in DatasetCatalog.all {
            #expect(DatasetCatalog.named(description.name) == description)
            #expect(description.classNames.count > 1)
            #expect(description.trainingCount > 0 && description.validationCount > 0)
        }
        #expect(DatasetCatalog.named("MNIST") == nil)
        #expect(DatasetCatalog.named("") == nil)
    }

    @Test func anUnknownNameIsAnsweredWithTheKnownOnes() {
        let expected = DatasetError.unknownDataset(name: "minst", known: DatasetCatalog.all.map(\.name))
        #expect(throws: expected) { try DatasetCatalog.locate("minst", folders: []) }
        #expect(throws: expected) { try DatasetCatalog.load("minst", folders: []) }
    }

    @Test(arguments: [0, -1, Int.min]) func aLimitBelowOneIsRefused(limit: Int) {
        #expect(throws: DatasetError.limitNotPositive(found: limit)) {
            try DatasetCatalog.load("digits", folders: [], limit: limit)
        }
    }

    @Test func generatedDigitsNeedNoFolder() throws {
        #expect(
            try DatasetCatalog.locate("digits", folders: []) == .generated(identity: GeneratedDigits.identity))
        let (training, validation) = try DatasetCatalog.load("digits", folders: [], limit: 30)
        #expect(training == GeneratedDigits.images(split: .training, count: 30))
        #expect(validation == GeneratedDigits.images(split: .validation, count: 30))
    }

    @Test func missingFilesAreListedFolderByFolder() throws {
        try withTemporaryFolder { folder in
            let (empty, partial) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
            try MNISTFixture().write(to: partial)
            try FileManager.default.removeItem(at: MNISTFixture.file("t10k-labels-idx1-ubyte.gz", in: partial))
            let all = MNISTFixture.names.map { "mnist/\($0).gz" }
            let expected = DatasetError.missingFiles(
                dataset: "mnist",
                searched: [
                    .init(folder: empty, missing: all),
                    .init(folder: partial, missing: ["mnist/t10k-labels-idx1-ubyte.gz"]),
                ])
            #expect(throws: expected) { try DatasetCatalog.locate("mnist", folders: [empty, partial]) }
            #expect(throws: expected) { try DatasetCatalog.load("mnist", folders: [empty, partial]) }
            #expect(throws: DatasetError.missingFiles(dataset: "mnist", searched: [])) {
                try DatasetCatalog.locate("mnist", folders: [])
            }
        }
    }

    @Test func theFirstFolderThatHasAllFilesIsTaken() throws {
        try withTemporaryFolder { folder in
            let folders = ["a", "b", "c"].map { folder.appendingPathComponent($0) }
            try MNISTFixture.write([], to: MNISTFixture.file(MNISTFixture.names[0] + ".gz", in: folders[0]))
            try MNISTFixture(trainingCount: 4).write(to: folders[1])
            try MNISTFixture(trainingCount: 6).write(to: folders[2])
            #expect(
                try DatasetCatalog.locate("mnist", folders: folders)
                    == .files(MNISTFixture.names.map { MNISTFixture.file($0 + ".gz", in: folders[1]) }))
            #expect(try DatasetCatalog.load("mnist", folders: folders).training.count == 4)
        }
    }

    @Test func aFolderOrALinkToItselfInThePlaceOfAFileIsReported() throws {
        try withTemporaryFolder { folder in
            try MNISTFixture().write(to: folder)
            let file = MNISTFixture.file("train-labels-idx1-ubyte.gz", in: folder)
            let manager = FileManager.default
            try manager.removeItem(at: file)
            try manager.createDirectory(at: file, withIntermediateDirectories: false)
            #expect(throws: DatasetError.notARegularFile(file: file)) {
                try DatasetCatalog.locate("mnist", folders: [folder])
            }
            try manager.removeItem(at: file)
            try manager.createSymbolicLink(at: file, withDestinationURL: file)
            #expect(throws: DatasetError.unreadable(file: file, systemError: ELOOP)) {
                try DatasetCatalog.locate("mnist", folders: [folder])
            }
        }
    }

    @Test func aFileWithoutPermissionToReadIsReported() throws {
        guard geteuid() != 0 else {
            print("SKIPPED: aFileWithoutPermissionToReadIsReported: the superuser may read every file")
            return
        }
        try withTemporaryFolder { folder in
            try MNISTFixture().write(to: folder)
            let file = MNISTFixture.file("train-images-idx3-ubyte.gz", in: folder)
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file.path)
            #expect(throws: DatasetError.unreadable(file: file, systemError: EACCES)) {
                try DatasetCatalog.locate("mnist", folders: [folder])
            }
        }
    }
}
