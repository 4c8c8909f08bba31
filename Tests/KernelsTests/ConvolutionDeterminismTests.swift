import Datasets
import Kernels
import TestSupport
import Testing

/// The same bits on every instruction set and with any number of threads.
@Suite struct ConvolutionDeterminismTests {
    /// Of this test alone: a pool serves one caller at a time.
    private func contexts() -> [KernelContext] {
        InstructionSet.available.map { KernelContext(instructionSet: $0, threads: 1) }
            + [2, 3, 7].map { KernelContext(threads: $0) }
    }

    private func checkSameBits(_ geometry: ConvolutionGeometry, seed: UInt64, contexts: [KernelContext]) {
        var generator = SeededGenerator(seed: seed)
        let sample = ConvolutionTests.Case(geometry, generator: &generator)
        let expected = sample.passes(contexts[0])
        for context in contexts.dropFirst() {
            let passes = sample.passes(context)
            for (name, (one, other)) in zip(
                ["forward", "data gradient", "weight gradient"], zip(expected, passes))
            {
                let difference = zip(one.values, other.values).enumerated().first { $1.0 != $1.1 }
                #expect(
                    one == other,
                    """
                    \(name): \(contexts[0].instructionSet) and \(context.instructionSet), \
                    \(context.pool.threads) threads, \(String(describing: difference)), \(geometry), seed \(seed)
                    """)
            }
        }
    }

    @Test(arguments: 0..<4) func drawnGeometriesGiveTheSameBitsEverywhere(round: Int) {
        let seed = UInt64(500 + round)
        var generator = SeededGenerator(seed: seed)
        let contexts = contexts()
        for _ in 0..<15 {
            let geometry = ConvolutionGeometries.draw(from: &generator, mostWork: 200_000)
            checkSameBits(geometry, seed: seed, contexts: contexts)
        }
    }

    @Test func hardGeometriesGiveTheSameBitsEverywhere() throws {
        let contexts = contexts()
        for geometry in try ConvolutionGeometries.hardCases() {
            checkSameBits(geometry, seed: 3, contexts: contexts)
        }
    }

    @Test func layersOfManyTasksGiveTheSameBitsWithAnyNumberOfThreads() throws {
        let contexts = [1, 2, 3, 7].map { KernelContext(threads: $0) }
            + InstructionSet.available.filter { $0 != .portable }.map {
                KernelContext(instructionSet: $0, threads: 2)
            }
        for geometry in [
            try ConvolutionGeometries.make(
                batch: 8, height: 28, width: 28, channels: 1, outputs: 64, kernel: (7, 7), stride: 2, padding: 3),
            try ConvolutionGeometries.make(
                batch: 3, height: 40, width: 33, channels: 3, outputs: 48, kernel: (7, 7), stride: 2, padding: 3),
            try ConvolutionGeometries.make(
                batch: 8, height: 14, width: 14, channels: 64, outputs: 64, kernel: (3, 3), padding: 1),
            try ConvolutionGeometries.make(
                batch: 8, height: 14, width: 14, channels: 64, outputs: 64, kernel: (3, 3), stride: 2, padding: 1),
            try ConvolutionGeometries.make(batch: 8, height: 14, width: 14, channels: 64, outputs: 16, kernel: (1, 1)),
            try ConvolutionGeometries.make(
                batch: 8, height: 14, width: 14, channels: 64, outputs: 128, kernel: (3, 3), stride: 2, padding: 1,
                groups: 64),
            try ConvolutionGeometries.make(
                batch: 8, height: 14, width: 14, channels: 64, outputs: 64, kernel: (3, 3), padding: 1, groups: 16),
        ] {
            checkSameBits(geometry, seed: 9, contexts: contexts)
        }
    }

    @Test func runningTwiceGivesTheSameBits() throws {
        let geometry = try ConvolutionGeometries.make(
            batch: 2, height: 14, width: 14, channels: 32, outputs: 48, kernel: (3, 3), padding: 1)
        let context = KernelContext(threads: 2)
        var generator = SeededGenerator(seed: 1)
        let sample = ConvolutionTests.Case(geometry, generator: &generator)
        let first = sample.passes(context)
        for _ in 0..<5 { #expect(sample.passes(context) == first) }
    }
}
