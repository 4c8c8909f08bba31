import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

// How large an error may be.
//
// An output of Winograd is the sum over the positions p of A[p] * (B x)[p] * (G w)[p], in which most terms cancel. A
// rounding is relative to the terms before they cancel: with the points 0, +-5/8, +-3/2 and infinity the sum of
// |A||B||G| is up to 8 times that of the definition in one dimension (5 to 8 forward, 5 to 7 in the weight gradient), so up
// to 63 times in two. Roundings are as good as random: what is measured (docs/kernels.md) is two to three times the
// error of the direct sum in the mean, three to four in the worst element.
//
// The error of an element depends on its whole tile: at the edge of an image, an element that sums few terms of its own
// has the roundings of a full one. So the bound is c * epsilon * (the largest sum of |x||w| in the result), with
// c = 16 + 4 * sqrt(terms), four times that of the direct path: a chain of `terms` random roundings grows with its root,
// the constant stands for the transforms, which few terms do not average out.
@Suite struct WinogradTests {
    static func check(_ result: Tensor, _ expected: [Double], magnitudes: [Double], terms: Int, _ what: String) {
        let bound = (16 + 4 * Double(terms).squareRoot()) * Double(Float.ulpOfOne) * (magnitudes.max() ?? 0)
        for (index, value) in result.values.enumerated() {
            guard abs(Double(value) - expected[index]) <= bound + 1e-30 else {
                Issue.record("\(what): element \(index) is \(value), expected \(expected[index]) within \(bound)")
                return
            }
        }
    }

    /// The three passes by `algorithm`, from poisoned tensors.
    static func passes(
        _ sample: ConvolutionTests.Case, _ context: KernelContext, bias: Tensor? = nil,
        algorithm: ConvolutionAlgorithm = .winograd
    ) -> [Tensor] {
        let geometry = sample.geometry
        var output = poisonedTensor(shape: geometry.outputShape)
        context.convolution(
            sample.input, weights: sample.weights, bias: bias, geometry: geometry, into: &output, algorithm: algorithm)
        var inputGradient = poisonedTensor(shape: geometry.inputShape)
        context.convolutionDataGradient(
            sample.outputGradient, weights: sample.weights, geometry: geometry, into: &inputGradient,
            algorithm: algorithm)
        var weightGradient = poisonedTensor(shape: geometry.weightShape)
        context.convolutionWeightGradient(
            sample.input, outputGradient: sample.outputGradient, geometry: geometry, into: &weightGradient,
            algorithm: algorithm)
        return [output, inputGradient, weightGradient]
    }

    /// What the passes should give: values by the definition and the sums of the magnitudes of their terms.
    static func exact(_ sample: ConvolutionTests.Case, bias: Tensor? = nil) -> [(values: [Double], magnitudes: [Double])] {
        let g = sample.geometry
        let x = sample.input.values.map(Double.init), w = sample.weights.values.map(Double.init)
        let dy = sample.outputGradient.values.map(Double.init)
        func all(_ x: [Double], _ w: [Double], _ dy: [Double]) -> [[Double]] {
            [
                ConvolutionReference.forward(x, weights: w, geometry: g),
                ConvolutionReference.dataGradient(dy, weights: w, geometry: g),
                ConvolutionReference.weightGradient(x, outputGradient: dy, geometry: g),
            ]
        }
        var values = all(x, w, dy), magnitudes = all(x.map(abs), w.map(abs), dy.map(abs))
        if let bias {
            for index in values[0].indices {
                values[0][index] += Double(bias[index % g.outputChannels])
                magnitudes[0][index] += abs(Double(bias[index % g.outputChannels]))
            }
        }
        return zip(values, magnitudes).map { ($0, $1) }
    }

    static func checkAllPasses(_ geometry: ConvolutionGeometry, seed: UInt64, context: KernelContext) {
        var generator = SeededGenerator(seed: seed)
        let sample = ConvolutionTests.Case(geometry, generator: &generator)
        let bias = seed % 2 == 0 ? randomTensor(shape: [geometry.outputChannels], from: &generator) : nil
        let terms = [9 * geometry.inputChannels, 9 * geometry.outputChannels,
            geometry.batch * geometry.outputHeight * geometry.outputWidth]
        let names = ["forward", "data gradient", "weight gradient"]
        let results = passes(sample, context, bias: bias)
        for (index, expected) in exact(sample, bias: bias).enumerated() {
            check(
                results[index], expected.values, magnitudes: expected.magnitudes, terms: terms[index],
                "\(names[index]) \(geometry), seed \(seed)")
        }
    }

    static func make(
        batch: Int = 1, _ height: Int, _ width: Int, channels: Int, outputs: Int, padding: Int = 1
    ) throws -> ConvolutionGeometry {
        try ConvolutionGeometries.make(
            batch: batch, height: height, width: width, channels: channels, outputs: outputs, kernel: (3, 3),
            padding: padding)
    }

