import Datasets
import Foundation
import TestSupport
import Testing

/// Image files of people's own, made into what the networks of a data set take.
@Suite struct PictureTests {
    private func pixels(_ content: Data, as name: String) throws -> [UInt8] {
        let description = try #require(DatasetCatalog.named(name))
        return try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("picture")
            try content.write(to: file)
            return try DatasetCatalog.pixels(ofPicture: file, for: description)
        }
    }

    @Test(arguments: [("mnist", 28 * 28), ("cifar10", 32 * 32 * 3), ("stl10", 96 * 96 * 3), ("food101", 224 * 224 * 3)])
    func aPictureOfAnySizeBecomesAnImageOfTheSet(name: String, count: Int) throws {
        #expect(try pixels(redPicture, as: name).count == count)
    }

    /// A red picture with a yellow spot. The values are Pillow's `convert("L")`, `resize` and `crop`, which may round one
    /// step differently from version to version.
    @Test func scalingAndGreyAreThoseOfPillow() throws {
        let grey = try pixels(redPicture, as: "mnist")
        let row = Array(grey[14 * 28 + 10..<14 * 28 + 16])
        for (found, expected) in zip(row, [184, 208, 196, 174, 151, 127]) { #expect(abs(Int(found) - expected) <= 1, "\(row)") }
        #expect(grey[0] == 87 && grey[27 * 28 + 27] == 87)
        #expect(abs(grey.reduce(0) { $0 + Int($1) } - 72468) <= 28 * 28)
        let colour = try pixels(redPicture, as: "cifar10")
        let middle = Array(colour[(16 * 32 + 16) * 3..<(16 * 32 + 17) * 3])
        for (found, expected) in zip(middle, [221, 124, 18]) { #expect(abs(Int(found) - expected) <= 1, "\(middle)") }
        #expect(Array(colour[(3 * 32 + 20) * 3..<(3 * 32 + 21) * 3]) == [200, 40, 30])
    }

    @Test func filesThatAreNoPicturesAreErrors() throws {
        #expect(throws: DatasetError.self) { try pixels(Data("no picture".utf8), as: "mnist") }
        #expect(throws: DatasetError.self) { try pixels(Data(), as: "mnist") }
        for length in stride(from: 1, to: redPicture.count - 12, by: 7) {
            #expect(throws: DatasetError.self, "cut after \(length) bytes") { try pixels(redPicture.prefix(length), as: "mnist") }
        }
        try withTemporaryFolder { folder in
            let description = try #require(DatasetCatalog.named("mnist"))
            #expect(throws: DatasetError.self) { try DatasetCatalog.pixels(ofPicture: folder, for: description) }
        }
    }
}
