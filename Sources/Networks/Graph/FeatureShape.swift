/// Height, width and channels of one image or feature map. Vectors are 1x1 maps.
public struct FeatureShape: Hashable, Codable, Sendable, CustomStringConvertible {
    public var height: Int
    public var width: Int
    public var channels: Int

    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Elements of one map. Shapes inside a graph never overflow here; a shape from elsewhere may trap.
    public var count: Int { height * width * channels }
    /// `28x28x1`
    public var description: String { "\(height)x\(width)x\(channels)" }

    /// The most elements of one map and of one tensor of parameters: with it, sizes in bytes and
    /// multiply-adds of one layer cannot overflow.
    public static let maximumCount = 1 << 31
}

extension FeatureShape {
    /// Itself, where all extents are positive and the elements are no more than `maximumCount`.
    package func checked(node: String) throws(GraphError) -> FeatureShape {
        for (what, extent) in [("height", height), ("width", width), ("channels", channels)] where extent < 1 {
            throw .notPositive(node: node, what: what, found: extent)
        }
        guard Self.fits([height, width, channels]) else { throw .tooLarge(node: node, shape: self) }
        return self
    }

    /// Whether the product of these positive extents is at most `maximumCount`, without ever overflowing.
    package static func fits(_ extents: [Int]) -> Bool {
        var product = 1
        for extent in extents {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard !overflow, next <= maximumCount else { return false }
            product = next
        }
        return true
    }
}
