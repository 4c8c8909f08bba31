import CKernels

extension KernelContext {
    /// Gathers images by index into a batch, as `pixel * scale + shift` (one fused multiply-add), mirrored
    /// left to right where asked.
    ///
    /// - Parameters:
    ///   - pixels: `[images, H, W, C]`, row-major, 0…255.
    ///   - height: of one image; likewise `width` and `channels`.
    ///   - indices: one of the images in `pixels` for each of the batch (traps outside).
    ///   - flips: as many as `indices`: whether to mirror that image.
    ///   - scale: for `(x / 255 - 0.5) / 0.5`, 2 / 255.
    ///   - shift: for the same, -1.
    ///   - output: `[indices.count, H, W, C]`.
    public func loadImages(
        pixels: [UInt8], height: Int, width: Int, channels: Int, indices: [Int], flips: [Bool], scale: Float,
        shift: Float, into output: inout Tensor
    ) {
        precondition(height >= 0 && width >= 0 && channels >= 0, "images of \(height)x\(width)x\(channels)")
        requireShape(output, [indices.count, height, width, channels], "loadImages")
        precondition(flips.count == indices.count, "loadImages: \(flips.count) flips for \(indices.count) images")
        let rowSize = width * channels
        let imageSize = height * rowSize
        guard imageSize > 0 else { return }
        let images = pixels.count / imageSize
        precondition(
            indices.allSatisfy { $0 >= 0 && $0 < images }, "loadImages: index outside 0..<\(images)")
        let target = output.mutablePointer()
        let loop = elementwiseLoops.load_pixels!
        pixels.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            forEachRowGroup(rows: indices.count, elementsPerRow: imageSize) { first, count in
                for place in first..<first + count {
                    let (source, result) = (base + indices[place] * imageSize, target + place * imageSize)
                    if flips[place] {
                        for row in 0..<height {
                            loop(width, channels, source + row * rowSize, 1, scale, shift, result + row * rowSize)
                        }
                    } else {
                        loop(height * width, channels, source, 0, scale, shift, result)
                    }
                }
            }
        }
    }
}
