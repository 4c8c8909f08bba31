/// Where the tensors of a step lie in one allocation, so that those which are never in use at the same time share memory.
///
/// Goals, in this order: no two tensors overlap while both are in use; a total near the lower bound; a plan that depends
/// on nothing but sizes and uses. Tensors are placed one after the other, each at the lowest place that is free for as
/// long as it is in use (first fit). The order decides how good that is: largest first is best for most networks, and
/// the others tried are better for some.
package struct MemoryPlan: Hashable, Sendable {
    /// The memory of one tensor.
    package struct Region: Hashable, Sendable {
        /// Floats from the start of the allocation; a multiple of `alignment`.
        package var offset: Int
        /// Floats, rounded up to a multiple of `alignment`.
        package let count: Int
        /// The instructions from the first that touches the tensor to the last, both counted.
        package let uses: ClosedRange<Int>
    }

    /// In the order of the tensors.
    package let regions: [Region]
    /// Floats of the allocation.
    package let total: Int
    /// The most floats that are in use at once: no plan needs fewer.
    package let lowerBound: Int

    /// Floats of a cache line of 64 bytes.
    package static let alignment = 16

    /// Plans tensors of `counts` floats that are in use during `uses`.
    ///
    /// Takes time in proportion to the square of the number of tensors: some milliseconds for a thousand.
    package init(counts: [Int], uses: [ClosedRange<Int>]) {
        precondition(counts.count == uses.count, "\(counts.count) sizes of tensors and \(uses.count) uses")
        let regions = zip(counts, uses).map { count, uses in
            Region(offset: 0, count: Self.rounded(count), uses: uses)
        }
        let lowerBound = Self.mostInUse(regions)
        var best = Self.place(regions, in: Array(regions.indices))
        for order in Self.orders(regions) where best.total > lowerBound {
            let placed = Self.place(regions, in: order)
            if placed.total < best.total { best = placed }
        }
        (self.regions, total) = best
        self.lowerBound = lowerBound
    }

    /// Tensors in use during an instruction.
    package func inUse(at instruction: Int) -> [Int] {
        regions.indices.filter { regions[$0].uses.contains(instruction) }
    }

    private static func rounded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }

    /// Orders in which placing may go well; ties are broken by number, so that they are the same everywhere.
    private static func orders(_ regions: [Region]) -> [[Int]] {
        func sorted(_ key: (Region) -> (Int, Int)) -> [Int] {
            let keys = regions.map(key)
            return regions.indices.sorted { (keys[$1].0, keys[$1].1, $0) < (keys[$0].0, keys[$0].1, $1) }
        }
        return [
            sorted { ($0.count, $0.uses.count) },
            sorted { ($0.uses.count, $0.count) },
            sorted { ($0.count * $0.uses.count, $0.count) },
            sorted { (-$0.uses.lowerBound, $0.count) },
            sorted { ($0.uses.upperBound, $0.count) },
        ]
    }

    private static func place(_ regions: [Region], in order: [Int]) -> (regions: [Region], total: Int) {
        var regions = regions
        // Those that are placed, by offset.
        var placed: [Int] = []
        placed.reserveCapacity(regions.count)
        var total = 0
        for index in order {
            let region = regions[index]
            var offset = 0
            for other in placed where regions[other].uses.overlaps(region.uses) {
                if regions[other].offset >= offset + region.count { break }
                offset = max(offset, regions[other].offset + regions[other].count)
            }
            regions[index].offset = offset
            total = max(total, offset + region.count)
            placed.insert(index, at: placed.firstIndex { regions[$0].offset > offset } ?? placed.count)
        }
        return (regions, total)
    }

    private static func mostInUse(_ regions: [Region]) -> Int {
        var changes: [Int: Int] = [:]
        for region in regions {
            changes[region.uses.lowerBound, default: 0] += region.count
            changes[region.uses.upperBound + 1, default: 0] -= region.count
        }
        var (now, most) = (0, 0)
        for instruction in changes.keys.sorted() {
            now += changes[instruction] ?? 0
            most = max(most, now)
        }
        return most
    }
}
