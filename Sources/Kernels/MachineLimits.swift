internal import CKernels

/// What a machine can do at best, by which the speed of a layer is judged (the roofline: Williams, Waterman, Patterson
/// 2009).
///
/// A layer of some operations that moves some bytes takes at least as long as the slower of the two would alone.
public struct MachineLimits: Codable, Hashable, Sendable {
    /// 10^9 operations a second of all threads: fused multiply-adds of registers, two operations each.
    public var gflops: Double
    /// 10^9 bytes a second between memory and all threads: two arrays far larger than any cache are added into a third;
    /// each counts once.
    public var gigabytesPerSecond: Double

    public init(gflops: Double, gigabytesPerSecond: Double) {
        self.gflops = gflops
        self.gigabytesPerSecond = gigabytesPerSecond
    }

    /// The least seconds for so many operations and bytes.
    public func seconds(operations: Double, bytes: Double) -> Double {
        max(operations / gflops, bytes / gigabytesPerSecond) / 1e9
    }

    /// Measures both, the best of many short runs. Needs 192 MiB of memory.
    ///
    /// - Parameters:
    ///   - instructionSet: must be available (traps otherwise).
    ///   - threads: at least 1.
    ///   - seconds: the least time spent on each of the two.
    ///   - clock: seconds since any fixed moment, never running backwards.
    public static func measure(
        instructionSet: InstructionSet = .best, threads: Int, seconds: Double = 0.3, clock: () -> Double
    ) -> MachineLimits {
        let context = KernelContext(instructionSet: instructionSet, threads: threads)
        return MachineLimits(
            gflops: max(multiplyAddRate(context, seconds, clock), 1e-9),
            gigabytesPerSecond: max(memoryRate(context, seconds, clock), 1e-9))
    }

    private static func multiplyAddRate(_ context: KernelContext, _ seconds: Double, _ clock: () -> Double) -> Double {
        let loops = context.convolutionLoops
        let threads = context.pool.threads
        // Long enough that handing out the tasks does not show.
        let iterations = 20_000
        // A cache line for each thread.
        var sinks = [Float](repeating: 0.5, count: 16 * threads)
        var sink: Float = 0.5
        let operations = Double(threads * iterations) * loops.fma_peak(1, &sink)
        return best(seconds, clock) {
            sinks.withUnsafeMutableBufferPointer { sinks in
                guard let base = sinks.baseAddress else { return }
                context.pool.run(threads) { _ = loops.fma_peak(iterations, base + 16 * $0) }
            }
        }.map { operations / $0 / 1e9 } ?? 0
    }

    private static func memoryRate(_ context: KernelContext, _ seconds: Double, _ clock: () -> Double) -> Double {
        let shape = [16 << 20]
        let (first, second) = (Tensor(shape: shape), Tensor(shape: shape))
        var sum = Tensor(shape: shape)
        let bytes = Double(3 * sum.count * MemoryLayout<Float>.stride)
        return best(seconds, clock) { context.add(first, second, into: &sum) }.map { bytes / $0 / 1e9 } ?? 0
    }

    /// The shortest of at least five runs, after one that warms up.
    private static func best(_ seconds: Double, _ clock: () -> Double, _ body: () -> Void) -> Double? {
        body()
        var times: [Double] = []
        let begin = clock()
        repeat {
            let start = clock()
            body()
            times.append(max(clock() - start, 1e-9))
        } while times.count < 5 || (clock() - begin < seconds && times.count < 10_000)
        return times.min()
    }
}
