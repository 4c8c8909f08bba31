import Datasets
import Kernels
import Testing

@Suite struct BatchNormTests {
    private let epsilon: Float = 1e-5

    @Test(arguments: LayerTesting.channelCounts) func forwardMatchesTheReference(channels: Int) {
        let seed = UInt64(channels)
        var generator = SeededGenerator(seed: seed)
        // The last but one is cut into several blocks where channels are many, the last where they are few.
        for shape in [
            [2, 3, 5, channels], [37, channels], [1, 1, 1, channels], [3, 40, 41, channels], [7, 100, 101, channels],
        ] {
            if channels > 200 && shape[1] == 40 || channels > 3 && shape[1] == 100 { continue }
            let label = "seed \(seed), shape \(shape)"
            let input = LayerTesting.random(shape, &generator, -2...5)
            let scale = LayerTesting.random([channels], &generator)
            let shift = LayerTesting.random([channels], &generator)
            let results = LayerTesting.sameEverywhere(label) { context in
                let (mean, variance, inverse) = statistics(input, context)
                var output = LayerTesting.poisoned(shape)
                context.batchNorm(
                    input, mean: mean, inverseDeviation: inverse, scale: scale, shift: shift, into: &output)
                return [output, mean, variance]
            }
            let values = LayerTesting.doubles(input)
            let expected = LayerReference.statistics(input: values, channels: channels)
            LayerTesting.expectClose(results[1], expected.mean, absolute: 1e-6, relative: 1e-6, "mean, \(label)")
            LayerTesting.expectClose(results[2], expected.variance, relative: 2e-6, "variance, \(label)")
            LayerTesting.expectClose(
                results[0],
                LayerReference.batchNormTraining(
                    input: values, channels: channels, epsilon: Double(epsilon),
                    scale: LayerTesting.doubles(scale), shift: LayerTesting.doubles(shift)),
                absolute: 4e-6, relative: 4e-6, "output, \(label)")
        }
    }

    @Test func varianceSurvivesALargeMean() {
        var generator = SeededGenerator(seed: 5)
        for (mean, rows, channels) in [(1e4, 3000, 3), (-1e5, 700, 64), (1e6, 5000, 17)] {
            let input = LayerTesting.random([rows, channels], &generator, (mean - 2)...(mean + 2))
            let (_, variance, _) = statistics(input, KernelContext(threads: 2))
            let expected = LayerReference.statistics(input: LayerTesting.doubles(input), channels: channels)
            LayerTesting.expectClose(variance, expected.variance, relative: 2e-6, "mean \(mean)")
        }
    }

    @Test func varianceSurvivesOutliersAndUnusualFirstRows() {
        var generator = SeededGenerator(seed: 6)
        var input = LayerTesting.random([4096, 20], &generator, 999...1001)
        for channel in 0..<20 { input[channel] = 0 }
        for row in stride(from: 100, to: 4096, by: 1001) { input[row * 20 + 7] = 1e6 }
        let (_, variance, _) = statistics(input, KernelContext(threads: 2))
        let expected = LayerReference.statistics(input: LayerTesting.doubles(input), channels: 20)
        LayerTesting.expectClose(variance, expected.variance, relative: 2e-6, "outliers")
    }

    @Test func aConstantChannelHasNoVarianceAndGivesTheShift() {
        let context = KernelContext(threads: 1)
        for (value, rows) in [(Float(0.1), 1), (0.3, 7), (-12345.678, 999), (1e30, 50)] {
            let input = Tensor(shape: [rows, 5], values: [Float](repeating: value, count: rows * 5))
            let (mean, variance, inverse) = statistics(input, context)
            #expect(mean.values == [Float](repeating: value, count: 5))
            #expect(variance.values == [0, 0, 0, 0, 0])
            let ones = Tensor(shape: [5], values: [1, 1, 1, 1, 1])
            let shift = Tensor(shape: [5], values: [1, 2, 3, 4, 5])
            var output = LayerTesting.poisoned([rows, 5])
            context.batchNorm(input, mean: mean, inverseDeviation: inverse, scale: ones, shift: shift, into: &output)
            #expect(output.values == (0..<rows).flatMap { _ in shift.values })
        }
    }

