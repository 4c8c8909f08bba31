/// The two parts of an opened data set. Shape and classes are the same in both.
public struct DatasetParts: Sendable {
    public let training: any ImageSource
    public let validation: any ImageSource

    /// Traps where the two parts do not belong together.
    public init(training: any ImageSource, validation: any ImageSource) {
        precondition(training.height == validation.height && training.width == validation.width)
        precondition(training.channels == validation.channels && training.classNames == validation.classNames)
        self.training = training
        self.validation = validation
    }

    /// Bytes of pixels up to which a data set is decoded once and held in memory. A fixed number, so that the same
    /// data set is read in the same way on every machine.
    public static let largestInMemory = 1 << 30

    /// These parts decoded and in memory where they are small enough, unchanged where not.
    func loadedWhereSmall(threads: Int) throws(DatasetError) -> DatasetParts {
        let bytes = (training.count + validation.count) * training.imageSize
        guard bytes <= Self.largestInMemory else { return self }
        return DatasetParts(
            training: try training.loaded(threads: threads), validation: try validation.loaded(threads: threads))
    }
}

/// The order of images that lie class by class.
enum ClassOrder {
    /// The first of every class, then the second of every class…: any number of first images is balanced.
    static func interleaved<Element>(_ classes: [[Element]]) -> [(label: Int32, element: Element)] {
        let longest = classes.map(\.count).max() ?? 0
        return (0..<longest).flatMap { place in
            classes.enumerated().compactMap { label, elements in
                place < elements.count ? (Int32(label), elements[place]) : nil
            }
        }
    }
}
