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
        guard powers.count > wanted || powers.count < 2 else { return powers }
        if powers.count < 2 { return fine }
        let stride = (powers.count + wanted - 1) / wanted
        // Counted from 10^0, so that neighbouring figures show the same powers.
        let kept = (first...last).filter { $0 % stride == 0 }.map { Decimal.scaled(1, by: $0) }.filter(inside.contains)
        return kept.count >= 2 ? kept : [powers[0], powers[powers.count - 1]]
    }
}
