internal import CKernels

extension KernelContext {
    /// C = A B. Each element is a chain of fused multiply-adds from zero, in ascending order of the reduction.
    /// - Parameters:
    ///   - a: `[M, K]`.
    ///   - b: `[K, N]`.
    ///   - c: `[M, N]`, overwritten. Mismatching shapes trap.
    public func matrixProduct(_ a: Tensor, _ b: Tensor, into c: inout Tensor) {
        precondition(
            a.shape.count == 2 && b.shape.count == 2 && a.shape[1] == b.shape[0]
                && c.shape == [a.shape[0], b.shape[1]],
            "the product of \(a.shape) and \(b.shape) is not \(c.shape)")
        rowsTimesMatrix(a, b, start: nil, rows: a.shape[0], into: &c)
    }

    /// Output[n, k] = bias[k] + the sum over c of input[n, c] * weights[c, k].
    /// - Parameters:
    ///   - input: `[N, C]` or `[N, 1, 1, C]`.
    ///   - weights: `[C, K]`.
    ///   - bias: `[K]`, or nil for none.
    ///   - output: `[N, K]` or `[N, 1, 1, K]`, overwritten. Mismatching shapes trap.
    public func linear(_ input: Tensor, weights: Tensor, bias: Tensor?, into output: inout Tensor) {
        let rows = checkLinear(input: input, weights: weights, output: output)
        if let bias {
            precondition(bias.shape == [weights.shape[1]], "bias \(bias.shape) for weights \(weights.shape)")
        }
        rowsTimesMatrix(input, weights, start: bias, rows: rows, into: &output)
    }

    /// inputGradient[n, c] = the sum over k of outputGradient[n, k] * weights[c, k].
    /// - Parameters:
    ///   - outputGradient: `[N, K]` or `[N, 1, 1, K]`.
    ///   - weights: `[C, K]`.
    ///   - inputGradient: `[N, C]` or `[N, 1, 1, C]`, overwritten. Mismatching shapes trap.
    public func linearDataGradient(_ outputGradient: Tensor, weights: Tensor, into inputGradient: inout Tensor) {
        let rows = checkLinear(input: inputGradient, weights: weights, output: outputGradient)
        let depth = weights.shape[1], columns = weights.shape[0]
        guard columns > 0 else { return }
        let target = inputGradient.mutablePointer()
        let panels = Panels(depth: depth, columns: columns)
        let loops = convolutionLoops
        withExtendedLifetime((outputGradient, weights)) {
            scratch.borrow(panels.floats) { packed in
                let source = weights.pointer
                pool.run(panels.count) { panel in
                    panels.pack(
                        group: 0, panel: panel, firstRow: 0, rows: depth, source: source, step: 1,
                        columnStep: depth, into: packed, with: loops)
                }
                product(
                    outputGradient, rows: rows, right: RightHandSide(packed: packed, panels: panels), start: nil,
                    into: target)
            }
        }
    }

    /// weightGradient[c, k] = the sum over n of input[n, c] * outputGradient[n, k].
    /// - Parameters:
    ///   - input: `[N, C]` or `[N, 1, 1, C]`.
    ///   - outputGradient: `[N, K]` or `[N, 1, 1, K]`.
    ///   - weightGradient: `[C, K]`, overwritten. Mismatching shapes trap.
    public func linearWeightGradient(_ input: Tensor, outputGradient: Tensor, into weightGradient: inout Tensor) {
        let places = checkLinear(input: input, weights: weightGradient, output: outputGradient)
        let rows = weightGradient.shape[0], columns = weightGradient.shape[1]
        guard rows > 0, columns > 0 else { return }
        let target = weightGradient.mutablePointer()
        withExtendedLifetime((input, outputGradient)) {
            transposedProduct(
                window: .rows(of: rows, apart: rows), source: input.pointer, sourceCount: input.count, groups: 1,
                rows: rows, right: outputGradient.pointer, places: places, columns: columns, into: target)
        }
    }

    // MARK: Parts

    private func rowsTimesMatrix(_ a: Tensor, _ b: Tensor, start: Tensor?, rows: Int, into c: inout Tensor) {
        let depth = b.shape[0], columns = b.shape[1]
        guard columns > 0 else { return }
        let target = c.mutablePointer()
        let panels = Panels(depth: depth, columns: columns)
        let inPlace = RightHandSide.canStayInPlace(columns: columns) && (columns <= 64 || rows <= 192)
        withExtendedLifetime((a, b, start)) {
            scratch.borrow(inPlace ? 0 : panels.floats) { packed in
                let right: RightHandSide
                if inPlace {
                    right = RightHandSide(inPlace: b.pointer, depth: depth, columns: columns, row: columns)
                } else {
                    packRows(b.pointer, groups: 1, row: columns, panels: panels, into: packed)
                    right = RightHandSide(packed: packed, panels: panels)
                }
                product(a, rows: rows, right: right, start: start?.pointer, into: target)
            }
        }
    }

    private func product(
        _ left: Tensor, rows: Int, right: RightHandSide, start: UnsafePointer<Float>?,
        into target: UnsafeMutablePointer<Float>
    ) {
        GatheredProduct(
            window: .rows(of: right.depth, apart: right.depth), source: left.pointer, sourceCount: left.count,
            groups: 1, places: rows, right: right, start: start, output: PlaceLayout(pixel: right.columns),
            outputBase: target
        ).run(in: self)
    }

    /// The number of rows N.
    private func checkLinear(input: Tensor, weights: Tensor, output: Tensor) -> Int {
        let rows = input.shape.first ?? 0
        precondition(
            weights.shape.count == 2 && Self.isRows(input.shape, rows, weights.shape.first ?? 0)
                && Self.isRows(output.shape, rows, weights.shape.last ?? 0),
            "rows \(input.shape), weights \(weights.shape) and rows \(output.shape) do not fit")
        return rows
    }

    private static func isRows(_ shape: [Int], _ rows: Int, _ columns: Int) -> Bool {
        shape == [rows, columns] || shape == [rows, 1, 1, columns]
    }
}
