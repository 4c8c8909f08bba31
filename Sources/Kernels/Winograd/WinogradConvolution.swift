internal import CKernels

// Convolutions of 3x3 at stride 1 by Winograd's F(4x4, 3x3): 36 multiplications for 144 of the definition.
//
// The data gradient is the convolution of the output gradient with the weights turned by half and transposed, so it
// takes the same path; the weight gradient is the transpose of the same transforms over the same tiles.
// S. Winograd, Arithmetic Complexity of Computations, 1980; A. Lavin and S. Gray, Fast Algorithms for Convolutional
// Neural Networks, 2016.

extension KernelContext {
    func winogradForward(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        geometry: ConvolutionGeometry, into output: UnsafeMutablePointer<Float>
    ) {
        let tap = geometry.inputChannels * geometry.outputChannels
        WinogradProduct(
            tiles: geometry.batch * geometry.outputTiles.each, patches: geometry.inputPatches, source: input,
            weights: offprint_winograd_weights(
                w: weights, tap_y: 3 * tap, tap_x: tap, row: geometry.outputChannels, column: 1,
                rows: geometry.inputChannels, columns: geometry.outputChannels),
            start: bias, targets: geometry.outputTiles, output: output
        ).run(in: self)
    }

    func winogradDataGradient(
        _ outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into inputGradient: UnsafeMutablePointer<Float>
    ) {
        let tap = geometry.inputChannels * geometry.outputChannels
        // From the last tap backwards.
        WinogradProduct(
            tiles: geometry.batch * geometry.inputTiles.each, patches: geometry.gradientPatches,
            source: outputGradient,
            weights: offprint_winograd_weights(
                w: weights + 8 * tap, tap_y: -3 * tap, tap_x: -tap, row: 1, column: geometry.outputChannels,
                rows: geometry.outputChannels, columns: geometry.inputChannels),
            start: nil, targets: geometry.inputTiles, output: inputGradient
        ).run(in: self)
    }

    func winogradWeightGradient(
        _ input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into weightGradient: UnsafeMutablePointer<Float>
    ) {
        WinogradWeightGradient(
            tiles: geometry.batch * geometry.outputTiles.each, patches: geometry.inputPatches, input: input,
            gradients: geometry.outputTiles, outputGradient: outputGradient, output: weightGradient
        ).run(in: self)
    }
}

extension ConvolutionGeometry {
    /// Tiles of 4x4 output pixels.
    fileprivate var outputTiles: offprint_tiles {
        offprint_tiles(height: outputHeight, width: outputWidth, channels: outputChannels, origin: 0)
    }

    /// The input pixels under the output tiles.
    fileprivate var inputPatches: offprint_tiles {
        offprint_tiles(
            height: inputHeight, width: inputWidth, channels: inputChannels, origin: -padding, under: outputTiles)
    }

    /// Tiles of 4x4 input pixels.
    fileprivate var inputTiles: offprint_tiles {
        offprint_tiles(height: inputHeight, width: inputWidth, channels: inputChannels, origin: 0)
    }

    /// The pixels of the output gradient under the input tiles.
    fileprivate var gradientPatches: offprint_tiles {
        offprint_tiles(
            height: outputHeight, width: outputWidth, channels: outputChannels, origin: padding - 2, under: inputTiles)
    }
}

extension offprint_tiles {
    /// A grid that covers the image, or that of other tiles.
    fileprivate init(height: Int, width: Int, channels: Int, origin: Int, under tiles: offprint_tiles? = nil) {
        let side = Int(OFFPRINT_TILE_SIDE)
        self.init(
            height: height, width: width, pixel: channels, channels: channels,
            grid_height: tiles?.grid_height ?? (height + side - 1) / side,
            grid_width: tiles?.grid_width ?? (width + side - 1) / side, origin: origin)
    }

    /// Tiles of one image.
    var each: Int { grid_height * grid_width }

    /// The same tiles of a range of the channels.
    func ofChannels(_ count: Int) -> offprint_tiles {
        var tiles = self
        tiles.channels = count
        return tiles
    }
}

/// Floats from one row to the next of a matrix beside others: an odd number of cache lines, so that rows that are read
/// side by side do not collide.
func oddPitch(_ columns: Int) -> Int { ((columns + 15) / 16 | 1) * 16 }

/// The parts, and the length of each but the last, when `count` is cut evenly into parts of at most `longest`.
/// The length is a multiple of `unit`.
func evenCut(_ count: Int, longest: Int, unit: Int) -> (parts: Int, length: Int) {
    let parts = max(1, (count + longest - 1) / longest)
    let length = max(1, ((count + parts - 1) / parts + unit - 1) / unit) * unit
    return (max(1, (count + length - 1) / length), length)
}
