/// The sum of two or more maps of one shape.
public struct Add: LayerDescription {
    public init() {}

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        guard inputs.count >= 2 else { throw .inputCount(node: node, expected: "2 or more", found: inputs.count) }
        for input in inputs where input != inputs[0] {
            throw .shapesDiffer(node: node, inputs[0], input)
        }
        return inputs[0]
    }
}

/// Two or more maps of one height and width, their channels one after the other.
public struct Concatenate: LayerDescription {
    public init() {}

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        guard inputs.count >= 2 else { throw .inputCount(node: node, expected: "2 or more", found: inputs.count) }
        var sum = inputs[0]
        for input in inputs.dropFirst() {
            guard input.height == sum.height, input.width == sum.width else {
                throw .shapesDiffer(node: node, inputs[0], input)
            }
            sum.channels += input.channels
            // After each, so that no number of inputs overflows the sum.
            sum = try sum.checked(node: node)
        }
        return sum
    }
}

/// Channels read as `[groups, C/groups]` and written as `[C/groups, groups]` (ShuffleNet, Zhang et al. 2017).
public struct ChannelShuffle: LayerDescription {
    public let groups: Int

    public init(groups: Int) { self.groups = groups }

    package func outputShape(node: String, inputs: [FeatureShape]) throws(GraphError) -> FeatureShape {
        let input = try onlyInput(of: inputs, node: node)
        guard groups > 0 else { throw .notPositive(node: node, what: "groups", found: groups) }
        guard input.channels % groups == 0 else {
            throw .channelsNotDivisible(node: node, channels: input.channels, by: groups)
        }
        return input
    }
}
