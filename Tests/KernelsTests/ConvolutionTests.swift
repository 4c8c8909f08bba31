import Datasets
import Kernels
import TestSupport
import Testing

/// The fast passes against the definitions in double precision.
@Suite struct ConvolutionTests {
    /// One geometry with operands, and what the three passes make of them.
    struct Case {
        let geometry: ConvolutionGeometry
        let input, weights, outputGradient: Tensor

        init(_ geometry: ConvolutionGeometry, generator: inout SeededGenerator) {
            self.geometry = geometry
            input = randomTensor(shape: geometry.inputShape, from: &generator)
            weights = randomTensor(shape: geometry.weightShape, from: &generator)
            outputGradient = randomTensor(shape: geometry.outputShape, from: &generator)
        }

        func forward(_ context: KernelContext, bias: Tensor? = nil) -> Tensor {
            var output = poisonedTensor(shape: geometry.outputShape)
            context.convolution(input, weights: weights, bias: bias, geometry: geometry, into: &output)
            return output
        }

        func dataGradient(_ context: KernelContext) -> Tensor {
            var gradient = poisonedTensor(shape: geometry.inputShape)
            context.convolutionDataGradient(outputGradient, weights: weights, geometry: geometry, into: &gradient)
            return gradient
        }

        func weightGradient(_ context: KernelContext) -> Tensor {
            var gradient = poisonedTensor(shape: geometry.weightShape)
            context.convolutionWeightGradient(
                input, outputGradient: outputGradient, geometry: geometry, into: &gradient)
            return gradient
        }

        func passes(_ context: KernelContext) -> [Tensor] {
            [forward(context), dataGradient(context), weightGradient(context)]
        }
    }

    /// Reports the first element whose error is beyond c * epsilon * (the sum of the magnitudes of its terms).
    static func check(
        _ result: Tensor, _ expected: [Double], magnitudes: [Double], terms: Int, _ what: String
    ) {
        // A chain of `terms` roundings errs by at most terms * epsilon / 2 of the magnitudes; random ones by far less.
        let factor = (4 + Double(terms).squareRoot()) * Double(Float.ulpOfOne)
        for (index, value) in result.values.enumerated() {
            let error = abs(Double(value) - expected[index])
            guard error <= factor * magnitudes[index] + 1e-30 else {
                Issue.record("\(what): element \(index) is \(value), expected \(expected[index])")
                return
            }
        }
    }

    static func checkAllPasses(_ geometry: ConvolutionGeometry, seed: UInt64, context: KernelContext) {
        var generator = SeededGenerator(seed: seed)
        let sample = Case(geometry, generator: &generator)
        let x = sample.input.values.map(Double.init), w = sample.weights.values.map(Double.init)
        let dy = sample.outputGradient.values.map(Double.init)
        let what = "\(geometry.algorithm(for: .forward)) \(geometry), seed \(seed)"
        // Where the table chooses Winograd, its bound holds (see WinogradTests).
        func check(
            _ pass: ConvolutionPass, _ result: Tensor, _ expected: [Double], magnitudes: [Double], terms: Int,
            _ what: String
        ) {
            let bound = geometry.algorithm(for: pass) == .winograd ? WinogradTests.check : Self.check
            bound(result, expected, magnitudes, terms, what)
        }
        check(
            .forward, sample.forward(context), ConvolutionReference.forward(x, weights: w, geometry: geometry),
            magnitudes: ConvolutionReference.forward(x.map(abs), weights: w.map(abs), geometry: geometry),
            terms: w.count / geometry.outputChannels, "forward \(what)")
        check(
            .dataGradient, sample.dataGradient(context), ConvolutionReference.dataGradient(dy, weights: w, geometry: geometry),
            magnitudes: ConvolutionReference.dataGradient(dy.map(abs), weights: w.map(abs), geometry: geometry),
            terms: w.count / geometry.inputChannels + 1, "data gradient \(what)")
        check(
            .weightGradient, sample.weightGradient(context),
            ConvolutionReference.weightGradient(x, outputGradient: dy, geometry: geometry),
            magnitudes: ConvolutionReference.weightGradient(
                x.map(abs), outputGradient: dy.map(abs), geometry: geometry),
            terms: dy.count / geometry.outputChannels, "weight gradient \(what)")
    }

    @Test(arguments: 0..<8) func drawnGeometriesMeetTheDefinition(round: Int) {
        let seed = UInt64(1000 + round)
        var generator = SeededGenerator(seed: seed)
        let context = KernelContext(threads: 2)
        for index in 0..<40 {
            let geometry = ConvolutionGeometries.draw(from: &generator, mostWork: 400_000)
            Self.checkAllPasses(geometry, seed: seed &* 100 &+ UInt64(index), context: context)
        }
    }

    @Test func hardGeometriesMeetTheDefinition() throws {
        let context = KernelContext(threads: 2)
        for (index, geometry) in try ConvolutionGeometries.hardCases().enumerated() {
            Self.checkAllPasses(geometry, seed: UInt64(7 + index), context: context)
        }
    }

