/// The loss of a batch, to be divided by the number of images where a mean is wanted.
public struct LossResult: Hashable, Sendable {
    /// The sum over the images of `-log(probability of the label)`, in nats.
    public var lossSum: Double
    /// Images whose largest logit is the label's; of equal logits the first counts.
    public var correct: Int

    public init(lossSum: Double, correct: Int) {
        self.lossSum = lossSum
        self.correct = correct
    }
}

// Double inside, with this project's own exponential and logarithm: the same bits everywhere. The largest
// logit is subtracted first, so no logit is too large.

extension KernelContext {
    /// Softmax and cross entropy, and the gradient of the mean loss.
    ///
    /// - Parameters:
    ///   - logits: `[N, K]` or `[N, 1, 1, K]`.
    ///   - labels: N class indices in `0..<K` (traps otherwise).
    ///   - smoothing: in 0..<1: the share of the target that is spread evenly over all classes (Szegedy et al. 2016).
    ///     It changes the gradient alone: the loss returned is that of the labels, so that losses can be compared.
    ///   - gradient: the shape of `logits`; `(softmax - target) / N`. Values too small for a normal float
    ///     are 0, as denormal numbers would slow down the whole backward pass.
    public func softmaxCrossEntropy(
        _ logits: Tensor, labels: [Int32], smoothing: Double = 0, into gradient: inout Tensor
    ) -> LossResult {
        requireSameShape(logits, gradient, "softmaxCrossEntropy")
        let (rows, classes) = checkLogits(logits)
        precondition(labels.count == rows, "softmaxCrossEntropy: \(labels.count) labels for \(rows) images")
        precondition(
            labels.allSatisfy { $0 >= 0 && Int($0) < classes }, "softmaxCrossEntropy: label outside 0..<\(classes)")
        precondition(smoothing >= 0 && smoothing < 1, "softmaxCrossEntropy: smoothing \(smoothing)")
        let spread = smoothing / Double(classes)
        let (source, target) = (logits.pointer, gradient.mutablePointer())
        let scratch = UnsafeMutablePointer<Double>.allocate(capacity: rows * classes + rows)
        defer { scratch.deallocate() }
        let losses = scratch + rows * classes
        forEachRowGroup(rows: rows, elementsPerRow: classes * Self.costOfExponential) { first, count in
            for row in first..<first + count {
                let (values, powers) = (source + row * classes, scratch + row * classes)
                let label = Int(labels[row])
                let largest = Double(values[indexOfLargest(values, classes)])
                let sum = exponentials(values, classes, largest, into: powers)
                losses[row] = DeterministicMath.log(sum) - (Double(values[label]) - largest)
                for index in 0..<classes {
                    let wanted = index == label ? 1 - smoothing + spread : spread
                    let slope = (powers[index] / sum - wanted) / Double(rows)
                    target[row * classes + index] = withoutDenormals(slope)
                }
            }
        }
        var result = LossResult(lossSum: 0, correct: 0)
        for row in 0..<rows {
            result.lossSum += losses[row]
            if indexOfLargest(source + row * classes, classes) == Int(labels[row]) { result.correct += 1 }
        }
        return result
    }

    /// The probabilities of the classes: `exp(logit) / Σ exp(logit)`, rounded once from double.
    ///
    /// - Parameters:
    ///   - logits: `[N, K]` or `[N, 1, 1, K]`.
    ///   - output: the same shape.
    public func softmax(_ logits: Tensor, into output: inout Tensor) {
        requireSameShape(logits, output, "softmax")
        let (rows, classes) = checkLogits(logits)
        let (source, target) = (logits.pointer, output.mutablePointer())
        let scratch = UnsafeMutablePointer<Double>.allocate(capacity: rows * classes)
        defer { scratch.deallocate() }
        forEachRowGroup(rows: rows, elementsPerRow: classes * Self.costOfExponential) { first, count in
            for row in first..<first + count {
                let (values, powers) = (source + row * classes, scratch + row * classes)
                let largest = Double(values[indexOfLargest(values, classes)])
                let sum = exponentials(values, classes, largest, into: powers)
                for index in 0..<classes { target[row * classes + index] = withoutDenormals(powers[index] / sum) }
            }
        }
    }

    /// In elements of a plain loop: decides how many rows make a task worth its while.
    private static var costOfExponential: Int { 64 }

    private func checkLogits(_ logits: Tensor) -> (rows: Int, classes: Int) {
        let shape = logits.shape
        precondition(
            shape.count == 2 || shape.count == 4 && shape[1] == 1 && shape[2] == 1, "logits of shape \(shape)")
        precondition(logits.channelCount > 0, "logits without classes: \(shape)")
        return (logits.rowCount, logits.channelCount)
    }
}

private func indexOfLargest(_ values: UnsafePointer<Float>, _ count: Int) -> Int {
    var best = 0
    for index in 1..<max(1, count) where values[index] > values[best] { best = index }
    return best
}

/// Writes `exp(value - largest)` and returns their sum.
private func exponentials(
    _ values: UnsafePointer<Float>, _ count: Int, _ largest: Double, into powers: UnsafeMutablePointer<Double>
) -> Double {
    var sum = 0.0
    for index in 0..<count {
        powers[index] = DeterministicMath.exp(Double(values[index]) - largest)
        sum += powers[index]
    }
    return sum
}

private func withoutDenormals(_ value: Double) -> Float {
    value.magnitude < Double(Float.leastNormalMagnitude) ? 0 : Float(value)
}