    /// Images around the side of a tile, one pixel and one row of pixels, and channels around the width of a vector and
    /// of a panel.
    static func oddGeometries() throws -> [ConvolutionGeometry] {
        var geometries = try [
            make(1, 1, channels: 1, outputs: 1), make(1, 1, channels: 17, outputs: 33, padding: 2),
            make(2, 200, channels: 3, outputs: 18), make(200, 2, channels: 17, outputs: 3),
            make(3, 3, channels: 5, outputs: 7, padding: 0), make(batch: 3, 7, 7, channels: 65, outputs: 40),
            make(batch: 2, 14, 14, channels: 32, outputs: 96), make(batch: 5, 8, 8, channels: 100, outputs: 31),
            make(batch: 2, 4, 4, channels: 300, outputs: 70), make(batch: 7, 28, 28, channels: 16, outputs: 16),
        ]
        for side in 1...10 {
            for padding in 0...2 where side + 2 * padding >= 3 {
                geometries.append(
                    try make(
                        batch: 2, side, 11 - side, channels: 2 + side, outputs: 18 - side,
                        padding: max(padding, 11 - side < 3 ? 1 : 0)))
            }
        }
        for channels in [1, 3, 15, 16, 17, 31, 32, 33, 64] {
            geometries.append(try make(6, 9, channels: channels, outputs: 65 - channels))
        }
        return geometries
    }

    @Test func oddShapesMeetTheDefinition() throws {
        let context = KernelContext(threads: 2)
        for (index, geometry) in try Self.oddGeometries().enumerated() {
            Self.checkAllPasses(geometry, seed: UInt64(index), context: context)
        }
    }

    @Test(arguments: 0..<4) func drawnGeometriesMeetTheDefinition(round: Int) throws {
        var generator = SeededGenerator(seed: UInt64(70 + round))
        let context = KernelContext(threads: 3)
        for index in 0..<20 {
            let geometry = try Self.draw(from: &generator)
            Self.checkAllPasses(geometry, seed: UInt64(7000 + 100 * round + index), context: context)
        }
    }

    private static func draw(from generator: inout SeededGenerator) throws -> ConvolutionGeometry {
        try make(
            batch: 1 + generator.index(below: 4), 3 + generator.index(below: 14), 3 + generator.index(below: 14),
            channels: 1 + generator.index(below: 70), outputs: 1 + generator.index(below: 70),
            padding: generator.index(below: 3))
    }

    /// Many tiles, several pieces of the reduction, several panels: every way of cutting the work.
    @Test func layersOfManyTasksMeetTheDefinition() throws {
        let context = KernelContext(threads: 2)
        for (index, geometry) in try [
            Self.make(batch: 4, 28, 30, channels: 20, outputs: 36), Self.make(batch: 2, 12, 12, channels: 150, outputs: 144),
            Self.make(batch: 1, 4, 4, channels: 520, outputs: 160), Self.make(batch: 20, 9, 9, channels: 70, outputs: 10),
            // So many transformed weights that each task makes its own, or that the columns take turns.
            Self.make(batch: 100, 1, 1, channels: 280, outputs: 256), Self.make(batch: 300, 1, 1, channels: 280, outputs: 256),
        ].enumerated() {
            Self.checkAllPasses(geometry, seed: UInt64(900 + index), context: context)
        }
    }

    /// <conv(x), y> = <x, dataGradient(y)> = <w, weightGradient(x, y)>.
    @Test(arguments: [UInt64(1), 2, 3]) func thePassesAreAdjoint(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let context = KernelContext(threads: 2)
        for _ in 0..<20 {
            let geometry = try Self.draw(from: &generator)
            let sample = ConvolutionTests.Case(geometry, generator: &generator)
            func dot(_ a: Tensor, _ b: Tensor) -> Double {
                zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            let results = Self.passes(sample, context)
            let forward = dot(results[0], sample.outputGradient)
            let data = dot(sample.input, results[1]), weight = dot(sample.weights, results[2])
            let bound = 3e-5 * (1 + Double(geometry.multiplyAdds).squareRoot())
            #expect(abs(forward - data) < bound, "\(forward) and \(data): \(geometry), seed \(seed)")
            #expect(abs(forward - weight) < bound, "\(forward) and \(weight): \(geometry), seed \(seed)")
        }
    }

    @Test func theBitsDependOnNeitherInstructionSetNorThreads() throws {
        let contexts = InstructionSet.available.map { KernelContext(instructionSet: $0, threads: 1) }
            + [2, 3, 7].map { KernelContext(threads: $0) }
        let geometries = try Self.oddGeometries() + [
            Self.make(batch: 2, 12, 12, channels: 150, outputs: 44), Self.make(batch: 4, 28, 30, channels: 20, outputs: 36),
        ]
        for (index, geometry) in geometries.enumerated() {
            var generator = SeededGenerator(seed: UInt64(index))
            let sample = ConvolutionTests.Case(geometry, generator: &generator)
            let bias = randomTensor(shape: [geometry.outputChannels], from: &generator)
            let expected = Self.passes(sample, contexts[0], bias: bias)
            for context in contexts.dropFirst() {
                for (pass, (one, other)) in zip(expected, Self.passes(sample, context, bias: bias)).enumerated() {
                    let difference = zip(one.values, other.values).enumerated().first { $1.0 != $1.1 }
                    #expect(
                        one == other,
                        """
                        pass \(pass): \(contexts[0].instructionSet) and \(context.instructionSet), \
                        \(context.pool.threads) threads, \(String(describing: difference)), \(geometry), seed \(index)
                        """)
                }
            }
        }
    }

