internal import CKernels

/// Where kernels run: an instruction set and a pool of worker threads.
///
/// Neither changes a result: work is cut by the problem, never by the number of threads, and the leaf
/// loops keep one order of operations on every instruction set.
public final class KernelContext: Sendable {
    public let instructionSet: InstructionSet
    public let pool: WorkerPool

    let loops: LoopTable
    let scratch = ScratchArena()
    let fourierPlans = FourierPlans()

    /// - Parameters:
    ///   - instructionSet: must be available on this processor (checked; traps otherwise).
    ///   - threads: at least 1; the calling thread counts as one of them.
    public init(instructionSet: InstructionSet = .best, threads: Int) {
        guard let table = offprint_kernels_for(instructionSet.identifier) else {
            preconditionFailure("\(instructionSet) cannot run on this processor")
        }
        self.instructionSet = instructionSet
        self.loops = LoopTable(pointer: table)
        self.pool = WorkerPool(threads: threads)
    }

    /// Floats of scratch memory that wait to be borrowed again: no more of them after the first of equal steps.
    package var idleScratch: Int { scratch.idleCount }

    var convolutionLoops: offprint_convolution_kernels { loops.pointer.pointee.convolution }
    var fourierLoops: offprint_fourier_kernels { loops.pointer.pointee.fourier }
    var elementwiseLoops: offprint_elementwise_kernels { loops.pointer.pointee.elementwise }
}

/// A constant table of C functions; safe to share because nothing ever writes to it.
struct LoopTable: @unchecked Sendable {
    let pointer: UnsafePointer<offprint_kernels>
}
