internal import Synchronization

/// Memory that kernels borrow for the length of one call, kept for the next one.
///
/// Fresh memory costs a page fault every 4 KiB, more than many layers' arithmetic. Buffers come in sizes that grow by
/// a quarter at most; each size has its own shelf, so that taking one and giving it back is a look at the top.
final class ScratchArena: Sendable {
    private let shelves = Mutex<[[ScratchBuffer]]>(Array(repeating: [], count: ScratchArena.sizes))
    /// What calls that need no room are given: many tasks of products do not.
    private let nothing = ScratchBuffer(size: 0)
    /// Every size up to the whole address space.
    private static let sizes = 4 * 48
    /// A buffer may be this many sizes larger than what is asked for: about twice as large.
    private static let reach = 4

    /// Calls `body` with room for `count` floats of any value, 64-byte aligned.
    func borrow<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        if count == 0 { return body(nothing.elements) }
        let buffer = take(count)
        defer { shelves.withLock { $0[buffer.size].append(buffer) } }
        return body(buffer.elements)
    }

    /// Floats in all buffers that are not borrowed.
    var idleCount: Int {
        shelves.withLock { shelves in
            shelves.enumerated().reduce(0) { $0 + $1.element.count * ScratchArena.count(ofSize: $1.offset) }
        }
    }

    private func take(_ count: Int) -> ScratchBuffer {
        let size = ScratchArena.size(holding: count)
        let found: ScratchBuffer? = shelves.withLock { shelves in
            for shelf in size..<min(size + ScratchArena.reach, ScratchArena.sizes) {
                if let buffer = shelves[shelf].popLast() { return buffer }
            }
            return nil
        }
        return found ?? ScratchBuffer(size: size)
    }

    /// 1024, 1280, 1536, 1792, 2048, 2560… floats.
    fileprivate static func count(ofSize size: Int) -> Int { (4 + size % 4) << (8 + size / 4) }

    /// The smallest size of at least `count` floats.
    private static func size(holding count: Int) -> Int {
        let wanted = max(count, 1024)
        let octave = Int.bitWidth - 1 - wanted.leadingZeroBitCount - 10
        var size = 4 * octave
        while ScratchArena.count(ofSize: size) < wanted { size += 1 }
        precondition(size < sizes, "scratch memory of \(count) floats")
        return size
    }

    deinit {
        shelves.withLock { shelves in
            nothing.deallocate()
            for shelf in shelves { shelf.forEach { $0.deallocate() } }
        }
    }
}

/// Has one owner at a time: the arena, or the borrower.
private struct ScratchBuffer: @unchecked Sendable {
    let elements: UnsafeMutablePointer<Float>
    let size: Int

    init(size: Int) {
        self.size = size
        elements = NumberMemory.allocate(ScratchArena.count(ofSize: size))
    }

    func deallocate() { NumberMemory.deallocate(elements) }
}
