import Foundation

/// MNIST: 60,000 and 10,000 handwritten digits, 28x28 grey (LeCun, Bottou, Bengio, Haffner: "Gradient-based
/// learning applied to document recognition", 1998), from its four official files.
enum MNIST {
    static let entry = CatalogEntry(
        description: DatasetDescription(
            name: "mnist", title: "MNIST", height: 28, width: 28, channels: 1,
            classNames: (0...9).map(String.init), trainingCount: 60_000, validationCount: 10_000,
            source: .files(files(in: "mnist"))),
        open: open)

    /// The names of the four files, in the order that `open` expects.
    static func files(in folder: String) -> [String] {
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
            .map { "\(folder)/\($0).gz" }
    }

    @Sendable static func open(_ request: OpenRequest) throws(DatasetError) -> DatasetParts {
        let (description, files) = (request.description, request.files)
        return DatasetParts(
            training: try load(description, files[0], files[1], description.trainingCount, request.limit),
            validation: try load(description, files[2], files[3], description.validationCount, request.limit))
    }

    private static func load(
        _ description: DatasetDescription, _ imageFile: URL, _ labelFile: URL, _ maximum: Int, _ limit: Int?
    ) throws(DatasetError) -> LabeledImages {
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
        return description.images(
            pixels: try imageReader.elements(first: kept), labels: labels.prefix(kept).map(Int32.init))
    }
}

/// Fashion-MNIST: 60,000 and 10,000 photographs of clothes, 28x28 grey (Xiao, Rasul, Vollgraf: "Fashion-MNIST: a novel
/// image dataset for benchmarking machine learning algorithms", 2017), in the files and the format of MNIST.
enum FashionMNIST {
    static let entry = CatalogEntry(
        description: DatasetDescription(
            name: "fashion-mnist", title: "Fashion-MNIST", height: 28, width: 28, channels: 1,
            classNames: [
                "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
                "ankle boot",
            ],
            trainingCount: 60_000, validationCount: 10_000, source: .files(MNIST.files(in: "fashion-mnist"))),
        open: MNIST.open)
}
