import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

/// Convolutions by Fourier transforms against the definitions in double precision.
@Suite struct FFTTests {
    struct Sample {
        let geometry: ConvolutionGeometry
        let input, weights, outputGradient, bias: Tensor

        init(_ geometry: ConvolutionGeometry, seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            self.geometry = geometry
            input = randomTensor(shape: geometry.inputShape, from: &generator)
            weights = randomTensor(shape: geometry.weightShape, from: &generator)
            outputGradient = randomTensor(shape: geometry.outputShape, from: &generator)
            bias = randomTensor(shape: [geometry.outputChannels], from: &generator)
        }

        func passes(_ context: KernelContext) -> [Tensor] {
            var output = poisonedTensor(shape: geometry.outputShape)
            context.convolution(
                input, weights: weights, bias: bias, geometry: geometry, into: &output, algorithm: .fft)
            var inputGradient = poisonedTensor(shape: geometry.inputShape)
            context.convolutionDataGradient(
                outputGradient, weights: weights, geometry: geometry, into: &inputGradient, algorithm: .fft)
            var weightGradient = poisonedTensor(shape: geometry.weightShape)
            context.convolutionWeightGradient(
                input, outputGradient: outputGradient, geometry: geometry, into: &weightGradient, algorithm: .fft)
            return [output, inputGradient, weightGradient]
        }
    }

    static let names = ["forward", "data gradient", "weight gradient"]

    /// A transform mixes all results of a tile: its rounding errors spread evenly over them, whatever their own size.
    /// So every error is held to this times the root of the energy (the sum of the squares of the products) of the
    /// result that has the most, and of 1 where all have less. Measured: at most 9 epsilon, see docs/kernels.md.
    static let factor = 16 * Double(Float.ulpOfOne)

    static func check(_ geometry: ConvolutionGeometry, seed: UInt64, context: KernelContext) {
        let sample = Sample(geometry, seed: seed)
        let x = sample.input.values.map(Double.init), w = sample.weights.values.map(Double.init)
        let dy = sample.outputGradient.values.map(Double.init)
        var forward = ConvolutionReference.forward(x, weights: w, geometry: geometry)
        for index in forward.indices { forward[index] += Double(sample.bias[index % geometry.outputChannels]) }
        let expected = [
            forward, ConvolutionReference.dataGradient(dy, weights: w, geometry: geometry),
            ConvolutionReference.weightGradient(x, outputGradient: dy, geometry: geometry),
        ]
        func squares(_ values: [Double]) -> [Double] { values.map { $0 * $0 } }
        // Root of the sum of the squares of the products of each result.
        let energies = [
            ConvolutionReference.forward(squares(x), weights: squares(w), geometry: geometry),
            ConvolutionReference.dataGradient(squares(dy), weights: squares(w), geometry: geometry),
            ConvolutionReference.weightGradient(squares(x), outputGradient: squares(dy), geometry: geometry),
        ]
        for (pass, result) in sample.passes(context).enumerated() {
            let bound = factor * (1 + (energies[pass].max() ?? 0)).squareRoot()
            for (index, value) in result.values.enumerated() {
                let error = abs(Double(value) - expected[pass][index])
                guard error <= bound else {
                    Issue.record(
                        """
                        \(names[pass]): element \(index) is \(value), expected \(expected[pass][index]), error \
                        \(error), bound \(bound): \(geometry), seed \(seed)
                        """)
                    break
                }
            }
        }
    }

    static func oddGeometries() throws -> [ConvolutionGeometry] {
        try [
            ConvolutionGeometries.make(height: 1, width: 1, channels: 1, outputs: 1, kernel: (5, 5), padding: 2),
            ConvolutionGeometries.make(height: 1, width: 1, channels: 3, outputs: 2, kernel: (7, 7), padding: 6),
            ConvolutionGeometries.make(height: 2, width: 200, channels: 3, outputs: 17, kernel: (5, 5), padding: 2),
            ConvolutionGeometries.make(height: 200, width: 2, channels: 17, outputs: 3, kernel: (5, 1)),
            ConvolutionGeometries.make(height: 3, width: 4, channels: 2, outputs: 2, kernel: (3, 3), padding: 5),
            ConvolutionGeometries.make(height: 3, width: 4, channels: 1, outputs: 3, kernel: (5, 2), padding: 4),
            ConvolutionGeometries.make(height: 5, width: 4, channels: 2, outputs: 3, kernel: (13, 9), padding: 6),
            ConvolutionGeometries.make(height: 9, width: 9, channels: 1, outputs: 2, kernel: (63, 63), padding: 31),
            ConvolutionGeometries.make(height: 70, width: 66, channels: 1, outputs: 2, kernel: (63, 63)),
            ConvolutionGeometries.make(
                batch: 2, height: 20, width: 21, channels: 33, outputs: 47, kernel: (5, 5), padding: 2),
            ConvolutionGeometries.make(
                batch: 2, height: 12, width: 30, channels: 18, outputs: 34, kernel: (11, 11), padding: 5),
            ConvolutionGeometries.make(height: 31, width: 32, channels: 2, outputs: 3, kernel: (31, 31), padding: 15),
            ConvolutionGeometries.make(
                batch: 3, height: 20, width: 17, channels: 17, outputs: 17, kernel: (13, 13), padding: 6, groups: 17),
            ConvolutionGeometries.make(
                batch: 5, height: 32, width: 32, channels: 34, outputs: 34, kernel: (7, 7), padding: 3, groups: 34),
            ConvolutionGeometries.make(
                batch: 9, height: 4, width: 4, channels: 3, outputs: 3, kernel: (3, 3), padding: 4, groups: 3),
            ConvolutionGeometries.make(
                height: 30, width: 33, channels: 2, outputs: 2, kernel: (31, 31), padding: 15, groups: 2),
        ]
    }

