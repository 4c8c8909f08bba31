import Foundation
import Kernels
import Networks

/// The judge of the executor: a whole graph forward in double, written for reading, sharing nothing with the kernels.
struct ReferenceNetwork {
    var graph: Graph
    /// In the orders of the model's layout.
    var parameters: [[Double]]
    var state: [[Double]]
    /// `[N, H, W, C]`
    var images: [Double]
    var labels: [Int]
    let layout: ModelLayout

    init(model: Model, images: Tensor, labels: [Int32]) {
        graph = model.graph
        layout = model.layout
        parameters = model.parameters.map { $0.values.map(Double.init) }
        state = model.state.map { $0.values.map(Double.init) }
        self.images = images.values.map(Double.init)
        self.labels = labels.map(Int.init)
    }

    /// `[N, H, W, C]` in double.
    struct Map {
        var batch: Int
        var shape: FeatureShape
        var values: [Double]

        init(batch: Int, shape: FeatureShape) {
            self.batch = batch
            self.shape = shape
            values = Array(repeating: 0, count: batch * shape.count)
        }

        subscript(n: Int, y: Int, x: Int, c: Int) -> Double {
            get { values[((n * shape.height + y) * shape.width + x) * shape.channels + c] }
            set { values[((n * shape.height + y) * shape.width + x) * shape.channels + c] = newValue }
        }

        /// Every place: image, row, column.
        func forEachPlace(_ body: (Int, Int, Int) -> Void) {
            for n in 0..<batch { for y in 0..<shape.height { for x in 0..<shape.width { body(n, y, x) } } }
        }
    }

    /// The outputs of all nodes.
    func outputs(training: Bool) -> [Map] {
        var maps: [Map] = []
        for (index, node) in graph.nodes.enumerated() {
            maps.append(output(of: node, index, node.inputs.map { maps[$0] }, training: training))
        }
        return maps
    }

    /// The logits of all images, one row after the other.
    func logits(training: Bool) -> [Double] { outputs(training: training).last?.values ?? [] }

    /// Mean cross-entropy over the batch.
    func meanLoss(training: Bool = true) -> Double {
        let logits = logits(training: training)
        let classes = logits.count / labels.count
        var sum = 0.0
        for (image, label) in labels.enumerated() {
            let row = logits[image * classes..<(image + 1) * classes]
            let largest = row.max() ?? 0
            sum += log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[row.startIndex + label]
        }
        return sum / Double(labels.count)
    }

    private func parameter(_ role: ParameterRole, _ node: Int) -> [Double]? {
        layout.parameter(role, of: node).map { parameters[$0] }
    }

    private func output(of node: Graph.Node, _ index: Int, _ inputs: [Map], training: Bool) -> Map {
        let count = images.count / graph.nodes[0].outputShape.count
        var result = Map(batch: count, shape: node.outputShape)
        switch node.layer {
        case .input:
            result.values = images
        case .convolution(let layer):
            convolve(layer, inputs[0], parameter(.weight, index)!, parameter(.bias, index), &result)
        case .batchNorm(let layer):
            normalize(layer, index, inputs[0], training: training, &result)
        case .relu(let layer):
            result.values = inputs[0].values.map { min(max($0, 0), layer.maximum.map(Double.init) ?? .infinity) }
        case .maxPool(let layer):
            pool(inputs[0], layer.window, layer.stride, layer.padding, &result) { $0.max() ?? 0 }
        case .averagePool(let layer):
            let size = Double(layer.window * layer.window)
            pool(inputs[0], layer.window, layer.stride, layer.padding, &result) { $0.reduce(0, +) / size }
        case .globalAveragePool:
            let size = Double(inputs[0].shape.height * inputs[0].shape.width)
            inputs[0].forEachPlace { n, y, x in
                for c in 0..<node.outputShape.channels { result[n, 0, 0, c] += inputs[0][n, y, x, c] / size }
            }
        case .add:
            for input in inputs { for i in result.values.indices { result.values[i] += input.values[i] } }
        case .concatenate:
            var start = 0
            for input in inputs {
                input.forEachPlace { n, y, x in
                    for c in 0..<input.shape.channels { result[n, y, x, start + c] = input[n, y, x, c] }
                }
                start += input.shape.channels
            }
        case .channelShuffle(let layer):
            let size = node.outputShape.channels / layer.groups
            inputs[0].forEachPlace { n, y, x in
                for g in 0..<layer.groups {
                    for i in 0..<size { result[n, y, x, i * layer.groups + g] = inputs[0][n, y, x, g * size + i] }
                }
            }
        case .linear(let layer):
            let weights = parameter(.weight, index)!
            let bias = parameter(.bias, index)
            for n in 0..<count {
                for k in 0..<layer.outputs {
                    var sum = bias?[k] ?? 0
                    for c in 0..<inputs[0].shape.channels {
                        sum += inputs[0][n, 0, 0, c] * weights[c * layer.outputs + k]
                    }
                    result[n, 0, 0, k] = sum
                }
            }
        }
        return result
    }

