import Networks
import Testing

@Suite("Shapes, parameters and costs of layers")
struct LayerShapeTests {
    private let map = FeatureShape(height: 7, width: 9, channels: 8)
    private let vector = FeatureShape(height: 1, width: 1, channels: 8)

    private func shape(_ layer: Layer, _ inputs: FeatureShape...) throws(GraphError) -> FeatureShape {
        try layer.outputShape(node: "n", inputs: inputs)
    }

    private func error(_ layer: Layer, _ inputs: FeatureShape...) -> GraphError? {
        do throws(GraphError) {
            _ = try layer.outputShape(node: "n", inputs: inputs)
            return nil
        } catch { return error }
    }

    // MARK: Convolution

    @Test(
        "a convolution's size is (H + 2p - k) / s + 1, rounded down",
        arguments: [
            [3, 1, 1, 7, 9], [3, 2, 1, 4, 5], [1, 2, 0, 4, 5], [7, 2, 3, 4, 5], [2, 2, 0, 3, 4], [2, 1, 1, 8, 10],
            [7, 1, 0, 1, 3], [3, 100, 1, 1, 1],
        ])
    func convolutionSize(numbers: [Int]) throws {
        let layer = Convolution(outputChannels: 6, kernel: numbers[0], stride: numbers[1], padding: numbers[2])
        let expected = FeatureShape(height: numbers[3], width: numbers[4], channels: 6)
        #expect(try shape(.convolution(layer), map) == expected)
    }

    @Test("a convolution's weights are [R, S, C/groups, K], with a bias [K] where it has one")
    func convolutionParameters() throws {
        let grouped = Layer.convolution(Convolution(outputChannels: 12, kernel: 3, groups: 4, bias: true))
        #expect(grouped.parameterShapes(inputs: [map]) == [.init(.weight, [3, 3, 2, 12]), .init(.bias, [12])])
        #expect(grouped.stateShapes(inputs: [map]).isEmpty)
        let output = try shape(grouped, map)
        #expect(grouped.multiplyAdds(inputs: [map], output: output) == 7 * 9 * 3 * 3 * 2 * 12)
        let depthwise = Layer.convolution(Convolution(outputChannels: 16, kernel: 5, groups: 8))
        #expect(depthwise.parameterShapes(inputs: [map]) == [.init(.weight, [5, 5, 1, 16])])
        #expect(try shape(depthwise, map) == FeatureShape(height: 7, width: 9, channels: 16))
    }

    @Test("a convolution refuses what it cannot compute")
    func convolutionErrors() {
        func error(
            _ width: Int = 8, kernel: Int = 3, stride: Int = 1, padding: Int? = nil, groups: Int = 1
        ) -> GraphError? {
            self.error(
                .convolution(
                    Convolution(
                        outputChannels: width, kernel: kernel, stride: stride, padding: padding, groups: groups)),
                map)
        }
        #expect(error() == nil)
        #expect(error(0) == .notPositive(node: "n", what: "width", found: 0))
        #expect(error(kernel: 0) == .notPositive(node: "n", what: "window", found: 0))
        #expect(error(kernel: .min, padding: 0) == .notPositive(node: "n", what: "window", found: .min))
        #expect(error(stride: -1) == .notPositive(node: "n", what: "stride", found: -1))
        #expect(error(groups: 0) == .notPositive(node: "n", what: "groups", found: 0))
        #expect(error(groups: 3) == .channelsNotDivisible(node: "n", channels: 8, by: 3))
        #expect(error(6, groups: 4) == .channelsNotDivisible(node: "n", channels: 6, by: 4))
        #expect(error(kernel: 9, padding: 0) == .windowTooLarge(node: "n", window: 9, input: map, padding: 0))
        #expect(error(padding: 3) == .outOfRange(node: "n", what: "padding", expected: "0…2", found: 3))
        #expect(error(padding: -1) == .outOfRange(node: "n", what: "padding", expected: "0…2", found: -1))
        #expect(error(kernel: 65536) == .outOfRange(node: "n", what: "window", expected: "1…65535", found: 65536))
        let endless = FeatureShape(height: 7, width: 9, channels: .max)
        #expect(error(.max) == .tooLarge(node: "n", shape: endless))
    }

    @Test("a convolution whose weights alone are too many is refused")
    func hugeWeights() {
        let vector = FeatureShape(height: 1, width: 1, channels: 1 << 20)
        let layer = Layer.convolution(Convolution(outputChannels: 1 << 12, kernel: 1))
        #expect(error(layer, vector) == .tooLarge(node: "n", shape: .init(height: 1, width: 1, channels: 1 << 12)))
    }

    @Test(
        "layers of one input refuse none and two",
        arguments: [
            Layer.convolution(Convolution(outputChannels: 8, kernel: 1)), .batchNorm(BatchNorm()), .relu(ReLU()),
            .maxPool(MaxPool(window: 1, stride: 1)), .averagePool(AveragePool(window: 1, stride: 1)),
            .globalAveragePool(GlobalAveragePool()), .channelShuffle(ChannelShuffle(groups: 1)),
            .linear(Linear(outputs: 2)),
        ])
    func inputCount(layer: Layer) {
        #expect(error(layer, vector) == nil)
        #expect(error(layer) == .inputCount(node: "n", expected: "1", found: 0))
        #expect(error(layer, vector, vector) == .inputCount(node: "n", expected: "1", found: 2))
    }

    // MARK: Pointwise layers

