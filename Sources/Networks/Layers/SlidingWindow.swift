/// The geometry that convolutions and pools share: a square window moved in steps over a padded map.
struct SlidingWindow {
    let size: Int
    let stride: Int
    let padding: Int
    /// The most zeros on a side with which every window still sees some of the map.
    let largestPadding: Int

    /// Large enough for any image, small enough for `height + 2 padding` not to overflow.
    static let largestSize = 65535

    /// `(H + 2 padding - size) / stride + 1`, rounded down, by the same in width.
    func outputShape(of input: FeatureShape, channels: Int, node: String) throws(GraphError) -> FeatureShape {
        guard size > 0 else { throw .notPositive(node: node, what: "window", found: size) }
        guard stride > 0 else { throw .notPositive(node: node, what: "stride", found: stride) }
        guard size <= Self.largestSize else {
            throw .outOfRange(node: node, what: "window", expected: "1…\(Self.largestSize)", found: Double(size))
        }
        guard (0...largestPadding).contains(padding) else {
            throw .outOfRange(node: node, what: "padding", expected: "0…\(largestPadding)", found: Double(padding))
        }
        guard size <= input.height + 2 * padding, size <= input.width + 2 * padding else {
            throw .windowTooLarge(node: node, window: size, input: input, padding: padding)
        }
        return try FeatureShape(
            height: (input.height + 2 * padding - size) / stride + 1,
            width: (input.width + 2 * padding - size) / stride + 1,
            channels: channels
        ).checked(node: node)
    }
}
