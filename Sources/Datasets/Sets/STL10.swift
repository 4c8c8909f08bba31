import Foundation

/// STL-10: 5,000 and 8,000 labelled colour images of 96x96 (Coates, Lee, Ng: "An analysis of single-layer networks in
/// unsupervised feature learning", 2011), from the archive of its binary version. The unlabelled images are skipped.
///
/// Images stand as planes of red, green and blue, each column by column; labels count from 1.
enum STL10 {
    static let entry = CatalogEntry(
        description: DatasetDescription(
            name: "stl10", title: "STL-10", height: 96, width: 96, channels: 3,
            classNames: ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"],
            trainingCount: 5000, validationCount: 8000, source: .files(["stl10_binary.tar.gz"])),
        open: open)

    private static let entries = ["train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin"].map { "stl10_binary/" + $0 }

    @Sendable private static func open(_ request: OpenRequest) throws(DatasetError) -> DatasetParts {
        let description = request.description
        let (training, validation) = (description.trainingCount, description.validationCount)
        let contents = try ArchiveContents.read(
            entries, from: request.files[0],
            atMost: [training * description.imageSize, training, validation * description.imageSize, validation])
        return DatasetParts(
            training: try images(contents[0], contents[1], names: entries[0...1], request),
            validation: try images(contents[2], contents[3], names: entries[2...3], request))
    }

    private static func images(
        _ planes: [UInt8], _ labels: [UInt8], names: ArraySlice<String>, _ request: OpenRequest
    ) throws(DatasetError) -> LabeledImages {
        let description = request.description
        let file = request.files[0]
        let (imageName, labelName) = (names[names.startIndex], names[names.startIndex + 1])
        let size = description.imageSize
        guard !planes.isEmpty, planes.count % size == 0 else {
            throw .notWholeRecords(file: file, entry: imageName, record: size, found: planes.count)
        }
        guard planes.count / size == labels.count else {
            throw .entryCountMismatch(
                file: file, images: imageName, imageCount: planes.count / size, labels: labelName,
                labelCount: labels.count)
        }
        let allowed = 1...description.classNames.count
        if let index = labels.firstIndex(where: { !allowed.contains(Int($0)) }) {
            throw .entryLabelOutOfRange(
                file: file, entry: labelName, offset: index, allowed: allowed, found: Int(labels[index]))
        }
        let count = min(labels.count, request.limit ?? .max)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(count * size)
        for index in 0..<count {
            ImagePlanes.append(
                planes[(index * size)..<((index + 1) * size)], height: description.height, width: description.width,
                order: .columns, to: &pixels)
        }
        return description.images(pixels: pixels, labels: labels.prefix(count).map { Int32($0) - 1 })
    }
}
