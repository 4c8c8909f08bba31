import Datasets
import Kernels
import TestSupport
import Testing

/// Every algorithm, forced, on the shapes at which reads and writes leave a tensor most easily: one image, one channel
/// and 17, one pixel, two long rows, more padding than kernel.
///
/// Tensors are allocated to the byte, so under `scripts/check-memory` a step outside of one stops these tests; without
/// it they compare all three passes with the definition.
@Suite struct OddShapeTests {
    /// Which algorithm, for what kernels and groups.
    struct Path: Sendable, CustomTestStringConvertible {
        let algorithm: ConvolutionAlgorithm
        let kernels: [Int]
        /// Input channels, output channels, groups.
        let channels: [(Int, Int, Int)]
        let testDescription: String

        init(_ algorithm: ConvolutionAlgorithm, _ kernels: [Int], _ channels: [(Int, Int, Int)], _ what: String = "") {
            self.algorithm = algorithm
            self.kernels = kernels
            self.channels = channels
            testDescription = what.isEmpty ? algorithm.rawValue : "\(algorithm.rawValue), \(what)"
        }
    }

    private static let dense = [(1, 1, 1), (1, 17, 1), (17, 1, 1), (17, 17, 1)]
    private static let single = [(2, 2, 2), (17, 17, 17), (17, 51, 17)]

    static let paths = [
        Path(.pointwise, [1], dense), Path(.pointwise, [1], [(34, 51, 17)], "groups"),
        Path(.direct, [1, 2, 3, 7], dense), Path(.direct, [2, 3], [(34, 51, 17), (17, 17, 17)], "groups"),
        Path(.winograd, [3], dense), Path(.depthwise, [1, 2, 3, 7], single),
        Path(.grouped, [1, 2, 3, 7], [(4, 4, 2), (34, 34, 17)], "of 2"),
        Path(.grouped, [1, 3], [(8, 8, 2), (68, 68, 17)], "of 4"),
        Path(.grouped, [1, 3], [(16, 16, 2), (136, 136, 17)], "of 8"),
        Path(.grouped, [1, 3], [(32, 32, 2), (272, 272, 17)], "of 16"),
        Path(.fft, [2, 5, 9], dense), Path(.fft, [2, 5, 9], [(2, 2, 2), (17, 17, 17)], "depthwise"),
    ]

    /// One image, or two: a row beyond the first image is then a row of the second, which no memory checker sees.
    private static let images = [(1, 1, 1), (1, 2, 200), (1, 200, 2), (1, 3, 5), (2, 4, 3)]

    @Test(arguments: paths) func oddShapesMeetTheDefinition(of path: Path) throws {
        var seed: UInt64 = 0
        var checked = 0
        for set in [InstructionSet.best, .portable] {
            let context = KernelContext(instructionSet: set, threads: 2)
            for kernel in path.kernels {
                for geometry in Self.geometries(path, kernel: kernel) {
                    seed += 1
                    // The emulated multiply-adds of the portable loops are slow.
                    if set == .portable, geometry.multiplyAdds > 30_000 { continue }
                    Self.check(path.algorithm, geometry, seed: seed, context: context)
                    checked += 1
                }
            }
        }
        #expect(checked >= 8, "only \(checked) geometries")
    }

    private static func geometries(_ path: Path, kernel: Int) -> [ConvolutionGeometry] {
        var all: [ConvolutionGeometry] = []
        for (batch, height, width) in images {
            for (channels, outputs, groups) in path.channels {
                for (padding, stride) in [(0, 1), (kernel / 2, 1), (kernel + 2, 1), (kernel / 2, 2), (kernel + 2, 3)] {
                    // Those that do not exist (a window larger than its image) are no case.
                    let geometry = try? ConvolutionGeometry(
                        batch: batch, inputHeight: height, inputWidth: width, inputChannels: channels,
                        outputChannels: outputs, kernelHeight: kernel, kernelWidth: kernel, stride: stride,
                        padding: padding, groups: groups)
                    if let geometry, geometry.supports(path.algorithm), !all.contains(geometry) { all.append(geometry) }
                }
            }
        }
        return all
    }

    private static func check(
        _ algorithm: ConvolutionAlgorithm, _ geometry: ConvolutionGeometry, seed: UInt64, context: KernelContext
    ) {
        var generator = SeededGenerator(seed: seed)
        let sample = ConvolutionTests.Case(geometry, generator: &generator)
        let bias = seed % 2 == 0 ? randomTensor(shape: [geometry.outputChannels], from: &generator) : nil
        let results = WinogradTests.passes(sample, context, bias: bias, algorithm: algorithm)
        let terms = [
            geometry.kernelHeight * geometry.kernelWidth * geometry.groupInputChannels,
            geometry.kernelHeight * geometry.kernelWidth * geometry.groupOutputChannels,
            geometry.batch * geometry.outputHeight * geometry.outputWidth,
        ]
        for (index, expected) in WinogradTests.exact(sample, bias: bias).enumerated() {
            // A tile's roundings spread over all of its results, by Winograd's transforms and by Fourier's.
            let isTiled = algorithm == .winograd || algorithm == .fft
            let check = isTiled ? WinogradTests.check : ConvolutionTests.check
            check(
                results[index], expected.values, expected.magnitudes, terms[index] + 1,
                "\(ConvolutionPass.allCases[index]) \(algorithm) \(geometry), seed \(seed), \(context.instructionSet)")
        }
    }
}