    @Test(arguments: [1, 3, 16, 17, 24, 33, 100, 129, 531]) func backwardMatchesTheReference(channels: Int) {
        let seed = UInt64(1000 + channels)
        var generator = SeededGenerator(seed: seed)
        for shape in [[2, 3, 5, channels], [67, channels], [2, 33, 35, channels]] {
            if channels > 100 && shape[1] == 33 { continue }
            let label = "seed \(seed), shape \(shape)"
            let input = LayerTesting.random(shape, &generator, -1...3)
            let gradient = LayerTesting.random(shape, &generator, -1...2)
            let scale = LayerTesting.random([channels], &generator)
            let results = LayerTesting.sameEverywhere(label) { context in
                let (mean, _, inverse) = statistics(input, context)
                var dx = LayerTesting.poisoned(shape)
                var (dscale, dshift) = (LayerTesting.poisoned([channels]), LayerTesting.poisoned([channels]))
                context.batchNormBackward(
                    input, outputGradient: gradient, mean: mean, inverseDeviation: inverse, scale: scale, into: &dx,
                    scaleGradient: &dscale, shiftGradient: &dshift)
                return [dx, dscale, dshift]
            }
            let expected = LayerReference.batchNormBackward(
                input: LayerTesting.doubles(input), outputGradient: LayerTesting.doubles(gradient),
                channels: channels, epsilon: Double(epsilon), scale: LayerTesting.doubles(scale))
            let rows = Double(input.count / channels)
            LayerTesting.expectClose(results[0], expected.input, absolute: 4e-6, relative: 4e-6, "dx, \(label)")
            LayerTesting.expectClose(results[1], expected.scale, absolute: 1e-6 * rows, "dscale, \(label)")
            LayerTesting.expectClose(results[2], expected.shift, absolute: 1e-6 * rows, "dshift, \(label)")
        }
    }

    @Test(arguments: [1, 4, 19]) func backwardIsTheDerivativeOfTheReference(channels: Int) {
        var generator = SeededGenerator(seed: UInt64(channels))
        let context = KernelContext(threads: 2)
        let input = LayerTesting.random([3, 2, 2, channels], &generator)
        let gradient = LayerTesting.random([3, 2, 2, channels], &generator)
        let (scale, shift) = (LayerTesting.random([channels], &generator), LayerTesting.random([channels], &generator))
        let (mean, _, inverse) = statistics(input, context)
        var dx = LayerTesting.poisoned(input.shape)
        var (dscale, dshift) = (LayerTesting.poisoned([channels]), LayerTesting.poisoned([channels]))
        context.batchNormBackward(
            input, outputGradient: gradient, mean: mean, inverseDeviation: inverse, scale: scale, into: &dx,
            scaleGradient: &dscale, shiftGradient: &dshift)
        let weights = LayerTesting.doubles(gradient)
        func loss(_ input: [Double], _ scale: [Double], _ shift: [Double]) -> Double {
            LayerTesting.dot(
                weights,
                LayerReference.batchNormTraining(
                    input: input, channels: channels, epsilon: Double(epsilon), scale: scale, shift: shift))
        }
        let (x, a, b) = (LayerTesting.doubles(input), LayerTesting.doubles(scale), LayerTesting.doubles(shift))
        LayerTesting.expectDerivative(dx, of: { loss($0, a, b) }, at: x, tolerance: 2e-5, "dx")
        LayerTesting.expectDerivative(dscale, of: { loss(x, $0, b) }, at: a, tolerance: 1e-5, "dscale")
        LayerTesting.expectDerivative(dshift, of: { loss(x, a, $0) }, at: b, tolerance: 1e-5, "dshift")
    }

