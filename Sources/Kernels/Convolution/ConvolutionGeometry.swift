/// The extents of one convolution: images `[N, H, W, C]`, weights `[R, S, C/groups, K]`, outputs `[N, OH, OW, K]`.
///
/// Every value is valid: the initializer (and decoding) checks once what all kernels then rely on. Output channel
/// `k` belongs to group `k / (K/groups)`, which reads the input channels from `group * C/groups` on.
public struct ConvolutionGeometry: Hashable, Sendable {
    public let batch: Int
    public let inputHeight: Int
    public let inputWidth: Int
    public let inputChannels: Int
    public let outputChannels: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    public let stride: Int
    /// Zeros around the image, on every side.
    public let padding: Int
    public let groups: Int

    /// - Throws: `GeometryError` where an extent is not positive, the padding negative, the groups do not divide the
    ///   channels, the window does not fit the padded image once, or a tensor or the work is too large to count.
    public init(
        batch: Int, inputHeight: Int, inputWidth: Int, inputChannels: Int, outputChannels: Int,
        kernelHeight: Int, kernelWidth: Int, stride: Int, padding: Int, groups: Int
    ) throws(GeometryError) {
        self.batch = batch
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.stride = stride
        self.padding = padding
        self.groups = groups
        try check()
    }

    /// `(H + 2 * padding - R) / stride + 1`, rounded down.
    public var outputHeight: Int { (inputHeight + 2 * padding - kernelHeight) / stride + 1 }
    /// `(W + 2 * padding - S) / stride + 1`, rounded down.
    public var outputWidth: Int { (inputWidth + 2 * padding - kernelWidth) / stride + 1 }

    /// `[N, H, W, C]`.
    public var inputShape: [Int] { [batch, inputHeight, inputWidth, inputChannels] }
    /// `[R, S, C/groups, K]`.
    public var weightShape: [Int] { [kernelHeight, kernelWidth, groupInputChannels, outputChannels] }
    /// `[N, OH, OW, K]`.
    public var outputShape: [Int] { [batch, outputHeight, outputWidth, outputChannels] }

    /// Multiplications of one pass by the definition, the ones with padding zeros included: N * OH * OW * K * R * S * C/groups.
    public var multiplyAdds: Int { places * outputChannels * reduction }

    /// Input channels of one group.
    public var groupInputChannels: Int { inputChannels / groups }
    /// Output channels of one group.
    public var groupOutputChannels: Int { outputChannels / groups }

    /// Output pixels of the whole batch.
    var places: Int { batch * outputHeight * outputWidth }
    /// Terms of the sum that makes one output.
    var reduction: Int { kernelHeight * kernelWidth * groupInputChannels }
}

extension ConvolutionGeometry {
    /// No tensor may hold more elements, so that places within it (and within packed copies) can be counted.
    static let largestCount = 1 << 44

    private func check() throws(GeometryError) {
        let extents: [(GeometryError.Extent, Int)] = [
            (.batch, batch), (.inputHeight, inputHeight), (.inputWidth, inputWidth),
            (.inputChannels, inputChannels), (.outputChannels, outputChannels),
            (.kernelHeight, kernelHeight), (.kernelWidth, kernelWidth), (.stride, stride), (.groups, groups),
        ]
        for (extent, value) in extents where value < 1 { throw .notPositive(extent, found: value) }
        if padding < 0 { throw .negativePadding(found: padding) }
        if inputChannels % groups != 0 {
            throw .notDivisible(.inputChannels, found: inputChannels, groups: groups)
        }
        if outputChannels % groups != 0 {
            throw .notDivisible(.outputChannels, found: outputChannels, groups: groups)
        }
        for extent in [inputHeight, inputWidth, kernelHeight, kernelWidth, padding, stride] {
            if extent > Self.largestCount { throw .tooLarge(.input, extents: inputShape) }
        }
        if kernelHeight > inputHeight + 2 * padding {
            throw .windowDoesNotFit(.height, kernel: kernelHeight, paddedInput: inputHeight + 2 * padding)
        }
        if kernelWidth > inputWidth + 2 * padding {
            throw .windowDoesNotFit(.width, kernel: kernelWidth, paddedInput: inputWidth + 2 * padding)
        }
        guard Self.fits(inputShape) else { throw .tooLarge(.input, extents: inputShape) }
        guard Self.fits(weightShape) else { throw .tooLarge(.weights, extents: weightShape) }
        guard Self.fits(outputShape) else { throw .tooLarge(.output, extents: outputShape) }
        let (_, overflow) = outputShape.reduce(1, *).multipliedReportingOverflow(by: reduction)
        if overflow { throw .tooLarge(.multiplyAdds, extents: outputShape + weightShape.dropLast()) }
    }

    private static func fits(_ shape: [Int]) -> Bool {
        var product = 1
        for extent in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            if overflow || next > largestCount { return false }
            product = next
        }
        return true
    }
}

extension ConvolutionGeometry: Codable {
    private enum Key: String, CodingKey {
        case batch, inputHeight, inputWidth, inputChannels, outputChannels
        case kernelHeight, kernelWidth, stride, padding, groups
    }

    /// Throws what the initializer throws, besides the decoder's own errors.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        try self.init(
            batch: values.decode(Int.self, forKey: .batch),
            inputHeight: values.decode(Int.self, forKey: .inputHeight),
            inputWidth: values.decode(Int.self, forKey: .inputWidth),
            inputChannels: values.decode(Int.self, forKey: .inputChannels),
            outputChannels: values.decode(Int.self, forKey: .outputChannels),
            kernelHeight: values.decode(Int.self, forKey: .kernelHeight),
            kernelWidth: values.decode(Int.self, forKey: .kernelWidth),
            stride: values.decode(Int.self, forKey: .stride),
            padding: values.decode(Int.self, forKey: .padding),
            groups: values.decode(Int.self, forKey: .groups))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(batch, forKey: .batch)
        try values.encode(inputHeight, forKey: .inputHeight)
        try values.encode(inputWidth, forKey: .inputWidth)
        try values.encode(inputChannels, forKey: .inputChannels)
        try values.encode(outputChannels, forKey: .outputChannels)
        try values.encode(kernelHeight, forKey: .kernelHeight)
        try values.encode(kernelWidth, forKey: .kernelWidth)
        try values.encode(stride, forKey: .stride)
        try values.encode(padding, forKey: .padding)
        try values.encode(groups, forKey: .groups)
    }
}
