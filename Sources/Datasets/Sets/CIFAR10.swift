import Foundation

/// CIFAR-10: 50,000 and 10,000 colour images of 32x32 (Krizhevsky: "Learning multiple layers of features from tiny
/// images", 2009), from the archive of its binary version.
///
/// A record is one byte for the label and the planes of red, green and blue, each row by row.
enum CIFAR10 {
    static let entry = CatalogEntry(
        description: DatasetDescription(
            name: "cifar10", title: "CIFAR-10", height: 32, width: 32, channels: 3,
            classNames: [
                "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
            ],
            trainingCount: 50_000, validationCount: 10_000, source: .files(["cifar-10-binary.tar.gz"])),
        open: open)

    private static let folder = "cifar-10-batches-bin/"
    private static let trainingEntries = (1...5).map { folder + "data_batch_\($0).bin" }
    private static let validationEntry = folder + "test_batch.bin"
    private static let maximumRecords = 10_000

    @Sendable private static func open(_ request: OpenRequest) throws(DatasetError) -> DatasetParts {
        let file = request.files[0]
        let wanted = trainingEntries + [validationEntry]
        let recordSize = 1 + request.description.imageSize
        var batches = try ArchiveContents.read(
            wanted, from: file, atMost: [Int](repeating: maximumRecords * recordSize, count: wanted.count))
        for (path, bytes) in zip(wanted, batches) where bytes.isEmpty || bytes.count % recordSize != 0 {
            throw .notWholeRecords(file: file, entry: path, record: recordSize, found: bytes.count)
        }
        for (path, bytes) in zip(wanted, batches) {
            for offset in stride(from: 0, to: bytes.count, by: recordSize) where bytes[offset] > 9 {
                throw .entryLabelOutOfRange(
                    file: file, entry: path, offset: offset, allowed: 0...9, found: Int(bytes[offset]))
            }
        }
        let validation = images([batches.removeLast()], request)
        return DatasetParts(training: images(batches, request), validation: validation)
    }

    private static func images(_ batches: [[UInt8]], _ request: OpenRequest) -> LabeledImages {
        let description = request.description
        let recordSize = 1 + description.imageSize
        let count = min(batches.reduce(0) { $0 + $1.count } / recordSize, request.limit ?? .max)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(count * description.imageSize)
        var labels: [Int32] = []
        for batch in batches {
            for offset in stride(from: 0, to: batch.count, by: recordSize) where labels.count < count {
                labels.append(Int32(batch[offset]))
                ImagePlanes.append(
                    batch[(offset + 1)..<(offset + recordSize)], height: description.height, width: description.width,
                    order: .rows, to: &pixels)
            }
        }
        return description.images(pixels: pixels, labels: labels)
    }
}
