import Kernels
import Testing

@Suite("Limits of the machine")
struct MachineLimitsTests {
    @Test("The slower of arithmetic and memory sets the least time")
    func leastTime() {
        let limits = MachineLimits(gflops: 100, gigabytesPerSecond: 10)
        #expect(limits.seconds(operations: 1e9, bytes: 1e6) == 0.01)
        #expect(limits.seconds(operations: 1e6, bytes: 1e9) == 0.1)
        #expect(limits.seconds(operations: 0, bytes: 0) == 0)
    }

    @Test("Both rates are measured on every instruction set, and the clock decides them")
    func measured() {
        for set in InstructionSet.available {
            var time = 0.0
            // Each run takes one second by this clock.
            let limits = MachineLimits.measure(instructionSet: set, threads: 2, seconds: 1) {
                time += 1
                return time
            }
            #expect(limits.gigabytesPerSecond == 3.0 * 4 * Double(16 << 20) / 1e9, "\(set)")
            #expect(limits.gflops > 0, "\(set)")
        }
    }
}
