public import Foundation
import Kernels

extension TrainingState {
    /// Writes all tensors as one safetensors file, under a temporary name first; see `TensorFile.write`.
    /// - Parameter onBytes: is handed every byte of the file, in order.
    public func writeTensors(to url: URL, onBytes: (UnsafeRawBufferPointer) -> Void) throws(ModelFileError) {
        try TensorFile.write(namedTensors, metadata: ["content": "training state"], to: url, onBytes: onBytes)
    }

    /// Reads what `writeTensors` wrote.
    ///
    /// - Parameters:
    ///   - facts: those of the state whose tensors these are.
    ///   - configuration: the run's.
    /// - Throws: `ModelFileError` where the file is not there, cut, or not of a run of that graph and configuration.
    public init(
        facts: Facts, tensorsAt url: URL, graph: Graph, configuration: TrainingConfiguration
    ) throws(ModelFileError) {
        let layout = ModelLayout(graph: graph)
        let matrices = configuration.optimizer.matrices(of: graph)
        let tensors = try TensorFile.read(
            from: url, expecting: Self.expectedTensors(layout, matrices, configuration, hasSteps: facts.totalSteps > 0))
        func list(_ descriptions: [ModelTensor], _ prefix: String) -> [Tensor] {
            descriptions.compactMap { tensors["\(prefix).\($0.name)"] }
        }
        func model(_ prefix: String) -> Model {
            Model(graph: graph, parameters: list(layout.parameters, prefix), state: list(layout.state, prefix))
        }
        self.init(
            model: model(Prefix.model), average: configuration.weightAveraging == nil ? nil : model(Prefix.average),
            optimizer: OptimizerState(
                configuration.optimizer, decayed: layout.decayed, matrices: matrices,
                first: list(layout.parameters, Prefix.first), second: list(layout.parameters, Prefix.second),
                beta1Power: facts.beta1Power, beta2Power: facts.beta2Power),
            facts: facts)
    }

    private enum Prefix {
        static let model = "model"
        static let average = "average"
        static let first = "optimizer.first"
        static let second = "optimizer.second"
    }

    private var namedTensors: [(name: String, tensor: Tensor)] {
        let layout = model.layout
        func named(_ prefix: String, _ descriptions: [ModelTensor], _ tensors: [Tensor]) -> [(String, Tensor)] {
            zip(descriptions, tensors).map { ("\(prefix).\($0.name)", $1) }
        }
        var all = named(Prefix.model, layout.parameters, model.parameters)
        all += named(Prefix.model, layout.state, model.state)
        if let average {
            all += named(Prefix.average, layout.parameters, average.parameters)
            all += named(Prefix.average, layout.state, average.state)
        }
        all += named(Prefix.first, layout.parameters, optimizer.first)
        all += named(Prefix.second, layout.parameters, optimizer.second)
        return all.map { (name: $0.0, tensor: $0.1) }
    }

    /// - Parameter hasSteps: a step is what gives the optimizer its memory.
    private static func expectedTensors(
        _ layout: ModelLayout, _ matrices: [WeightMatrices], _ configuration: TrainingConfiguration, hasSteps: Bool
    ) -> [(name: String, shape: [Int])] {
        func named(_ prefix: String, _ descriptions: [ModelTensor]) -> [(name: String, shape: [Int])] {
            descriptions.map { (name: "\(prefix).\($0.name)", shape: $0.shape) }
        }
        var all = named(Prefix.model, layout.parameters + layout.state)
        if configuration.weightAveraging != nil { all += named(Prefix.average, layout.parameters + layout.state) }
        if hasSteps {
            all += named(Prefix.first, layout.parameters)
            var second = named(Prefix.second, layout.parameters)
            for matrix in matrices { second[matrix.tensor].shape = [0] }
            if !configuration.optimizer.isGradientDescent { all += second }
        }
        return all
    }
}
