internal import Networks

/// Unit and digits that suit all numbers of a column.
struct NumberFormat: Sendable, Hashable {
    var unit: QuantityText.Unit
    /// `nil`: a whole number with thousands separators.
    var digits: Int?
    /// Differences show a plus where they are not negative.
    var isSigned = false

    /// By what is measured and how large it is.
    init(_ measure: Measure, _ means: [Double]) {
        guard let largest = means.max() else {
            (unit, digits) = (measure.isBetterLarger ? .percent : .one, 2)
            return
        }
        let smallest = means.filter { $0 > 0 }.min() ?? largest
        switch measure.axisFormat {
        case .percent: (unit, digits) = (.percent, 2)
        case .number: (unit, digits) = (.one, 4)
        case .bytes:
            unit = .fitting(largest, in: QuantityText.Unit.bytes)
            digits = unit.size == 1 ? 0 : 2
        case .seconds:
            unit = .fitting(largest, in: QuantityText.Unit.seconds)
            digits = min(
                4,
                max(
                    QuantityText.digits(showing: 3, of: largest / unit.size),
                    QuantityText.digits(showing: 2, of: smallest / unit.size)))
        default:
            (unit, digits) = (.one, nil)
            if measure == .multiplyAdds {
                unit = .fitting(smallest, in: QuantityText.Unit.operations)
                digits = unit == QuantityText.Unit.operations[0] ? nil : 1
            }
        }
    }

    /// Of numbers whose meaning is not known: three digits of the largest, two of the smallest, none behind whole ones.
    init(plain numbers: [Double], isShare: Bool) {
        let finite = numbers.filter { $0.isFinite && $0 != 0 }.map(\.magnitude)
        if isShare {
            (unit, digits) = (.percent, 0)
        } else if finite.allSatisfy({ $0 == $0.rounded() }) {
            (unit, digits) = (.one, 0)
        } else {
            let (largest, smallest) = (finite.max() ?? 1, finite.min() ?? 1)
            unit = .one
            digits = min(
                4,
                max(QuantityText.digits(showing: 3, of: largest), QuantityText.digits(showing: 2, of: smallest)))
        }
    }

    init(unit: QuantityText.Unit, digits: Int?, isSigned: Bool = false) {
        self.unit = unit
        self.digits = digits
        self.isSigned = isSigned
    }

    /// Where seeds differ, the digits that show their typical deviation (the root of the mean of the squares) with two
    /// significant ones: more would be noise, fewer would hide what is known.
    mutating func suit(_ deviations: [Double]) {
        let positive = deviations.filter { $0 > 0 && $0.isFinite }
        guard digits != nil, !positive.isEmpty else { return }
        let typical = (positive.reduce(0) { $0 + $1 * $1 } / Double(positive.count)).squareRoot()
        // A hair more, so that 1 which came out as 0.9999… counts as 1.
        digits = min(6, QuantityText.digits(showing: 2, of: typical / unit.size * (1 + 1e-9)))
    }

    func text(_ value: Double) -> String {
        guard let digits else { return signed(QuantityText.count(value), value) }
        return signed(QuantityText.fixed(value / unit.size, digits), value)
    }

    private func signed(_ text: String, _ value: Double) -> String {
        guard isSigned, value.isFinite else { return text }
        return text.hasPrefix("-") ? "−" + text.dropFirst() : "+" + text
    }
}
