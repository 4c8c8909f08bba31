import Datasets
import Foundation
import Kernels
import Testing

@Suite struct DeterministicMathTests {
    @Test func exponentialIsWithin1e15OfTheSystems() {
        var generator = SeededGenerator(seed: 1)
        var worst = (error: 0.0, at: 0.0)
        for index in 0..<200_000 {
            let x = index % 2 == 0 ? generator.uniform(-690, 709) : generator.uniform(-1, 1)
            let expected = Foundation.exp(x)
            let error = (DeterministicMath.exp(x) - expected).magnitude / expected
            if error > worst.error { worst = (error, x) }
        }
        #expect(worst.error < 1e-15, "relative error \(worst.error) at \(worst.at)")
    }

    @Test func exponentialAtItsEdges() {
        #expect(DeterministicMath.exp(0) == 1)
        #expect(DeterministicMath.exp(-0.0) == 1)
        #expect((DeterministicMath.exp(1) - 2.718281828459045).magnitude <= 2.718281828459045.ulp)
        #expect(DeterministicMath.exp(710) == .infinity)
        #expect(DeterministicMath.exp(.infinity) == .infinity)
        #expect(DeterministicMath.exp(-746) == 0)
        #expect(DeterministicMath.exp(-.infinity) == 0)
        #expect(DeterministicMath.exp(.nan).isNaN)
        #expect(DeterministicMath.exp(709.782712893384).isFinite)
        for x in [-709.0, -720, -740, -745] {
            let (actual, expected) = (DeterministicMath.exp(x), Foundation.exp(x))
            #expect((actual - expected).magnitude <= expected.ulp, "\(x): \(actual) and \(expected)")
        }
    }

    @Test func logarithmIsWithin1e15OfTheSystems() {
        var generator = SeededGenerator(seed: 2)
        var worst = (error: 0.0, at: 0.0)
        for index in 0..<200_000 {
            let x =
                switch index % 3 {
                case 0: Foundation.exp(generator.uniform(-700, 700))
                case 1: generator.uniform(0.5, 2)
                default: 1 + generator.uniform(-1e-4, 1e-4)
                }
            let expected = Foundation.log(x)
            if expected == 0 { continue }
            let error = ((DeterministicMath.log(x) - expected) / expected).magnitude
            if error > worst.error { worst = (error, x) }
        }
        #expect(worst.error < 1e-15, "relative error \(worst.error) at \(worst.at)")
    }

    @Test func logarithmAtItsEdges() {
        #expect(DeterministicMath.log(1) == 0)
        #expect(DeterministicMath.log(0) == -.infinity)
        #expect(DeterministicMath.log(-0.0) == -.infinity)
        #expect(DeterministicMath.log(-1).isNaN)
        #expect(DeterministicMath.log(.nan).isNaN)
        #expect(DeterministicMath.log(.infinity) == .infinity)
        for x in [Double.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude] {
            let (actual, expected) = (DeterministicMath.log(x), Foundation.log(x))
            #expect((actual - expected).magnitude <= expected.ulp, "\(x): \(actual) and \(expected)")
        }
    }

    @Test func cosineIsWithin1e15OfTheSystems() {
        var generator = SeededGenerator(seed: 3)
        var worst = (error: 0.0, at: 0.0)
        for index in 0..<200_000 {
            let range = index % 2 == 0 ? 7.0 : 0x1p20
            let x = generator.uniform(-range, range)
            let error = (DeterministicMath.cos(x) - Foundation.cos(x)).magnitude
            if error > worst.error { worst = (error, x) }
        }
        #expect(worst.error < 1e-15, "error \(worst.error) at \(worst.at)")
    }

    @Test func cosineAtItsEdges() {
        #expect(DeterministicMath.cos(0) == 1)
        #expect(DeterministicMath.cos(.pi) == -1)
        #expect(DeterministicMath.cos(.pi / 3) == 0.5000000000000001)
        #expect(DeterministicMath.cos(.pi / 2).magnitude < 1e-16)
        #expect(DeterministicMath.cos(.infinity).isNaN)
        #expect(DeterministicMath.cos(.nan).isNaN)
    }

    /// The published bits: a change of any of them changes results on every machine.
    @Test func bitsArePinned() {
        var (hash, generator) = (UInt64(0xcbf2_9ce4_8422_2325), SeededGenerator(seed: 4))
        for _ in 0..<10_000 {
            let x = generator.uniform(-50, 50)
            for value in [DeterministicMath.exp(x), DeterministicMath.log(x.magnitude), DeterministicMath.cos(x)] {
                hash = (hash ^ value.bitPattern) &* 0x100_0000_01b3
            }
        }
        #expect(hash == 0xeebf_cb7b_3a07_44bd, "\(String(hash, radix: 16))")
    }
}
