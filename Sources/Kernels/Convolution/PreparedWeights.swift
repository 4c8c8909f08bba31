internal import CKernels

/// The weights of one convolution in the order in which its products read them, for networks that only answer.
///
/// A single image passes over each weight once or a few times, so reading the weights is most of the work; where they
/// lie in rows of many channels, every line of 16 is on another page.
public struct PreparedWeights: Sendable {
    let packed: Tensor
    let panels: Panels
    /// `[R, S, C/groups, K]`
    let shape: [Int]
}

extension KernelContext {
    /// Packs `weights` for `convolution(_:prepared:…)`; nil where the geometry's `preparedAlgorithm` reads them as they lie.
    /// Cost: one pass over the weights, and as much memory again.
    /// - Parameter weights: `[R, S, C/groups, K]`, checked against `geometry` (a mismatch traps).
    public func prepare(_ weights: Tensor, geometry: ConvolutionGeometry) -> PreparedWeights? {
        precondition(
            weights.shape == geometry.weightShape, "weights \(weights.shape), the geometry has \(geometry.weightShape)")
        switch geometry.preparedAlgorithm {
        case .direct, .pointwise: break
        default: return nil
        }
        let panels = Panels(depth: geometry.reduction, columns: geometry.groupOutputChannels)
        var packed = Tensor(shape: [geometry.groups * panels.floats])
        let target = packed.mutablePointer()
        withExtendedLifetime(weights) {
            packRows(
                weights.pointer, groups: geometry.groups, row: geometry.outputChannels, panels: panels, into: target)
        }
        return PreparedWeights(packed: packed, panels: panels, shape: weights.shape)
    }

    /// `convolution` with weights that were prepared once: the bits of `preparedAlgorithm`.
    /// - Parameters:
    ///   - input: `[N, H, W, C]`.
    ///   - prepared: made for a geometry of the same weights (traps otherwise); the batch may differ.
    ///   - bias: `[K]`, or nil for none.
    ///   - output: `[N, OH, OW, K]`, overwritten.
    public func convolution(
        _ input: Tensor, prepared: PreparedWeights, bias: Tensor?, geometry: ConvolutionGeometry,
        into output: inout Tensor
    ) {
        precondition(input.shape == geometry.inputShape, "images \(input.shape), not \(geometry.inputShape)")
        precondition(output.shape == geometry.outputShape, "outputs \(output.shape), not \(geometry.outputShape)")
        precondition(
            prepared.shape == geometry.weightShape && prepared.panels.columns == geometry.groupOutputChannels,
            "weights prepared as \(prepared.shape), the geometry has \(geometry.weightShape)")
        if let bias { precondition(bias.shape == [geometry.outputChannels], "bias \(bias.shape)") }
        let target = output.mutablePointer()
        withExtendedLifetime((input, prepared.packed, bias)) {
            var product = GatheredProduct(
                window: geometry.window, source: input.pointer, sourceCount: geometry.inputCount,
                groups: geometry.groups, places: geometry.places,
                right: RightHandSide(packed: prepared.packed.pointer, panels: prepared.panels), start: bias?.pointer,
                output: PlaceLayout(pixel: geometry.outputChannels), outputBase: target)
            // Weights that do not fit the second cache are read once for all places, not once for every few.
            if prepared.panels.floats > 1 << 17 { product.leastRowsPerTask = 48 }
            product.run(in: self)
        }
    }
}
