import Datasets
import Kernels
import Testing

@Suite struct PoolingTests {
    /// Random geometries, and those networks use, each with every kind of tail.
    private static func geometries(seed: UInt64) throws -> [PoolingGeometry] {
        var generator = SeededGenerator(seed: seed)
        var list = [
            try PoolingGeometry(batch: 1, height: 1, width: 1, channels: 1, window: 1, stride: 1, padding: 0),
            try PoolingGeometry(batch: 1, height: 1, width: 1, channels: 17, window: 3, stride: 2, padding: 1),
            try PoolingGeometry(batch: 2, height: 8, width: 6, channels: 64, window: 2, stride: 2, padding: 0),
            try PoolingGeometry(batch: 9, height: 7, width: 7, channels: 24, window: 3, stride: 2, padding: 1),
            try PoolingGeometry(batch: 1, height: 30, width: 31, channels: 130, window: 3, stride: 2, padding: 1),
            // Strides beyond the window leave pixels that no window holds.
            try PoolingGeometry(batch: 1, height: 9, width: 8, channels: 5, window: 2, stride: 3, padding: 0),
        ]
        for channels in Array(1...17) + [33, 100] {
            let window = 1 + generator.index(below: 4)
            list.append(
                try PoolingGeometry(
                    batch: 1 + generator.index(below: 3), height: window + generator.index(below: 7),
                    width: window + generator.index(below: 7), channels: channels, window: window,
                    stride: 1 + generator.index(below: 3), padding: generator.index(below: window / 2 + 1)))
        }
        return list
    }

    @Test(arguments: [1, 2] as [UInt64]) func forwardMatchesTheReference(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for geometry in try Self.geometries(seed: seed) {
            let input = LayerTesting.random(geometry.inputShape, &generator, -3 ... -1)
            let results = LayerTesting.sameEverywhere("seed \(seed), \(geometry)") { context in
                var outputs = (0..<2).map { _ in LayerTesting.poisoned(geometry.outputShape) }
                context.maxPool(input, geometry: geometry, into: &outputs[0])
                context.averagePool(input, geometry: geometry, into: &outputs[1])
                return outputs
            }
            let values = LayerTesting.doubles(input)
            LayerTesting.expectClose(
                results[0], LayerReference.maxPool(values, geometry: geometry), "max, seed \(seed), \(geometry)")
            LayerTesting.expectClose(
                results[1], LayerReference.averagePool(values, geometry: geometry), relative: 1e-6,
                "average, seed \(seed), \(geometry)")
        }
    }

    @Test(arguments: [3, 4] as [UInt64]) func backwardIsTheDerivativeOfTheReference(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for geometry in try Self.geometries(seed: seed) {
            let label = "seed \(seed), \(geometry)"
            let input = LayerTesting.random(geometry.inputShape, &generator)
            let gradient = LayerTesting.random(geometry.outputShape, &generator)
            let results = LayerTesting.sameEverywhere(label) { context in
                var outputs = (0..<2).map { _ in LayerTesting.poisoned(geometry.inputShape) }
                context.maxPoolBackward(input, outputGradient: gradient, geometry: geometry, into: &outputs[0])
                context.averagePoolBackward(gradient, geometry: geometry, into: &outputs[1])
                return outputs
            }
            let (values, weights) = (LayerTesting.doubles(input), LayerTesting.doubles(gradient))
            // Both are linear near a point without ties, so ⟨x, dx⟩ = ⟨y, dy⟩ holds in full.
            for (index, output) in [
                LayerReference.maxPool(values, geometry: geometry),
                LayerReference.averagePool(values, geometry: geometry),
            ].enumerated() {
                let (left, right) = (
                    LayerTesting.dot(values, LayerTesting.doubles(results[index])), LayerTesting.dot(output, weights)
                )
                let size = 1 + Double(values.count).squareRoot()
                #expect((left - right).magnitude <= 1e-6 * size, "\(index): \(left) and \(right), \(label)")
            }
            if input.count > 3000 { continue }
            // The step is far below the gaps between values.
            LayerTesting.expectDerivative(
                results[0], of: { LayerTesting.dot(weights, LayerReference.maxPool($0, geometry: geometry)) },
                at: values, step: 1e-9, tolerance: 1e-5, "max, \(label)")
            LayerTesting.expectDerivative(
                results[1], of: { LayerTesting.dot(weights, LayerReference.averagePool($0, geometry: geometry)) },
                at: values, tolerance: 1e-5, "average, \(label)")
        }
    }

    @Test func tiesGoToTheFirstInRowMajorOrder() throws {
        for channels in [1, 16, 19] {
            let geometry = try PoolingGeometry(
                batch: 1, height: 4, width: 4, channels: channels, window: 2, stride: 2, padding: 0)
            let input = Tensor(shape: geometry.inputShape)
            let gradient = Tensor(
                shape: geometry.outputShape, values: (0..<4 * channels).map { Float($0 / channels + 1) })
            let result = LayerTesting.sameEverywhere("ties") { context in
                var output = LayerTesting.poisoned(geometry.inputShape)
                context.maxPoolBackward(input, outputGradient: gradient, geometry: geometry, into: &output)
                return [output]
            }
            let expected: [Float] = [1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0]
            #expect(result[0].values == expected.flatMap { [Float](repeating: $0, count: channels) })
        }
    }

