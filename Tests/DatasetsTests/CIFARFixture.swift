import Datasets
import Foundation

/// A small data set in the format of CIFAR-10.
struct CIFARFixture {
    static let archive = "cifar-10-binary.tar.gz"
    static let trainingNames = (1...5).map { "cifar-10-batches-bin/data_batch_\($0).bin" }
    static let names = trainingNames + ["cifar-10-batches-bin/test_batch.bin"]
    static let record = 3073

    /// In the order of `names`.
    var contents: [[UInt8]]

    /// `counts` records in each file.
    init(_ counts: [Int] = [2, 1, 3, 1, 2, 4]) {
        var first = 0
        contents = counts.map { count in
            defer { first += count }
            return (first..<first + count).flatMap(Self.record)
        }
    }

    var tar: TarFixture { TarFixture(Array(zip(Self.names, contents))) }

    /// Label `i % 10`; red, green and blue of a pixel tell its row, its column and the record.
    static func record(_ number: Int) -> [UInt8] {
        let rows = (0..<1024).map { UInt8($0 / 32) }
        let columns = (0..<1024).map { UInt8($0 % 32 + 100) }
        return [UInt8(number % 10)] + rows + columns + [UInt8](repeating: UInt8(number), count: 1024)
    }

    /// The pixels of that record, `[H, W, C]`.
    static func pixels(_ number: Int) -> [UInt8] {
        (0..<1024).flatMap { [UInt8($0 / 32), UInt8($0 % 32 + 100), UInt8(number)] }
    }
}

/// Opens a data set with its cache beside it, and returns the error, or `nil` where there is none.
func errorOfOpening(_ name: String, _ folder: URL, limit: Int? = nil) -> DatasetError? {
    do throws(DatasetError) {
        _ = try open(name, folder, limit: limit)
        return nil
    } catch {
        return error
    }
}

func open(
    _ name: String, _ folder: URL, limit: Int? = nil, threads: Int = 1
) throws(DatasetError) -> DatasetParts {
    try DatasetCatalog.open(
        name, folders: [folder], cacheFolder: folder.appendingPathComponent("cache"), limit: limit, threads: threads)
}
