import Foundation

/// MNIST: 60,000 and 10,000 handwritten digits, 28x28 grey (LeCun, Bottou, Bengio, Haffner: "Gradient-based
/// learning applied to document recognition", 1998), from its four official files.
enum MNIST {
    static let entry = CatalogEntry(
        description: DatasetDescription(
            name: "mnist", title: "MNIST", height: 28, width: 28, channels: 1,
            classNames: (0...9).map(String.init), trainingCount: 60_000, validationCount: 10_000,
            source: .files([
                "mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz",
                "mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz",
            ])),
        load: load)

    @Sendable private static func load(
        _ description: DatasetDescription, _ split: DatasetSplit, _ files: [URL], _ limit: Int?
    ) throws(DatasetError) -> LabeledImages {
        let (imageFile, labelFile, maximum) =
            switch split {
            case .training: (files[0], files[1], description.trainingCount)
            case .validation: (files[2], files[3], description.validationCount)
            }
        // Both headers before any content: a mismatch shows without reading millions of pixels.
        let imageReader = try IDXReader(
            file: imageFile, dimensions: [description.height, description.width],
            maximumCount: maximum)
        let labelReader = try IDXReader(file: labelFile, dimensions: [], maximumCount: maximum)
        guard imageReader.count == labelReader.count else {
            throw .countMismatch(
                images: imageFile, imageCount: imageReader.count,
                labels: labelFile, labelCount: labelReader.count)
        }
        let labels = try labelReader.elements(first: labelReader.count)
        let classCount = description.classNames.count
        if let index = labels.firstIndex(where: { Int($0) >= classCount }) {
            throw .labelOutOfRange(
                file: labelFile, offset: labelReader.offset(ofElement: index), index: index,
                classCount: classCount, found: Int(labels[index]))
        }
        let kept = min(limit ?? imageReader.count, imageReader.count)
        return LabeledImages(
            height: description.height, width: description.width, channels: description.channels,
            pixels: try imageReader.elements(first: kept), labels: labels.prefix(kept).map(Int32.init),
            classNames: description.classNames)
    }
}
