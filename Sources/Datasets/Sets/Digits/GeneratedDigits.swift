/// `digits`: a data set that needs no files. Ten classes of digits as a hand might write them, 28x28 grey, ink
/// bright on a dark ground as in MNIST.
///
/// Image `i` of a split depends on the split and on `i` alone, and has the same bytes on every machine; a digest in
/// the tests guards them.
public enum GeneratedDigits {
    public static let height = DigitPainter.side
    public static let width = DigitPainter.side
    public static let channels = 1
    public static let classNames = (0...9).map(String.init)

    /// The sizes under the name `digits` in the catalogue.
    public static let trainingCount = 12_000
    public static let validationCount = 2_000

    /// The one seed of the data set. It is not the seed of an experiment: all experiments see the same images.
    public static let seed: UInt64 = 2_718_281_828

    /// To be raised with every change that changes any pixel or label: results trained on other images are not
    /// comparable.
    public static let version = 1

    /// Identifies every bit of the data set, for example in the key of a cached result.
    public static let identity = "digits version \(version) seed \(seed)"

    /// The first `count` images of a split. Every ten consecutive images, from a multiple of ten on, show every
    /// digit once, in random order. Costs about 0.1 ms an image on one core. Traps where `count` is negative.
    public static func images(split: DatasetSplit, count: Int) -> LabeledImages {
        precondition(count >= 0)
        var painter = DigitPainter()
        var pixels: [UInt8] = []
        var labels: [Int32] = []
        pixels.reserveCapacity(count * height * width)
        labels.reserveCapacity(count)
        var order: [Int] = []
        for index in 0..<count {
            if index.isMultiple(of: classNames.count) {
                order = digits(ofBlock: index / classNames.count, in: split)
            }
            let digit = order[index % classNames.count]
            var generator = SeededGenerator(
                seed: seed &+ UInt64(index), purpose: "digits/\(split.rawValue)/image")
            pixels += painter.paint(digit, using: &generator)
            labels.append(Int32(digit))
        }
        return LabeledImages(
            height: height, width: width, channels: channels, pixels: pixels, labels: labels,
            classNames: classNames)
    }

    /// The digits of ten consecutive images.
    private static func digits(ofBlock block: Int, in split: DatasetSplit) -> [Int] {
        var generator = SeededGenerator(
            seed: seed &+ UInt64(block), purpose: "digits/\(split.rawValue)/labels")
        var order = Array(0...9)
        generator.shuffle(&order)
        return order
    }

    static let entry = CatalogEntry(
        description: DatasetDescription(
            name: "digits", title: "Generated digits", height: height, width: width, channels: channels,
            classNames: classNames, trainingCount: trainingCount, validationCount: validationCount,
            source: .generated(identity: identity)),
        open: { request in
            let limit = request.limit ?? .max
            return DatasetParts(
                training: images(split: .training, count: min(limit, trainingCount)),
                validation: images(split: .validation, count: min(limit, validationCount)))
        })
}
