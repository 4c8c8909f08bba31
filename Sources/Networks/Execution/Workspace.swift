import Kernels

/// The tensors of one batch size, the same from batch to batch, and the geometry of every layer at that size.
struct Workspace {
    let batch: Int
    let geometries: [NodeGeometry]
    /// `[N, H, W, C]`. Memory of their own: they are written before it is known which step follows.
    var images: Tensor
    /// By step; empty until the step is asked for the first time.
    private var tensors: [[Tensor]] = [[], []]

    /// - Throws: `TrainingError.geometry` for a layer that the kernels refuse.
    init(graph: Graph, batch: Int) throws(TrainingError) {
        self.batch = batch
        var geometries: [NodeGeometry] = []
        for node in graph.nodes { geometries.append(try NodeGeometry(graph: graph, node: node, batch: batch)) }
        self.geometries = geometries
        images = Tensor(shape: geometries[0].shape)
    }

    func hasTensors(training: Bool) -> Bool { !tensors[training ? 1 : 0].isEmpty }

    /// Lays the tensors of a step out in `arena`, which holds at least as many floats as `memory` says.
    mutating func layOut(_ program: StepProgram, training: Bool, memory: MemoryPlan, in arena: TensorArena) {
        tensors[training ? 1 : 0] = zip(program.shapes, memory.regions).enumerated().map { index, tensor in
            let (shape, region) = tensor
            // The images are elsewhere.
            if index == StepProgram.images { return .empty }
            return arena.tensor(shape: [batch, shape.height, shape.width, shape.channels], at: region.offset)
        }
    }

    /// Lets go of an arena that is to be replaced by a larger one.
    mutating func letGo() { tensors = [[], []] }

    func tensor(_ index: Int, training: Bool) -> Tensor {
        index == StepProgram.images ? images : tensors[training ? 1 : 0][index]
    }

    /// Takes a tensor out to be written; `put` puts it back.
    mutating func take(_ index: Int, training: Bool) -> Tensor {
        var tensor = Tensor.empty
        swap(&tensor, &tensors[training ? 1 : 0][index])
        return tensor
    }

    mutating func put(_ tensor: consuming Tensor, at index: Int, training: Bool) {
        tensors[training ? 1 : 0][index] = tensor
    }
}
