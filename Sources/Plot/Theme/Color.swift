import Foundation

/// A colour in sRGB.
public struct Color: Sendable, Hashable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8
    /// 0 (clear) to 1 (solid).
    public var alpha: Double

    public init(red: UInt8, green: UInt8, blue: UInt8, alpha: Double = 1) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }

    /// Of the form `0xRRGGBB`; higher bits are ignored.
    public init(_ rgb: UInt32) {
        self.init(
            red: UInt8(truncatingIfNeeded: rgb >> 16), green: UInt8(truncatingIfNeeded: rgb >> 8),
            blue: UInt8(truncatingIfNeeded: rgb))
    }

    /// The same colour, this opaque (0 to 1).
    public func opacity(_ alpha: Double) -> Color {
        var copy = self
        copy.alpha = alpha
        return copy
    }

    /// Relative luminance, 0 (black) to 1 (white): WCAG 2.1, "relative luminance".
    public var luminance: Double {
        let linear = [red, green, blue].map { byte -> Double in
            let value = Double(byte) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// Contrast ratio, 1 to 21: WCAG 2.1, "contrast ratio".
    public func contrast(with other: Color) -> Double {
        let (a, b) = (luminance, other.luminance)
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    /// Mixed with another colour: 0 is this one, 1 the other.
    public func mixed(with other: Color, _ share: Double) -> Color {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
            UInt8(max(0, min(255, (Double(a) + (Double(b) - Double(a)) * share).rounded())))
        }
        return Color(
            red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue), alpha: alpha)
    }

    /// This colour, moved towards `ink` only as far as text on `paper` needs (4.5 is WCAG's level AA).
    public func readable(on paper: Color, ink: Color, contrast: Double = 4.5) -> Color {
        for step in 0..<20 {
            let candidate = mixed(with: ink, Double(step) / 20)
            if candidate.contrast(with: paper) >= contrast { return candidate }
        }
        return ink
    }
}
