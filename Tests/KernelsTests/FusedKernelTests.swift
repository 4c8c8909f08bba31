import Datasets
import Kernels
import Testing

/// Kernels that do the work of several in one pass: the bits of the passes they replace.
@Suite struct FusedKernelTests {
    private static let kinds: [ReLUKind] = [.none, .unbounded, .upTo(0.7)]

    @Test(arguments: LayerTesting.channelCounts) func normalizedSumIsBatchNormAndAdd(channels: Int) {
        for shape in [[3, 5, 7, channels], [1, channels], [2, 30, 31, channels]] where channels < 200 || shape[1] < 30 {
            var generator = SeededGenerator(seed: UInt64(channels))
            let a = LayerTesting.random(shape, &generator)
            let b = LayerTesting.random(shape, &generator)
            let (first, second) = (
                LayerTesting.normalization(channels, &generator), LayerTesting.normalization(channels, &generator)
            )
            for relu in Self.kinds {
                for both in [false, true] {
                    let label = "seed \(channels), shape \(shape), \(relu), both \(both)"
                    _ = LayerTesting.sameEverywhere(label) { context in
                        var (left, right) = (LayerTesting.poisoned(shape), b)
                        func normalize(_ input: Tensor, _ n: Normalization, _ output: inout Tensor) {
                            context.batchNorm(
                                input, mean: n.mean, inverseDeviation: n.inverseDeviation, scale: n.scale,
                                shift: n.shift, into: &output)
                        }
                        normalize(a, first, &left)
                        if both { normalize(b, second, &right) }
                        var expected = LayerTesting.poisoned(shape)
                        context.add(left, right, relu: relu, into: &expected)
                        var found = LayerTesting.poisoned(shape)
                        context.addNormalized(
                            a, by: first, b, by: both ? second : nil, relu: relu, into: &found)
                        #expect(found == expected, "\(label), \(context.instructionSet)")
                        return [found]
                    }
                }
            }
        }
    }

    @Test func sumOfGradientsIsStoppedInOnePass() {
        for size in Array(1...17) + [33, 16384, 16385, 50_001] {
            var generator = SeededGenerator(seed: UInt64(size))
            let output = LayerTesting.random([size], &generator, -1...1)
            let a = LayerTesting.random([size], &generator)
            let b = LayerTesting.random([size], &generator)
            for relu in Self.kinds {
                let label = "\(size) elements, \(relu)"
                _ = LayerTesting.sameEverywhere(label) { context in
                    var expected = LayerTesting.poisoned([size])
                    context.add(a, b, into: &expected)
                    if relu != .none {
                        context.reluBackward(output: output, maximum: relu.maximum, inPlace: &expected)
                    }
                    var found = LayerTesting.poisoned([size])
                    context.reluBackward(output: output, relu: relu, outputGradient: a, adding: b, into: &found)
                    var inPlace = a
                    context.reluBackward(output: output, relu: relu, inPlace: &inPlace, adding: b)
                    #expect(found == expected, "\(label)")
                    #expect(inPlace == expected, "in place, \(label)")
                    return [found]
                }
            }
        }
    }

    @Test(arguments: LayerTesting.channelCounts) func batchNormGradientInPlaceHasTheSameBits(channels: Int) {
        for shape in [[3, 5, 7, channels], [1, channels], [2, 30, 31, channels]] where channels < 200 || shape[1] < 30 {
            var generator = SeededGenerator(seed: UInt64(channels))
            let input = LayerTesting.random(shape, &generator)
            let gradient = LayerTesting.random(shape, &generator)
            let n = LayerTesting.normalization(channels, &generator)
            for relu in Self.kinds {
                let label = "seed \(channels), shape \(shape), \(relu)"
                _ = LayerTesting.sameEverywhere(label) { context in
                    let vector = LayerTesting.poisoned([channels])
                    var (expected, scale, shift) = (LayerTesting.poisoned(shape), vector, vector)
                    context.batchNormBackward(
                        input, outputGradient: gradient, mean: n.mean, inverseDeviation: n.inverseDeviation,
                        scale: n.scale, shift: n.shift, relu: relu, into: &expected, scaleGradient: &scale,
                        shiftGradient: &shift)
                    var (found, scale2, shift2) = (gradient, vector, vector)
                    context.batchNormBackward(
                        input, inPlace: &found, by: n, relu: relu, scaleGradient: &scale2, shiftGradient: &shift2)
                    #expect(scale2 == scale && shift2 == shift, "\(label), \(context.instructionSet)")
                    #expect(found == expected, "\(label), \(context.instructionSet)")
                    return [found, scale2, shift2]
                }
            }
        }
    }

    @Test func reluInPlaceHasTheSameBits() {
        var generator = SeededGenerator(seed: 4)
        let input = LayerTesting.random([20_011], &generator, -9...9)
        for maximum in [nil, 6] as [Float?] {
            _ = LayerTesting.sameEverywhere("maximum \(String(describing: maximum))") { context in
                var (expected, found) = (LayerTesting.poisoned([20_011]), input)
                context.relu(input, maximum: maximum, into: &expected)
                context.relu(inPlace: &found, maximum: maximum)
                #expect(found == expected)
                return [found]
            }
        }
    }

    @Test func oneStepOfAllTensorsIsOneStepOfEach() {
        let counts = [1, 40_000, 3, 16_384, 0, 17, 5, 16_383, 2, 100_001]
        let cut = ParameterCut(counts: counts)
        var generator = SeededGenerator(seed: 9)
        let start = counts.map { LayerTesting.random([$0], &generator) }
        let gradients = counts.map { LayerTesting.random([$0], &generator) }
        let moments = counts.map { LayerTesting.random([$0], &generator, 0...0.1) }
        _ = LayerTesting.sameEverywhere("optimizers") { context in
            var (expected, m, v) = (start, moments, moments)
            for index in counts.indices {
                context.adamStep(
                    parameters: &expected[index], gradient: gradients[index], firstMoment: &m[index],
                    secondMoment: &v[index], rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-3,
                    biasCorrection1: 0.3, biasCorrection2: 0.1)
            }
            var (found, m2, v2) = (start, moments, moments)
            context.adamStep(
                parameters: &found, gradients: gradients, firstMoments: &m2, secondMoments: &v2, cut: cut, rate: 0.01,
                beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-3, biasCorrection1: 0.3,
                biasCorrection2: 0.1)
            #expect(found == expected && m2 == m && v2 == v, "Adam")
            for index in counts.indices {
                context.sgdStep(
                    parameters: &expected[index], gradient: gradients[index], velocity: &m[index], rate: 0.1,
                    momentum: 0.9, nesterov: true, weightDecay: 0.01)
            }
            var velocities = m2
            context.sgdStep(
                parameters: &found, gradients: gradients, velocities: &velocities, cut: cut, rate: 0.1, momentum: 0.9,
                nesterov: true, weightDecay: 0.01)
            #expect(found == expected && velocities == m, "SGD")
            return found
        }
    }
}
