/// Lengths as people write them.
public enum Length {
    static let units: [String: Double] = ["in": 1, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1.0 / 72]

    /// `3.25in`, `10cm`, `80mm`, `234pt`, or a number of inches, in inches; `nil` where it is none of these or not
    /// positive.
    public static func inches(_ text: String) -> Double? {
        let split = text.lastIndex { $0.isNumber || $0 == "." }.map { text.index(after: $0) } ?? text.startIndex
        let unit = text[split...].filter { $0 != " " }
        guard let value = Double(text[..<split]), value.isFinite, value > 0 else { return nil }
        return unit.isEmpty ? value : units[unit].map { value * $0 }
    }
}
