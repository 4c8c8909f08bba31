/// What of a data set the shape of a network depends on.
public struct DatasetShape: Hashable, Codable, Sendable {
    /// As experiment files and the command line call it.
    public let name: String
    /// Of one image.
    public let input: FeatureShape
    /// The stem's width, then one for each stage.
    public let widths: [Int]
    public let classes: Int

    public init(name: String, input: FeatureShape, widths: [Int], classes: Int) {
        self.name = name
        self.input = input
        self.widths = widths
        self.classes = classes
    }

    /// 28x28 grey digits, ten classes.
    public static let mnist = DatasetShape(
        name: "mnist", input: .init(height: 28, width: 28, channels: 1), widths: [64, 128], classes: 10)
    /// 28x28 grey clothes, ten classes; of MNIST's shape.
    public static let fashionMNIST = DatasetShape(
        name: "fashion-mnist", input: mnist.input, widths: mnist.widths, classes: mnist.classes)
    /// The generated set, of MNIST's shape.
    public static let digits = DatasetShape(
        name: "digits", input: mnist.input, widths: mnist.widths, classes: mnist.classes)
    /// 32x32 colour, ten classes.
    public static let cifar10 = DatasetShape(
        name: "cifar10", input: .init(height: 32, width: 32, channels: 3), widths: [64, 128, 256], classes: 10)
    /// 96x96 colour, ten classes.
    public static let stl10 = DatasetShape(
        name: "stl10", input: .init(height: 96, width: 96, channels: 3), widths: [64, 128, 256, 512], classes: 10)
    /// 224x224 colour, 101 classes.
    public static let food101 = DatasetShape(
        name: "food101", input: .init(height: 224, width: 224, channels: 3), widths: [64, 128, 256, 512, 1024],
        classes: 101)

    /// Those with widths of their own, in the study's order, then the others.
    public static let all = [mnist, cifar10, stl10, food101, fashionMNIST, digits]

    /// The one of that name.
    public static func named(_ name: String) -> DatasetShape? { all.first { $0.name == name } }

    /// The widths for images that are not listed, such as a folder's: 64 in the stem and doubled in each stage, with
    /// as many stages as leave the last map at least 4 high and wide, four at most.
    ///
    /// Gives the listed widths for the listed shapes.
    public static func widths(for input: FeatureShape) -> [Int] {
        var widths = [64]
        var side = min(input.height, input.width) / 2
        while widths.count < 5, side / 2 >= 4 || widths.count < 2 {
            side /= 2
            widths.append(widths[widths.count - 1] * 2)
        }
        return widths
    }
}
