internal import Foundation

/// Numbers as a report shows them: no locale, no trailing surprises, the same text for the same bits.
enum QuantityText {
    /// With exactly that many digits behind the point; `diverged` for what is no number.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "diverged" : value < 0 ? "−∞" : "∞" }
        let text = String(format: "%.*f", max(0, min(digits, 12)), value)
        // -0.00 tells nobody anything.
        return text.hasPrefix("-") && !text.contains { $0.isNumber && $0 != "0" } ? String(text.dropFirst()) : text
    }

    /// Digits behind the point that show `value` with `count` significant ones; at most 9.
    static func digits(showing count: Int, of value: Double) -> Int {
        guard value.isFinite, value != 0 else { return max(0, count - 1) }
        let magnitude = Int(log10(value.magnitude).rounded(.down))
        return max(0, min(9, count - 1 - magnitude))
    }

    /// `1,112,394`, rounded to a whole number.
    static func count(_ value: Double) -> String {
        guard value.isFinite else { return fixed(value, 0) }
        let digits = fixed(value.magnitude, 0)
        var grouped = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return value < 0 && digits != "0" ? "-" + grouped : grouped
    }

    /// A value with its deviation, both in `unit`, both with the same digits: `12.3 ± 0.4 ms`.
    static func spread(_ mean: Double, _ deviation: Double?, unit: Unit, digits: Int) -> String {
        let value = fixed(mean / unit.size, digits)
        guard let deviation, mean.isFinite else { return value + unit.suffix }
        return "\(value) ± \(fixed(deviation / unit.size, digits))\(unit.suffix)"
    }

    struct Unit: Hashable, Sendable {
        var size: Double
        var name: String

        var suffix: String { name.isEmpty ? "" : name == "%" ? "%" : " " + name }

        static let one = Unit(size: 1, name: "")
        static let percent = Unit(size: 0.01, name: "%")
        static let seconds = [
            Unit(size: 1e-9, name: "ns"), Unit(size: 1e-6, name: "µs"), Unit(size: 1e-3, name: "ms"),
            Unit(size: 1, name: "s"), Unit(size: 60, name: "min"), Unit(size: 3600, name: "h"),
        ]
        static let bytes = [
            Unit(size: 1, name: "B"), Unit(size: 1e3, name: "kB"), Unit(size: 1e6, name: "MB"),
            Unit(size: 1e9, name: "GB"),
        ]
        static let operations = [Unit(size: 1, name: ""), Unit(size: 1e6, name: "M"), Unit(size: 1e9, name: "G")]

        /// The largest in which `value` is at least 1; the smallest where it is less than that. Minutes and hours only
        /// from two of them on: 90 s reads better than 1.5 min.
        static func fitting(_ value: Double, in units: [Unit]) -> Unit {
            let fits = units.last { unit in
                value.magnitude >= unit.size * (["min", "h"].contains(unit.name) ? 2 : 1)
            }
            return fits ?? units.first ?? .one
        }
    }
}
