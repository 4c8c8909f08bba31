import CKernels

/// What is done to all parameters or gradients at once, besides an optimizer's step.
extension KernelContext {
    /// The sum of the squares of all elements, in double. Blocks of a fixed size are summed on their own and then added
    /// in their order, so the bits do not depend on the number of threads. One pass.
    public func sumOfSquares(_ tensor: Tensor) -> Double {
        let source = tensor.pointer
        let loop = optimizationLoops.sum_of_squares!
        let blocks = (tensor.count + KernelContext.blockElements - 1) / KernelContext.blockElements
        guard blocks > 1 else { return loop(tensor.count, source) }
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks) { partial in
            forEachBlock(of: tensor.count) { start, length in
                partial[start / KernelContext.blockElements] = loop(length, source + start)
            }
            return partial.reduce(0, +)
        }
    }

    /// `tensor *= factor`
    public func scale(_ tensor: inout Tensor, by factor: Float) {
        let target = tensor.mutablePointer()
        let loop = optimizationLoops.scale!
        forEachBlock(of: tensor.count) { start, length in loop(length, factor, target + start) }
    }

    /// `average += share * (tensor - average)`: one step of an exponential moving average.
    public func average(_ tensor: Tensor, share: Float, into average: inout Tensor) {
        requireSameShape(tensor, average, "average")
        let (source, target) = (tensor.pointer, average.mutablePointer())
        let loop = optimizationLoops.approach!
        forEachBlock(of: tensor.count) { start, length in loop(length, share, source + start, target + start) }
    }
}
