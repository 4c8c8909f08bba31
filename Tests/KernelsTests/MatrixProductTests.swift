import Datasets
import Kernels
import TestSupport
import Testing

@Suite struct MatrixProductTests {
    private static let sizes: [(m: Int, k: Int, n: Int)] = [
        (1, 1, 1), (1, 300, 10), (2, 3, 5), (12, 256, 32), (13, 257, 33), (25, 64, 16), (5, 17, 31), (97, 520, 48),
        (200, 96, 65), (3, 1000, 130), (64, 5, 100), (30, 1024, 70),
    ]

    private func exactProduct(_ a: Tensor, _ b: Tensor, magnitudes: Bool) -> [Double] {
        let m = a.shape[0], k = a.shape[1], n = b.shape[1]
        let left = a.values.map { magnitudes ? abs(Double($0)) : Double($0) }
        let right = b.values.map { magnitudes ? abs(Double($0)) : Double($0) }
        var result = [Double](repeating: 0, count: m * n)
        for i in 0..<m { for p in 0..<k { for j in 0..<n { result[i * n + j] += left[i * k + p] * right[p * n + j] } } }
        return result
    }

    private func transposed(_ matrix: Tensor) -> Tensor {
        let rows = matrix.shape[0], columns = matrix.shape[1]
        var result = Tensor(shape: [columns, rows])
        for i in 0..<rows { for j in 0..<columns { result[j * rows + i] = matrix[i * columns + j] } }
        return result
    }

    private func check(_ result: Tensor, _ a: Tensor, _ b: Tensor, _ what: String) {
        ConvolutionTests.check(
            result, exactProduct(a, b, magnitudes: false), magnitudes: exactProduct(a, b, magnitudes: true),
            terms: a.shape[1], what)
    }

    @Test func productsMeetTheDefinitionOnEveryInstructionSet() {
        for (index, size) in Self.sizes.enumerated() {
            var generator = SeededGenerator(seed: UInt64(index))
            let a = randomTensor(shape: [size.m, size.k], from: &generator)
            let b = randomTensor(shape: [size.k, size.n], from: &generator)
            var first: Tensor?
            for set in InstructionSet.available {
                for threads in [1, 3] {
                    var c = poisonedTensor(shape: [size.m, size.n])
                    KernelContext(instructionSet: set, threads: threads).matrixProduct(a, b, into: &c)
                    check(c, a, b, "\(size), \(set), seed \(index)")
                    #expect(first == nil || first == c, "\(size), \(set), \(threads) threads, seed \(index)")
                    first = c
                }
            }
        }
    }

    @Test func anEmptyReductionGivesZeros() {
        var c = poisonedTensor(shape: [3, 5])
        KernelContext(threads: 1).matrixProduct(Tensor(shape: [3, 0]), Tensor(shape: [0, 5]), into: &c)
        #expect(c.values == Array(repeating: 0, count: 15))
        var none = Tensor(shape: [0, 5])
        KernelContext(threads: 1).matrixProduct(Tensor(shape: [0, 2]), Tensor(shape: [2, 5]), into: &none)
        #expect(none.count == 0)
    }

    @Test func everyElementIsOneChainOfFusedMultiplyAdds() {
        var generator = SeededGenerator(seed: 21)
        let a = randomTensor(shape: [14, 700], from: &generator)
        let b = randomTensor(shape: [700, 37], from: &generator)
        var c = poisonedTensor(shape: [14, 37])
        KernelContext(threads: 2).matrixProduct(a, b, into: &c)
        for i in 0..<14 {
            for j in 0..<37 {
                var sum: Float = 0
                for k in 0..<700 { sum.addProduct(a[i * 700 + k], b[k * 37 + j]) }
                #expect(c[i * 37 + j] == sum, "element \(i), \(j)")
            }
        }
    }

    @Test func linearLayersMeetTheDefinitionInAllPasses() {
        let context = KernelContext(threads: 2)
        for (index, size) in Self.sizes.enumerated() {
            var generator = SeededGenerator(seed: UInt64(100 + index))
            let x = randomTensor(shape: [size.m, size.k], from: &generator)
            let w = randomTensor(shape: [size.k, size.n], from: &generator)
            let dy = randomTensor(shape: [size.m, size.n], from: &generator)
            let bias = randomTensor(shape: [size.n], from: &generator)
            let what = "\(size), seed \(100 + index)"

            var y = poisonedTensor(shape: [size.m, 1, 1, size.n])
            context.linear(x.reshaped(to: [size.m, 1, 1, size.k]), weights: w, bias: nil, into: &y)
            check(y.reshaped(to: [size.m, size.n]), x, w, "forward \(what)")
            var biased = poisonedTensor(shape: [size.m, size.n])
            context.linear(x, weights: w, bias: bias, into: &biased)
            var ones = Tensor(shape: [size.m, size.k + 1]), extended = Tensor(shape: [size.k + 1, size.n])
            for i in 0..<size.m {
                for k in 0..<size.k { ones[i * (size.k + 1) + k] = x[i * size.k + k] }
                ones[i * (size.k + 1) + size.k] = 1
            }
            for j in 0..<size.k * size.n { extended[j] = w[j] }
            for j in 0..<size.n { extended[size.k * size.n + j] = bias[j] }
            check(biased, ones, extended, "with bias \(what)")

            var dx = poisonedTensor(shape: [size.m, size.k])
            context.linearDataGradient(dy, weights: w, into: &dx)
            check(dx, dy, transposed(w), "data gradient \(what)")
            var dw = poisonedTensor(shape: [size.k, size.n])
            context.linearWeightGradient(x, outputGradient: dy, into: &dw)
            check(dw, transposed(x), dy, "weight gradient \(what)")
        }
    }

    @Test func aCopyOfTheOutputKeepsItsValues() {
        var c = Tensor(shape: [2, 2], values: [1, 2, 3, 4])
        let before = c
        KernelContext(threads: 1).matrixProduct(before, before, into: &c)
        #expect(before.values == [1, 2, 3, 4])
        #expect(c.values == [7, 10, 15, 22])
    }

    @Test func theBenchmarkReportsWhatItMeasured() throws {
        var now = 0.0
        let benchmark = KernelBenchmark(threads: 1, seconds: 0.01) {
            now += 0.002
            return now
        }
        #expect(benchmark.multiplyAddPeak() > 0)
        let product = benchmark.matrixProduct(m: 10, k: 20, n: 30)
        #expect(product.n == 10 && product.c == 20 && product.k == 30)
        #expect(abs(product.ms - 2) < 1e-9)
        #expect(abs(product.gflops - 0.006) < 1e-9)
        // By this clock everything takes as long: twice the operations are twice the share.
        let share = try #require(product.shareOfPeak), twice = try #require(
            benchmark.matrixProduct(m: 10, k: 20, n: 60).shareOfPeak)
        #expect(share > 0 && abs(twice / share - 2) < 1e-6, "\(share) and \(twice)")
        let geometry = try ConvolutionGeometries.make(height: 4, width: 4, channels: 2, outputs: 2, kernel: (3, 3), padding: 1)
        let rows = benchmark.convolution(geometry, name: "small")
        #expect(rows.map(\.pass) == [.forward, .dataGradient, .weightGradient])
        #expect(rows.allSatisfy { $0.algorithm == "direct" && $0.name == "small" && $0.shareOfPeak == nil })
    }
}
