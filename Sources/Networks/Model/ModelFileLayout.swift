package import Kernels

/// How the tensors of a model file are called, and in which order their elements stand.
///
/// | layer, tensor | `offprint` | | `pyTorch` | |
/// |---|---|---|---|---|
/// | convolution | `node.weight` | `[R, S, C/groups, K]` | `node.weight` | `[K, C/groups, R, S]` |
/// | convolution, linear | `node.bias` | `[K]` | `node.bias` | `[K]` |
/// | linear | `node.weight` | `[C, K]` | `node.weight` | `[K, C]` |
/// | batch norm | `node.scale` | `[C]` | `node.weight` | `[C]` |
/// | batch norm | `node.shift` | `[C]` | `node.bias` | `[C]` |
/// | batch norm | `node.runningMean` | `[C]` | `node.running_mean` | `[C]` |
/// | batch norm | `node.runningVariance` | `[C]` | `node.running_var` | `[C]` |
///
/// Both hold the same numbers; going from one to the other and back changes no bit.
public enum ModelFileLayout: String, Hashable, Sendable, CaseIterable {
    /// This program's own; the metadata say `format: offprint` and `layout: RSCK`.
    case offprint
    /// That of a PyTorch state dict; the metadata say `format: pt`, as PyTorch's own files do, and `layout: OIHW`.
    case pyTorch

    /// The entries of the metadata that tell the layouts apart.
    package var marks: [String: String] {
        switch self {
        case .offprint: TensorFile.ownMetadata
        case .pyTorch: ["format": "pt", "layout": "OIHW"]
        }
    }

    /// The layout of a file with these metadata: files of other programs have PyTorch's names.
    init(metadata: [String: String]) {
        let isOwn = ModelFileLayout.offprint.marks.allSatisfy { metadata[$0.key] == $0.value }
        self = isOwn ? .offprint : .pyTorch
    }
}

// MARK: One tensor

extension ModelFileLayout {
    /// What the tensor is called.
    package func name(of tensor: ModelTensor) -> String {
        switch self {
        case .offprint: tensor.name
        case .pyTorch: "\(tensor.nodeName).\(Self.pyTorchRole(tensor.role))"
        }
    }

    /// Its extents.
    package func shape(of tensor: ModelTensor) -> [Int] {
        switch self {
        case .offprint: tensor.shape
        case .pyTorch: Self.permutation(rank: tensor.shape.count).map { tensor.shape[$0] }
        }
    }

    /// The elements in the order of this layout. Cost: a copy where the order differs.
    /// - Parameter tensor: as a `Model` holds it.
    package func encode(_ tensor: Tensor) -> Tensor {
        switch self {
        case .offprint: tensor
        case .pyTorch: tensor.permuted(by: Self.permutation(rank: tensor.shape.count))
        }
    }

    /// The inverse of `encode`.
    package func decode(_ tensor: Tensor) -> Tensor {
        switch self {
        case .offprint: return tensor
        case .pyTorch:
            let permutation = Self.permutation(rank: tensor.shape.count)
            let inverse = permutation.indices.map { axis in permutation.firstIndex(of: axis) ?? axis }
            return tensor.permuted(by: inverse)
        }
    }

    /// Tensors that a file may hold beside those of the network and that are passed over: PyTorch counts the batches
    /// of each batch norm, which neither inference nor our training reads.
    func ignoredNames(of graph: Graph) -> Set<String> {
        guard self == .pyTorch else { return [] }
        return Set(
            graph.nodes.compactMap { node in
                guard case .batchNorm = node.layer else { return nil }
                return "\(node.name).num_batches_tracked"
            })
    }

    private static func pyTorchRole(_ role: ParameterRole) -> String {
        switch role {
        case .weight, .scale: "weight"
        case .bias, .shift: "bias"
        case .runningMean: "running_mean"
        case .runningVariance: "running_var"
        }
    }

    /// Which of our axes stands at each of PyTorch's.
    private static func permutation(rank: Int) -> [Int] {
        switch rank {
        case 4: [3, 2, 0, 1]
        case 2: [1, 0]
        default: Array(0..<rank)
        }
    }
}

extension Tensor {
    /// Axis `i` of the result is axis `permutation[i]` of this. Cost: a pass over the elements.
    func permuted(by permutation: [Int]) -> Tensor {
        guard permutation != Array(permutation.indices) else { return self }
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        let extents = permutation.map { shape[$0] }
        let steps = permutation.map { strides[$0] }
        let source = values
        var result: [Float] = []
        result.reserveCapacity(source.count)
        var index = [Int](repeating: 0, count: extents.count)
        var place = 0
        for _ in source.indices {
            result.append(source[place])
            // Counts up by one, the last axis first.
            for axis in extents.indices.reversed() {
                index[axis] += 1
                place += steps[axis]
                if index[axis] < extents[axis] { break }
                place -= steps[axis] * extents[axis]
                index[axis] = 0
            }
        }
        return Tensor(shape: extents, values: result)
    }
}
