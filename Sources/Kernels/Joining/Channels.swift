import CKernels

/// Operations that only move channels. All but the last axis are rows: `[N, H, W, C]` or `[N, C]`.
extension KernelContext {
    /// Puts the channels of the inputs one after the other.
    ///
    /// - Parameters:
    ///   - inputs: at least one; the same shape but for the last axis.
    ///   - output: the same but for the last axis, which is the sum of theirs.
    public func concatenate(_ inputs: [Tensor], into output: inout Tensor) {
        precondition(!inputs.isEmpty, "concatenate: no inputs")
        let (rows, channels) = (output.rowCount, output.channelCount)
        for input in inputs {
            precondition(
                input.shape.dropLast() == output.shape.dropLast(),
                "concatenate: \(input.shape) does not fit \(output.shape)")
        }
        let widths = inputs.map(\.channelCount)
        precondition(widths.reduce(0, +) == channels, "concatenate: channels \(widths) into \(channels)")
        let sources = inputs.map(\.pointer)
        let target = output.mutablePointer()
        let loop = joiningLoops.copy_rows!
        forEachRowGroup(rows: rows, elementsPerRow: channels) { first, rows in
            var offset = 0
            for (source, width) in zip(sources, widths) {
                loop(rows, width, source + first * width, width, target + first * channels + offset, channels)
                offset += width
            }
        }
    }

    /// Copies the channels `from..<from + C'` of `[…, C]` into `[…, C']`: the backward pass of `concatenate`.
    public func channelSlice(_ input: Tensor, from: Int, into output: inout Tensor) {
        slice(input, from: from, into: &output, loop: joiningLoops.copy_rows)
    }

    /// Adds the channels `from..<from + C'` of `[…, C]` to `[…, C']`.
    public func accumulateChannelSlice(_ input: Tensor, from: Int, into sum: inout Tensor) {
        slice(input, from: from, into: &sum, loop: joiningLoops.add_rows)
    }

    /// Reads the channels as `[groups, C/groups]` and writes them as `[C/groups, groups]`
    /// (ShuffleNet: Zhang, Zhou, Lin, Sun 2017). `groups` must divide C.
    public func channelShuffle(_ input: Tensor, groups: Int, into output: inout Tensor) {
        shuffle(input, groups: groups, into: &output, loop: joiningLoops.interleave)
    }

    /// The inverse permutation of `channelShuffle`, which is its backward pass.
    public func channelShuffleBackward(_ outputGradient: Tensor, groups: Int, into inputGradient: inout Tensor) {
        shuffle(outputGradient, groups: groups, into: &inputGradient, loop: joiningLoops.deinterleave)
    }

    private typealias RowLoop = @convention(c) (
        Int, Int, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?, Int
    ) -> Void
    private typealias ShuffleLoop = @convention(c) (
        Int, Int, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void

    private func slice(_ input: Tensor, from: Int, into output: inout Tensor, loop: RowLoop) {
        let (channels, width) = (input.channelCount, output.channelCount)
        precondition(
            input.shape.dropLast() == output.shape.dropLast(), "channelSlice: \(input.shape) to \(output.shape)")
        precondition(
            from >= 0 && from + width <= channels, "channelSlice: \(from)..<\(from + width) of \(channels) channels")
        let (source, target) = (input.pointer, output.mutablePointer())
        forEachRowGroup(rows: input.rowCount, elementsPerRow: width) { first, rows in
            loop(rows, width, source + first * channels + from, channels, target + first * width, width)
        }
    }

    private func shuffle(_ input: Tensor, groups: Int, into output: inout Tensor, loop: ShuffleLoop) {
        requireSameShape(input, output, "channelShuffle")
        let channels = input.channelCount
        precondition(
            groups >= 1 && channels % groups == 0, "channelShuffle: \(groups) groups of \(channels) channels")
        let (source, target) = (input.pointer, output.mutablePointer())
        forEachRowGroup(rows: input.rowCount, elementsPerRow: channels) { first, rows in
            loop(rows, groups, channels / groups, source + first * channels, target + first * channels)
        }
    }
}
