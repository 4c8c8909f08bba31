import Datasets
import Kernels
import Networks
import Testing

@Suite("Optimizers")
struct TrainingOptimizerTests {
    let context = KernelContext(threads: 1)
    let gradients: [[Float]] = [[0.5, -2, 0, 1e-3], [-0.25, 1, 3, 1e-3], [1, 1, -1, 1e-3]]
    let start: [Float] = [1, -1, 0.5, 0]
    let rates = [1.0, 0.5, 0.1]

    private func run(_ optimizer: Optimizer) -> [Float] {
        var state = OptimizerState(optimizer)
        var parameters = [Tensor(shape: [4], values: start)]
        for (gradient, factor) in zip(gradients, rates) {
            state.step(
                &parameters, gradients: [Tensor(shape: [4], values: gradient)], rateFactor: factor, context: context)
        }
        return parameters[0].values
    }

    private func expect(_ found: [Float], _ expected: [Double], _ what: String) {
        for (index, pair) in zip(found, expected).enumerated() {
            #expect(
                abs(Double(pair.0) - pair.1) < 1e-6 * max(1, abs(pair.1)),
                "\(what), element \(index): \(pair.0) against \(pair.1)")
        }
    }

    @Test("Adam takes the steps of Kingma and Ba, decay added to the gradient")
    func adam() {
        for decay in [0, 0.1] {
            let found = run(.adam(learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: decay))
            var expected = start.map(Double.init)
            for element in 0..<4 {
                var (m, v) = (0.0, 0.0)
                var (power1, power2) = (1.0, 1.0)
                for (gradient, factor) in zip(gradients, rates) {
                    let g = Double(gradient[element]) + decay * expected[element]
                    m = 0.9 * m + 0.1 * g
                    v = 0.999 * v + 0.001 * g * g
                    power1 *= 0.9
                    power2 *= 0.999
                    let root = (v / (1 - power2)).squareRoot()
                    expected[element] -= 0.01 * factor * (m / (1 - power1)) / (root + 1e-8)
                }
            }
            expect(found, expected, "decay \(decay)")
        }
    }

    @Test("Decoupled decay shrinks weights and nothing else")
    func decoupledDecay() {
        func run(_ optimizer: Optimizer, decayed: [Bool]) -> [[Float]] {
            var state = OptimizerState(optimizer, decayed: decayed)
            var parameters = [Tensor(shape: [4], values: start), Tensor(shape: [4], values: start)]
            for (gradient, factor) in zip(gradients, rates) {
                let tensor = Tensor(shape: [4], values: gradient)
                state.step(&parameters, gradients: [tensor, tensor], rateFactor: factor, context: context)
            }
            return parameters.map(\.values)
        }
        let found = run(
            .adamW(learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.5),
            decayed: [true, false])
        var expected = start.map(Double.init)
        for element in 0..<4 {
            var (m, v, power1, power2) = (0.0, 0.0, 1.0, 1.0)
            for (gradient, factor) in zip(gradients, rates) {
                let g = Double(gradient[element])
                m = 0.9 * m + 0.1 * g
                v = 0.999 * v + 0.001 * g * g
                power1 *= 0.9
                power2 *= 0.999
                expected[element] -= 0.01 * factor * 0.5 * expected[element]
                expected[element] -= 0.01 * factor * (m / (1 - power1)) / ((v / (1 - power2)).squareRoot() + 1e-8)
            }
        }
        expect(found[0], expected, "decayed")
        #expect(
            found[1]
                == run(
                    .adam(learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0), decayed: [])[1])
    }

    @Test("Muon moves the weights of convolutions that mix channels; all else follows AdamW")
    func muon() throws {
        var graph = Graph(input: FeatureShape(height: 6, width: 6, channels: 4))
        var last = try graph.add(name: "mix", .convolution(.init(outputChannels: 8, kernel: 3, bias: true)), inputs: [0])
        last = try graph.add(name: "depthwise", .convolution(.init(outputChannels: 8, kernel: 3, groups: 8)), inputs: [last])
        last = try graph.add(name: "groups", .convolution(.init(outputChannels: 6, kernel: 1, groups: 2)), inputs: [last])
        last = try graph.add(name: "norm", .batchNorm(.init()), inputs: [last])
        last = try graph.add(name: "pool", .globalAveragePool(.init()), inputs: [last])
        _ = try graph.add(name: "classes", .linear(.init(outputs: 3)), inputs: [last])
        let layout = ModelLayout(graph: graph)
        let names = layout.parameters.map(\.name)
        let matrices = ModelLayout.matrices(of: graph)
        #expect(matrices.map { names[$0.tensor] } == ["mix.weight", "groups.weight"])
        #expect(matrices.map { [$0.groups, $0.rows, $0.columns] } == [[1, 36, 8], [2, 4, 3]])

        let model = Model(graph: graph, seed: 3)
        let gradients = Model(graph: graph, seed: 4).parameters
        func run(_ optimizer: Optimizer) -> [Tensor] {
            var state = OptimizerState(optimizer, decayed: layout.decayed, matrices: optimizer.matrices(of: graph))
            var parameters = model.parameters
            for factor in rates { state.step(&parameters, gradients: gradients, rateFactor: factor, context: context) }
            return parameters
        }
        let adam = run(.adamW(learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.5))
        let muon = run(
            .muon(
                learningRate: 0.03, momentum: 0.9, adamRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-8,
                weightDecay: 0.5))
        var (expected, velocities) = (model.parameters, model.parameters.map { Tensor(shape: $0.shape) })
        for factor in rates {
            context.muonStep(
                parameters: &expected, gradients: gradients, velocities: &velocities, matrices: matrices,
                rate: Float(0.03 * factor), momentum: 0.9, weightDecay: 0.5)
        }
        for (index, name) in names.enumerated() {
            let isMatrix = matrices.contains { $0.tensor == index }
            #expect(muon[index] == (isMatrix ? expected[index] : adam[index]), "\(name)")
        }
    }

    @Test("Gradient descent: plain, with momentum, with Nesterov's look-ahead")
    func gradientDescent() {
        for (momentum, nesterov, decay) in [(0, false, 0), (0.9, false, 0.01), (0.9, true, 0), (0.5, true, 0.1)] {
            let found = run(
                .sgd(learningRate: 0.1, momentum: momentum, nesterov: nesterov, weightDecay: decay))
            var expected = start.map(Double.init)
            for element in 0..<4 {
                var velocity = 0.0
                for (gradient, factor) in zip(gradients, rates) {
                    let g = Double(gradient[element]) + decay * expected[element]
                    velocity = momentum * velocity + g
                    expected[element] -= 0.1 * factor * (nesterov ? g + momentum * velocity : velocity)
                }
            }
            expect(found, expected, "momentum \(momentum), nesterov \(nesterov), decay \(decay)")
        }
    }

    @Test("A wrong configuration is reported with every mistake at once")
    func problems() {
        var configuration = TrainingConfiguration(epochs: 0, batchSize: -1)
        configuration.optimizer = .adam(
            learningRate: .nan, beta1: 1, beta2: -0.1, epsilon: 0, weightDecay: -.infinity)
        configuration.schedule = .step(at: [0.5, 0.5, 2], factor: 0)
        configuration.scaling = Scaling(mean: .infinity, deviation: 0)
        let fields = configuration.problems.map { problem -> ConfigurationField? in
            switch problem {
            case .outOfRange(let field, _, _), .notAscending(let field, _): field
            case .nesterovWithoutMomentum: nil
            }
        }
        #expect(
            fields == [
                .epochs, .batchSize, .learningRate, .beta1, .beta2, .epsilon, .weightDecay, .stepFractions,
                .stepFractions, .stepFactor, .scalingMean, .scalingDeviation,
            ])
        configuration = TrainingConfiguration(
            epochs: 1, optimizer: .sgd(learningRate: 0.1, momentum: 0, nesterov: true, weightDecay: 0),
            schedule: .oneCycle(rise: -0.1, start: 0.5, end: 0))
        #expect(configuration.problems.count == 4, "\(configuration.problems)")
        configuration.optimizer = .muon(
            learningRate: 0, momentum: 1, adamRate: -1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: -1)
        configuration.schedule = .constant
        #expect(
            configuration.problems.compactMap { problem -> ConfigurationField? in
                if case .outOfRange(let field, _, _) = problem { field } else { nil }
            } == [.learningRate, .momentum, .adamRate, .weightDecay])
        configuration.optimizer = .sgd(learningRate: 0.1, momentum: 0, nesterov: true, weightDecay: 0)
        configuration.schedule = .cosine(warmUp: 1.5, floor: -1)
        #expect(configuration.problems.count == 3, "\(configuration.problems)")
        #expect(TrainingConfiguration(epochs: 1).problems.isEmpty)
    }
}
