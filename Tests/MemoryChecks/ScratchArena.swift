/// Stands in for the arena of `Kernels` in `scripts/check-memory`: every loan is memory of its own, exactly as long as was
/// asked for and never written before, so that a checker sees what steps out of it and what reads it too early.
final class ScratchArena: Sendable {
    /// Calls `body` with room for `count` floats of any value, 64-byte aligned.
    func borrow<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
        defer { memory.deallocate() }
        return body(memory.bindMemory(to: Float.self, capacity: count))
    }

    /// Floats in all buffers that are not borrowed.
    var idleCount: Int { 0 }
}
