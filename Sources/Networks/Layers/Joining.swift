/// The sum of two or more maps of one shape.
public struct Add: LayerDescription {
    public init() {}
}

/// Maps of one height and width, their channels one after the other.
public struct Concatenate: LayerDescription {
    public init() {}
}

/// Channels read as `[groups, C/groups]` and written as `[C/groups, groups]` (ShuffleNet, Zhang et al. 2017).
public struct ChannelShuffle: LayerDescription {
    public let groups: Int

    public init(groups: Int) { self.groups = groups }
}
