import Datasets
import Kernels
import Testing

@Suite struct LossTests {
    @Test(arguments: [1, 2, 10, 17, 101]) func lossAndGradientMatchTheReference(classes: Int) {
        let seed = UInt64(classes)
        for rows in [1, 5, 32, 300] {
            var generator = SeededGenerator(seed: seed)
            let logits = LayerTesting.random([rows, classes], &generator, -5...5)
            let labels = (0..<rows).map { _ in Int32(generator.index(below: classes)) }
            let context = KernelContext(threads: 1)
            var first = Tensor(shape: logits.shape)
            let loss = context.softmaxCrossEntropy(logits, labels: labels, into: &first)
            let results = LayerTesting.sameEverywhere("\(rows) rows") { context in
                var outputs = (0..<2).map { _ in LayerTesting.poisoned(logits.shape) }
                #expect(context.softmaxCrossEntropy(logits, labels: labels, into: &outputs[0]) == loss)
                context.softmax(logits, into: &outputs[1])
                return outputs
            }
            let values = LayerTesting.doubles(logits)
            func reference(_ values: [Double]) -> Double {
                LayerReference.softmaxCrossEntropy(logits: values, classes: classes, labels: labels.map(Int.init))
            }
            let expected = reference(values)
            #expect(
                (loss.lossSum / Double(rows) - expected).magnitude <= 1e-12 * (1 + expected),
                "seed \(seed): \(loss.lossSum / Double(rows)) and \(expected)")
            LayerTesting.expectDerivative(
                results[0], of: reference, at: values, tolerance: 1e-6, "seed \(seed), \(rows) rows")
            for row in 0..<rows {
                let sum = (0..<classes).reduce(0.0) { $0 + Double(results[1][row * classes + $1]) }
                #expect((sum - 1).magnitude < 1e-6, "seed \(seed), row \(row): \(sum)")
            }
        }
    }

    @Test(arguments: [0.05, 0.3]) func smoothingChangesTheGradientAndNotTheLoss(smoothing: Double) {
        var generator = SeededGenerator(seed: 11)
        let logits = LayerTesting.random([7, 5], &generator, -4...4)
        let labels: [Int32] = [0, 1, 2, 3, 4, 0, 1]
        var plain = Tensor(shape: [7, 5])
        let context = KernelContext(threads: 1)
        let loss = context.softmaxCrossEntropy(logits, labels: labels, into: &plain)
        let smoothed = LayerTesting.sameEverywhere("smoothing \(smoothing)") { context in
            var gradient = LayerTesting.poisoned([7, 5])
            #expect(
                context.softmaxCrossEntropy(logits, labels: labels, smoothing: smoothing, into: &gradient) == loss)
            return [gradient]
        }[0]
        LayerTesting.expectDerivative(
            smoothed,
            of: {
                LayerReference.softmaxCrossEntropy(
                    logits: $0, classes: 5, labels: labels.map(Int.init), smoothing: smoothing)
            }, at: LayerTesting.doubles(logits), tolerance: 1e-6, "smoothing \(smoothing)")
        #expect(smoothed != plain)
    }

    @Test func hugeLogitsStayFinite() {
        let logits = Tensor(shape: [2, 1, 1, 3], values: [1e4, -1e4, 0, -1e4, -1e4, -1e4])
        var gradient = LayerTesting.poisoned([2, 1, 1, 3])
        let context = KernelContext(threads: 1)
        let wrong = context.softmaxCrossEntropy(logits, labels: [1, 2], into: &gradient)
        #expect((wrong.lossSum - (20_000 + DeterministicMath.log(3))).magnitude < 1e-9, "\(wrong.lossSum)")
        #expect(wrong.correct == 0)
        #expect(gradient.values[0..<3] == [0.5, -0.5, 0])
        let right = context.softmaxCrossEntropy(logits, labels: [0, 0], into: &gradient)
        #expect(right.correct == 2, "of equal logits the first counts")
        #expect((right.lossSum - DeterministicMath.log(3)).magnitude < 1e-12)
    }

    @Test func gradientsHoldNoDenormals() {
        let logits = Tensor(shape: [1, 4], values: [0, -86, -90, -100])
        var gradient = LayerTesting.poisoned([1, 4])
        _ = KernelContext(threads: 1).softmaxCrossEntropy(logits, labels: [0], into: &gradient)
        #expect(gradient[1] > 0)
        #expect((gradient.values.allSatisfy { $0 == 0 || $0.isNormal }), "\(gradient.values)")
        #expect(gradient[3] == 0)
    }

    @Test func aNaNGivesANaNLoss() {
        var gradient = Tensor(shape: [1, 3])
        let result = KernelContext(threads: 1).softmaxCrossEntropy(
            Tensor(shape: [1, 3], values: [1, .nan, 2]), labels: [0], into: &gradient)
        #expect(result.lossSum.isNaN)
    }
}
