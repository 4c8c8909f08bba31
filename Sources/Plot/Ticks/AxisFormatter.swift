import Foundation

/// Writes the values of one axis: chooses a unit or prefix for all of them, and as many digits as tell the ticks
/// apart, the same number on every label.
package struct AxisFormatter {
    private enum Notation: Hashable {
        /// Divided by a factor, then a suffix on each label.
        case plain(suffix: String)
        /// Each label with its own unit: values that span many decades.
        case ownUnit
        case scientific
    }

    /// Ticks are chosen on values divided by this: 90 s is a fine tick, 1.5 min is the finer one.
    let factor: Double
    /// The axis title with its unit in brackets; empty for none.
    package let title: String
    private let notation: Notation
    private let format: AxisFormat
    private let logarithmic: Bool

    /// For values from `lower` to `upper`.
    package init(axis: Axis, lower: Double, upper: Double) {
        format = axis.format
        let largest = max(lower.magnitude, upper.magnitude)
        let smallest: Double
        switch axis.scale {
        case .log: (logarithmic, smallest) = (true, lower)
        case .symlog(let threshold): (logarithmic, smallest) = (true, min(threshold, largest))
        case .linear, .categorical: (logarithmic, smallest) = (false, largest)
        }
        let decades = logarithmic && smallest > 0 ? log10(largest) - log10(smallest) : 0
        var unit = axis.unit.flatMap { $0.isEmpty ? nil : $0 }
        switch axis.format {
        case .percent:
            // Shares beyond a million are no shares; hundreds of digits would fit no axis.
            (factor, notation, unit) = largest < 1e6 ? (0.01, .plain(suffix: "%"), nil) : (1, .scientific, nil)
        case .seconds, .bytes:
            let units = axis.format == .seconds ? AxisFormatter.seconds : AxisFormatter.bytes
            let chosen = AxisFormatter.unit(for: largest, in: units)
            if logarithmic, decades > 3 {
                (factor, notation, unit) = (1, .ownUnit, nil)
            } else if largest > 0, largest < chosen.size * 1e-3 || largest >= chosen.size * 1e6 {
                (factor, notation, unit) = (1, .scientific, axis.format == .seconds ? "s" : "B")
            } else {
                let suffix = axis.title.isEmpty ? " " + chosen.name : ""
                (factor, notation, unit) = (chosen.size, .plain(suffix: suffix), chosen.name)
            }
        case .number, .integer:
            if largest > 0, largest >= 1e15 || smallest < (logarithmic ? 1e-4 : 1e-3) && axis.format == .number {
                (factor, notation) = (1, .scientific)
            } else if logarithmic {
                (factor, notation) = (1, largest >= 1e4 ? .ownUnit : .plain(suffix: ""))
            } else {
                let chosen =
                    largest < 1e4
                    ? AxisFormatter.one : AxisFormatter.unit(for: largest, in: AxisFormatter.prefixes)
                (factor, notation) = (chosen.size, .plain(suffix: chosen.name))
            }
        }
        title = axis.title.isEmpty || unit == nil ? axis.title : "\(axis.title) (\(unit ?? ""))"
    }

    /// Labels of ticks, in the axis's own values.
    package func labels(_ ticks: [Double]) -> [String] {
        let gaps = zip(ticks, ticks.dropFirst()).map { ($1 - $0).magnitude }
        switch notation {
        case .plain(let suffix):
            if logarithmic {
                return ticks.map { value in
                    let scaled = value / factor
                    return Decimal.fixed(scaled, decimals: Decimal.places([scaled], unit: scaled.magnitude)) + suffix
                }
            }
            let scaled = ticks.map { $0 / factor }
            let unit = (gaps.min() ?? ticks.first?.magnitude ?? 1) / factor
            let places = Decimal.places(scaled, unit: unit)
            // No "0k": a zero needs no prefix.
            let isPrefix = AxisFormatter.prefixes.contains { $0.name == suffix }
            return scaled.map { value in
                Decimal.fixed(value, decimals: places) + (value == 0 && isPrefix ? "" : suffix)
            }
        case .ownUnit:
            return ticks.map(ownUnit)
        case .scientific:
            let unit = gaps.min() ?? ticks.first?.magnitude ?? 1
            let places =
                ticks.map { value -> Int in
                    let (mantissa, exponent) = Decimal.scientific(value)
                    return Decimal.places(
                        [mantissa], unit: logarithmic ? 1 : Decimal.scaled(unit, by: -exponent), limit: 9)
                }.max() ?? 0
            return ticks.map { scientific($0, places: logarithmic ? 0 : places) }
        }
    }

    /// Labels of measured values (not ticks): about three digits, the same number after the point for all.
    package func valueLabels(_ values: [Double]) -> [String] {
        switch notation {
        case .plain(let suffix):
            let scaled = values.map { $0 / factor }
            let sizes = scaled.map(\.magnitude).filter { $0 > 0 }
            guard let largest = sizes.max(), let smallest = sizes.min() else {
                return scaled.map { Decimal.fixed($0, decimals: 0) + suffix }
            }
            let whole = sizes.allSatisfy { $0 == $0.rounded() && $0 < 1e6 }
            func places(_ value: Double, digits: Int) -> Int { digits - 1 - Int(log10(value).rounded(.down)) }
            let wanted = max(places(largest, digits: 3), min(places(smallest, digits: 2), places(largest, digits: 4)))
            let decimals = whole ? 0 : max(0, min(wanted, format == .percent ? 1 : 6))
            return scaled.map { Decimal.fixed($0, decimals: decimals) + suffix }
        case .ownUnit: return values.map(ownUnit)
        case .scientific: return values.map { scientific($0, places: 1) }
        }
    }

    /// Labels of the cells of a matrix whose values span `span`: to about a hundredth of it.
    func cellLabels(_ values: [Double], span: Double) -> [String] {
        guard case .plain(let suffix) = notation, !logarithmic, span > 0 else { return valueLabels(values) }
        let scaled = values.map { $0 / factor }
        let whole = scaled.allSatisfy { $0 == $0.rounded() }
        let places = whole ? 0 : max(0, min(format == .percent ? 1 : 6, 2 - Int(log10(span / factor).rounded(.down))))
        return scaled.map { Decimal.fixed($0, decimals: places) + suffix }
    }

    private func ownUnit(_ value: Double) -> String {
        let units =
            switch format {
            case .seconds: AxisFormatter.seconds
            case .bytes: AxisFormatter.bytes
            default: AxisFormatter.prefixes
            }
        let fits = value.magnitude < 1 && format == .number
        let chosen = fits ? AxisFormatter.one : AxisFormatter.unit(for: value.magnitude * (1 + 1e-9), in: units)
        let gap = format == .seconds || format == .bytes ? " " : ""
        let (mantissa, exponent) = Decimal.scientific(value / chosen.size)
        guard (-3..<6).contains(exponent) else {
            return scientific(value, places: Decimal.places([mantissa], unit: 1, limit: 2))
                + (format == .seconds ? " s" : format == .bytes ? " B" : "")
        }
        let scaled = value / chosen.size
        return Decimal.trimmed(scaled, decimals: max(0, 2 - exponent)) + gap + chosen.name
    }

    private func scientific(_ value: Double, places: Int) -> String {
        guard value != 0 else { return "0" }
        let (mantissa, exponent) = Decimal.scientific(value)
        let power = "10" + Decimal.superscript(exponent)
        let digits = Decimal.fixed(mantissa, decimals: places)
        if logarithmic, (mantissa.magnitude - 1).magnitude < 1e-9 {
            return (value < 0 ? Decimal.minusSign : "") + power
        }
        return digits + "×" + power
    }

    // MARK: Units, smallest first

    private struct Unit {
        let size: Double
        let name: String
    }

    private static let one = Unit(size: 1, name: "")
    private static let seconds = [
        Unit(size: 1e-9, name: "ns"), Unit(size: 1e-6, name: "µs"), Unit(size: 1e-3, name: "ms"),
        Unit(size: 1, name: "s"), Unit(size: 60, name: "min"), Unit(size: 3600, name: "h"),
    ]
    private static let bytes = [
        Unit(size: 1, name: "B"), Unit(size: 1e3, name: "kB"), Unit(size: 1e6, name: "MB"),
        Unit(size: 1e9, name: "GB"), Unit(size: 1e12, name: "TB"),
    ]
    private static let prefixes = [
        one, Unit(size: 1e3, name: "k"), Unit(size: 1e6, name: "M"), Unit(size: 1e9, name: "G"),
        Unit(size: 1e12, name: "T"),
    ]

    /// The largest unit of which there is one at least; minutes and hours only from three on.
    private static func unit(for value: Double, in units: [Unit]) -> Unit {
        units.last { value >= $0.size * ($0.size == 60 || $0.size == 3600 ? 3 : 1) } ?? units[0]
    }
}
