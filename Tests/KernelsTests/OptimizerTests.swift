import Datasets
import Kernels
import Testing

@Suite struct OptimizerTests {
    private struct AdamSettings {
        var rate: Float = 1e-3
        var beta1: Float = 0.9
        var beta2: Float = 0.999
        var epsilon: Float = 1e-8
        var decay: Float = 1e-2
    }

    @Test(arguments: [1, 15, 16, 17, 1000, 40_003]) func adamFollowsADoubleImplementation(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let settings = AdamSettings()
        let start = LayerTesting.random([count], &generator)
        let gradients = (0..<20).map { _ in LayerTesting.random([count], &generator, -0.1...0.2) }
        let results = LayerTesting.sameEverywhere("\(count) parameters") { context in
            var state = [start, Tensor(shape: [count]), Tensor(shape: [count])]
            for (step, gradient) in gradients.enumerated() { adam(context, &state, gradient, step + 1, settings) }
            return state
        }
        let zeros = [Double](repeating: 0, count: count)
        var (p, m, v) = (LayerTesting.doubles(start), zeros, zeros)
        let (beta1, beta2) = (Double(settings.beta1), Double(settings.beta2))
        for (step, gradient) in gradients.enumerated() {
            let correction1 = 1 - power(beta1, step + 1)
            let correction2 = 1 - power(beta2, step + 1)
            for (index, value) in gradient.values.enumerated() {
                let g = Double(value) + Double(settings.decay) * p[index]
                m[index] = beta1 * m[index] + (1 - beta1) * g
                v[index] = beta2 * v[index] + (1 - beta2) * g * g
                let deviation = (v[index] / correction2).squareRoot() + Double(settings.epsilon)
                p[index] -= Double(settings.rate) * (m[index] / correction1) / deviation
            }
        }
        LayerTesting.expectClose(results[0], p, absolute: 2e-6, "parameters")
        LayerTesting.expectClose(results[1], m, absolute: 1e-7, "first moments")
        LayerTesting.expectClose(results[2], v, absolute: 1e-9, "second moments")
    }

    @Test(arguments: [false, true]) func sgdFollowsADoubleImplementation(nesterov: Bool) {
        for count in [1, 17, 20_000] {
            var generator = SeededGenerator(seed: UInt64(count))
            let start = LayerTesting.random([count], &generator)
            let gradients = (0..<20).map { _ in LayerTesting.random([count], &generator) }
            let results = LayerTesting.sameEverywhere("\(count) parameters") { context in
                var (parameters, velocity) = (start, Tensor(shape: [count]))
                for gradient in gradients {
                    context.sgdStep(
                        parameters: &parameters, gradient: gradient, velocity: &velocity, rate: 0.05, momentum: 0.9,
                        nesterov: nesterov, weightDecay: 0.01)
                }
                return [parameters, velocity]
            }
            var (p, v) = (LayerTesting.doubles(start), [Double](repeating: 0, count: count))
            for gradient in gradients {
                for (index, value) in gradient.values.enumerated() {
                    let g = Double(value) + 0.01 * p[index]
                    v[index] = 0.9 * v[index] + g
                    p[index] -= 0.05 * (nesterov ? g + 0.9 * v[index] : v[index])
                }
            }
            LayerTesting.expectClose(results[0], p, absolute: 1e-5, "parameters")
            LayerTesting.expectClose(results[1], v, absolute: 1e-5, "velocities")
        }
    }

    @Test(arguments: [1, 16, 33, 16_384, 50_001]) func normsScalesAndAveragesFollowTheirFormulas(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let values = LayerTesting.random([count], &generator, -3...3)
        let others = LayerTesting.random([count], &generator)
        let sums = LayerTesting.inEveryContext { $0.sumOfSquares(values) }
        let expected = LayerTesting.doubles(values).reduce(0) { $0 + $1 * $1 }
        #expect((sums[0].1 - expected).magnitude <= 1e-12 * expected, "\(sums[0].1) and \(expected)")
        #expect(Set(sums.map(\.1)).count == 1, "\(sums.map(\.1))")
        let results = LayerTesting.sameEverywhere("\(count) elements") { context in
            var (scaled, average) = (values, others)
            context.scale(&scaled, by: 0.3)
            context.average(values, share: 0.25, into: &average)
            return [scaled, average]
        }
        #expect(results[0].values == values.values.map { $0 * 0.3 })
        let averages = zip(LayerTesting.doubles(values), LayerTesting.doubles(others)).map { 0.25 * $0 + 0.75 * $1 }
        LayerTesting.expectClose(results[1], averages, absolute: 1e-6, "averages")
    }

    @Test func momentsWithoutGradientEndAtZero() {
        let settings = AdamSettings(decay: 0)
        let context = KernelContext(threads: 1)
        var state = [Tensor(shape: [3], values: [1, 1, 1]), Tensor(shape: [3]), Tensor(shape: [3])]
        adam(context, &state, Tensor(shape: [3], values: [1e-3, -1e-3, 0]), 1, settings)
        var smallest = Float.infinity
        for step in 2..<1200 {
            adam(context, &state, Tensor(shape: [3]), step, settings)
            for value in state[1].values + state[2].values where value != 0 {
                smallest = min(smallest, value.magnitude)
            }
        }
        #expect(state[1].values == [0, 0, 0])
        #expect(smallest >= 1e-30, "\(smallest)")
    }

    @Test func tinyMomentsBecomeZeroAtOnce() {
        let context = KernelContext(threads: 1)
        // (1 - beta2) * g² is 1e-31, then 1e-29.
        var state = [Tensor(shape: [2]), Tensor(shape: [2]), Tensor(shape: [2])]
        let gradient = Tensor(shape: [2], values: [1e-14, 1e-13])
        adam(context, &state, gradient, 1, AdamSettings(decay: 0))
        #expect(state[1][0] > 0 && state[2][0] == 0 && state[2][1] > 0, "\(state[1].values), \(state[2].values)")

        var (parameters, velocity) = (Tensor(shape: [2]), Tensor(shape: [2]))
        context.sgdStep(
            parameters: &parameters, gradient: Tensor(shape: [2], values: [-9e-31, 2e-30]), velocity: &velocity,
            rate: 1, momentum: 0.9, nesterov: false, weightDecay: 0)
        #expect(velocity.values == [0, 2e-30])
    }

    private func adam(
        _ context: KernelContext, _ state: inout [Tensor], _ gradient: Tensor, _ step: Int, _ settings: AdamSettings
    ) {
        var (p, m, v) = (state[0], state[1], state[2])
        context.adamStep(
            parameters: &p, gradient: gradient, firstMoment: &m, secondMoment: &v, rate: settings.rate,
            beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon, weightDecay: settings.decay,
            biasCorrection1: Float(1 - power(Double(settings.beta1), step)),
            biasCorrection2: Float(1 - power(Double(settings.beta2), step)))
        state = [p, m, v]
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { value, _ in value * base }
    }
}
