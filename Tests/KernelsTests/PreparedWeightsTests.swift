import Datasets
import Kernels
import TestSupport
import Testing

@Suite struct PreparedWeightsTests {
    private func geometries() throws -> [ConvolutionGeometry] {
        try [
            // Of few tiles, of many, and of a kind that is never transformed.
            ConvolutionGeometries.make(height: 8, width: 8, channels: 33, outputs: 70, kernel: (3, 3), padding: 1),
            ConvolutionGeometries.make(height: 4, width: 4, channels: 40, outputs: 300, kernel: (3, 3), padding: 1),
            ConvolutionGeometries.make(height: 7, width: 7, channels: 64, outputs: 31, kernel: (3, 3), padding: 1),
            ConvolutionGeometries.make(height: 24, width: 23, channels: 32, outputs: 32, kernel: (3, 3), padding: 1),
            ConvolutionGeometries.make(height: 9, width: 9, channels: 17, outputs: 40, kernel: (3, 3), stride: 2, padding: 1),
            ConvolutionGeometries.make(height: 6, width: 5, channels: 48, outputs: 24, kernel: (1, 1), groups: 4),
            ConvolutionGeometries.make(batch: 3, height: 2, width: 3, channels: 20, outputs: 65, kernel: (1, 1)),
        ]
    }

    @Test func preparedWeightsGiveTheBitsOfTheirAlgorithmEverywhere() throws {
        let contexts = InstructionSet.available.map { KernelContext(instructionSet: $0, threads: 1) }
            + [2, 3, 7].map { KernelContext(threads: $0) }
        for (index, geometry) in try geometries().enumerated() {
            var generator = SeededGenerator(seed: UInt64(300 + index))
            let sample = ConvolutionTests.Case(geometry, generator: &generator)
            let bias = randomTensor(shape: [geometry.outputChannels], from: &generator)
            var expected = poisonedTensor(shape: geometry.outputShape)
            contexts[0].convolution(
                sample.input, weights: sample.weights, bias: bias, geometry: geometry, into: &expected,
                algorithm: geometry.preparedAlgorithm)
            for context in contexts {
                guard let prepared = context.prepare(sample.weights, geometry: geometry) else {
                    #expect(geometry.preparedAlgorithm == .winograd, "\(geometry) is not prepared")
                    continue
                }
                var output = poisonedTensor(shape: geometry.outputShape)
                context.convolution(sample.input, prepared: prepared, bias: bias, geometry: geometry, into: &output)
                #expect(
                    output == expected,
                    "\(context.instructionSet), \(context.pool.threads) threads, \(geometry), seed \(300 + index)")
            }
        }
    }

    /// Four tiles do not repay the transform of their weights, thirty-six do; training keeps its own choice.
    @Test func aFewTilesOfOneImageAreComputedDirectly() throws {
        let few = try ConvolutionGeometries.make(height: 8, width: 8, channels: 128, outputs: 128, kernel: (3, 3), padding: 1)
        let many = try ConvolutionGeometries.make(
            height: 24, width: 24, channels: 128, outputs: 128, kernel: (3, 3), padding: 1)
        #expect(few.algorithm(for: .forward) == .winograd && few.preparedAlgorithm == .direct)
        #expect(many.algorithm(for: .forward) == .winograd && many.preparedAlgorithm == .winograd)
    }
}
