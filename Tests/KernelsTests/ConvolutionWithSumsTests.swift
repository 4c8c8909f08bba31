import Datasets
import Kernels
import Testing

/// Convolutions with a batch norm's sums in their epilogue: the bits of a convolution and a pass of its own.
@Suite struct ConvolutionWithSumsTests {
    private static let kinds: [ReLUKind] = [.unbounded, .none, .upTo(0.7)]

    private func check(_ geometry: ConvolutionGeometry, relu: ReLUKind, seed: UInt64) {
        for algorithm in ConvolutionAlgorithm.allCases where geometry.supports(algorithm) {
            let label = "seed \(seed), \(geometry), \(algorithm), \(relu)"
            checkStatistics(geometry, algorithm, relu: relu, seed: seed, label)
            checkGradients(geometry, algorithm, relu: relu, seed: seed, label)
        }
    }

    private func checkStatistics(
        _ geometry: ConvolutionGeometry, _ algorithm: ConvolutionAlgorithm, relu: ReLUKind, seed: UInt64, _ label: String
    ) {
        var generator = SeededGenerator(seed: seed)
        let input = LayerTesting.random(geometry.inputShape, &generator)
        let weights = LayerTesting.random(geometry.weightShape, &generator)
        let bias = LayerTesting.random([geometry.outputChannels], &generator)
        let vectors = LayerTesting.normalization(geometry.inputChannels, &generator, shift: 0.1...0.5)
        for normalization in [nil, InputNormalization(vectors: vectors, relu: relu)] {
            _ = LayerTesting.inEveryContext { context in
                func outputs(together: Bool) -> [Tensor] {
                    var output = LayerTesting.poisoned(geometry.outputShape)
                    var (mean, variance, inverse) = (
                        LayerTesting.poisoned([geometry.outputChannels]), LayerTesting.poisoned([geometry.outputChannels]),
                        LayerTesting.poisoned([geometry.outputChannels])
                    )
                    if together {
                        context.convolution(
                            input, normalizedBy: normalization, weights: weights, bias: bias, geometry: geometry,
                            into: &output, epsilon: 1e-5, mean: &mean, variance: &variance, inverseDeviation: &inverse,
                            algorithm: algorithm)
                    } else {
                        context.convolution(
                            input, normalizedBy: normalization, weights: weights, bias: bias, geometry: geometry,
                            into: &output, algorithm: algorithm)
                        context.batchNormStatistics(
                            output, epsilon: 1e-5, mean: &mean, variance: &variance, inverseDeviation: &inverse)
                    }
                    return [output, mean, variance, inverse]
                }
                LayerTesting.expectSameBits(
                    outputs(together: true), outputs(together: false), ["output", "mean", "variance", "inverse deviation"],
                    "\(label), \(context.instructionSet), normalized input: \(normalization != nil)")
            }
        }
    }

    private func checkGradients(
        _ geometry: ConvolutionGeometry, _ algorithm: ConvolutionAlgorithm, relu: ReLUKind, seed: UInt64, _ label: String
    ) {
        var generator = SeededGenerator(seed: seed &+ 1)
        let input = LayerTesting.random(geometry.inputShape, &generator)
        let weights = LayerTesting.random(geometry.weightShape, &generator)
        let gradient = LayerTesting.random(geometry.outputShape, &generator)
        let vectors = LayerTesting.normalization(geometry.inputChannels, &generator, shift: -0.2...0.5)
        _ = LayerTesting.inEveryContext { context in
            func outputs(together: Bool) -> [Tensor] {
                var result = LayerTesting.poisoned(geometry.inputShape)
                var scale = LayerTesting.poisoned([geometry.inputChannels])
                var shift = LayerTesting.poisoned([geometry.inputChannels])
                if together {
                    context.convolutionDataGradient(
                        gradient, weights: weights, geometry: geometry,
                        throughNormalization: InputNormalization(vectors: vectors, relu: relu), of: input, into: &result,
                        scaleGradient: &scale, shiftGradient: &shift, algorithm: algorithm)
                } else {
                    context.convolutionDataGradient(
                        gradient, weights: weights, geometry: geometry, into: &result, algorithm: algorithm)
                    context.batchNormBackward(
                        input, inPlace: &result, by: vectors, relu: relu, scaleGradient: &scale, shiftGradient: &shift)
                }
                return [result, scale, shift]
            }
            LayerTesting.expectSameBits(
                outputs(together: true), outputs(together: false), ["gradient", "scale gradient", "shift gradient"],
                "\(label), \(context.instructionSet)")
        }
    }

    @Test func hardGeometriesKeepTheirBits() throws {
        for (index, geometry) in try ConvolutionGeometries.hardCases().enumerated() {
            check(geometry, relu: Self.kinds[index % 3], seed: UInt64(index))
        }
    }

    @Test func drawnGeometriesKeepTheirBits() {
        var generator = SeededGenerator(seed: 78)
        for round in 0..<60 {
            let geometry = ConvolutionGeometries.draw(from: &generator, mostWork: 200_000)
            check(geometry, relu: Self.kinds[round % 3], seed: UInt64(3000 + round))
        }
    }

    /// Maps of many blocks of sums, cut otherwise than the tasks that write them: by columns too, and by groups.
    @Test func mapsOfManyBlocksKeepTheirBits() throws {
        let geometries = try [
            ConvolutionGeometries.make(batch: 5, height: 19, width: 23, channels: 40, outputs: 72, kernel: (1, 1)),
            ConvolutionGeometries.make(batch: 2, height: 9, width: 11, channels: 48, outputs: 531, kernel: (1, 1)),
            ConvolutionGeometries.make(batch: 3, height: 16, width: 16, channels: 96, outputs: 96, kernel: (1, 1), groups: 3),
            ConvolutionGeometries.make(batch: 17, height: 7, width: 7, channels: 24, outputs: 100, kernel: (1, 1)),
            ConvolutionGeometries.make(
                batch: 4, height: 23, width: 31, channels: 48, outputs: 48, kernel: (3, 3), padding: 1, groups: 48),
            ConvolutionGeometries.make(
                batch: 3, height: 33, width: 17, channels: 40, outputs: 80, kernel: (3, 3), stride: 2, padding: 1, groups: 40),
            ConvolutionGeometries.make(
                batch: 4, height: 20, width: 20, channels: 64, outputs: 64, kernel: (5, 5), padding: 2, groups: 16),
            ConvolutionGeometries.make(
                batch: 20, height: 12, width: 12, channels: 32, outputs: 32, kernel: (3, 3), padding: 1, groups: 2),
        ]
        for (index, geometry) in geometries.enumerated() {
            check(geometry, relu: Self.kinds[index % 3], seed: UInt64(4000 + index))
        }
    }
}
