import Foundation

/// Where the bins of histograms are and what they hold.
package enum HistogramBins {
    /// Of equal width. The rule of Freedman and Diaconis ("On the histogram as a density estimator", 1981) gives the
    /// wanted number, at most 80; extended Wilkinson ticks give round ends near it. `sorted` is not empty.
    package static func edges(_ sorted: [Double], range: ClosedRange<Double>?, bins: Int?, integer: Bool) -> [Double] {
        var (lower, upper) = (sorted[0], sorted[sorted.count - 1])
        if let range, range.lowerBound.isFinite, range.upperBound.isFinite, range.lowerBound < range.upperBound {
            (lower, upper) = (range.lowerBound, range.upperBound)
        }
        if upper - lower <= max(lower.magnitude, upper.magnitude) * 1e-11 || upper - lower < 1e-290 {
            let half = max(lower.magnitude * 0.05, integer ? 0.5 : lower == 0 ? 0.5 : 1e-290)
            (lower, upper) = (lower - half, upper + half)
        } else if integer, range == nil, bins == nil, upper - lower <= 80 {
            // Whole numbers: a bin around each.
            (lower, upper) = (lower.rounded() - 0.5, upper.rounded() + 0.5)
            return stride(from: lower, through: upper, by: 1).map { $0 }
        }
        if let bins { return even(lower, upper, bins) }
        let spread = BoxSummary.quantile(0.75, ofSorted: sorted) - BoxSummary.quantile(0.25, ofSorted: sorted)
        let width = 2 * spread / pow(Double(sorted.count), 1.0 / 3)
        let sturges = log2(Double(sorted.count)).rounded(.up) + 1
        let wanted = Int(max(1, min(80, width > 0 ? ((upper - lower) / width).rounded(.up) : sturges)))
        if range != nil { return even(lower, upper, wanted) }
        let ticks = ExtendedWilkinson.ticks(from: lower, to: upper, target: max(3, wanted + 1))
        guard ticks.count > 1, let first = ticks.first, let last = ticks.last else { return even(lower, upper, wanted) }
        let step = ticks[1] - ticks[0]
        let (before, after) = (((first - lower) / step).rounded(.up), ((upper - last) / step).rounded(.up))
        let count = ticks.count - 1 + Int(max(0, before)) + Int(max(0, after))
        guard count <= 200 else { return even(lower, upper, wanted) }
        let start = first - max(0, before) * step
        return (0...count).map { start + Double($0) * step }
    }

    private static func even(_ lower: Double, _ upper: Double, _ bins: Int) -> [Double] {
        (0...bins).map { $0 == bins ? upper : lower + (upper / Double(bins) - lower / Double(bins)) * Double($0) }
    }

    /// Each bin holds its lower end, the last one both.
    package static func counts(_ values: [Double], _ edges: [Double]) -> [Int] {
        var counts = Array(repeating: 0, count: edges.count - 1)
        guard let first = edges.first, let last = edges.last, last > first else { return counts }
        for value in values where value >= first && value <= last {
            let share = value / (last - first) - first / (last - first)
            var bin = max(0, min(counts.count - 1, Int(share * Double(counts.count))))
            // The quotient may be off by a rounding: the edges decide.
            if value < edges[bin], bin > 0 { bin -= 1 }
            if value >= edges[bin + 1], bin + 1 < counts.count { bin += 1 }
            counts[bin] += 1
        }
        return counts
    }
}
