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
}
