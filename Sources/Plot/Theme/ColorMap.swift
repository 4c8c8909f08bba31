import Foundation

/// Colours for the values of a heat map. Lightness rises or falls all the way, so that the order of values is seen in
/// grey and by every reader; between the given stops colours are mixed in OKLab (Ottosson, "A perceptual color space
/// for image processing", 2020).
public struct ColorMap: Sendable, Hashable {
    /// At equal distances from 0 to 1; two at least.
    public let stops: [Color]

    /// Traps where there are fewer than two stops.
    public init(_ stops: [Color]) {
        precondition(stops.count >= 2, "a colour map needs two colours")
        self.stops = stops
    }

    /// The colour at `share`, from 0 to 1; values beyond get the ends.
    public func color(_ share: Double) -> Color {
        let place = max(0, min(1, share.isFinite ? share : 0)) * Double(stops.count - 1)
        let index = min(stops.count - 2, Int(place))
        let (from, to) = (OKLab(stops[index]), OKLab(stops[index + 1]))
        return from.mixed(with: to, place - Double(index)).color
    }

    static let blues = ColorMap([0xf6f9fd, 0xbcd5f0, 0x6aa3dd, 0x1f66b8, 0x06306b].map(Color.init))
    static let bluesOnDark = ColorMap([0x151b24, 0x173a6b, 0x2466b5, 0x5b9be6, 0xcfe5ff].map(Color.init))
    static let blueToVermilion = ColorMap([0x0b4a9e, 0x7fb0e2, 0xf3f3f3, 0xf0a183, 0xb3390a].map(Color.init))
    static let blueToVermilionOnDark = ColorMap([0x6db3ff, 0x2a5fa3, 0x20262e, 0xa84a20, 0xff9a66].map(Color.init))
}

extension Theme {
    var isDark: Bool { background.luminance < 0.2 }
    /// From the background to what stands out most.
    var sequentialColors: ColorMap { isDark ? .bluesOnDark : .blues }
    /// Blue below, vermilion above, and the background between.
    var divergingColors: ColorMap { isDark ? .blueToVermilionOnDark : .blueToVermilion }
}

private struct OKLab {
    var (l, a, b) = (0.0, 0.0, 0.0)

    init(_ color: Color) {
        func linear(_ byte: UInt8) -> Double {
            let value = Double(byte) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        let (red, green, blue) = (linear(color.red), linear(color.green), linear(color.blue))
        let long = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
        let medium = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
        let short = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
        l = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
        a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
        b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    }

    func mixed(with other: OKLab, _ share: Double) -> OKLab {
        var mixed = self
        mixed.l += (other.l - l) * share
        mixed.a += (other.a - a) * share
        mixed.b += (other.b - b) * share
        return mixed
    }

    var color: Color {
        func cube(_ value: Double) -> Double { value * value * value }
        let long = cube(l + 0.3963377774 * a + 0.2158037573 * b)
        let medium = cube(l - 0.1055613458 * a - 0.0638541728 * b)
        let short = cube(l - 0.0894841775 * a - 1.2914855480 * b)
        func byte(_ value: Double) -> UInt8 {
            let clamped = max(0, min(1, value))
            let encoded = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * pow(clamped, 1 / 2.4) - 0.055
            return UInt8(max(0, min(255, (encoded * 255).rounded())))
        }
        return Color(
            red: byte(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
            green: byte(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
            blue: byte(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short))
    }
}
