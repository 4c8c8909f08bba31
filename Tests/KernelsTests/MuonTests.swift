import Datasets
import Kernels
import Testing

/// The step of Muon beside the same iteration in double, written the plain way: X, X Xᵀ and X again, five times.
@Suite struct MuonTests {
    @Test(arguments: [
        WeightMatrices(tensor: 0, groups: 1, rows: 147, columns: 64), .init(tensor: 0, groups: 1, rows: 16, columns: 64),
        .init(tensor: 0, groups: 1, rows: 64, columns: 64), .init(tensor: 0, groups: 1, rows: 576, columns: 32),
        .init(tensor: 0, groups: 4, rows: 16, columns: 8), .init(tensor: 0, groups: 32, rows: 18, columns: 2),
        .init(tensor: 0, groups: 3, rows: 5, columns: 7), .init(tensor: 0, groups: 1, rows: 49, columns: 17),
        .init(tensor: 0, groups: 1, rows: 1, columns: 1), .init(tensor: 0, groups: 1, rows: 33, columns: 48),
    ]) func followsADoubleImplementation(matrices: WeightMatrices) {
        var generator = SeededGenerator(seed: UInt64(matrices.rows * 100 + matrices.columns))
        let shape = [matrices.rows, matrices.groups * matrices.columns]
        let start = LayerTesting.random(shape, &generator)
        let gradients = (0..<4).map { _ in LayerTesting.random(shape, &generator) }
        let results = LayerTesting.sameEverywhere("\(matrices), seed \(matrices.rows * 100 + matrices.columns)") { context in
            var (parameters, velocities) = ([start], [Tensor(shape: shape)])
            for gradient in gradients {
                context.muonStep(
                    parameters: &parameters, gradients: [gradient], velocities: &velocities, matrices: [matrices],
                    rate: 0.02, momentum: 0.9, weightDecay: 0.1)
            }
            return parameters + velocities
        }
        var (p, v) = (LayerTesting.doubles(start), [Double](repeating: 0, count: start.count))
        for gradient in gradients {
            let g = LayerTesting.doubles(gradient)
            for index in v.indices { v[index] += 0.1 * (g[index] - v[index]) }
            let direction = orthogonal(zip(g, v).map { $0 + 0.9 * ($1 - $0) }, matrices)
            let scale = 0.2 * Double(max(matrices.rows, matrices.columns)).squareRoot()
            for index in p.indices { p[index] -= 0.02 * (0.1 * p[index] + scale * direction[index]) }
        }
        LayerTesting.expectClose(results[0], p, absolute: 2e-5, "parameters")
        LayerTesting.expectClose(results[1], v, absolute: 1e-6, "velocities")
    }

    /// What the iteration is for, on a matrix whose singular values span a factor of 200.
    @Test func singularValuesComeNearToOne() {
        let side = 64
        var generator = SeededGenerator(seed: 5)
        // Columns of falling length, turned by a reflection: singular values 1 to 0.005.
        let normal = LayerTesting.doubles(LayerTesting.random([side], &generator))
        let length = normal.reduce(0) { $0 + $1 * $1 }
        var values = [Float](repeating: 0, count: side * side)
        for j in 0..<side {
            let size = 1 / (1 + 199 * Double(j) / Double(side - 1))
            for i in 0..<side {
                values[i * side + j] = Float(size * ((i == j ? 1 : 0) - 2 * normal[i] * normal[j] / length))
            }
        }
        var (parameters, velocities) = ([Tensor(shape: [side, side])], [Tensor(shape: [side, side])])
        KernelContext(threads: 1).muonStep(
            parameters: &parameters, gradients: [Tensor(shape: [side, side], values: values)], velocities: &velocities,
            matrices: [WeightMatrices(tensor: 0, groups: 1, rows: side, columns: side)], rate: 1, momentum: 0,
            weightDecay: 0)
        let found = LayerTesting.doubles(parameters[0]).map { $0 / (0.2 * Double(side).squareRoot()) }
        for j in 0..<side {
            let norm = (0..<side).reduce(0) { $0 + found[$1 * side + j] * found[$1 * side + j] }.squareRoot()
            #expect(norm > 0.5 && norm < 1.3, "column \(j) has length \(norm)")
        }
    }

    @Test func gradientsOfZeroMoveNothingButTheDecay() {
        var (parameters, velocities) = ([Tensor(shape: [4, 4], values: (0..<16).map(Float.init))], [Tensor(shape: [4, 4])])
        let context = KernelContext(threads: 2)
        for _ in 0..<3 {
            context.muonStep(
                parameters: &parameters, gradients: [Tensor(shape: [4, 4])], velocities: &velocities,
                matrices: [WeightMatrices(tensor: 0, groups: 1, rows: 4, columns: 4)], rate: 0.5, momentum: 0.9,
                weightDecay: 1)
        }
        LayerTesting.expectClose(parameters[0], (0..<16).map { Double($0) / 8 }, absolute: 1e-6, "parameters")
    }

    @Test func manyTensorsAtOnceAreThoseOneByOne() {
        var generator = SeededGenerator(seed: 8)
        let list = [(1, 40, 24), (4, 8, 8), (1, 9, 32), (1, 64, 16)].enumerated().map {
            WeightMatrices(tensor: $0, groups: $1.0, rows: $1.1, columns: $1.2)
        }
        let start = list.map { LayerTesting.random([$0.rows, $0.groups * $0.columns], &generator) }
        let gradients = list.map { LayerTesting.random([$0.rows, $0.groups * $0.columns], &generator) }
        let context = KernelContext(threads: 3)
        func moved(_ steps: [[WeightMatrices]]) -> [Tensor] {
            var (parameters, velocities) = (start, start.map { Tensor(shape: $0.shape) })
            for matrices in steps {
                context.muonStep(
                    parameters: &parameters, gradients: gradients, velocities: &velocities, matrices: matrices,
                    rate: 0.1, momentum: 0.95, weightDecay: 0.01)
            }
            return parameters + velocities
        }
        #expect(moved([list]) == moved(list.map { [$0] }), "seed 8")
        #expect(moved([list]) == moved([list.reversed()]), "seed 8")
    }

    private func orthogonal(_ values: [Double], _ matrices: WeightMatrices) -> [Double] {
        let (groups, rows, columns) = (matrices.groups, matrices.rows, matrices.columns)
        var result = values
        for group in 0..<groups {
            func place(_ i: Int, _ j: Int) -> Int { (i * groups + group) * columns + j }
            var x = (0..<rows).map { i in (0..<columns).map { j in values[place(i, j)] } }
            let norm = x.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
            x = x.map { $0.map { $0 / norm } }
            for _ in 0..<5 {
                let s = times(x, transposed(x))
                let ssx = times(times(s, s), x), sx = times(s, x)
                for i in 0..<rows {
                    for j in 0..<columns { x[i][j] = 3.4445 * x[i][j] - 4.7750 * sx[i][j] + 2.0315 * ssx[i][j] }
                }
            }
            for i in 0..<rows { for j in 0..<columns { result[place(i, j)] = x[i][j] } }
        }
        return result
    }

    private func transposed(_ a: [[Double]]) -> [[Double]] {
        (0..<a[0].count).map { j in a.map { $0[j] } }
    }

    private func times(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
        let columns = transposed(b)
        return a.map { row in columns.map { zip(row, $0).reduce(0) { $0 + $1.0 * $1.1 } } }
    }
}
