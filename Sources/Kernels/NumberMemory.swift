#if canImport(Glibc)
    internal import Glibc
#endif

/// Where the numbers of tensors and of kernels' scratch lie.
///
/// Large pieces are asked for in pages of 2 MiB: convolutions walk over many rows at once, each in a page of its own, and
/// the processor keeps the places of some thousand pages only. Small pages also lie anywhere in the machine's memory, so that
/// some of a map's rows share the same few places of a cache in one run and not in the next.
enum NumberMemory {
    static let alignment = 64
    /// What a large page holds. Smaller pieces would waste most of one.
    private static let largePage = 1 << 21

    /// Floats of any value, 64-byte aligned. To be given back by `deallocate`.
    static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        let isLarge = bytes >= largePage
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? largePage : alignment)
        #if canImport(Glibc)
            // Only advice: a system without large pages says no, and all is as it would have been.
            if isLarge { _ = madvise(memory, bytes, MADV_HUGEPAGE) }
        #endif
        return memory.bindMemory(to: Float.self, capacity: max(count, 1))
    }

    /// Whether so many floats that are read together are more than the second caches keep for them, so that loops had better
    /// ask ahead: half of two caches of 1 MiB.
    static func outgrowsCaches(_ count: Int) -> Bool { count * MemoryLayout<Float>.stride > 1 << 20 }

    static func deallocate(_ elements: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(elements).deallocate() }
}
