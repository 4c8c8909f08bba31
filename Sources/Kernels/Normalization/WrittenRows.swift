internal import Synchronization

/// A map that is summed while it is written: a batch norm's sums in the epilogue of the convolution that makes the map.
///
/// A convolution reports the rows and channels that each of its tasks has written. Tasks and blocks of sums are cut each by its
/// own rule, so every block counts the floats that it still lacks, and who writes the last of them sums the block, out of its
/// own cache. The blocks, the order of additions in each and the order in which they are put together are those of a pass
/// of its own, so no bit depends on who that is, or when.
struct WrittenRows {
    private let layout: ChannelRows
    /// Floats of each block that are not written yet.
    private let missing: UnsafeMutablePointer<Atomic<Int>>
    private let sum: (Int) -> Void

    /// Calls `write` with what is to be told of the rows that it writes, and then `sum` for the blocks of which it was not told.
    static func sum(
        _ layout: ChannelRows, in context: KernelContext, by sum: @escaping (_ block: Int) -> Void,
        while write: (WrittenRows) -> Void
    ) {
        let blocks = layout.blocks
        context.scratch.borrow(blocks * MemoryLayout<Atomic<Int>>.stride / MemoryLayout<Float>.stride) { room in
            room.withMemoryRebound(to: Atomic<Int>.self, capacity: blocks) { missing in
                for block in 0..<blocks {
                    (missing + block).initialize(to: Atomic(layout.rows(ofBlock: block).count * layout.channels))
                }
                write(WrittenRows(layout: layout, missing: missing, sum: sum))
                func isMissing(_ block: Int) -> Bool { (missing + block).pointee.load(ordering: .acquiring) > 0 }
                if (0..<blocks).contains(where: isMissing) {
                    context.pool.run(blocks, fromLast: true) { if isMissing($0) { sum($0) } }
                }
                missing.deinitialize(count: blocks)
            }
        }
    }

    /// Says that so many of the channels of these rows are written. All channels of a row are told of once.
    func wrote(_ rows: Range<Int>, channels: Int) {
        var from = rows.lowerBound
        while from < rows.upperBound {
            let block = from / layout.rowsPerBlock
            let end = min(rows.upperBound, layout.rows(ofBlock: block).upperBound)
            let left = (missing + block).pointee.wrappingSubtract(
                (end - from) * channels, ordering: .acquiringAndReleasing
            ).newValue
            precondition(left >= 0, "rows \(rows) of a map are written twice")
            if left == 0 { sum(block) }
            from = end
        }
    }
}
