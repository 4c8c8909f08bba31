import CKernels

/// How operations over elements and rows are cut into tasks: by the problem alone, never by the threads.
extension KernelContext {
    /// Elements of one task: 64 KB of floats, enough to outweigh handing the task to a thread.
    static var blockElements: Int { 16384 }

    /// Runs `body(start, length)` over `0..<count` in blocks of at most `blockElements`.
    func forEachBlock(of count: Int, _ body: (_ start: Int, _ length: Int) -> Void) {
        forEachGroup(of: count, size: KernelContext.blockElements, body)
    }

    /// Runs `body(first, rows)` over `0..<rows` in groups of rows of about `blockElements` in total.
    /// - Parameter fromLast: whether every thread begins with the end of its share, which it wrote last.
    func forEachRowGroup(
        rows: Int, elementsPerRow: Int, fromLast: Bool = false, _ body: (_ first: Int, _ rows: Int) -> Void
    ) {
        forEachGroup(
            of: rows, size: max(1, KernelContext.blockElements / max(1, elementsPerRow)), fromLast: fromLast, body)
    }

    private func forEachGroup(of count: Int, size: Int, fromLast: Bool = false, _ body: (Int, Int) -> Void) {
        pool.run((count + size - 1) / size, fromLast: fromLast) { task in
            body(task * size, min(size, count - task * size))
        }
    }

    var normalizationLoops: offprint_normalization_kernels { loops.pointer.pointee.normalization }
    var poolingLoops: offprint_pooling_kernels { loops.pointer.pointee.pooling }
    var joiningLoops: offprint_joining_kernels { loops.pointer.pointee.joining }
    var optimizationLoops: offprint_optimization_kernels { loops.pointer.pointee.optimization }
}

extension Tensor {
    /// The extent of the last axis; traps for a tensor without axes.
    var channelCount: Int {
        guard let channels = shape.last else { preconditionFailure("a tensor without axes has no channels") }
        return channels
    }

    /// The product of all extents but the last.
    var rowCount: Int { shape.dropLast().reduce(1, *) }
}

func requireSameShape(_ first: Tensor, _ second: Tensor, _ what: StaticString) {
    precondition(first.shape == second.shape, "\(what): shapes \(first.shape) and \(second.shape) differ")
}
