import Datasets
package import Kernels

extension ModelTensor {
    /// The values before training.
    ///
    /// * Weights: uniform within ±1/√fan-in, where the fan-in of a convolution is `R·S·C/groups`. This is He's
    ///   initialisation (He et al. 2015, "Delving deep into rectifiers") with the gain of a leaky ReLU of slope √5,
    ///   the one the study's networks started from. Batch norm takes the scale out of the forward pass; what is left
    ///   of it is the size of a step relative to the weights, and the smaller start trains the blocks of small fan-in
    ///   faster (8,000 images of MNIST, two epochs, mobile: 0.96 of the test images right, against 0.90 from
    ///   ±√(6 / fan-in)).
    /// * Biases and shifts 0, scales 1; running means 0, running variances 1.
    ///
    /// Only additions, multiplications, divisions and IEEE square roots in double, rounded once to float: the same bits
    /// everywhere.
    package func initialTensor(seed: UInt64) -> Tensor {
        switch role {
        case .weight:
            let bound = 1 / Double(max(1, shape.dropLast().reduce(1, *))).squareRoot()
            var generator = SeededGenerator(seed: seed, purpose: name)
            return Tensor(shape: shape, values: (0..<count).map { _ in Float(generator.uniform(-bound, bound)) })
        case .scale, .runningVariance:
            return Tensor(shape: shape, values: Array(repeating: 1, count: count))
        case .bias, .shift, .runningMean:
            return Tensor(shape: shape)
        }
    }
}
