/// Why a node cannot join a graph.
public enum GraphError: Error, Hashable, Sendable {
    case duplicateName(String)
    case unknownInput(node: String, index: Int)
    /// A layer was given another number of inputs than it takes.
    case inputCount(node: String, expected: String, found: Int)
    /// Two shapes that should agree do not: two inputs of a sum, or what a layer needs and what it was given.
    case shapesDiffer(node: String, FeatureShape, FeatureShape)
    /// A kernel or window larger than the padded input.
    case windowTooLarge(node: String, window: Int, input: FeatureShape, padding: Int)
    /// Channels that are not a multiple of what the layer needs.
    case channelsNotDivisible(node: String, channels: Int, by: Int)
    /// An extent, stride, group or width that must be positive and is not.
    case notPositive(node: String, what: String, found: Int)
    /// A number outside the range a layer takes; `expected` is that range, such as `0…2` or `above 0`.
    case outOfRange(node: String, what: String, expected: String, found: Double)
    /// More than `FeatureShape.maximumCount` elements in the map itself or in a tensor of parameters,
    /// or totals of the whole graph that do not fit an `Int`.
    case tooLarge(node: String, shape: FeatureShape)
}
