import CKernels

/// Pooling with square windows over `[N, H, W, C]`.
extension KernelContext {
    /// The largest value of each window. Padding never wins; a NaN does.
    ///
    /// - Parameters:
    ///   - input: of shape `geometry.inputShape`.
    ///   - output: of shape `geometry.outputShape`.
    public func maxPool(_ input: Tensor, geometry: PoolingGeometry, into output: inout Tensor) {
        poolRows(input, geometry, into: &output, poolingLoops.max_row)
    }

    /// Sends each output's gradient to the winner of its window: of equal values, the first in row-major order.
    /// A pixel that wins several windows gets the sum, added in row-major order of the windows.
    ///
    /// - Parameter input: the forward pass's; the winners are found again.
    ///
    /// A task owns a block of channels of one image, so that no two tasks add to one place.
    public func maxPoolBackward(
        _ input: Tensor, outputGradient: Tensor, geometry: PoolingGeometry, into inputGradient: inout Tensor
    ) {
        requireShape(input, geometry.inputShape, "maxPoolBackward")
        requireShape(outputGradient, geometry.outputShape, "maxPoolBackward")
        requireShape(inputGradient, geometry.inputShape, "maxPoolBackward")
        let (source, gradient, target) = (input.pointer, outputGradient.pointer, inputGradient.mutablePointer())
        let loop = poolingLoops.max_gradient!
        let argument = geometry.loopArgument
        let channels = geometry.channels
        let inputSize = geometry.height * geometry.width * channels
        let outputSize = geometry.outputHeight * geometry.outputWidth * channels
        // Whole images are read in order; few images are split so that all threads have work.
        let slab = geometry.batch >= 8 ? channels : 64
        let slabs = (channels + slab - 1) / slab
        pool.run(geometry.batch * slabs) { task in
            let (image, first) = (task / slabs, task % slabs * slab)
            withUnsafePointer(to: argument) { argument in
                loop(
                    argument, source + image * inputSize, gradient + image * outputSize, first,
                    min(first + slab, channels), target + image * inputSize)
            }
        }
    }

    /// The sum of each window divided by `window * window`: padding counts as zeros and as elements, as in
    /// PyTorch with `count_include_pad`.
    ///
    /// - Parameters:
    ///   - input: of shape `geometry.inputShape`.
    ///   - output: of shape `geometry.outputShape`.
    public func averagePool(_ input: Tensor, geometry: PoolingGeometry, into output: inout Tensor) {
        poolRows(input, geometry, into: &output, poolingLoops.average_row)
    }

    /// Each pixel gets the gradients of the windows that hold it, divided by `window * window`.
    public func averagePoolBackward(
        _ outputGradient: Tensor, geometry: PoolingGeometry, into inputGradient: inout Tensor
    ) {
        requireShape(outputGradient, geometry.outputShape, "averagePoolBackward")
        requireShape(inputGradient, geometry.inputShape, "averagePoolBackward")
        runRows(
            outputGradient, geometry, into: &inputGradient, rowsOfOne: geometry.height,
            elementsPerRow: geometry.width * geometry.channels, poolingLoops.average_gradient_row)
    }

    private typealias RowLoop = @convention(c) (
        UnsafePointer<offprint_pooling>?, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?
    ) -> Void

    private func poolRows(
        _ input: Tensor, _ geometry: PoolingGeometry, into output: inout Tensor, _ loop: RowLoop
    ) {
        requireShape(input, geometry.inputShape, "pooling")
        requireShape(output, geometry.outputShape, "pooling")
        runRows(
            input, geometry, into: &output, rowsOfOne: geometry.outputHeight,
            elementsPerRow: geometry.outputWidth * geometry.channels, loop)
    }

    /// Runs `loop` for every row of every image written; each reads the image of the same index.
    private func runRows(
        _ input: Tensor, _ geometry: PoolingGeometry, into output: inout Tensor, rowsOfOne: Int,
        elementsPerRow: Int, _ loop: RowLoop
    ) {
        let (source, target) = (input.pointer, output.mutablePointer())
        let imageSize = input.count / geometry.batch
        let argument = geometry.loopArgument
        forEachRowGroup(rows: geometry.batch * rowsOfOne, elementsPerRow: elementsPerRow) { first, rows in
            withUnsafePointer(to: argument) { argument in
                for row in first..<first + rows {
                    loop(
                        argument, source + row / rowsOfOne * imageSize, row % rowsOfOne,
                        target + row * elementsPerRow)
                }
            }
        }
    }
}

func requireShape(_ tensor: Tensor, _ shape: [Int], _ what: StaticString) {
    precondition(tensor.shape == shape, "\(what): shape \(tensor.shape) in place of \(shape)")
}
