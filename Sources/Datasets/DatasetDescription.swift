public import Foundation

/// What is known about a data set without reading its images.
public struct DatasetDescription: Sendable, Hashable {
    /// The name in experiment files and on the command line: lower case, no spaces.
    public let name: String
    /// The name in prose and headings.
    public let title: String
    /// Height, width and channels of every image.
    public let height: Int
    public let width: Int
    public let channels: Int
    /// What the class indices stand for, in order.
    public let classNames: [String]
    /// The number of images of the whole data set; files may hold fewer, never more. Of a folder: what it holds.
    public let trainingCount: Int
    public let validationCount: Int
    public let source: Source

    /// Bytes of one image.
    public var imageSize: Int { height * width * channels }

    /// Where the images come from.
    public enum Source: Sendable, Hashable {
        /// Made by the program. `identity` changes whenever a bit of any image changes.
        case generated(identity: String)
        /// Read from these files, each named relative to a data folder. A file `x.gz` may also lie there
        /// decompressed, as `x`.
        case files([String])
        /// Every image is a file of its own in a folder; see `DatasetReference.folder`. `nil` where it is not there.
        case folder(URL?)
    }
}

extension DatasetDescription {
    /// Images of this data set. Traps like `LabeledImages.init`.
    func images(pixels: [UInt8], labels: [Int32]) -> LabeledImages {
        LabeledImages(
            height: height, width: width, channels: channels, pixels: pixels, labels: labels, classNames: classNames)
    }
}
