public import Foundation
import Kernels

/// Models as safetensors files: see `ModelFileLayout` for names and layouts, `TensorFile` for the bytes.
///
/// The same model and metadata give the same bytes.
public enum ModelFile {
    /// Bytes that `write` would put into a file, from the header alone. O(tensors).
    public static func size(of model: Model, metadata: [String: String] = [:]) -> Int {
        TensorFile.size(of: named(model, .offprint), metadata: metadata)
    }

    /// Writes under a temporary name in the same folder, synchronises, then renames: the final name never holds half
    /// a file, and an older file stays where writing fails.
    /// - Parameter metadata: further entries; those that mark the layout cannot be replaced.
    public static func write(
        _ model: Model, layout: ModelFileLayout = .offprint, metadata: [String: String] = [:], to url: URL
    ) throws(ModelFileError) {
        try TensorFile.write(named(model, layout), metadata: metadata, marks: layout.marks, to: url)
    }

    /// Reads a model of `graph` in this program's own layout. Everything the header says is checked against the file's
    /// size and the graph before any memory is set aside for it.
    public static func read(from url: URL, graph: Graph) throws(ModelFileError) -> Model {
        try read(from: url, graph: graph) { _ in .offprint }
    }

    /// Reads a model of `graph` in either layout: this program's own where the metadata say so, PyTorch's in all other
    /// files.
    ///
    /// The file must hold every tensor of the network in its shape, as 32-bit floats, and nothing else but the counters
    /// (`num_batches_tracked`) that PyTorch keeps beside the statistics.
    public static func readEitherLayout(from url: URL, graph: Graph) throws(ModelFileError) -> Model {
        try read(from: url, graph: graph) { ModelFileLayout(metadata: $0) }
    }

    private static func read(
        from url: URL, graph: Graph, layout choose: (_ metadata: [String: String]) -> ModelFileLayout
    ) throws(ModelFileError) -> Model {
        let description = ModelLayout(graph: graph)
        let all = description.parameters + description.state
        var layout = ModelFileLayout.offprint
        let tensors = try TensorFile.read(from: url) { metadata in
            layout = choose(metadata)
            return TensorFile.Expectation(
                tensors: all.map { (name: layout.name(of: $0), shape: layout.shape(of: $0)) },
                ignored: layout.ignoredNames(of: graph))
        }
        func list(_ descriptions: [ModelTensor]) -> [Tensor] {
            descriptions.compactMap { tensors[layout.name(of: $0)].map(layout.decode) }
        }
        return Model(graph: graph, parameters: list(description.parameters), state: list(description.state))
    }

    private static func named(_ model: Model, _ layout: ModelFileLayout) -> [(name: String, tensor: Tensor)] {
        model.sortedTensors.map { (name: layout.name(of: $0.description), tensor: layout.encode($0.values)) }
    }
}
