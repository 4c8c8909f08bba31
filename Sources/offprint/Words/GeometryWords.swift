import Kernels

extension GeometryError {
    /// The English of a geometry that is none.
    var words: String {
        switch self {
        case .notPositive(let extent, let found): "\(extent.words) must be at least 1, not \(found)"
        case .negativePadding(let found): "the padding must be at least 0, not \(found)"
        case .notDivisible(let extent, let found, let groups):
            "\(extent.words) must be a multiple of the \(groups) groups, not \(found)"
        case .windowDoesNotFit(let axis, let kernel, let paddedInput):
            "a kernel of \(kernel) does not fit an image of \(axis.rawValue) \(paddedInput) (with its padding)"
        case .tooLarge(let quantity, let extents):
            "\(quantity.words) are too large to count: \(extents.map(String.init).joined(separator: " x "))"
        }
    }
}

extension GeometryError.Extent {
    fileprivate var words: String {
        switch self {
        case .batch: "the batch (n)"
        case .inputHeight: "the height of the images (h)"
        case .inputWidth: "the width of the images (w)"
        case .inputChannels: "the number of input channels (c)"
        case .outputChannels: "the number of output channels (k)"
        case .kernelHeight, .kernelWidth: "the size of the kernel (r)"
        case .stride: "the stride"
        case .groups: "the number of groups"
        }
    }
}

extension GeometryError.Quantity {
    fileprivate var words: String {
        switch self {
        case .input: "the images"
        case .weights: "the weights"
        case .output: "the results"
        case .multiplyAdds: "the multiply-adds"
        }
    }
}
