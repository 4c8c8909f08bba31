import Foundation
import Plot
import Testing

/// Distances between the palette's colours as different readers see them, in OKLab times 100 (2 is just noticeable side
/// by side; thin lines need several times that).
@Suite struct PaletteTests {
    typealias Matrix = [[Double]]

    /// Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
    static let sights: [(name: String, matrix: Matrix)] = [
        ("normal", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        (
            "protanopia",
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
        ),
        (
            "deuteranopia",
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
        ),
        (
            "tritanopia",
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
        ),
    ]

    @Test func hasNineColoursOrMore() {
        #expect(Palette.offprint.colors.count >= 9)
        #expect(Set(Palette.offprint.colors).count == Palette.offprint.colors.count)
        #expect(Marker.allCases.count >= 9)
    }

    static let palettes = [Palette.offprint, .offprintDark]

    @Test(arguments: sights.indices, palettes)
    func everyPairIsDistinct(sight: Int, palette: Palette) {
        let (name, matrix) = PaletteTests.sights[sight]
        let seen = palette.colors.map { oklab(multiply(matrix, linear($0))) }
        for (i, j) in pairs(seen.count) {
            let distance = 100 * zip(seen[i], seen[j]).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
            #expect(distance >= 11.5, "\(name): colours \(i) and \(j) are \(distance) apart")
        }
    }

    @Test(arguments: palettes) func everyPairIsDistinctInGrey(palette: Palette) {
        let lightness = palette.colors.map { 116 * cbrt($0.luminance) - 16 }
        for (i, j) in pairs(lightness.count) {
            let distance = (lightness[i] - lightness[j]).magnitude
            #expect(distance >= 6, "colours \(i) and \(j): lightness \(lightness[i]) and \(lightness[j])")
        }
    }

    @Test(arguments: Theme.all)
    func everyColourShowsOnTheBackgroundAndEveryNameCanBeRead(theme: Theme) {
        for color in theme.palette.colors {
            #expect(color.contrast(with: theme.background) >= 1.7, "\(color)")
            let text = color.readable(on: theme.background, ink: theme.ink)
            #expect(text.contrast(with: theme.background) >= 4.5, "\(color) as text is \(text)")
        }
        #expect(theme.mutedInk.contrast(with: theme.background) >= 4.5)
    }

    @Test func looksRepeatWithOtherDashes() {
        let palette = Palette.offprint
        #expect(palette.style(0) == palette.style(0))
        #expect(palette.style(0).color == palette.style(9).color)
        #expect(palette.style(0) != palette.style(9))
        for index in [Int.min, -1, Int.max] { #expect(palette.colors.contains(palette.style(index).color)) }
        #expect(Set((0..<18).map(palette.style)).count == 18)
    }

    @Test func themesAreFoundByName() {
        #expect(Theme.named("github") == .github)
        #expect(Theme.named("github-dark") == .githubDark)
        #expect(Theme.named("paper-column") == .paperColumn)
        #expect(Theme.named("paper-double") == .paperDouble)
        #expect(Theme.named("slides") == .slides)
        #expect(Theme.named("paper") == .paperColumn, "the name of older files")
        #expect(Theme.names.allSatisfy { Theme.named($0) != nil })
        #expect(Theme.named("GitHub") == nil)
        #expect(Set(Theme.all.map(\.name)).count == Theme.all.count)
    }

    @Test func aPaperColumnIsSetInEightPoints() throws {
        for theme in [Theme.paperColumn, .paperDouble] {
            let figure = Samples.accuracies(count: 3, epochs: 3, width: theme.preferredWidth, theme: theme)
            let sizes = try figure.layout(measurer: FixedMetricMeasurer()).elements.compactMap { element -> Double? in
                guard element.role == .tickLabel, case .text(let text) = element.shape else { return nil }
                return text.style.size
            }
            #expect(Set(sizes) == [8], "\(theme.name)")
        }
    }

    @Test(arguments: [
        ColorMap([0xffffff, 0x6aa3dd, 0x06306b].map(Color.init)), ColorMap([0x000000, 0xff9a66].map(Color.init)),
    ])
    func coloursOfAMapHaveTheOrderOfTheirValues(map: ColorMap) {
        let lightness = (0...50).map { map.color(Double($0) / 50).luminance }
        #expect(lightness == lightness.sorted() || lightness == lightness.sorted().reversed())
        #expect(map.color(-1) == map.stops[0] && map.color(2) == map.stops[map.stops.count - 1])
        #expect(map.color(.nan) == map.stops[0])
    }

    // MARK: Colour arithmetic

    private func pairs(_ count: Int) -> [(Int, Int)] {
        (0..<count).flatMap { i in (0..<i).map { ($0, i) } }
    }

    private func linear(_ color: Color) -> [Double] {
        [color.red, color.green, color.blue].map {
            let value = Double($0) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
    }

    private func multiply(_ matrix: Matrix, _ vector: [Double]) -> [Double] {
        matrix.map { row in zip(row, vector).map(*).reduce(0, +) }
    }

    /// Björn Ottosson, "A perceptual color space for image processing", 2020.
    private func oklab(_ rgb: [Double]) -> [Double] {
        let cones = multiply(
            [
                [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ], rgb.map { min(1, max(0, $0)) })
        return multiply(
            [
                [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ], cones.map { cbrt($0) })
    }
}
