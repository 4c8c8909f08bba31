/// Colours for series that stay apart for readers with any of the three kinds of colour blindness, and in grey.
///
/// Goals, in order: every pair distinct in OKLab for normal sight and under simulated protanopia, deuteranopia and
/// tritanopia (Machado, Oliveira, Fernandes: "A physiologically-based model for simulation of color vision
/// deficiency", 2009); every pair distinct in lightness alone; dark enough on white; close in hue to Okabe and Ito's
/// set ("Color universal design", 2008), from which a search for the first three goals started.
public struct Palette: Sendable, Hashable {
    /// Not empty.
    public let colors: [Color]

    /// Traps where `colors` is empty.
    public init(_ colors: [Color]) {
        precondition(!colors.isEmpty, "a palette needs a colour")
        self.colors = colors
    }

    /// Blue, vermilion, green, orchid, amber, sky, crimson, taupe, violet.
    public static let offprint = Palette(
        [
            0x0b51b7, 0xd1460f, 0x84a779, 0xc164b5, 0xfeb21b, 0x3eb9ff, 0x8f041a, 0x775f6e, 0x521972,
        ].map(Color.init))

    /// For dark pages, found by the same search from the hues of `offprint`: blue, amber, mint, orchid, yellow, cyan,
    /// red, olive, violet.
    public static let offprintDark = Palette(
        [
            0x3898ff, 0xfda42c, 0xd2ffeb, 0xbe66b4, 0xffe407, 0x30dcf7, 0xeb0927, 0xa8a893, 0x8934e3,
        ].map(Color.init))

    /// How the series with this index looks. Indices beyond the colours repeat them with other dashes.
    public func style(_ index: Int) -> SeriesStyle {
        let place = PaletteIndex(index)
        return SeriesStyle(
            color: colors[place.wrapped(colors.count)], marker: Marker.allCases[place.wrapped(Marker.allCases.count)],
            dash: Palette.dashes[place.round(colors.count) % Palette.dashes.count])
    }

    /// In widths of the line.
    private static let dashes: [[Double]] = [[], [4, 1.6], [1.2, 1.4], [5, 1.6, 1.2, 1.6]]
}

/// The look of one series: colour, and marker and dashes as channels that need no colour.
public struct SeriesStyle: Sendable, Hashable {
    public var color: Color
    public var marker: Marker
    /// Lengths on and off in line widths; empty for a solid line.
    public var dash: [Double]
}

/// Shapes at data points.
public enum Marker: String, Sendable, Hashable, CaseIterable {
    case circle, square, triangle, diamond, triangleDown, pentagon, plus, cross, star
}

/// Any `Int` as an index that wraps round, negative ones included.
private struct PaletteIndex {
    let index: Int
    init(_ index: Int) { self.index = index }

    func wrapped(_ count: Int) -> Int {
        let rest = index % count
        return rest < 0 ? rest + count : rest
    }

    func round(_ count: Int) -> Int { Int((index / count).magnitude % 1024) }
}