    @Test func oddGeometriesMeetTheDefinition() throws {
        let context = KernelContext(threads: 2)
        for (index, geometry) in try Self.oddGeometries().enumerated() {
            Self.check(geometry, seed: UInt64(40 + index), context: context)
        }
    }

    /// Images of every extent: so the lengths of the transforms, and the ways to take them apart, all come up.
    @Test func imagesOfEveryExtentMeetTheDefinition() throws {
        let context = KernelContext(threads: 2)
        for extent in 3...97 {
            let geometry = try ConvolutionGeometries.make(
                height: extent, width: 5, channels: 2, outputs: 2, kernel: (5, 3), padding: 1)
            Self.check(geometry, seed: UInt64(extent), context: context)
            let wide = try ConvolutionGeometries.make(
                height: 4, width: extent, channels: 1, outputs: 1, kernel: (3, min(extent, 90)), padding: 1)
            Self.check(wide, seed: UInt64(extent), context: context)
        }
    }

    static func draw(from generator: inout SeededGenerator, mostWork: Int) -> ConvolutionGeometry {
        while true {
            let kernel = (1 + generator.index(below: 16), 1 + generator.index(below: 16))
            let isChannelwise = generator.index(below: 3) == 0
            let c = 1 + generator.index(below: 40), k = isChannelwise ? c : 1 + generator.index(below: 40)
            let geometry = try? ConvolutionGeometry(
                batch: 1 + generator.index(below: 5), inputHeight: 1 + generator.index(below: 40),
                inputWidth: 1 + generator.index(below: 40), inputChannels: c, outputChannels: k,
                kernelHeight: kernel.0, kernelWidth: kernel.1, stride: 1,
                padding: generator.index(below: kernel.0 + 2), groups: isChannelwise ? c : 1)
            if let geometry, geometry.supports(.fft), geometry.multiplyAdds <= mostWork { return geometry }
        }
    }

    @Test(arguments: 0..<6) func drawnGeometriesMeetTheDefinition(round: Int) {
        let seed = UInt64(7000 + round)
        var generator = SeededGenerator(seed: seed)
        let context = KernelContext(threads: 2)
        for index in 0..<20 {
            let geometry = Self.draw(from: &generator, mostWork: 1_000_000)
            Self.check(geometry, seed: seed &* 100 &+ UInt64(index), context: context)
        }
    }

    /// <conv(x), y> = <x, dataGradient(y)> = <w, weightGradient(x, y)>, without the bias.
    @Test(arguments: [UInt64(1), 2]) func thePassesAreAdjoint(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let context = KernelContext(threads: 2)
        for _ in 0..<20 {
            let geometry = Self.draw(from: &generator, mostWork: 50_000_000)
            let sample = Sample(geometry, seed: seed)
            func dot(_ a: Tensor, _ b: Tensor) -> Double {
                zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            let results = sample.passes(context)
            var output = poisonedTensor(shape: geometry.outputShape)
            context.convolution(
                sample.input, weights: sample.weights, bias: nil, geometry: geometry, into: &output, algorithm: .fft)
            let forward = dot(output, sample.outputGradient)
            let data = dot(sample.input, results[1]), weight = dot(sample.weights, results[2])
            let bound = 1e-5 * (1 + Double(geometry.multiplyAdds).squareRoot())
            #expect(abs(forward - data) < bound, "\(forward) and \(data): \(geometry), seed \(seed)")
            #expect(abs(forward - weight) < bound, "\(forward) and \(weight): \(geometry), seed \(seed)")
        }
    }

    /// Our loops have one order of operations, and FFTW is the same library whatever set they are compiled for.
    @Test func theBitsDependNeitherOnThreadsNorOnTheSetOfOurLoops() throws {
        let contexts = [1, 2, 3, 7].map { KernelContext(threads: $0) }
            + InstructionSet.available.map { KernelContext(instructionSet: $0, threads: 2) }
        var geometries = try Self.oddGeometries()
        geometries.append(
            try ConvolutionGeometries.make(
                batch: 4, height: 30, width: 30, channels: 20, outputs: 40, kernel: (7, 7), padding: 3))
        for (index, geometry) in geometries.enumerated() {
            let sample = Sample(geometry, seed: UInt64(index))
            let expected = sample.passes(contexts[0])
            for context in contexts.dropFirst() {
                for (pass, (one, other)) in zip(expected, sample.passes(context)).enumerated() {
                    #expect(
                        one == other,
                        "\(Self.names[pass]): \(context.instructionSet), \(context.pool.threads) threads, \(geometry)")
                }
            }
        }
    }

