import CKernels

/// Square windows over a batch of maps; extents are checked when it is made.
///
/// Output extents are rounded down: windows that do not fit whole are left out.
public struct PoolingGeometry: Hashable, Sendable {
    public let batch: Int
    public let height: Int
    public let width: Int
    public let channels: Int
    /// Height and width of a window.
    public let window: Int
    public let stride: Int
    /// Rows and columns around the map, on every side; at most half a window, so that none lies outside.
    public let padding: Int
    public let outputHeight: Int
    public let outputWidth: Int

    /// - Throws: `PoolingGeometryError`, naming what does not fit.
    public init(
        batch: Int, height: Int, width: Int, channels: Int, window: Int, stride: Int, padding: Int
    ) throws(PoolingGeometryError) {
        let extents: [(PoolingGeometryError.Extent, Int)] = [
            (.batch, batch), (.height, height), (.width, width), (.channels, channels), (.window, window),
            (.stride, stride),
        ]
        for (extent, value) in extents {
            guard value >= 1 else { throw .notPositive(extent, value) }
            guard value <= Int(Int32.max) else { throw .tooLarge(extent, value) }
        }
        guard padding >= 0, padding <= window / 2 else { throw .padding(padding, allowed: 0...(window / 2)) }
        for (extent, value) in [(PoolingGeometryError.Extent.height, height), (.width, width)] {
            guard window <= value + 2 * padding else {
                throw .windowLargerThanMap(window: window, extent, padded: value + 2 * padding)
            }
        }
        let (area, areaOverflow) = height.multipliedReportingOverflow(by: width)
        let (images, imagesOverflow) = batch.multipliedReportingOverflow(by: channels)
        let (elements, overflow) = area.multipliedReportingOverflow(by: images)
        guard !areaOverflow, !imagesOverflow, !overflow, elements <= Int.max / 8 else {
            throw .tooManyElements(shape: [batch, height, width, channels])
        }
        self.batch = batch
        self.height = height
        self.width = width
        self.channels = channels
        self.window = window
        self.stride = stride
        self.padding = padding
        outputHeight = (height + 2 * padding - window) / stride + 1
        outputWidth = (width + 2 * padding - window) / stride + 1
    }

    /// `[N, H, W, C]`
    public var inputShape: [Int] { [batch, height, width, channels] }
    /// `[N, H', W', C]`
    public var outputShape: [Int] { [batch, outputHeight, outputWidth, channels] }

    var loopArgument: offprint_pooling {
        offprint_pooling(
            height: height, width: width, channels: channels, window: window, stride: stride, padding: padding,
            output_height: outputHeight, output_width: outputWidth)
    }
}

/// Why there is no such pooling.
public enum PoolingGeometryError: Error, Hashable, Sendable {
    public enum Extent: String, Hashable, Sendable { case batch, height, width, channels, window, stride }

    /// An extent, and what was given; at least 1 is needed.
    case notPositive(Extent, Int)
    /// An extent, and what was given; at most 2^31 - 1 can be.
    case tooLarge(Extent, Int)
    /// The padding given, and the range that leaves no window empty.
    case padding(Int, allowed: ClosedRange<Int>)
    /// The window is larger than that extent of the map with its padding.
    case windowLargerThanMap(window: Int, Extent, padded: Int)
    /// A map that cannot be addressed.
    case tooManyElements(shape: [Int])
}
