import Foundation

/// Numbers as decimal text. `Foundation` formats may follow the user's language; these never do.
enum Decimal {
    /// U+2212, as wide as a plus sign and not a hyphen.
    static let minusSign = "\u{2212}"

    /// With exactly so many digits after the point; a rounded zero has no sign. Finite values only.
    static func fixed(_ value: Double, decimals: Int, minus: String = minusSign) -> String {
        let places = max(0, min(decimals, 17))
        let magnitude = String(
            format: "%.\(places)f", locale: Locale(identifier: "en_US_POSIX"), value.magnitude)
        let isZero = !magnitude.contains { $0 != "0" && $0 != "." }
        return (value < 0 && !isZero ? minus : "") + magnitude
    }

    /// With at most so many digits after the point, without zeros at the end.
    static func trimmed(_ value: Double, decimals: Int, minus: String = minusSign) -> String {
        var text = fixed(value, decimals: decimals, minus: minus)
        guard text.contains(".") else { return text }
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// Digits after the point that tell every value exactly, to a millionth of `unit`; at most `limit`.
    static func places(_ values: [Double], unit: Double, limit: Int = 12) -> Int {
        var power = 1.0
        for places in 0..<limit {
            if values.allSatisfy({ (($0 * power).rounded() / power - $0).magnitude <= 1e-6 * unit }) { return places }
            power *= 10
        }
        return limit
    }

    /// A mantissa in `1..<10` and a power of ten; zero has power 0.
    static func scientific(_ value: Double) -> (mantissa: Double, exponent: Int) {
        guard value != 0, value.isFinite else { return (value, 0) }
        var exponent = Int(log10(value.magnitude).rounded(.down))
        var mantissa = scaled(value, by: -exponent)
        if mantissa.magnitude >= 9.999_999_999_5 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        if mantissa.magnitude < 0.999_999_999_95 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return (mantissa, exponent)
    }

    /// `value` times a power of ten, in two steps so that neither overflows where the product does not.
    static func scaled(_ value: Double, by exponent: Int) -> Double {
        let half = exponent / 2
        return value * pow(10, Double(half)) * pow(10, Double(exponent - half))
    }

    static func superscript(_ exponent: Int) -> String {
        let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
        let raised = String(exponent.magnitude).compactMap(\.wholeNumberValue).map { digits[$0] }
        return (exponent < 0 ? "⁻" : "") + String(raised)
    }
}