    private func convolve(
        _ layer: Convolution, _ input: Map, _ weights: [Double], _ bias: [Double]?, _ result: inout Map
    ) {
        let groupInputs = input.shape.channels / layer.groups
        let groupOutputs = layer.outputChannels / layer.groups
        var sums = result
        result.forEachPlace { n, y, x in
            for k in 0..<layer.outputChannels {
                var sum = bias?[k] ?? 0
                let firstInput = k / groupOutputs * groupInputs
                for r in 0..<layer.kernel {
                    let row = y * layer.stride + r - layer.padding
                    guard (0..<input.shape.height).contains(row) else { continue }
                    for s in 0..<layer.kernel {
                        let column = x * layer.stride + s - layer.padding
                        guard (0..<input.shape.width).contains(column) else { continue }
                        for c in 0..<groupInputs {
                            let weight = ((r * layer.kernel + s) * groupInputs + c) * layer.outputChannels + k
                            sum += weights[weight] * input[n, row, column, firstInput + c]
                        }
                    }
                }
                sums[n, y, x, k] = sum
            }
        }
        result = sums
    }

    private func normalize(_ layer: BatchNorm, _ index: Int, _ input: Map, training: Bool, _ result: inout Map) {
        let scale = parameter(.scale, index)!
        let shift = parameter(.shift, index)!
        let channels = input.shape.channels
        let places = Double(input.values.count / channels)
        for c in 0..<channels {
            var mean = 0.0
            var variance = 0.0
            let elements = stride(from: c, to: input.values.count, by: channels)
            if training {
                for i in elements { mean += input.values[i] / places }
                for i in elements { variance += (input.values[i] - mean) * (input.values[i] - mean) / places }
            } else {
                mean = state[layout.state(.runningMean, of: index)!][c]
                variance = state[layout.state(.runningVariance, of: index)!][c]
            }
            let factor = scale[c] / (variance + Double(layer.epsilon)).squareRoot()
            for i in elements { result.values[i] = (input.values[i] - mean) * factor + shift[c] }
        }
    }

    /// - Parameter combine: given the elements of a window that lie in the map.
    private func pool(
        _ input: Map, _ window: Int, _ stride: Int, _ padding: Int, _ result: inout Map,
        _ combine: ([Double]) -> Double
    ) {
        var pooled = result
        result.forEachPlace { n, y, x in
            for c in 0..<input.shape.channels {
                var seen: [Double] = []
                for r in 0..<window {
                    for s in 0..<window {
                        let (row, column) = (y * stride + r - padding, x * stride + s - padding)
                        guard (0..<input.shape.height).contains(row), (0..<input.shape.width).contains(column) else {
                            continue
                        }
                        seen.append(input[n, row, column, c])
                    }
                }
                pooled[n, y, x, c] = combine(seen)
            }
        }
        result = pooled
    }
}
