import Foundation

/// The values an axis spans, before it is known how long it is.
struct ValueDomain {
    var lower: Double
    var upper: Double
    /// The figure gave the ends: they are kept to the digit.
    var isFixed: Bool
    /// A tick a little beyond the data may become the end of the axis.
    var growsToTicks: Bool
    /// Ticks beyond these make no sense: no share above 100% where all are below, nothing below zero where nothing is.
    var sensible: ClosedRange<Double>

    /// Forbids ticks beyond the ends.
    mutating func keepTicksInside(lower keepsLower: Bool, upper keepsUpper: Bool) {
        let low = keepsLower ? max(sensible.lowerBound, lower) : sensible.lowerBound
        let high = keepsUpper ? min(sensible.upperBound, upper) : sensible.upperBound
        sensible = min(low, high)...high
    }

    /// Spans what the other spans too.
    mutating func join(_ other: ValueDomain) {
        (lower, upper) = (min(lower, other.lower), max(upper, other.upper))
        (isFixed, growsToTicks) = (isFixed || other.isFixed, growsToTicks && other.growsToTicks)
        sensible =
            min(sensible.lowerBound, other.sensible.lowerBound)...max(sensible.upperBound, other.sensible.upperBound)
    }

    /// Beyond this, differences of values overflow.
    static let limit = 1e300

    /// For finite values `lowest...highest` (positive on a logarithmic axis). `startsAtZero` includes zero always;
    /// otherwise it is included on linear axes where that costs less than a quarter of the length. `keepsTight`: the
    /// axis ends where the data end.
    init(
        lowest: Double, highest: Double, axis: Axis, name: AxisName, startsAtZero: Bool = false,
        keepsTight: Bool = false
    ) throws(FigureError) {
        let logarithmic = axis.scale == .log
        if case .symlog(let threshold) = axis.scale {
            guard threshold.isFinite, (1e-290...1e290).contains(threshold) else {
                throw .badThreshold(name, found: threshold)
            }
        }
        if let range = axis.range {
            guard range.lowerBound.isFinite, range.upperBound.isFinite, range.lowerBound < range.upperBound,
                !logarithmic || range.lowerBound > 0
            else { throw .badRange(name, lower: range.lowerBound, upper: range.upperBound) }
            for bound in [range.lowerBound, range.upperBound] where bound.magnitude > ValueDomain.limit {
                throw .valueTooLarge(name, found: bound, limit: ValueDomain.limit)
            }
            (lower, upper, isFixed, growsToTicks) = (range.lowerBound, range.upperBound, true, false)
            sensible = -Double.infinity...Double.infinity
            return
        }
        for value in [lowest, highest] where value.magnitude > ValueDomain.limit {
            throw .valueTooLarge(name, found: value, limit: ValueDomain.limit)
        }
        (lower, upper, isFixed, growsToTicks) = (lowest, highest, false, !keepsTight)
        sensible =
            (lowest >= 0 ? 0 : -Double.infinity)...(axis.format == .percent && highest <= 1 ? 1 : Double.infinity)
        if logarithmic {
            if upper / lower < 1.02 { (lower, upper) = (lower / 2, upper * 2) }
            return
        }
        if startsAtZero || (!keepsTight && lowest > 0 && lowest < 0.25 * highest) { lower = min(lower, 0) }
        if startsAtZero { upper = max(upper, 0) }
        let size = max(lower.magnitude, upper.magnitude)
        if upper - lower <= size * 1e-11 || upper - lower < 1e-290 {
            let step = axis.format == .integer ? max(0.5, size * 1e-6) : size < 1e-290 ? 1 : size * 0.05
            (lower, upper) = size < 1e-290 && axis.format != .integer ? (0, 1) : (lower - step, upper + step)
            if axis.format != .integer { upper = min(upper, sensible.upperBound) }
        }
    }
}
