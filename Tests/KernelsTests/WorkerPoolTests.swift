import Foundation
import Kernels
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 7]) func everyTaskRunsExactlyOnce(threads: Int) {
        let pool = WorkerPool(threads: threads)
        for count in [0, 1, 2, 17, 1000] {
            let total = Atomic<Int>(0)
            let runs = Atomic<Int>(0)
            pool.run(count) { task in
                total.wrappingAdd(task, ordering: .relaxed)
                runs.wrappingAdd(1, ordering: .relaxed)
            }
            #expect(runs.load(ordering: .relaxed) == count, "threads \(threads)")
            #expect(total.load(ordering: .relaxed) == count * (count - 1) / 2, "threads \(threads)")
        }
    }

    /// Many jobs of few tasks, one right after the other: a helper that is late for one must not touch the next.
    @Test(arguments: [2, 3, 7]) func shortJobsInARowDoNotMix(threads: Int) {
        let pool = WorkerPool(threads: threads)
        var places = [Int](repeating: -1, count: 8)
        places.withUnsafeMutableBufferPointer { places in
            nonisolated(unsafe) let places = places
            for job in 0..<20_000 {
                let count = 2 + job % 7
                pool.run(count) { places[$0] = job &* 8 + $0 }
                for task in 0..<count where places[task] != job &* 8 + task {
                    Issue.record("\(threads) threads: job \(job) left \(places[task]) at task \(task)")
                    return
                }
            }
        }
    }

    @Test func helpersWakeUpAfterALongRest() {
        let pool = WorkerPool(threads: 3)
        for _ in 0..<5 {
            let runs = Atomic<Int>(0)
            pool.run(100) { _ in runs.wrappingAdd(1, ordering: .relaxed) }
            #expect(runs.load(ordering: .relaxed) == 100)
            usleep(30_000)
        }
    }

    @Test func scratchMemoryOfEqualCallsDoesNotGrow() {
        let context = KernelContext(threads: 1)
        let input = Tensor(shape: [4, 9, 9, 24])
        let gradient = Tensor(shape: [4, 9, 9, 24])
        var result = Tensor(shape: [4, 9, 9, 24])
        var (scale, shift) = (Tensor(shape: [24]), Tensor(shape: [24]))
        func step() -> Int {
            context.batchNormBackward(
                input, outputGradient: gradient, mean: Tensor(shape: [24]), inverseDeviation: Tensor(shape: [24]),
                scale: Tensor(shape: [24]), into: &result, scaleGradient: &scale, shiftGradient: &shift)
            return context.idleScratch
        }
        let first = step()
        #expect(first > 0)
        for _ in 0..<5 { #expect(step() == first) }
    }
}
