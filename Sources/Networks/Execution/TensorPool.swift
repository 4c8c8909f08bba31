import Kernels

/// Tensors that are not in use, by size, so that no step of training allocates after the first.
///
/// A tensor is either in use or in the pool, never both: of several owners the last one gives it.
struct TensorPool {
    private var free: [Int: [Tensor]] = [:]
    /// Tensors made so far.
    private(set) var allocations = 0

    /// A tensor of that shape with any content. Allocates where no tensor of equal count is free.
    mutating func take(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        guard let tensor = free[count]?.popLast() else {
            allocations += 1
            return Tensor(shape: shape)
        }
        return tensor.shape == shape ? tensor : tensor.reshaped(to: shape)
    }

    /// Keeps the tensor for the next taker, unless others still own it.
    mutating func give(_ tensor: consuming Tensor) {
        guard tensor.isUnique() else { return }
        free[tensor.count, default: []].append(tensor)
    }

    /// Gives what `slot` holds, if anything, and leaves it empty.
    mutating func give(from slot: inout Tensor?) {
        if let tensor = slot.take() { give(consume tensor) }
    }
}
