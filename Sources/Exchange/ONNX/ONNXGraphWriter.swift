import Foundation
import Kernels
import Networks

/// Says each node of a graph in operators of ONNX.
///
/// Inside the model every value is `[N, C, H, W]`; only what a fully connected layer reads and gives is `[N, C]` on the
/// way. No shape in it names the number of images: reshapes copy it (extent 0), so it stays free.
struct ONNXGraphWriter {
    private let model: Model
    private let layout = ModelFileLayout.pyTorch
    private var nodes: [Onnx_NodeProto] = []
    private var initializers: [Onnx_TensorProto] = []
    private var shapes: [Onnx_ValueInfoProto] = []
    /// By the index of a graph's node, the name of the value it gives out.
    private var values: [String] = []

    init(model: Model) { self.model = model }

    /// To be called once.
    mutating func graph(named name: String) -> Onnx_GraphProto {
        let graph = model.graph
        for (index, node) in graph.nodes.enumerated() {
            let isLast = index == graph.nodes.count - 1
            // The answer has a name of its own; where it is a map of one pixel, it is made a row of numbers at the end.
            let isRow = node.outputShape.height == 1 && node.outputShape.width == 1
            let output = isLast && !isRow ? ONNXModel.outputName : node.name
            write(node, at: index, output: output, isLast: isLast)
            if index > 0, values[index] != ONNXModel.outputName { shapes.append(.images(values[index], node.outputShape)) }
        }
        if values.last != ONNXModel.outputName, let last = values.last {
            add("Flatten", name: "\(last).flatten", [last], [ONNXModel.outputName], [.integer("axis", 1)])
        }
        var result = Onnx_GraphProto()
        result.name = name
        result.input = [.images(ONNXModel.inputName, graph.inputShape)]
        let output = graph.output.outputShape
        let isRow = output.height == 1 && output.width == 1
        result.output = [
            isRow ? .rows(ONNXModel.outputName, output.channels) : .images(ONNXModel.outputName, output)
        ]
        result.node = nodes
        result.initializer = initializers
        result.valueInfo = shapes
        return result
    }

    // MARK: Layers

    private mutating func write(_ node: Graph.Node, at index: Int, output: String, isLast: Bool) {
        let inputs = node.inputs.map { values[$0] }
        values.append(output)
        switch node.layer {
        case .input:
            values[index] = ONNXModel.inputName
        case .convolution(let layer):
            let weights = weights([.weight] + (layer.bias ? [.bias] : []), of: node, index)
            add(
                "Conv", name: node.name, inputs + weights, [output],
                window(layer.kernel, layer.stride, layer.padding) + [.integer("group", layer.groups)])
        case .batchNorm(let layer):
            let weights = weights([.scale, .shift, .runningMean, .runningVariance], of: node, index)
            add("BatchNormalization", name: node.name, inputs + weights, [output], [.number("epsilon", layer.epsilon)])
        case .relu(let layer):
            if let maximum = layer.maximum {
                let bounds = [constant("\(node.name).minimum", 0), constant("\(node.name).maximum", maximum)]
                add("Clip", name: node.name, inputs + bounds, [output])
            } else {
                add("Relu", name: node.name, inputs, [output])
            }
        case .maxPool(let layer):
            add("MaxPool", name: node.name, inputs, [output], window(layer.window, layer.stride, layer.padding))
        case .averagePool(let layer):
            add(
                "AveragePool", name: node.name, inputs, [output],
                window(layer.window, layer.stride, layer.padding) + [.integer("count_include_pad", 1)])
        case .globalAveragePool:
            add("GlobalAveragePool", name: node.name, inputs, [output])
        case .add:
            sum(inputs, node.name, output)
        case .concatenate:
            add("Concat", name: node.name, inputs, [output], [.integer("axis", 1)])
        case .channelShuffle(let layer):
            shuffle(inputs, node, groups: layer.groups, output)
        case .linear(let layer):
            linear(inputs, node, index, bias: layer.bias, output, isLast: isLast)
        }
    }

