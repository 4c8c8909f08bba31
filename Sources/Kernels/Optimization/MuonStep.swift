internal import CKernels

/// A tensor of weights as the matrices that Muon turns: one for each group of channels.
public struct WeightMatrices: Sendable, Hashable {
    /// In the list of the model's parameters.
    public let tensor: Int
    public let groups: Int
    /// Of one matrix: taps times input channels of a group, and output channels of a group. It lies in a tensor
    /// `[rows, groups * columns]`.
    public let rows: Int, columns: Int

    /// All extents at least 1 (traps otherwise).
    public init(tensor: Int, groups: Int, rows: Int, columns: Int) {
        precondition(tensor >= 0 && groups > 0 && rows > 0 && columns > 0, "matrices of \(rows) x \(columns)")
        self.tensor = tensor
        self.groups = groups
        self.rows = rows
        self.columns = columns
    }

    var count: Int { groups * rows * columns }
    /// The tensor is one matrix that can be read where it lies.
    fileprivate var isInPlace: Bool { groups == 1 && rows >= columns && columns % 16 == 0 }
    fileprivate var orthogonalization: Orthogonalization {
        Orthogonalization(rows: max(rows, columns), columns: min(rows, columns))
    }
    /// Operations, about.
    fileprivate var cost: Int {
        let (long, short) = (max(rows, columns), min(rows, columns))
        return groups * short * short * (3 * long + 17 * short)
    }
}

extension KernelContext {
    /// A step of Muon (Jordan et al. 2024) for some of the tensors, with the scale and the weight decay of Liu et al. 2025:
    /// a matrix moves as far as Adam would move it.
    ///
    /// ```
    /// velocity   += (1 - momentum) * (gradient - velocity)
    /// direction   = orthogonal(gradient + momentum * (velocity - gradient))
    /// parameters -= rate * (weightDecay * parameters + 0.2 * sqrt(max(rows, columns)) * direction)
    /// ```
    ///
    /// Each tensor is one task. Cost: for a matrix of n x m, n the shorter side, about 3 n² m + 17 n³ operations.
    ///
    /// - Parameters:
    ///   - parameters: of the whole model; likewise gradients and velocities, which are zeros before the first step.
    ///   - matrices: what moves, each tensor once, of its element count (traps otherwise).
    public func muonStep(
        parameters: inout [Tensor], gradients: [Tensor], velocities: inout [Tensor], matrices: [WeightMatrices],
        rate: Float, momentum: Float, weightDecay: Float
    ) {
        for matrix in matrices {
            for tensor in [parameters[matrix.tensor], gradients[matrix.tensor], velocities[matrix.tensor]] {
                precondition(tensor.count == matrix.count, "muonStep: \(tensor.shape) as \(matrix)")
            }
        }
        precondition(Set(matrices.map(\.tensor)).count == matrices.count, "muonStep: a tensor twice")
        // The most work first, so that no thread is left with it.
        let ordered = matrices.sorted { ($0.cost, $1.tensor) > ($1.cost, $0.tensor) }
        let pieces = ordered.map { matrix in
            Piece(
                matrix: matrix, gradient: gradients[matrix.tensor].pointer,
                parameters: parameters[matrix.tensor].mutablePointer(),
                velocity: velocities[matrix.tensor].mutablePointer())
        }
        pool.run(pieces.count) { task in
            move(pieces[task], rate: rate, momentum: momentum, weightDecay: weightDecay)
        }
    }

    private struct Piece {
        var matrix: WeightMatrices
        var gradient: UnsafePointer<Float>
        var parameters, velocity: UnsafeMutablePointer<Float>
    }

    private func move(_ piece: Piece, rate: Float, momentum: Float, weightDecay: Float) {
        let (matrix, loops) = (piece.matrix, optimizationLoops)
        let (count, orthogonalization) = (matrix.count, matrix.orthogonalization)
        let packed = matrix.isInPlace ? 0 : orthogonalization.rows * orthogonalization.row
        scratch.borrow(2 * count + 2 * packed + orthogonalization.scratch) { memory in
            let direction = memory, turned = memory + count
            loops.approach(count, 1 - momentum, piece.gradient, piece.velocity)
            direction.update(from: piece.velocity, count: count)
            loops.approach(count, 1 - momentum, piece.gradient, direction)
            let (input, output) = (turned + count, turned + count + packed)
            let square = output + packed
            for group in 0..<matrix.groups {
                if matrix.isInPlace {
                    normalize(direction, count)
                    orthogonalization.run(direction, scratch: square, into: turned, with: convolutionLoops)
                } else {
                    matrix.pack(direction, group: group, into: input, row: orthogonalization.row)
                    normalize(input, packed)
                    orthogonalization.run(input, scratch: square, into: output, with: convolutionLoops)
                    matrix.unpack(output, group: group, row: orthogonalization.row, into: turned)
                }
            }
            // Descent without momentum; `direction` takes what would be its velocity.
            let scale = 0.2 * Float(max(matrix.rows, matrix.columns)).squareRoot()
            var settings = offprint_sgd(
                rate: rate * scale, momentum: 0, weight_decay: weightDecay / scale, nesterov: 0)
            direction.update(repeating: 0, count: count)
            loops.sgd(count, &settings, turned, piece.parameters, direction)
        }
    }

    /// To Frobenius norm 1; a matrix of zeros stays one.
    private func normalize(_ matrix: UnsafeMutablePointer<Float>, _ count: Int) {
        let norm = optimizationLoops.sum_of_squares(count, matrix).squareRoot()
        optimizationLoops.scale(count, Float(1 / (norm + 1e-30)), matrix)
    }
}

extension WeightMatrices {
    /// The matrix of a group, lying on its side where it is wider than tall, with zeros up to `row` columns.
    fileprivate func pack(_ source: UnsafePointer<Float>, group: Int, into target: UnsafeMutablePointer<Float>, row: Int) {
        target.update(repeating: 0, count: max(rows, columns) * row)
        forEach(group: group, row: row) { target[$1] = source[$0] }
    }

    fileprivate func unpack(_ source: UnsafePointer<Float>, group: Int, row: Int, into target: UnsafeMutablePointer<Float>) {
        forEach(group: group, row: row) { target[$0] = source[$1] }
    }

    /// Calls `body` with the place of each element in the tensor and in the packed matrix.
    @inline(__always) private func forEach(group: Int, row: Int, _ body: (_ place: Int, _ packed: Int) -> Void) {
        let lies = rows < columns
        for i in 0..<rows {
            let place = (i * groups + group) * columns
            for j in 0..<columns { body(place + j, lies ? j * row + i : i * row + j) }
        }
    }
}