    @Test func theBitsOfManyTasksDependOnNoThreads() throws {
        let geometry = try Self.make(batch: 8, 14, 14, channels: 96, outputs: 160)
        var generator = SeededGenerator(seed: 4)
        let sample = ConvolutionTests.Case(geometry, generator: &generator)
        let expected = Self.passes(sample, KernelContext(threads: 1))
        for threads in [2, 3, 7] {
            #expect(Self.passes(sample, KernelContext(threads: threads)) == expected, "\(threads) threads, seed 4")
        }
        for set in InstructionSet.available where set != .portable {
            #expect(Self.passes(sample, KernelContext(instructionSet: set, threads: 2)) == expected, "\(set), seed 4")
        }
    }

    @Test func aNaNStaysInItsTiles() throws {
        let geometry = try Self.make(12, 12, channels: 20, outputs: 20)
        var generator = SeededGenerator(seed: 8)
        let sample = ConvolutionTests.Case(geometry, generator: &generator)
        var broken = sample.input
        broken[0] = .nan
        var output = poisonedTensor(shape: geometry.outputShape)
        KernelContext(threads: 1).convolution(
            broken, weights: sample.weights, bias: nil, geometry: geometry, into: &output, algorithm: .winograd)
        #expect(output[0].isNaN)
        #expect(!output[(11 * 12 + 11) * 20].isNaN)
    }

    @Test func onlyDense3x3AtStride1IsSupported() throws {
        #expect(try Self.make(5, 5, channels: 3, outputs: 3, padding: 2).supports(.winograd))
        #expect(try !Self.make(5, 5, channels: 3, outputs: 3, padding: 3).supports(.winograd))
        for (kernel, stride, groups) in [((3, 2), 1, 1), ((2, 3), 1, 1), ((3, 3), 2, 1), ((3, 3), 1, 2), ((5, 5), 1, 1)] {
            let geometry = try ConvolutionGeometries.make(
                height: 6, width: 6, channels: 4, outputs: 4, kernel: kernel, stride: stride, padding: 1, groups: groups)
            #expect(!geometry.supports(.winograd), "\(geometry)")
        }
    }

    /// The table of docs/kernels.md: run with OFFPRINT_ERROR_TABLE=1 to print it.
    @Test func theErrorStaysWithinSmallMultiplesOfTheDirectOne() throws {
        let context = KernelContext(threads: 2)
        for (index, geometry) in try [
            Self.make(batch: 1, 32, 32, channels: 16, outputs: 16), Self.make(batch: 2, 14, 14, channels: 64, outputs: 64),
            Self.make(batch: 2, 8, 8, channels: 128, outputs: 128), Self.make(batch: 1, 7, 7, channels: 256, outputs: 96),
        ].enumerated() {
            var generator = SeededGenerator(seed: UInt64(40 + index))
            let sample = ConvolutionTests.Case(geometry, generator: &generator)
            let expected = Self.exact(sample)
            let direct = Self.passes(sample, context, algorithm: .direct), winograd = Self.passes(sample, context)
            for (pass, name) in ["forward", "data gradient", "weight gradient"].enumerated() {
                let one = Self.errors(direct[pass], expected[pass]), other = Self.errors(winograd[pass], expected[pass])
                #expect(other.rms < 4 * one.rms + 2e-8, "\(name), \(geometry): \(other.rms) and \(one.rms) direct")
                if Self.printsErrors { print(Self.row(geometry, name, one, other)) }
            }
        }
    }

    private static let printsErrors = ProcessInfo.processInfo.environment["OFFPRINT_ERROR_TABLE"] == "1"

    private static func row(
        _ geometry: ConvolutionGeometry, _ pass: String, _ direct: (largest: Double, rms: Double),
        _ winograd: (largest: Double, rms: Double)
    ) -> String {
        let numbers = [direct.largest, winograd.largest, direct.rms, winograd.rms].map { String(format: "%.1f", $0 * 1e8) }
        let shape = "\(geometry.batch)x\(geometry.inputHeight)x\(geometry.inputWidth), "
            + "\(geometry.inputChannels) to \(geometry.outputChannels)"
        return "| \(([shape, pass] + numbers + [String(format: "%.1f", winograd.rms / direct.rms)]).joined(separator: " | ")) |"
    }

    /// The largest error and the root of the mean square, relative to the sum of the magnitudes of the element's terms.
    private static func errors(
        _ result: Tensor, _ exact: (values: [Double], magnitudes: [Double])
    ) -> (largest: Double, rms: Double) {
        var largest = 0.0, squares = 0.0
        for (index, value) in result.values.enumerated() {
            let error = abs(Double(value) - exact.values[index]) / exact.magnitudes[index]
            largest = max(largest, error)
            squares += error * error
        }
        return (largest, (squares / Double(result.count)).squareRoot())
    }
}