    /// Terms are added one after the other, in our order.
    private mutating func sum(_ inputs: [String], _ name: String, _ output: String) {
        var left = inputs[0]
        for (number, right) in inputs.enumerated().dropFirst() {
            let isWhole = number == inputs.count - 1
            let result = isWhole ? output : "\(name).sum\(number)"
            add("Add", name: isWhole ? name : result, [left, right], [result])
            left = result
        }
    }

    /// Channels read as `[groups, C/groups]` and written as `[C/groups, groups]`.
    private mutating func shuffle(_ inputs: [String], _ node: Graph.Node, groups: Int, _ output: String) {
        let shape = node.outputShape
        let split = constant("\(node.name).split.shape", [0, groups, shape.channels / groups, shape.height, shape.width])
        let joined = constant("\(node.name).join.shape", [0, shape.channels, shape.height, shape.width])
        add("Reshape", name: "\(node.name).split", inputs + [split], ["\(node.name).split"])
        add(
            "Transpose", name: "\(node.name).transpose", ["\(node.name).split"], ["\(node.name).transpose"],
            [.integers("perm", [0, 2, 1, 3, 4])])
        add("Reshape", name: node.name, ["\(node.name).transpose", joined], [output])
    }

    private mutating func linear(
        _ inputs: [String], _ node: Graph.Node, _ index: Int, bias: Bool, _ output: String, isLast: Bool
    ) {
        let weights = weights([.weight] + (bias ? [.bias] : []), of: node, index)
        add("Flatten", name: "\(node.name).flatten", inputs, ["\(node.name).flatten"], [.integer("axis", 1)])
        let rows = ["\(node.name).flatten"] + weights
        guard !isLast else {
            values[index] = ONNXModel.outputName
            add("Gemm", name: node.name, rows, [ONNXModel.outputName], [.integer("transB", 1)])
            return
        }
        add("Gemm", name: "\(node.name).product", rows, ["\(node.name).product"], [.integer("transB", 1)])
        let shape = constant("\(node.name).shape", [0, node.outputShape.channels, 1, 1])
        add("Reshape", name: node.name, ["\(node.name).product", shape], [output])
    }

    // MARK: Parts

    private mutating func add(
        _ kind: String, name: String, _ inputs: [String], _ outputs: [String], _ attributes: [Onnx_AttributeProto] = []
    ) {
        var node = Onnx_NodeProto()
        node.opType = kind
        node.name = name
        node.input = inputs
        node.output = outputs
        node.attribute = attributes
        nodes.append(node)
    }

    private func window(_ size: Int, _ stride: Int, _ padding: Int) -> [Onnx_AttributeProto] {
        [
            .integers("kernel_shape", [size, size]), .integers("strides", [stride, stride]),
            .integers("pads", [padding, padding, padding, padding]),
        ]
    }

    /// Adds tensors of the model.
    /// - Returns: their names, in the order of `roles`.
    private mutating func weights(_ roles: [ParameterRole], of node: Graph.Node, _ index: Int) -> [String] {
        roles.compactMap { role in
            let description: ModelTensor
            let values: Tensor
            if let place = model.layout.parameter(role, of: index) {
                (description, values) = (model.layout.parameters[place], model.parameters[place])
            } else if let place = model.layout.state(role, of: index) {
                (description, values) = (model.layout.state[place], model.state[place])
            } else {
                return nil
            }
            let name = layout.name(of: description)
            initializers.append(.numbers(name, layout.encode(values)))
            return name
        }
    }

    private mutating func constant(_ name: String, _ value: Float) -> String {
        initializers.append(.numbers(name, Tensor(shape: [], values: [value])))
        return name
    }

    private mutating func constant(_ name: String, _ extents: [Int]) -> String {
        initializers.append(.extents(name, extents))
        return name
    }
}
