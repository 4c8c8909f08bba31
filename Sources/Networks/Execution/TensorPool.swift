import Kernels

/// Tensors that are not in use, by size, so that no step of training allocates after the first.
///
/// A tensor is either in use or in the pool, never both: what is given must have no other owner, or the next writer
/// would copy it.
struct TensorPool {
    private var free: [Int: [Tensor]] = [:]

    /// A tensor of that shape with any content. Allocates where no tensor of equal count is free.
    mutating func take(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        guard let tensor = free[count]?.popLast() else { return Tensor(shape: shape) }
        return tensor.shape == shape ? tensor : tensor.reshaped(to: shape)
    }

    mutating func give(_ tensor: consuming Tensor) {
        let count = tensor.count
        free[count, default: []].append(tensor)
    }

    /// Gives what `slot` holds, if anything, and leaves it empty.
    mutating func give(from slot: inout Tensor?) {
        if let tensor = slot.take() { give(tensor) }
    }
}
