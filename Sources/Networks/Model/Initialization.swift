import Datasets
package import Kernels

extension ModelTensor {
    /// The values before training.
    ///
    /// * Convolution weights: uniform within ±√(6 / fan-in), where the fan-in is `R·S·C/groups` (He et al. 2015,
    ///   "Delving deep into rectifiers", equation 10, as a uniform distribution of the same variance 2 / fan-in).
    /// * Linear weights: uniform within ±1/√fan-in. No ReLU follows the classifier, so He's factor of two has no
    ///   reason there; the smaller variance, 1 / (3 fan-in), starts the loss near log(classes).
    /// * Biases and shifts 0, scales 1; running means 0, running variances 1.
    ///
    /// Only additions, multiplications, divisions and IEEE square roots in double, rounded once to float: the same bits
    /// everywhere.
    package func initialTensor(layer: Layer, seed: UInt64) -> Tensor {
        switch role {
        case .weight:
            let bound = weightBound(layer: layer)
            var generator = SeededGenerator(seed: seed, purpose: name)
            return Tensor(shape: shape, values: (0..<count).map { _ in Float(generator.uniform(-bound, bound)) })
        case .scale, .runningVariance:
            return Tensor(shape: shape, values: Array(repeating: 1, count: count))
        case .bias, .shift, .runningMean:
            return Tensor(shape: shape)
        }
    }

    private func weightBound(layer: Layer) -> Double {
        let fanIn = Double(max(1, shape.dropLast().reduce(1, *)))
        if case .linear = layer { return 1 / fanIn.squareRoot() }
        return (6 / fanIn).squareRoot()
    }
}
