/// Measures the convolutions and matrix products of one instruction set and number of threads.
///
/// Everything runs on operands of small multiples of 1/64, once to warm up, then repeatedly. The clock is handed in;
/// nothing is printed.
public struct KernelBenchmark {
    /// One measurement, named by the extents of the layer (a product `[M, K] x [K, N]` is n = M, c = K, k = N).
    public struct Row: Codable, Hashable, Sendable {
        public let name: String
        public let pass: ConvolutionPass
        public let n, c, k, h, w, r, stride, groups: Int
        /// A `ConvolutionAlgorithm`, or `product`.
        public let algorithm: String
        public let threads: Int
        /// The median over the runs, in milliseconds.
        public let ms: Double
        /// Half of the distance between the quartiles, in milliseconds.
        public let spread: Double
        /// 2 * multiply-adds by the definition / the median time, in 10^9 operations a second.
        public let gflops: Double
        /// `gflops` as a share of `threads` times the peak of one core, where the peak was handed in; of products, the
        /// share of the peak of the same moment.
        public let shareOfPeak: Double?
    }

    public let instructionSet: InstructionSet
    public let threads: Int
    /// Each measurement runs at least this long (and at least five times).
    public let seconds: Double

    private let clock: () -> Double
    private let context: KernelContext

    /// - Parameters:
    ///   - instructionSet: must be available (traps otherwise).
    ///   - threads: at least 1.
    ///   - seconds: the least time spent on each measurement.
    ///   - clock: seconds since any fixed moment, never running backwards.
    public init(
        instructionSet: InstructionSet = .best, threads: Int, seconds: Double = 0.1, clock: @escaping () -> Double
    ) {
        self.instructionSet = instructionSet
        self.threads = threads
        self.seconds = seconds
        self.clock = clock
        context = KernelContext(instructionSet: instructionSet, threads: threads)
    }

    /// The most fused multiply-adds one core performs, in 10^9 operations a second (two each): the best of many
    /// short runs that touch no memory.
    public func multiplyAddPeak() -> Double {
        let loops = context.convolutionLoops
        var best = 0.0
        var iterations = 64
        var sink: Float = 0.5
        let begin = clock()
        repeat {
            sink = 0.5
            let start = clock()
            let operations = loops.fma_peak(iterations, &sink)
            let time = clock() - start
            // About two milliseconds: long against the clock's steps, short against interruptions.
            if time < 0.002 && iterations < 1 << 18 { iterations *= 2 }
            if time > 0.0005 { best = max(best, operations / time / 1e9) }
        } while clock() - begin < max(seconds, 0.1)
        return best
    }

    /// `[m, k] x [k, n]`, in turns with chains of multiply-adds that touch no memory on as many threads. The share of the
    /// peak is the median over the turns: what slows both alike for a while (a lower clock, a neighbour on the same
    /// processor) is no fault of the product.
    public func matrixProduct(m: Int, k: Int, n: Int) -> Row {
        let a = Self.operand(shape: [m, k]), b = Self.operand(shape: [k, n])
        var c = Tensor(shape: [m, n])
        let operations = 2 * Double(m) * Double(k) * Double(n)
        context.matrixProduct(a, b, into: &c)
        var iterations = 64
        while iterations < 1 << 18, chains(iterations).seconds < 0.001 { iterations *= 2 }
        var times: [Double] = [], shares: [Double] = []
        let begin = clock()
        repeat {
            let chains = chains(iterations)
            let start = clock()
            context.matrixProduct(a, b, into: &c)
            let time = clock() - start
            times.append(time)
            shares.append(operations / max(time, 1e-9) * chains.seconds / chains.operations)
        } while times.count < 5 || (clock() - begin < 2 * seconds && times.count < 10_000)
        return row(
            name: "product-\(m)x\(k)x\(n)", pass: .forward, extents: (n: m, c: k, k: n, h: 1, w: 1, r: 1, 1, 1),
            algorithm: "product", operations: operations, times: times.sorted(),
            share: shares.sorted()[shares.count / 2])
    }

