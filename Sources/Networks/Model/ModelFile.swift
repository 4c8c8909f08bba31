public import Foundation
import Kernels

/// Models as safetensors files.
///
/// * Tensors are called `node.role`; see `TensorFile` for the bytes.
/// * Layouts are this program's own: convolution weights `[R, S, C/groups, K]` (rows, columns, input channels, output
///   channels), linear weights `[C, K]`. PyTorch's `[K, C/groups, R, S]` is their permutation `(3, 2, 0, 1)`.
/// * The metadata always holds `format: offprint` and `layout: RSCK`.
///
/// The same model and metadata give the same bytes.
public enum ModelFile {
    /// Bytes that `write` would put into a file, from the header alone. O(tensors).
    public static func size(of model: Model, metadata: [String: String] = [:]) -> Int {
        TensorFile.size(of: named(model), metadata: metadata)
    }

    /// Writes under a temporary name in the same folder, synchronises, then renames: the final name never holds half
    /// a file, and an older file stays where writing fails.
    public static func write(
        _ model: Model, metadata: [String: String] = [:], to url: URL
    ) throws(ModelFileError) {
        try TensorFile.write(named(model), metadata: metadata, to: url)
    }

    /// Reads a model of `graph`. Everything the header says is checked against the file's size and the graph before
    /// any memory is set aside for it.
    public static func read(from url: URL, graph: Graph) throws(ModelFileError) -> Model {
        let layout = ModelLayout(graph: graph)
        let tensors = try TensorFile.read(
            from: url, expecting: (layout.parameters + layout.state).map { (name: $0.name, shape: $0.shape) })
        return Model(
            graph: graph, parameters: layout.parameters.compactMap { tensors[$0.name] },
            state: layout.state.compactMap { tensors[$0.name] })
    }

    private static func named(_ model: Model) -> [(name: String, tensor: Tensor)] {
        model.sortedTensors.map { (name: $0.description.name, tensor: $0.values) }
    }
}
