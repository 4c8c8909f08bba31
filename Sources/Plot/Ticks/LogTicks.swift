import Foundation

/// Places for ticks on a logarithmic axis: 1-2-5 in each decade while they are few, else powers of ten, else every
/// second, third… power.
package enum LogTicks {
    /// Ticks from `lower` to `upper` (both positive), at most about `target`. A range of less than a decade where
    /// 1-2-5 gives fewer than three gets the ticks of a linear axis.
    package static func ticks(from lower: Double, to upper: Double, target: Int) -> [Double] {
        guard lower > 0, upper > lower, upper.isFinite else { return [] }
        let (first, last) = (Int(log10(lower).rounded(.down)), Int(log10(upper).rounded(.up)))
        let inside = (lower * (1 - 1e-9))...(upper * (1 + 1e-9))
        let wanted = max(2, target)

        func sequence(_ mantissas: [Double]) -> [Double] {
            (first...last).flatMap { power in mantissas.map { Decimal.scaled($0, by: power) } }
                .filter(inside.contains)
        }
        let fine = sequence([1, 2, 5])
        if fine.count < 3 {
            let linear = ExtendedWilkinson.ticks(from: lower, to: upper, target: min(wanted, 5))
                .filter(inside.contains)
            return linear.count > fine.count ? linear : fine
        }
        if fine.count <= wanted { return fine }
        let powers = sequence([1])
        // Two powers alone leave most of the axis to guesses.
        let coarse = sequence([1, 3])
        if powers.count < 3, coarse.count >= 3, coarse.count <= wanted { return coarse }
        guard powers.count > wanted || powers.count < 2 else { return powers }
        if powers.count < 2 { return fine }
        let stride = (powers.count + wanted - 1) / wanted
        // Counted from 10^0, so that neighbouring figures show the same powers.
        let kept = (first...last).filter { $0 % stride == 0 }.map { Decimal.scaled(1, by: $0) }.filter(inside.contains)
        return kept.count >= 2 ? kept : [powers[0], powers[powers.count - 1]]
    }

    /// Places between the ticks that show the reader where in a decade they are: 2 to 9 times each power of ten. Empty
    /// over more than four decades, where they would be a blur.
    static func between(_ lower: Double, _ upper: Double) -> [Double] {
        guard lower > 0, upper > lower, log10(upper) - log10(lower) <= 4 else { return [] }
        let powers = Int(log10(lower).rounded(.down))...Int(log10(upper).rounded(.up))
        return powers.flatMap { power in (1...9).map { Decimal.scaled(Double($0), by: power) } }
            .filter { $0 >= lower && $0 <= upper }
    }

    /// Ticks of an axis that is linear from `-threshold` to `threshold` and has decades beyond: zero, and powers of ten
    /// on both sides. Within the linear part or on one side of it alone those of a linear or logarithmic axis.
    package static func symmetric(from lower: Double, to upper: Double, threshold: Double, target: Int) -> [Double] {
        if lower >= threshold { return ticks(from: lower, to: upper, target: target) }
        if upper <= -threshold { return ticks(from: -upper, to: -lower, target: target).map { -$0 }.reversed() }
        if lower >= -threshold, upper <= threshold {
            return ExtendedWilkinson.ticks(from: lower, to: upper, target: target)
        }
        let largest = max(lower.magnitude, upper.magnitude)
        let first = Int((log10(threshold) - 1e-9).rounded(.up))
        let last = max(first, Int(log10(largest * (1 + 1e-9)).rounded(.down)))
        let sides = (lower < -threshold ? 1 : 0) + (upper > threshold ? 1 : 0)
        let room = max(1, (max(2, target) - 1) / sides)
        let step = max(1, (last - first + room) / room)
        let powers = stride(from: last, through: first, by: -step).map { Decimal.scaled(1, by: $0) }.reversed()
        let all = powers.reversed().map { -$0 } + [0] + powers
        return all.filter { $0 >= lower * (lower < 0 ? 1 + 1e-9 : 1 - 1e-9) && $0 <= upper * (1 + 1e-9) }
    }
}