    @Test func aLayerOfManyTasksMeetsTheDefinition() throws {
        let context = KernelContext(threads: 3)
        let geometries = try [
            ConvolutionGeometries.make(
                batch: 3, height: 21, width: 19, channels: 40, outputs: 72, kernel: (3, 3), padding: 1),
            ConvolutionGeometries.make(
                batch: 9, height: 28, width: 28, channels: 24, outputs: 16, kernel: (1, 1)),
            ConvolutionGeometries.make(
                batch: 5, height: 17, width: 17, channels: 48, outputs: 48, kernel: (3, 3), padding: 1, groups: 48),
        ]
        for (index, geometry) in geometries.enumerated() {
            Self.checkAllPasses(geometry, seed: UInt64(index), context: context)
        }
    }

    /// One to four channels: windows in padded rows, and all phases of a stride in one product.
    @Test(arguments: 0..<3) func fewChannelsMeetTheDefinition(round: Int) throws {
        let seed = UInt64(3000 + round)
        var generator = SeededGenerator(seed: seed)
        let context = KernelContext(threads: 2)
        for index in 0..<40 {
            let kernel = (2 + generator.index(below: 6), 2 + generator.index(below: 6))
            let geometry = try? ConvolutionGeometries.make(
                batch: 1 + generator.index(below: 3), height: 1 + generator.index(below: 40),
                width: 1 + generator.index(below: 20), channels: 1 + generator.index(below: 4),
                outputs: 16 * (1 + generator.index(below: 3)) + generator.index(below: 2) * generator.index(below: 16),
                kernel: kernel, stride: 1 + generator.index(below: 4), padding: generator.index(below: kernel.0 + 1))
            guard let geometry else { continue }
            Self.checkAllPasses(geometry, seed: seed &* 100 &+ UInt64(index), context: context)
        }
    }

    /// <conv(x), y> = <x, dataGradient(y)> = <w, weightGradient(x, y)>.
    @Test(arguments: [UInt64(1), 2, 3]) func thePassesAreAdjoint(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let context = KernelContext(threads: 2)
        for _ in 0..<30 {
            let geometry = ConvolutionGeometries.draw(from: &generator, mostWork: 1_000_000)
            let sample = Case(geometry, generator: &generator)
            func dot(_ a: Tensor, _ b: Tensor) -> Double {
                zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            let forward = dot(sample.forward(context), sample.outputGradient)
            let data = dot(sample.input, sample.dataGradient(context))
            let weight = dot(sample.weights, sample.weightGradient(context))
            let bound = 1e-5 * (1 + Double(geometry.multiplyAdds).squareRoot())
            #expect(abs(forward - data) < bound, "\(forward) and \(data): \(geometry), seed \(seed)")
            #expect(abs(forward - weight) < bound, "\(forward) and \(weight): \(geometry), seed \(seed)")
        }
    }

    @Test func theBiasIsTheStartOfEverySum() throws {
        let context = KernelContext(threads: 2)
        var generator = SeededGenerator(seed: 5)
        for geometry in try ConvolutionGeometries.hardCases() {
            let sample = Case(geometry, generator: &generator)
            let bias = randomTensor(shape: [geometry.outputChannels], from: &generator)
            let x = sample.input.values.map(Double.init), w = sample.weights.values.map(Double.init)
            var expected = ConvolutionReference.forward(x, weights: w, geometry: geometry)
            var magnitudes = ConvolutionReference.forward(x.map(abs), weights: w.map(abs), geometry: geometry)
            for index in expected.indices {
                expected[index] += Double(bias[index % geometry.outputChannels])
                magnitudes[index] += abs(Double(bias[index % geometry.outputChannels]))
            }
            let check = geometry.algorithm(for: .forward) == .winograd ? WinogradTests.check : Self.check
            check(
                sample.forward(context, bias: bias), expected, magnitudes, w.count / geometry.outputChannels + 1,
                "\(geometry)")
        }
    }

    @Test(arguments: [[1, 1], [7, 3], [200, 33], [3, 5, 5, 16], [4, 28, 28, 20]])
    func theBiasGradientSumsAllPlaces(shape: [Int]) throws {
        var generator = SeededGenerator(seed: 11)
        let gradient = randomTensor(shape: shape, from: &generator)
        let columns = try #require(shape.last)
        var sums = [Double](repeating: 0, count: columns), magnitudes = sums
        for (index, value) in gradient.values.enumerated() {
            sums[index % columns] += Double(value)
            magnitudes[index % columns] += abs(Double(value))
        }
        var first: Tensor?
        for threads in [1, 2, 3, 7] {
            for set in InstructionSet.available {
                let context = KernelContext(instructionSet: set, threads: threads)
                var result = poisonedTensor(shape: [columns])
                context.biasGradient(gradient, into: &result)
                Self.check(result, sums, magnitudes: magnitudes, terms: gradient.count / columns, "\(shape)")
                #expect(first == nil || first == result, "\(set), \(threads) threads, shape \(shape)")
                first = result
            }
        }
    }
}
