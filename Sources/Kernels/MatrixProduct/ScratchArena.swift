internal import Synchronization

/// Memory that kernels borrow for the length of one call, kept for the next one.
///
/// Fresh memory costs a page fault every 4 KiB, more than many layers' arithmetic.
final class ScratchArena: Sendable {
    private let idle = Mutex<[ScratchBuffer]>([])
    /// As many buffers are kept as a few threads' tasks and one call's operands need.
    private static let kept = 48

    /// Calls `body` with room for `count` floats of any value, 64-byte aligned.
    func borrow<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        let buffer = take(count)
        defer { giveBack(buffer) }
        return body(buffer.elements)
    }

    private func take(_ count: Int) -> ScratchBuffer {
        let found: ScratchBuffer? = idle.withLock { buffers in
            var best: Int?
            for (index, buffer) in buffers.enumerated() where buffer.count >= count {
                // A much larger buffer stays for those who need it.
                if buffer.count / 4 > max(count, 1024) { continue }
                if let known = best, buffers[known].count <= buffer.count { continue }
                best = index
            }
            return best.map { buffers.remove(at: $0) }
        }
        return found ?? ScratchBuffer(count: count)
    }

    private func giveBack(_ buffer: ScratchBuffer) {
        let surplus: ScratchBuffer? = idle.withLock { buffers in
            buffers.append(buffer)
            return buffers.count > Self.kept ? buffers.removeFirst() : nil
        }
        surplus?.deallocate()
    }

    deinit {
        idle.withLock { buffers in buffers.forEach { $0.deallocate() } }
    }
}

/// Has one owner at a time: the arena, or the borrower.
private struct ScratchBuffer: @unchecked Sendable {
    let elements: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        // Sizes of neighbouring layers differ a little: round up, so that they share.
        self.count = max(1024, (count + count / 8 + 1023) / 1024 * 1024)
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: self.count * MemoryLayout<Float>.stride, alignment: 64)
        elements = memory.bindMemory(to: Float.self, capacity: self.count)
    }

    func deallocate() { UnsafeMutableRawPointer(elements).deallocate() }
}