    @Test(arguments: [ReLUKind.unbounded, .upTo(0.75)]) func fusedReLUIsTheSameBitsAsASeparateOne(relu: ReLUKind) {
        let maximum: Float? = if case .upTo(let maximum) = relu { maximum } else { nil }
        for channels in [1, 8, 17, 24, 64, 531] {
            var generator = SeededGenerator(seed: UInt64(channels))
            let shape = [2, 7, 5, channels]
            let input = LayerTesting.random(shape, &generator)
            let gradient = LayerTesting.random(shape, &generator)
            let scale = LayerTesting.random([channels], &generator)
            let shift = LayerTesting.random([channels], &generator)
            _ = LayerTesting.sameEverywhere("\(channels) channels") { context in
                let (mean, _, inverse) = statistics(input, context)
                var (plain, separate) = (Tensor(shape: shape), Tensor(shape: shape))
                var fused = LayerTesting.poisoned(shape)
                context.batchNorm(
                    input, mean: mean, inverseDeviation: inverse, scale: scale, shift: shift, into: &plain)
                context.relu(plain, maximum: maximum, into: &separate)
                context.batchNorm(
                    input, mean: mean, inverseDeviation: inverse, scale: scale, shift: shift, relu: relu, into: &fused)
                #expect(fused == separate, "\(channels) channels, \(relu)")

                var stopped = Tensor(shape: shape)
                context.reluBackward(
                    output: separate, outputGradient: gradient, maximum: maximum, into: &stopped)
                let (map, vector) = (LayerTesting.poisoned(shape), LayerTesting.poisoned([channels]))
                var (dx, dscale, dshift) = (map, vector, vector)
                var (fusedDX, fusedDScale, fusedDShift) = (map, vector, vector)
                context.batchNormBackward(
                    input, outputGradient: stopped, mean: mean, inverseDeviation: inverse, scale: scale,
                    into: &dx, scaleGradient: &dscale, shiftGradient: &dshift)
                context.batchNormBackward(
                    input, outputGradient: gradient, mean: mean, inverseDeviation: inverse, scale: scale,
                    shift: shift, relu: relu, into: &fusedDX, scaleGradient: &fusedDScale,
                    shiftGradient: &fusedDShift)
                #expect(dx == fusedDX, "\(channels) channels, \(relu)")
                #expect(dscale == fusedDScale && dshift == fusedDShift, "\(channels) channels, \(relu)")
                return [fused, fusedDX, fusedDScale, fusedDShift]
            }
        }
    }

    @Test func runningStatisticsTakeTheUnbiasedVariance() {
        let context = KernelContext(threads: 1)
        var mean = Tensor(shape: [2], values: [1, -1])
        var variance = Tensor(shape: [2], values: [1, 4])
        context.batchNormUpdateRunning(
            mean: Tensor(shape: [2], values: [3, 5]), variance: Tensor(shape: [2], values: [2, 8]), count: 5,
            momentum: 0.25, runningMean: &mean, runningVariance: &variance)
        #expect(mean.values == [1.5, 0.5])
        #expect(variance.values == [1.375, 5.5])
        var single = Tensor(shape: [1], values: [1])
        var singleMean = Tensor(shape: [1])
        context.batchNormUpdateRunning(
            mean: Tensor(shape: [1], values: [8]), variance: Tensor(shape: [1], values: [2]), count: 1,
            momentum: 0.5, runningMean: &singleMean, runningVariance: &single)
        #expect(singleMean.values == [4] && single.values == [1.5])
    }

    @Test func aNaNInTheInputShowsInTheStatistics() {
        var input = Tensor(shape: [100, 3])
        input[3 * 50 + 1] = .nan
        let (mean, variance, inverse) = statistics(input, KernelContext(threads: 1))
        #expect(mean[0] == 0 && mean[2] == 0)
        #expect(mean[1].isNaN && variance[1].isNaN && inverse[1].isNaN)
    }

    private func statistics(_ input: Tensor, _ context: KernelContext) -> (Tensor, Tensor, Tensor) {
        let shape = [input.shape[input.shape.count - 1]]
        var (mean, variance) = (LayerTesting.poisoned(shape), LayerTesting.poisoned(shape))
        var inverse = LayerTesting.poisoned(shape)
        context.batchNormStatistics(
            input, epsilon: epsilon, mean: &mean, variance: &variance, inverseDeviation: &inverse)
        return (mean, variance, inverse)
    }
}
