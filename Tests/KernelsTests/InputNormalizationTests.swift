import Datasets
import Kernels
import Testing

/// Convolutions that normalize what they read: the bits of a batch norm and a convolution of what it gave.
@Suite struct InputNormalizationTests {
    private static let kinds: [ReLUKind] = [.unbounded, .none, .upTo(0.7)]

    private func check(_ geometry: ConvolutionGeometry, relu: ReLUKind, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let input = LayerTesting.random(geometry.inputShape, &generator)
        let weights = LayerTesting.random(geometry.weightShape, &generator)
        let gradient = LayerTesting.random(geometry.outputShape, &generator)
        let bias = LayerTesting.random([geometry.outputChannels], &generator)
        // A shift that is not 0 tells zeros beside the image, which are not normalized, from pixels of 0.
        let vectors = LayerTesting.normalization(geometry.inputChannels, &generator, shift: 0.1...0.5)
        for algorithm in ConvolutionAlgorithm.allCases where geometry.supports(algorithm) {
            let label = "seed \(seed), \(geometry), \(algorithm), \(relu)"
            _ = LayerTesting.inEveryContext { context in
                var normalized = LayerTesting.poisoned(geometry.inputShape)
                context.batchNorm(
                    input, mean: vectors.mean, inverseDeviation: vectors.inverseDeviation, scale: vectors.scale,
                    shift: vectors.shift, relu: relu, into: &normalized)
                func outputs(of source: Tensor, _ normalization: InputNormalization?) -> [Tensor] {
                    var output = LayerTesting.poisoned(geometry.outputShape)
                    var weightGradient = LayerTesting.poisoned(geometry.weightShape)
                    context.convolution(
                        source, normalizedBy: normalization, weights: weights, bias: bias, geometry: geometry,
                        into: &output, algorithm: algorithm)
                    context.convolutionWeightGradient(
                        source, normalizedBy: normalization, outputGradient: gradient, geometry: geometry,
                        into: &weightGradient, algorithm: algorithm)
                    return [output, weightGradient]
                }
                let expected = outputs(of: normalized, nil)
                let found = outputs(of: input, InputNormalization(vectors: vectors, relu: relu))
                LayerTesting.expectSameBits(
                    found, expected, ["output", "weight gradient"], "\(label), \(context.instructionSet)")
            }
        }
    }

    @Test func hardGeometriesKeepTheirBits() throws {
        for (index, geometry) in try ConvolutionGeometries.hardCases().enumerated() {
            check(geometry, relu: Self.kinds[index % 3], seed: UInt64(index))
        }
    }

    @Test func drawnGeometriesKeepTheirBits() {
        var generator = SeededGenerator(seed: 77)
        for round in 0..<60 {
            let geometry = ConvolutionGeometries.draw(from: &generator, mostWork: 200_000)
            check(geometry, relu: Self.kinds[round % 3], seed: UInt64(1000 + round))
        }
    }

    /// Images of which a few rows fill the copy, batches cut into whole images, and products in several pieces.
    @Test func piecesOfLargeMapsKeepTheirBits() throws {
        let geometries = try [
            ConvolutionGeometries.make(
                batch: 2, height: 23, width: 40, channels: 144, outputs: 144, kernel: (3, 3), padding: 1, groups: 144),
            ConvolutionGeometries.make(
                height: 24, width: 64, channels: 100, outputs: 100, kernel: (3, 3), stride: 2, padding: 1, groups: 100),
            ConvolutionGeometries.make(
                height: 9, width: 130, channels: 256, outputs: 256, kernel: (3, 3), padding: 2, groups: 256),
            ConvolutionGeometries.make(
                batch: 17, height: 6, width: 6, channels: 32, outputs: 64, kernel: (3, 3), padding: 1, groups: 32),
            ConvolutionGeometries.make(
                batch: 2, height: 20, width: 33, channels: 64, outputs: 64, kernel: (5, 5), padding: 2, groups: 64),
            ConvolutionGeometries.make(
                height: 17, width: 60, channels: 64, outputs: 64, kernel: (3, 3), padding: 1, groups: 4),
            ConvolutionGeometries.make(batch: 2, height: 33, width: 40, channels: 64, outputs: 72, kernel: (1, 1)),
            ConvolutionGeometries.make(batch: 3, height: 9, width: 11, channels: 531, outputs: 48, kernel: (1, 1)),
            ConvolutionGeometries.make(batch: 2, height: 16, width: 16, channels: 1024, outputs: 96, kernel: (1, 1)),
        ]
        for (index, geometry) in geometries.enumerated() {
            check(geometry, relu: Self.kinds[index % 3], seed: UInt64(2000 + index))
        }
    }

    @Test func onlyWhatWasMeasuredToGainNormalizesItsInput() throws {
        func normalizes(_ side: Int, _ channels: Int, kernel: Int, groups: Int = 1) throws -> Bool {
            try ConvolutionGeometries.make(
                batch: 32, height: side, width: side, channels: channels, outputs: channels, kernel: (kernel, kernel),
                padding: kernel / 2, groups: groups
            ).normalizesInput
        }
        #expect(try normalizes(16, 384, kernel: 1))
        #expect(try normalizes(48, 64, kernel: 3, groups: 64))
        #expect(try normalizes(24, 128, kernel: 1), "few channels, a large map")
        #expect(try !normalizes(16, 64, kernel: 1), "few channels, a small map")
        #expect(try !normalizes(16, 384, kernel: 1, groups: 4), "groups")
        #expect(try !normalizes(16, 64, kernel: 3, groups: 16), "groups of four")
        #expect(try !normalizes(8, 128, kernel: 3, groups: 128), "a small map")
        #expect(try !normalizes(16, 384, kernel: 3), "Winograd's transforms read overlapping patches")
    }
}
