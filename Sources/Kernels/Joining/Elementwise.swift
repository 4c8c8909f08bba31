import CKernels

extension KernelContext {
    /// `output = relu(a + b)`, element by element; all three of one shape. One pass over memory.
    ///
    /// - Parameter relu: an activation of the sum, for residual blocks.
    public func add(_ a: Tensor, _ b: Tensor, relu: ReLUKind = .none, into output: inout Tensor) {
        requireSameShape(a, b, "add")
        requireSameShape(a, output, "add")
        let (left, right, target) = (a.pointer, b.pointer, output.mutablePointer())
        let (loop, clamp) = (elementwiseLoops.add!, relu.clamp)
        forEachBlock(of: a.count) { start, length in
            loop(length, left + start, right + start, clamp, target + start)
        }
    }

    /// `sum += addend`, element by element; both of one shape.
    public func accumulate(_ addend: Tensor, into sum: inout Tensor) {
        requireSameShape(addend, sum, "accumulate")
        let (source, target) = (addend.pointer, sum.mutablePointer())
        let loop = elementwiseLoops.accumulate!
        forEachBlock(of: addend.count) { start, length in loop(length, source + start, target + start) }
    }

    /// Copies the elements of one tensor over another of the same shape.
    ///
    /// Assignment shares storage and is free; this is for a target that keeps its own memory.
    public func copy(_ input: Tensor, into output: inout Tensor) {
        requireSameShape(input, output, "copy")
        let (source, target) = (input.pointer, output.mutablePointer())
        forEachBlock(of: input.count) { start, length in
            (target + start).update(from: source + start, count: length)
        }
    }

    /// Sets every element to `value`.
    public func fill(_ value: Float, into output: inout Tensor) {
        let target = output.mutablePointer()
        forEachBlock(of: output.count) { start, length in
            (target + start).update(repeating: value, count: length)
        }
    }
}
