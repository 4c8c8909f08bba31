public import Foundation
public import Networks
import SwiftProtobuf

/// A network with its numbers as an ONNX model: what onnxruntime, Netron and most other programs open.
///
/// * One input `images`, 32-bit floats `[N, C, H, W]`, scaled as in training; one output `logits`, `[N, K]`. `N` is free.
/// * Every node of the graph is an ONNX node of the same name, or a few (`name.flatten`); what it gives out is called
///   like it. Weights are called and laid out as in PyTorch, see `ModelFileLayout.pyTorch`.
/// * Operators are those of the standard set, version 17; none is of a vendor.
///
/// The same model and card give the same bytes. Format: <https://onnx.ai/onnx/repo-docs/IR.html>.
public enum ONNXModel {
    /// Version of the standard operators that the model asks for.
    public static let operatorSet = 17
    /// Version of the file format; the first that belongs to that operator set.
    public static let formatVersion = 8
    public static let inputName = "images"
    public static let outputName = "logits"
    /// Bytes that a protobuf message may have (2 GiB), less room for all that is not a weight.
    static let largestWeights = Int(Int32.max) - (64 << 20)

    /// The words that a model carries with it.
    public struct Card: Hashable, Sendable {
        /// The name of the graph: the run's, usually.
        public var name: String
        /// What people should know to use it.
        public var documentation: String
        /// Of the program that wrote it.
        public var version: String
        /// Entries for programs (`metadata_props`), written in the order of their keys.
        public var metadata: [String: String]

        public init(name: String, documentation: String = "", version: String = "", metadata: [String: String] = [:]) {
            self.name = name
            self.documentation = documentation
            self.version = version
            self.metadata = metadata
        }
    }

    /// The bytes of the file.
    ///
    /// - Parameter model: with batch norms as they are; `Model.foldingBatchNorms` first for a network without.
    /// - Throws: `ExchangeError.tooLarge` for more than 2 GiB of weights.
    ///
    /// Cost: several copies of the weights.
    public static func bytes(of model: Model, card: Card) throws(ExchangeError) -> Data {
        let weights = (model.parameters + model.state).reduce(0) { $0 + $1.count } * MemoryLayout<Float>.size
        guard weights <= largestWeights else { throw .tooLarge(bytes: weights, limit: largestWeights) }
        var operators = Onnx_OperatorSetIdProto()
        operators.domain = ""
        operators.version = Int64(operatorSet)
        var file = Onnx_ModelProto()
        file.irVersion = Int64(formatVersion)
        file.opsetImport = [operators]
        file.producerName = "offprint"
        file.producerVersion = card.version
        file.docString = card.documentation
        file.metadataProps = card.metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { entry in
            var property = Onnx_StringStringEntryProto()
            property.key = entry.key
            property.value = entry.value
            return property
        }
        var writer = ONNXGraphWriter(model: model)
        file.graph = writer.graph(named: card.name)
        do {
            return try file.serializedData()
        } catch {
            throw .encoding("\(error)")
        }
    }
}
