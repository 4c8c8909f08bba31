/// Why extents do not make a convolution. The words for it are made by the program, not here.
public enum GeometryError: Error, Hashable, Sendable {
    /// `extent` must be at least 1.
    case notPositive(Extent, found: Int)
    /// The padding must be at least 0.
    case negativePadding(found: Int)
    /// The number of groups must divide both numbers of channels.
    case notDivisible(Extent, found: Int, groups: Int)
    /// The kernel must fit the padded image at least once.
    case windowDoesNotFit(Axis, kernel: Int, paddedInput: Int)
    /// A tensor has more than 2^44 elements, or the multiply-adds do not fit an `Int`.
    case tooLarge(Quantity, extents: [Int])

    /// The numbers a geometry is made of.
    public enum Extent: String, Hashable, Sendable {
        case batch, inputHeight, inputWidth, inputChannels, outputChannels
        case kernelHeight, kernelWidth, stride, groups
    }

    public enum Axis: String, Hashable, Sendable { case height, width }

    /// What a geometry counts.
    public enum Quantity: String, Hashable, Sendable { case input, weights, output, multiplyAdds }
}
