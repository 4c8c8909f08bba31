import Kernels

extension Schedule {
    /// The factor of the optimizer's learning rate at step `step` of `totalSteps`, both counted from 0.
    ///
    /// With t = step / totalSteps:
    /// * `step(at:factor:)`: factor to the power of how many of `at` are ≤ t.
    /// * `cosine(warmUp:floor:)`: over the first w = warmUp · totalSteps steps (step + 1) / w, at most 1; then
    ///   floor + (1 - floor) (1 + cos πp) / 2 with p = (step - w) / (totalSteps - w) (Loshchilov, Hutter 2016).
    /// * `oneCycle(rise:start:end:)`: with r = rise · totalSteps, from 1/start by half a cosine to 1 at r, then by
    ///   half a cosine towards 1/end (Smith 2018, cosine form).
    ///
    /// Double arithmetic and the deterministic cosine only: the same bits everywhere.
    public func factor(step: Int, of totalSteps: Int) -> Double {
        let total = Double(totalSteps)
        let now = Double(step)
        switch self {
        case .constant:
            return 1
        case .step(let fractions, let factor):
            return fractions.filter { now >= $0 * total }.reduce(1) { product, _ in product * factor }
        case .cosine(let warmUp, let floor):
            let rising = warmUp * total
            if now < rising { return min(1, (now + 1) / rising) }
            return Self.halfCosine(from: 1, to: floor, progress: (now - rising) / (total - rising))
        case .oneCycle(let rise, let start, let end):
            let top = rise * total
            if now < top { return Self.halfCosine(from: 1 / start, to: 1, progress: now / top) }
            return Self.halfCosine(from: 1, to: 1 / end, progress: (now - top) / (total - top))
        }
    }

    /// `from` at progress 0, `to` at progress 1, flat at both.
    private static func halfCosine(from: Double, to: Double, progress: Double) -> Double {
        to + (from - to) * (0.5 * (1 + DeterministicMath.cos(Double.pi * progress)))
    }
}
