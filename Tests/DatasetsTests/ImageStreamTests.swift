import Datasets
import Foundation
import Synchronization
import Testing

/// Batches that are read ahead.
@Suite struct ImageStreamTests {
    /// One byte an image, its number; counts the batches asked for, and fails at one of them.
    struct Counting: ImageSource {
        final class Count: Sendable { let batches = Mutex(0) }
        let count = Count()
        var failing: Int?
        var height: Int { 1 }
        var width: Int { 1 }
        var channels: Int { 1 }
        var labels: [Int32] { [Int32](repeating: 0, count: 200) }
        var classNames: [String] { ["a", "b"] }

        func pixels(of indices: [Int], threads: Int) throws(DatasetError) -> [UInt8] {
            count.batches.withLock { $0 += 1 }
            if let failing, indices.contains(failing) { throw .limitNotPositive(found: failing) }
            return indices.map { UInt8($0) }
        }
        func prefix(_ limit: Int?) -> Counting { self }
        func forEachContentBytes(_ body: (UnsafeRawBufferPointer) -> Void) {}
    }

    @Test(arguments: [1, 2, 5, 100]) func batchesComeInOrderAndNoMoreThanTheLookAheadWait(lookAhead: Int) throws {
        let source = Counting()
        let batches = (0..<20).map { [$0, $0 + 100] }
        let stream = ImageStream(source, batches: batches, lookAhead: lookAhead)
        for (number, batch) in batches.enumerated() {
            // Those taken, those that wait, and the one that waits for room.
            #expect(source.count.batches.withLock { $0 } <= number + lookAhead + 1)
            #expect(try stream.next() == batch.map { UInt8($0) })
        }
        #expect(try stream.next() == nil)
        #expect(try stream.next() == nil)
    }

    @Test func aFailureComesInItsPlaceAndStays() throws {
        let stream = ImageStream(Counting(failing: 7), batches: (0..<20).map { [$0] }, lookAhead: 3)
        for number in 0..<7 { #expect(try stream.next() == [UInt8(number)]) }
        for _ in 0..<2 {
            #expect(throws: DatasetError.limitNotPositive(found: 7)) { try stream.next() }
        }
    }

    @Test func aStreamThatIsLeftReadsNoFurther() throws {
        let source = Counting()
        do {
            let stream = ImageStream(source, batches: (0..<100).map { [$0] }, lookAhead: 2)
            _ = try stream.next()
        }
        // The thread was stopped where it waited for room; nothing tells when, so the last state is looked at twice.
        usleep(50_000)
        let early = source.count.batches.withLock { $0 }
        usleep(50_000)
        #expect(source.count.batches.withLock { $0 } == early)
        #expect(early <= 5)
    }
}
