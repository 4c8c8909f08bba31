internal import CKernels

/// Brings a matrix near to the orthogonal one that is closest to it: near to U Vᵀ where the matrix is U Σ Vᵀ.
///
/// Goals, in this order: the same bits on every instruction set and for any number of threads (each product is the leaf
/// loop's chain of fused multiply-adds, each matrix is one thread's); few operations, as this is done to every matrix in
/// every step; no allocation.
///
/// The iteration is that of Newton and Schulz with the coefficients of Muon (Jordan et al. 2024): five times
/// X ← (a + b S + c S²) X with S = X Xᵀ, from X of Frobenius norm 1, brings singular values between 0.002 and 1 into
/// 0.7…1.2. All that is done to X is a polynomial in the first S, and polynomials in one symmetric matrix are symmetric
/// and change places freely. So the products are made with S, as wide as the shorter side of X, half of each is the
/// mirror image of the other, and X itself is read twice: n² m + 17 n³ + 2 n² m operations for n x m in place of
/// 5 (4 n² m + 2 n³). What rounding takes is below 3e-4 of the largest singular value, where five steps do not reach either.
struct Orthogonalization {
    /// Of the matrix, which is at least as tall as wide.
    let rows: Int
    /// Floats from one of its rows to the next: its columns and zeros up to whole vectors.
    let row: Int

    private static let coefficients: (a: Float, b: Float, c: Float) = (3.4445, -4.7750, 2.0315)
    private static let iterations = 5
    /// Rows of a symmetric product that are computed at a time, from their diagonal to the right.
    private static let block = 32
    /// The longest piece of a reduction: its part of the right-hand side stays in the second cache.
    private static let longest = 256

    init(rows: Int, columns: Int) {
        precondition(rows >= columns && columns > 0, "orthogonalization of \(rows) x \(columns)")
        self.rows = rows
        row = (columns + 15) / 16 * 16
    }

    /// Floats of scratch memory.
    var scratch: Int { 4 * row * row }

    /// - Parameters:
    ///   - matrix: `[rows, row]`, of Frobenius norm 1 (or 0), zeros in the columns that fill up.
    ///   - scratch: `scratch` floats.
    ///   - output: `[rows, row]`, overwritten; not the matrix.
    func run(
        _ matrix: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>,
        with loops: offprint_convolution_kernels
    ) {
        let count = row * row
        var s = scratch, factor = scratch + count, polynomial = scratch + 2 * count, spare = scratch + 3 * count
        symmetric(matrix, transposed: true, depth: rows, matrix, into: s, with: loops)
        for iteration in 0..<Self.iterations {
            // factor = a + b S + c S²
            symmetric(s, depth: row, s, into: factor, with: loops)
            let (a, b, c) = Self.coefficients
            for index in 0..<count { factor[index] = b * s[index] + c * factor[index] }
            for index in 0..<row { factor[index * (row + 1)] += a }
            if iteration == 0 {
                polynomial.update(from: factor, count: count)
            } else {
                symmetric(factor, depth: row, polynomial, into: spare, with: loops)
                swap(&polynomial, &spare)
            }
            if iteration == Self.iterations - 1 { break }
            symmetric(factor, depth: row, s, into: spare, with: loops)
            symmetric(spare, depth: row, factor, into: s, with: loops)
        }
        var product = offprint_product()
        product.rows = rows
        product.columns = row
        product.depth = row
        product.a = matrix
        product.a_row = row
        product.a_step = 1
        place(polynomial, in: &product)
        product.c = output
        product.c_row = row
        loops.multiply(&product)
    }

    /// `left right`, which is symmetric, `[row, row]`: its upper blocks, then their mirror image.
    /// - Parameter transposed: whether `left` is given as `[depth, row]`.
    private func symmetric(
        _ left: UnsafePointer<Float>, transposed: Bool = false, depth: Int, _ right: UnsafePointer<Float>,
        into output: UnsafeMutablePointer<Float>, with loops: offprint_convolution_kernels
    ) {
        var product = offprint_product()
        product.a_row = transposed ? 1 : row
        product.a_step = transposed ? row : 1
        product.c_row = row
        product.start_row = row
        for first in stride(from: 0, to: depth, by: Self.longest) {
            product.depth = min(Self.longest, depth - first)
            for top in stride(from: 0, to: row, by: Self.block) {
                product.rows = min(Self.block, row - top)
                product.columns = row - top
                product.a = left + top * product.a_row + first * product.a_step
                place(right + first * row + top, in: &product)
                product.c = output + top * (row + 1)
                product.start = first == 0 ? nil : UnsafePointer(product.c)
                loops.multiply(&product)
            }
        }
        for top in stride(from: 0, to: row, by: 16) {
            for left in stride(from: 0, through: top, by: 16) {
                for i in top..<top + 16 {
                    for j in left..<min(i, left + 16) { output[i * row + j] = output[j * row + i] }
                }
            }
        }
    }

    private func place(_ right: UnsafePointer<Float>, in product: inout offprint_product) {
        product.b = right
        product.b_step = row
        product.b_panel = Int(OFFPRINT_PANEL)
    }
}