    /// Multiply-adds of registers on all threads.
    private func chains(_ iterations: Int) -> (operations: Double, seconds: Double) {
        let loops = context.convolutionLoops
        // A cache line for each thread.
        var sinks = [Float](repeating: 0.5, count: 16 * threads)
        let start = clock()
        sinks.withUnsafeMutableBufferPointer { sinks in
            guard let base = sinks.baseAddress else { return }
            context.pool.run(threads) { _ = loops.fma_peak(iterations, base + 16 * $0) }
        }
        let seconds = max(clock() - start, 1e-9)
        var sink: Float = 0.5
        return (Double(threads * iterations) * loops.fma_peak(1, &sink), seconds)
    }

    /// The products by which a build is judged: reductions of 256 and more.
    public func matrixProducts() -> [Row] {
        [(512, 512, 512), (1024, 1024, 1024), (3136, 576, 64), (1568, 1152, 128), (512, 2304, 256)].map {
            matrixProduct(m: $0.0, k: $0.1, n: $0.2)
        }
    }

    /// All three passes of one layer.
    /// - Parameters:
    ///   - name: what the rows are called.
    ///   - algorithm: one that the geometry supports (traps otherwise); nil for the one the table chooses.
    ///   - peak: what `multiplyAddPeak` returned, for the share.
    public func convolution(
        _ geometry: ConvolutionGeometry, name: String, algorithm: ConvolutionAlgorithm? = nil, peak: Double? = nil
    ) -> [Row] {
        let input = Self.operand(shape: geometry.inputShape)
        let weights = Self.operand(shape: geometry.weightShape)
        let gradient = Self.operand(shape: geometry.outputShape)
        var output = Tensor(shape: geometry.outputShape)
        var inputGradient = Tensor(shape: geometry.inputShape)
        var weightGradient = Tensor(shape: geometry.weightShape)
        return ConvolutionPass.allCases.map { pass in
            let times = measure {
                switch pass {
                case .forward:
                    context.convolution(input, weights: weights, bias: nil, geometry: geometry, into: &output,
                        algorithm: algorithm)
                case .dataGradient:
                    context.convolutionDataGradient(
                        gradient, weights: weights, geometry: geometry, into: &inputGradient,
                        algorithm: algorithm)
                case .weightGradient:
                    context.convolutionWeightGradient(
                        input, outputGradient: gradient, geometry: geometry, into: &weightGradient,
                        algorithm: algorithm)
                }
            }
            return row(
                name: name, pass: pass,
                extents: (
                    n: geometry.batch, c: geometry.inputChannels, k: geometry.outputChannels,
                    h: geometry.inputHeight, w: geometry.inputWidth, r: geometry.kernelHeight, geometry.stride,
                    geometry.groups
                ),
                algorithm: geometry.choose(algorithm, for: pass).rawValue,
                operations: 2 * Double(geometry.multiplyAdds), times: times, peak: peak)
        }
    }

    // MARK: Measuring

    private typealias Extents = (n: Int, c: Int, k: Int, h: Int, w: Int, r: Int, stride: Int, groups: Int)

    /// Seconds of each run, ascending.
    private func measure(_ body: () -> Void) -> [Double] {
        body()
        var times: [Double] = []
        let begin = clock()
        repeat {
            let start = clock()
            body()
            times.append(clock() - start)
        } while times.count < 5 || (clock() - begin < seconds && times.count < 10_000)
        return times.sorted()
    }

    private func row(
        name: String, pass: ConvolutionPass, extents: Extents, algorithm: String, operations: Double, times: [Double],
        peak: Double? = nil, share: Double? = nil
    ) -> Row {
        let median = max(times[times.count / 2], 1e-9)
        let spread = (times[times.count * 3 / 4] - times[times.count / 4]) / 2
        let gflops = operations / median / 1e9
        return Row(
            name: name, pass: pass, n: extents.n, c: extents.c, k: extents.k, h: extents.h, w: extents.w,
            r: extents.r, stride: extents.stride, groups: extents.groups, algorithm: algorithm, threads: threads,
            ms: median * 1e3, spread: spread * 1e3, gflops: gflops,
            shareOfPeak: share ?? peak.map { gflops / ($0 * Double(threads)) })
    }

    private static func operand(shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor(shape: shape, values: (0..<count).map { Float(($0 &* 40503 >> 4) & 127 - 64) / 64 })
    }
}