    @Test func overlappingWindowsAccumulateAndPaddingNeverWins() throws {
        let geometry = try PoolingGeometry(
            batch: 1, height: 3, width: 3, channels: 1, window: 3, stride: 1, padding: 1)
        let input = Tensor(shape: geometry.inputShape, values: [-9, -9, -9, -9, -1, -9, -9, -9, -9])
        let gradient = Tensor(shape: geometry.outputShape, values: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        _ = LayerTesting.inEveryContext { context in
            var (output, slope) = (LayerTesting.poisoned([1, 3, 3, 1]), LayerTesting.poisoned([1, 3, 3, 1]))
            context.maxPool(input, geometry: geometry, into: &output)
            context.maxPoolBackward(input, outputGradient: gradient, geometry: geometry, into: &slope)
            #expect(output.values == [Float](repeating: -1, count: 9))
            #expect(slope.values == [0, 0, 0, 0, 45, 0, 0, 0, 0])
        }
    }

    @Test func aNaNWinsItsWindowAndItsGradient() throws {
        let geometry = try PoolingGeometry(
            batch: 1, height: 2, width: 2, channels: 2, window: 2, stride: 2, padding: 0)
        let input = Tensor(shape: [1, 2, 2, 2], values: [5, .nan, .nan, 5, 7, 7, 8, 8])
        _ = LayerTesting.inEveryContext { context in
            var (output, slope) = (Tensor(shape: [1, 1, 1, 2]), LayerTesting.poisoned([1, 2, 2, 2]))
            context.maxPool(input, geometry: geometry, into: &output)
            context.maxPoolBackward(
                input, outputGradient: Tensor(shape: [1, 1, 1, 2], values: [3, 4]), geometry: geometry, into: &slope)
            #expect(output[0].isNaN && output[1].isNaN)
            #expect(slope.values == [0, 4, 3, 0, 0, 0, 0, 0])
        }
    }

    @Test func paddingCountsAsZerosAndAsElements() throws {
        let geometry = try PoolingGeometry(
            batch: 1, height: 2, width: 2, channels: 1, window: 3, stride: 2, padding: 1)
        let input = Tensor(shape: [1, 2, 2, 1], values: [9, 18, 27, 36])
        var output = LayerTesting.poisoned([1, 1, 1, 1])
        KernelContext(threads: 1).averagePool(input, geometry: geometry, into: &output)
        #expect(output.values == [10])
    }

    @Test(arguments: LayerTesting.channelCounts) func globalAverageAndItsAdjoint(channels: Int) {
        for (batch, height, width) in [(1, 1, 1), (3, 4, 4), (2, 7, 5), (1, 50, 41)] {
            if channels > 64 && height == 50 { continue }
            let label = "\(batch)x\(height)x\(width)x\(channels)"
            var generator = SeededGenerator(seed: UInt64(channels))
            let input = LayerTesting.random([batch, height, width, channels], &generator, -1...2)
            let gradient = LayerTesting.random([batch, 1, 1, channels], &generator)
            let results = LayerTesting.sameEverywhere(label) { context in
                var output = LayerTesting.poisoned(gradient.shape)
                var slope = LayerTesting.poisoned(input.shape)
                context.globalAveragePool(input, into: &output)
                context.globalAveragePoolBackward(gradient, into: &slope)
                return [output, slope]
            }
            LayerTesting.expectClose(
                results[0],
                LayerReference.globalAveragePool(
                    LayerTesting.doubles(input), batch: batch, pixels: height * width, channels: channels),
                absolute: 1e-6, label)
            let expected = (0..<batch).flatMap { image in
                (0..<height * width).flatMap { _ in
                    (0..<channels).map { Double(gradient[image * channels + $0]) / Double(height * width) }
                }
            }
            LayerTesting.expectClose(results[1], expected, relative: 1e-7, label)
        }
    }

    @Test func globalAverageOfALargeMapKeepsItsDigits() {
        let input = Tensor(shape: [1, 1000, 1000, 1], values: [Float](repeating: 0.1, count: 1_000_000))
        var output = Tensor(shape: [1, 1, 1, 1])
        KernelContext(threads: 1).globalAveragePool(input, into: &output)
        #expect((output[0] - 0.1).magnitude <= 0.1 * 4 * Float.ulpOfOne, "\(output[0])")
    }

    @Test func geometryErrorsNameWhatDoesNotFit() throws {
        #expect(throws: PoolingGeometryError.notPositive(.stride, 0)) {
            try PoolingGeometry(batch: 1, height: 4, width: 4, channels: 1, window: 2, stride: 0, padding: 0)
        }
        #expect(throws: PoolingGeometryError.padding(2, allowed: 0...1)) {
            try PoolingGeometry(batch: 1, height: 4, width: 4, channels: 1, window: 2, stride: 1, padding: 2)
        }
        #expect(throws: PoolingGeometryError.windowLargerThanMap(window: 5, .width, padded: 4)) {
            try PoolingGeometry(batch: 1, height: 9, width: 2, channels: 1, window: 5, stride: 1, padding: 1)
        }
        let huge = Int(Int32.max)
        #expect(throws: PoolingGeometryError.tooManyElements(shape: [huge, huge, huge, 1])) {
            try PoolingGeometry(batch: huge, height: huge, width: huge, channels: 1, window: 1, stride: 1, padding: 0)
        }
        #expect(throws: PoolingGeometryError.tooLarge(.channels, huge + 1)) {
            try PoolingGeometry(batch: 1, height: 1, width: 1, channels: huge + 1, window: 1, stride: 1, padding: 0)
        }
    }
}
