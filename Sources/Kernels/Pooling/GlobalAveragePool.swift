import CKernels

extension KernelContext {
    /// The mean of each channel over the map.
    ///
    /// - Parameters:
    ///   - input: `[N, H, W, C]`, at least one pixel.
    ///   - output: `[N, 1, 1, C]`.
    ///
    /// Sixteen pixels at a time are added in float, their sums in double: no loss on large maps.
    public func globalAveragePool(_ input: Tensor, into output: inout Tensor) {
        let (batch, pixels, channels) = checkGlobalShapes(map: input, vector: output)
        let (source, target) = (input.pointer, output.mutablePointer())
        let loop = poolingLoops.mean_pixels!
        forEachRowGroup(rows: batch, elementsPerRow: pixels * channels) { first, images in
            for image in first..<first + images {
                loop(pixels, channels, source + image * pixels * channels, target + image * channels)
            }
        }
    }

    /// Every pixel gets the gradient divided by the number of pixels.
    ///
    /// - Parameters:
    ///   - outputGradient: `[N, 1, 1, C]`.
    ///   - inputGradient: `[N, H, W, C]`.
    public func globalAveragePoolBackward(_ outputGradient: Tensor, into inputGradient: inout Tensor) {
        let (batch, pixels, channels) = checkGlobalShapes(map: inputGradient, vector: outputGradient)
        let (source, target) = (outputGradient.pointer, inputGradient.mutablePointer())
        let loop = poolingLoops.mean_pixels_gradient!
        forEachRowGroup(rows: batch, elementsPerRow: pixels * channels) { first, images in
            for image in first..<first + images {
                loop(pixels, channels, source + image * channels, target + image * pixels * channels)
            }
        }
    }

    private func checkGlobalShapes(map: Tensor, vector: Tensor) -> (batch: Int, pixels: Int, channels: Int) {
        precondition(map.shape.count == 4, "global average pooling of \(map.shape)")
        let (batch, pixels, channels) = (map.shape[0], map.shape[1] * map.shape[2], map.shape[3])
        precondition(pixels > 0, "global average pooling of an empty map \(map.shape)")
        requireShape(vector, [batch, 1, 1, channels], "global average pooling")
        return (batch, pixels, channels)
    }
}
