import Datasets
import Downloads
import Foundation
import TestSupport
import Testing

/// What is known about the official files.
@Suite struct OriginTests {
    @Test func everyFileOfEveryDataSetHasAnOrigin() {
        for description in DatasetCatalog.all {
            let origins = DatasetOrigin.files(of: description.name)
            if case .files(let names) = description.source {
                #expect(origins.map(\.name) == names, "\(description.name)")
            } else {
                #expect(origins.isEmpty, "\(description.name)")
            }
            for origin in origins {
                #expect(!origin.addresses.isEmpty && origin.size > 1000, "\(origin.name)")
                #expect(origin.addresses.allSatisfy { $0.host != nil && $0.lastPathComponent == URL(fileURLWithPath: origin.name).lastPathComponent })
                for digest in [origin.digest, origin.contentDigest].compactMap({ $0 }) {
                    #expect(digest.hexadecimal.count == (digest.kind == .sha256 ? 64 : 32), "\(origin.name)")
                    #expect(digest.hexadecimal.allSatisfy { $0.isHexDigit && !$0.isUppercase }, "\(origin.name)")
                }
            }
        }
        #expect(DatasetOrigin.files(of: "nothing").isEmpty)
    }

    @Test func digestsAreThoseOfTheStandards() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("abc")
            try Data("abc".utf8).write(to: file)
            #expect(
                try FileDigest.of(file, kind: .sha256).hexadecimal
                    == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")  // FIPS 180-2, B.1
            #expect(try FileDigest.of(file, kind: .md5).hexadecimal == "900150983cd24fb0d6963f7d28e17f72")  // RFC 1321, A.5
            #expect(throws: FetchError.unreadable(file: folder.appendingPathComponent("no"), systemError: ENOENT)) {
                try FileDigest.of(folder.appendingPathComponent("no"), kind: .md5)
            }
        }
    }

    @Test func contentThatWasCompressedAnewIsRecognised() throws {
        try withTemporaryFolder { folder in
            let origin = OriginFile(
                name: "a.gz", addresses: [], size: 3, digest: FileDigest(.sha256, String(repeating: "0", count: 64)),
                contentDigest: FileDigest(.md5, "900150983cd24fb0d6963f7d28e17f72"))
            #expect(try Verifier.check(origin, in: folder) == .missing)
            // "abc" as one stored block of gzip, CRC-32 352441c2.
            let stored: [UInt8] =
                [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 3, 0, 0xfc, 0xff] + Array("abc".utf8) + [0xc2, 0x41, 0x24, 0x35, 3, 0, 0, 0]
            let file = folder.appendingPathComponent("a.gz")
            try Data(stored).write(to: file)
            #expect(try Verifier.check(origin, in: folder) == .officialContent)
            for damaged in [Array(stored.dropLast()), stored + [1], Array("abc".utf8)] {
                try Data(damaged).write(to: file)
                guard case .different = try Verifier.check(origin, in: folder) else {
                    Issue.record("\(damaged)")
                    continue
                }
            }
            try FileManager.default.removeItem(at: file)
            try Data("abc".utf8).write(to: folder.appendingPathComponent("a"))
            #expect(try Verifier.check(origin, in: folder) == .officialContent)
        }
    }
}