    /// Blocks of channels and tiles are what a layer of this size needs: more than one of each.
    @Test func aLayerBeyondTheMemoryBoundMeetsTheDirectPath() throws {
        let context = KernelContext(threads: 2)
        let geometry = try ConvolutionGeometries.make(
            batch: 3, height: 90, width: 40, channels: 600, outputs: 200, kernel: (7, 7), padding: 3)
        let sample = Sample(geometry, seed: 2)
        let results = sample.passes(context)
        var output = poisonedTensor(shape: geometry.outputShape)
        context.convolution(
            sample.input, weights: sample.weights, bias: sample.bias, geometry: geometry, into: &output,
            algorithm: .direct)
        var inputGradient = poisonedTensor(shape: geometry.inputShape)
        context.convolutionDataGradient(
            sample.outputGradient, weights: sample.weights, geometry: geometry, into: &inputGradient,
            algorithm: .direct)
        var weightGradient = poisonedTensor(shape: geometry.weightShape)
        context.convolutionWeightGradient(
            sample.input, outputGradient: sample.outputGradient, geometry: geometry, into: &weightGradient,
            algorithm: .direct)
        for (pass, (one, other)) in zip(results, [output, inputGradient, weightGradient]).enumerated() {
            let scale = other.values.map { Double($0) * Double($0) }.reduce(0, +) / Double(other.count)
            let error = zip(one.values, other.values).map { abs(Double($0) - Double($1)) }.max() ?? 0
            #expect(error < 2e-4 * scale.squareRoot(), "\(Self.names[pass]): \(error) of \(scale.squareRoot())")
        }
    }

    @Test func plansAreKeptUpToABound() {
        let plans = FourierPlans()
        func description(_ index: Int) -> FourierPlan.Description {
            .init(
                points: .init(count: 8, sourceStep: 16, targetStep: 16 * (index + 1)),
                loops: [.init(count: 2, sourceStep: 128, targetStep: 16)], direction: .forward)
        }
        let first = plans.plan(description(0))
        for index in 0..<3 * FourierPlans.capacity {
            _ = plans.plan(description(index))
            #expect(plans.plan(description(0)) === first, "a plan in use was let go after \(index)")
        }
        #expect(plans.count == FourierPlans.capacity)
    }

    @Test func severalThreadsPlanAtOnce() async {
        let geometries = (0..<8).compactMap {
            try? ConvolutionGeometries.make(
                height: 6 + $0, width: 9 + $0, channels: 4, outputs: 6, kernel: (5, 5), padding: 2)
        }
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    let context = KernelContext(threads: 2)
                    for geometry in geometries { Self.check(geometry, seed: UInt64(thread), context: context) }
                }
            }
        }
        let plans = FourierPlans()
        let description = FourierPlan.Description(
            points: .init(count: 12, sourceStep: 16, targetStep: 32), loops: [], direction: .inverse)
        let made = await withTaskGroup(of: FourierPlan.self, returning: [FourierPlan].self) { group in
            for _ in 0..<8 { group.addTask { plans.plan(description) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(plans.count == 1)
        #expect(made.allSatisfy { $0 === made[0] }, "two plans of one description")
    }

    @Test func theTableChoosesTransformsForLargeKernelsOnly() throws {
        func algorithms(_ channels: Int, _ extent: Int, _ kernel: Int, groups: Int = 1) throws -> Set<ConvolutionAlgorithm> {
            let geometry = try ConvolutionGeometries.make(
                batch: 8, height: extent, width: extent, channels: channels, outputs: channels,
                kernel: (kernel, kernel), padding: kernel / 2, groups: groups)
            return Set(ConvolutionPass.allCases.map(geometry.algorithm(for:)))
        }
        for kernel in [7, 11, 15, 31, 63] { #expect(try algorithms(64, 32, kernel) == [.fft], "\(kernel)") }
        #expect(try !algorithms(64, 32, 3).contains(.fft))
        #expect(try algorithms(1, 28, 5) == [.direct])
        #expect(try algorithms(128, 32, 31, groups: 128) == [.fft])
        #expect(try algorithms(128, 32, 15, groups: 128) == [.fft])
        #expect(try algorithms(128, 32, 5, groups: 128) == [.depthwise])
    }

    @Test func onlyWhatTheTransformsCanDoIsSupported() throws {
        func make(_ kernel: Int, stride: Int = 1, channels: Int = 4, outputs: Int = 4, groups: Int = 1) throws -> Bool {
            try ConvolutionGeometries.make(
                height: 120, width: 120, channels: channels, outputs: outputs, kernel: (kernel, kernel),
                stride: stride, groups: groups
            ).supports(.fft)
        }
        #expect(try make(5))
        #expect(try make(63))
        #expect(try make(7, groups: 4))
        #expect(try !make(7, stride: 2))
        #expect(try !make(7, groups: 2))
        #expect(try !make(7, outputs: 8, groups: 4))
        #expect(try !make(1))
        #expect(try !make(110))
    }
}
