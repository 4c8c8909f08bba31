import Foundation

/// A map from values to places: straight, by logarithms, or both.
struct Projection {
    let lower: Double
    let upper: Double
    /// Where `lower` and `upper` are, in points.
    let start: Double
    let end: Double
    let scale: AxisScale

    /// Beyond the ends the place stays within a million points, so that later arithmetic stays finite.
    func place(_ value: Double) -> Double {
        let share: Double
        switch scale {
        case .log:
            share = value > 0 ? (log10(value) - log10(lower)) / (log10(upper) - log10(lower)) : -1e6
        case .symlog(let threshold):
            let (low, high) = (Projection.symlog(lower, threshold), Projection.symlog(upper, threshold))
            share = (Projection.symlog(value, threshold) - low) / (high - low)
        case .linear, .categorical:
            share = value / (upper - lower) - lower / (upper - lower)
        }
        return max(-1e6, min(1e6, start + share * (end - start)))
    }

    /// The linear part is as long on either side of zero as one decade (Webber, "A bi-symmetric log transformation for
    /// wide-range data", 2012, in its simplest form).
    static func symlog(_ value: Double, _ threshold: Double) -> Double {
        let size = value.magnitude
        // The difference of logarithms and not of the quotient, which may overflow.
        let raised = size <= threshold ? size / threshold : 1 + log10(size) - log10(threshold)
        return value < 0 ? -raised : raised
    }
}
