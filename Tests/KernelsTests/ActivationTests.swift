import Datasets
import Kernels
import Testing

@Suite struct ActivationTests {
    private static let sizes = Array(1...17) + [33, 100, 16384, 16385, 50001]

    @Test(arguments: [nil, 6] as [Float?]) func forwardAndBackwardAtEveryLength(maximum: Float?) {
        for size in Self.sizes {
            var generator = SeededGenerator(seed: UInt64(size))
            let input = LayerTesting.random([size], &generator, -9...9)
            let gradient = LayerTesting.random([size], &generator)
            let results = LayerTesting.sameEverywhere("\(size) elements") { context in
                var (output, slope) = (LayerTesting.poisoned([size]), LayerTesting.poisoned([size]))
                context.relu(input, maximum: maximum, into: &output)
                context.reluBackward(output: output, outputGradient: gradient, maximum: maximum, into: &slope)
                var inPlace = gradient
                context.reluBackward(output: output, maximum: maximum, inPlace: &inPlace)
                #expect(inPlace == slope, "\(size) elements")
                return [output, slope]
            }
            LayerTesting.expectClose(
                results[0], LayerReference.relu(LayerTesting.doubles(input), maximum: maximum.map(Double.init)),
                "\(size) elements")
            let expected = zip(input.values, gradient.values).map { value, gradient in
                value > 0 && value < maximum ?? .infinity ? Double(gradient) : 0
            }
            LayerTesting.expectClose(results[1], expected, "gradient of \(size) elements")
        }
    }

    @Test func edgesOfTheRanges() {
        let values: [Float] = [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 6, Float(6).nextDown, Float(6).nextUp, .infinity,
            -.infinity, 1e38,
        ]
        let input = Tensor(shape: [values.count], values: values)
        let ones = Tensor(shape: [values.count], values: values.map { _ in 1 })
        let results = LayerTesting.sameEverywhere("edges") { context in
            var outputs = (0..<4).map { _ in LayerTesting.poisoned([values.count]) }
            context.relu(input, maximum: nil, into: &outputs[0])
            context.relu(input, maximum: 6, into: &outputs[1])
            context.reluBackward(output: outputs[0], outputGradient: ones, maximum: nil, into: &outputs[2])
            context.reluBackward(output: outputs[1], outputGradient: ones, maximum: 6, into: &outputs[3])
            return outputs
        }
        let tiny = Float.leastNonzeroMagnitude
        #expect(results[0].values == [0, 0, tiny, 0, 6, Float(6).nextDown, Float(6).nextUp, .infinity, 0, 1e38])
        #expect(results[1].values == [0, 0, tiny, 0, 6, Float(6).nextDown, 6, 6, 0, 6])
        #expect(results[2].values == [0, 0, 1, 0, 1, 1, 1, 1, 0, 1])
        #expect(results[3].values == [0, 0, 1, 0, 0, 1, 0, 0, 0, 0])
        #expect(results[0][1].sign == .plus, "-0 must become 0")
    }

    @Test func aNaNStaysANaN() {
        _ = LayerTesting.inEveryContext { context in
            let input = Tensor(shape: [17], values: [Float](repeating: .nan, count: 17))
            var output = Tensor(shape: [17])
            context.relu(input, maximum: 6, into: &output)
            #expect(output.values.allSatisfy { $0.isNaN }, "\(context.instructionSet)")
        }
    }
}
