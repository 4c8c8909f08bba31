import Datasets
import Kernels
import TestSupport
import Testing

/// Depthwise and grouped convolutions: tiles, edges and tails that drawn geometries rarely meet together.
@Suite struct ChannelwiseTests {
    /// Groups of 1, 2, 4, 8 or 16 channels, or one channel with several outputs; whole vectors of channels and tails.
    private func draw(from generator: inout SeededGenerator) -> ConvolutionGeometry {
        while true {
            let group = 1 << generator.index(below: 5)
            let multiplier = group == 1 ? 1 + generator.index(below: 3) : 1
            let groups = 1 + generator.index(below: 48 / group)
            let square = generator.index(below: 2) == 0
            let kernel = (1 + generator.index(below: 5), square ? 3 : 1 + generator.index(below: 5))
            let geometry = try? ConvolutionGeometry(
                batch: 1 + generator.index(below: 2), inputHeight: 1 + generator.index(below: 11),
                inputWidth: 1 + generator.index(below: 13), inputChannels: groups * group,
                outputChannels: groups * group * multiplier, kernelHeight: square ? 3 : kernel.0,
                kernelWidth: kernel.1, stride: 1 + generator.index(below: 3), padding: generator.index(below: 4),
                groups: groups)
            if let geometry, geometry.groups > 1, geometry.multiplyAdds < 300_000 { return geometry }
        }
    }

    @Test(arguments: 0..<8) func drawnGroupsMeetTheDefinition(round: Int) {
        let seed = UInt64(9000 + round)
        var generator = SeededGenerator(seed: seed)
        let context = KernelContext(threads: 2)
        for index in 0..<30 {
            ConvolutionTests.checkAllPasses(
                draw(from: &generator), seed: seed &* 100 &+ UInt64(index), context: context)
        }
    }

    /// A task's rows begin in the middle of an image, images are of any width around the tile's, and some phases of a
    /// stride have no taps at all.
    private func hardCases() throws -> [ConvolutionGeometry] {
        var cases: [ConvolutionGeometry] = []
        for (channels, groups) in [(32, 32), (32, 16), (32, 8), (32, 4), (32, 2), (17, 17), (34, 17)] {
            for (height, width) in [(1, 1), (2, 3), (4, 4), (5, 5), (7, 7), (8, 9), (2, 40)] {
                for stride in [1, 2] {
                    cases.append(
                        try ConvolutionGeometries.make(
                            batch: 2, height: height, width: width, channels: channels, outputs: channels,
                            kernel: (3, 3), stride: stride, padding: 1, groups: groups))
                }
            }
            cases.append(
                try ConvolutionGeometries.make(
                    height: 6, width: 9, channels: channels, outputs: channels, kernel: (1, 3), stride: 2, padding: 1,
                    groups: groups))
            cases.append(
                try ConvolutionGeometries.make(
                    height: 6, width: 9, channels: channels, outputs: channels, kernel: (3, 1), stride: 3,
                    groups: groups))
            cases.append(
                try ConvolutionGeometries.make(
                    height: 9, width: 14, channels: channels, outputs: channels, kernel: (7, 7), padding: 5,
                    groups: groups))
        }
        for kernel in [5, 7, 9, 11, 15] {
            cases.append(
                try ConvolutionGeometries.make(
                    height: 12, width: 17, channels: 16, outputs: 16, kernel: (kernel, kernel), padding: kernel / 2,
                    groups: 16))
        }
        // Whole vectors of channels and some after them, widths around the sides of tiles, several bands of rows.
        for (channels, groups) in [(35, 35), (38, 19), (44, 11), (40, 5), (48, 3)] {
            for (width, kernel, stride) in [(6, 3, 1), (11, 3, 1), (13, 3, 2), (28, 3, 1), (10, 5, 1), (9, 5, 2), (14, 7, 1)] {
                cases.append(
                    try ConvolutionGeometries.make(
                        height: width == 28 ? 13 : 6, width: width, channels: channels, outputs: channels,
                        kernel: (kernel, kernel), stride: stride, padding: kernel / 2, groups: groups))
            }
        }
        for outputs in [32, 48, 64] {
            cases.append(
                try ConvolutionGeometries.make(
                    batch: 2, height: 8, width: 7, channels: 16, outputs: outputs, kernel: (3, 3), stride: 2,
                    padding: 1, groups: 16))
        }
        return cases
    }

    @Test func hardGroupsMeetTheDefinition() throws {
        let context = KernelContext(threads: 2)
        for (index, geometry) in try hardCases().enumerated() {
            ConvolutionTests.checkAllPasses(geometry, seed: UInt64(40 + index), context: context)
        }
    }

    @Test func groupsGiveTheSameBitsEverywhere() throws {
        let contexts = InstructionSet.available.map { KernelContext(instructionSet: $0, threads: 1) }
            + [2, 3, 7].map { KernelContext(threads: $0) }
        var generator = SeededGenerator(seed: 77)
        let drawn = (0..<20).map { _ in draw(from: &generator) }
        for geometry in try hardCases() + drawn {
            let sample = ConvolutionTests.Case(geometry, generator: &generator)
            let expected = sample.passes(contexts[0])
            for context in contexts.dropFirst() {
                #expect(
                    sample.passes(context) == expected,
                    "\(context.instructionSet), \(context.pool.threads) threads, \(geometry), seed 77")
            }
        }
    }
}
