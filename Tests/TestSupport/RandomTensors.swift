public import Datasets
public import Kernels

/// Uniform in [-1, 1), from `generator`.
public func randomTensor(shape: [Int], from generator: inout SeededGenerator) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.reduce(1, *)).map { _ in Float(generator.uniform(-1, 1)) })
}

/// A tensor in which a place that is never written shows: every element is NaN.
public func poisonedTensor(shape: [Int]) -> Tensor {
    Tensor(shape: shape, values: Array(repeating: .nan, count: shape.reduce(1, *)))
}