    @Test("batch norm keeps the shape and has a scale, a shift and statistics for each channel")
    func batchNorm() throws {
        let layer = Layer.batchNorm(BatchNorm())
        #expect(try shape(layer, map) == map)
        #expect(layer.parameterShapes(inputs: [map]) == [.init(.scale, [8]), .init(.shift, [8])])
        #expect(layer.stateShapes(inputs: [map]) == [.init(.runningMean, [8]), .init(.runningVariance, [8])])
        #expect(layer.multiplyAdds(inputs: [map], output: map) == 0)
    }

    @Test(
        "batch norm and ReLU refuse numbers out of range",
        arguments: [
            Layer.batchNorm(BatchNorm(epsilon: 0)), .batchNorm(BatchNorm(epsilon: .nan)),
            .batchNorm(BatchNorm(epsilon: .infinity)), .batchNorm(BatchNorm(momentum: -0.1)),
            .batchNorm(BatchNorm(momentum: 1.5)), .batchNorm(BatchNorm(momentum: .nan)), .relu(ReLU(maximum: 0)),
            .relu(ReLU(maximum: .nan)), .relu(ReLU(maximum: .infinity)),
        ])
    func numbers(layer: Layer) {
        guard case .outOfRange(node: "n", _, _, _) = error(layer, map) else {
            Issue.record("expected outOfRange for \(layer), found \(String(describing: error(layer, map)))")
            return
        }
    }

    // MARK: Pools

    @Test("pools shrink the map and keep the channels")
    func pools() throws {
        let half = FeatureShape(height: 3, width: 4, channels: 8)
        #expect(try shape(.maxPool(MaxPool(window: 2, stride: 2)), map) == half)
        #expect(try shape(.averagePool(AveragePool(window: 2, stride: 2)), map) == half)
        let padded = FeatureShape(height: 4, width: 5, channels: 8)
        #expect(try shape(.averagePool(AveragePool(window: 3, stride: 2, padding: 1)), map) == padded)
        #expect(try shape(.globalAveragePool(GlobalAveragePool()), map) == vector)
    }

    @Test("pools refuse windows that see padding alone or more than the map")
    func poolErrors() {
        #expect(
            error(.maxPool(MaxPool(window: 2, stride: 2, padding: 2)), map)
                == .outOfRange(node: "n", what: "padding", expected: "0…1", found: 2))
        #expect(
            error(.averagePool(AveragePool(window: 8, stride: 1)), map)
                == .windowTooLarge(node: "n", window: 8, input: map, padding: 0))
        #expect(
            error(.maxPool(MaxPool(window: -2, stride: 2)), map)
                == .notPositive(node: "n", what: "window", found: -2))
        #expect(
            error(.maxPool(MaxPool(window: 2, stride: 0)), map)
                == .notPositive(node: "n", what: "stride", found: 0))
    }

    // MARK: Joining

    @Test("a sum keeps the shape its inputs share")
    func add() throws {
        #expect(try shape(.add(Add()), map, map, map) == map)
        #expect(error(.add(Add()), map, map, vector) == .shapesDiffer(node: "n", map, vector))
        #expect(error(.add(Add()), map) == .inputCount(node: "n", expected: "2 or more", found: 1))
    }

    @Test("a concatenation adds up channels and refuses another size")
    func concatenate() throws {
        let layer = Layer.concatenate(Concatenate())
        let thin = FeatureShape(height: 7, width: 9, channels: 3)
        #expect(try shape(layer, map, thin, map) == FeatureShape(height: 7, width: 9, channels: 19))
        #expect(error(layer, map, vector) == .shapesDiffer(node: "n", map, vector))
        #expect(error(layer, map) == .inputCount(node: "n", expected: "2 or more", found: 1))
        let huge = FeatureShape(height: 1, width: 1, channels: 1 << 31)
        let sum = FeatureShape(height: 1, width: 1, channels: 1 << 32)
        #expect(error(layer, huge, huge) == .tooLarge(node: "n", shape: sum))
    }

    @Test("a channel shuffle needs channels that its groups divide")
    func shuffle() throws {
        #expect(try shape(.channelShuffle(ChannelShuffle(groups: 4)), map) == map)
        #expect(
            error(.channelShuffle(ChannelShuffle(groups: 3)), map)
                == .channelsNotDivisible(node: "n", channels: 8, by: 3))
        #expect(
            error(.channelShuffle(ChannelShuffle(groups: 0)), map)
                == .notPositive(node: "n", what: "groups", found: 0))
    }

    // MARK: Linear

    @Test("a linear layer has weights [C, K] and takes 1x1 maps only")
    func linear() throws {
        let layer = Layer.linear(Linear(outputs: 5))
        #expect(try shape(layer, vector) == FeatureShape(height: 1, width: 1, channels: 5))
        #expect(layer.parameterShapes(inputs: [vector]) == [.init(.weight, [8, 5]), .init(.bias, [5])])
        let unbiased = Layer.linear(Linear(outputs: 5, bias: false))
        #expect(unbiased.parameterShapes(inputs: [vector]) == [.init(.weight, [8, 5])])
        #expect(layer.multiplyAdds(inputs: [vector], output: vector) == 40)
        #expect(error(layer, map) == .shapesDiffer(node: "n", map, vector))
        let endless = FeatureShape(height: 1, width: 1, channels: .max)
        #expect(error(.linear(Linear(outputs: .max)), vector) == .tooLarge(node: "n", shape: endless))
    }
}
