import Foundation
import Kernels
import Networks

// Short ways to make the messages of the generated file.

extension Onnx_AttributeProto {
    static func integer(_ name: String, _ value: Int) -> Self {
        var attribute = Self()
        attribute.name = name
        attribute.type = .int
        attribute.i = Int64(value)
        return attribute
    }

    static func integers(_ name: String, _ values: [Int]) -> Self {
        var attribute = Self()
        attribute.name = name
        attribute.type = .ints
        attribute.ints = values.map(Int64.init)
        return attribute
    }

    static func number(_ name: String, _ value: Float) -> Self {
        var attribute = Self()
        attribute.name = name
        attribute.type = .float
        attribute.f = value
        return attribute
    }
}

extension Onnx_TensorProto {
    static func numbers(_ name: String, _ tensor: Tensor) -> Self {
        var message = Self()
        message.name = name
        message.dataType = Int32(DataType.float.rawValue)
        message.dims = tensor.shape.map(Int64.init)
        message.rawData = tensor.withUnsafeBytes { Data($0) }
        return message
    }

    static func extents(_ name: String, _ values: [Int]) -> Self {
        var message = Self()
        message.name = name
        message.dataType = Int32(DataType.int64.rawValue)
        message.dims = [Int64(values.count)]
        message.rawData = values.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
        return message
    }
}

extension Onnx_ValueInfoProto {
    /// `[N, C, H, W]`, the number of images free.
    static func images(_ name: String, _ shape: FeatureShape) -> Self {
        floats(name, [shape.channels, shape.height, shape.width])
    }

    /// `[N, K]`.
    static func rows(_ name: String, _ count: Int) -> Self { floats(name, [count]) }

    private static func floats(_ name: String, _ extents: [Int]) -> Self {
        var free = Onnx_TensorShapeProto.Dimension()
        free.dimParam = "N"
        var shape = Onnx_TensorShapeProto()
        shape.dim = [free]
        for extent in extents {
            var dimension = Onnx_TensorShapeProto.Dimension()
            dimension.dimValue = Int64(extent)
            shape.dim.append(dimension)
        }
        var tensor = Onnx_TypeProto.Tensor()
        tensor.elemType = Int32(Onnx_TensorProto.DataType.float.rawValue)
        tensor.shape = shape
        var type = Onnx_TypeProto()
        type.tensorType = tensor
        var value = Self()
        value.name = name
        value.type = type
        return value
    }
}
