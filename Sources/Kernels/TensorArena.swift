/// One allocation in which tensors lie where a plan puts them.
///
/// Pages that no tensor has been written to cost no memory. Tensors that share floats are the business of whoever
/// planned them: a value read from one holds only as long as the plan says, so no tensor of an arena may leave its
/// owner. Copying one shares it, and writing to a shared one copies it to memory of its own, as with every tensor.
package final class TensorArena: @unchecked Sendable {
    /// Floats.
    package let count: Int
    private let elements: UnsafeMutablePointer<Float>

    /// - Parameter count: floats of any value; must not be negative (traps).
    package init(count: Int) {
        precondition(count >= 0, "an arena of \(count) floats")
        self.count = count
        elements = NumberMemory.allocate(count)
    }

    /// A tensor over the floats from `offset` on, which keep the values they have. Traps unless it lies within the arena
    /// and `offset` is a multiple of 16.
    package func tensor(shape: [Int], at offset: Int) -> Tensor {
        let length = Tensor.count(of: shape)
        precondition(
            offset >= 0 && offset <= count && length <= count - offset && offset % 16 == 0,
            "\(length) floats at \(offset) of an arena of \(count)")
        return Tensor(shape: shape, storage: TensorStorage(elements + offset, count: length, of: self))
    }

    deinit { NumberMemory.deallocate(elements) }
}
