/// The look of a figure: type, colours and line weights. Says nothing about what is shown.
public struct Theme: Sendable, Hashable {
    public var name: String
    public var fontFamily: String
    /// Of tick labels, axis titles and legends, in points, at `widths`; smaller and larger pictures adjust it.
    public var fontSize: Double
    /// Of the same at a width of two inches: between there and `widths` the size changes evenly.
    public var smallestFontSize: Double
    /// Widths in inches that the theme is made for.
    public var widths: ClosedRange<Double>
    /// The width in inches of a picture for which none is asked.
    public var preferredWidth: Double
    /// Of the title, in multiples of `fontSize`.
    public var titleScale: Double
    public var background: Color
    public var ink: Color
    /// Tick labels and axis titles.
    public var mutedInk: Color
    public var axisColor: Color
    public var gridColor: Color
    public var palette: Palette
    /// Of data lines, in points.
    public var lineWidth: Double
    /// Diameter of markers, in points.
    public var markerSize: Double
    /// Of axes; the grid is drawn at 0.8 of it.
    public var axisWidth: Double
    /// Whether the y axis is drawn as a line with tick marks, or by its grid alone.
    public var drawsVerticalAxis: Bool
    public var drawsGrid: Bool

    /// For pages on a screen: white, a light grid, no vertical axis line.
    public static let github = Theme(
        name: "github", fontFamily: "DejaVu Sans", fontSize: 9, smallestFontSize: 7, widths: 3.6...7,
        preferredWidth: 6, titleScale: 1.2, background: Color(0xffffff), ink: Color(0x1f2328),
        mutedInk: Color(0x4d555f), axisColor: Color(0x8c959f), gridColor: Color(0xe4e8ec), palette: .offprint,
        lineWidth: 1.6, markerSize: 4.6, axisWidth: 0.8, drawsVerticalAxis: false, drawsGrid: true)

    /// As `github`, on GitHub's dark page. The two make a pair for a `<picture>` element.
    public static let githubDark: Theme = {
        var theme = github
        theme.name = "github-dark"
        theme.background = Color(0x0d1117)
        theme.ink = Color(0xe6edf3)
        theme.mutedInk = Color(0xa3adb8)
        theme.axisColor = Color(0x6e7681)
        theme.gridColor = Color(0x22272e)
        theme.palette = .offprintDark
        return theme
    }()

    /// For one column of a two-column paper, 3.25 inches: 8 points, black, thin lines, axes with tick marks and hardly
    /// any grid.
    public static let paperColumn = Theme(
        name: "paper-column", fontFamily: "DejaVu Sans", fontSize: 8, smallestFontSize: 6.5, widths: 3.25...7,
        preferredWidth: 3.25, titleScale: 1.1, background: Color(0xffffff), ink: Color(0x000000),
        mutedInk: Color(0x000000), axisColor: Color(0x000000), gridColor: Color(0xeeeeee), palette: .offprint,
        lineWidth: 1.1, markerSize: 3.8, axisWidth: 0.6, drawsVerticalAxis: true, drawsGrid: true)

    /// For the whole width of a two-column paper, 6.75 inches: the same type with slightly stronger lines.
    public static let paperDouble: Theme = {
        var theme = paperColumn
        theme.name = "paper-double"
        theme.preferredWidth = 6.75
        theme.lineWidth = 1.25
        theme.markerSize = 4.2
        return theme
    }()

    /// For a screen in a lecture hall: type that is read from the last row of a slide 10 inches wide, thick lines.
    public static let slides = Theme(
        name: "slides", fontFamily: "DejaVu Sans", fontSize: 16, smallestFontSize: 7, widths: 8...12,
        preferredWidth: 10, titleScale: 1.25, background: Color(0xffffff), ink: Color(0x1a1d21),
        mutedInk: Color(0x3a4048), axisColor: Color(0x6e7681), gridColor: Color(0xe1e5e9), palette: .offprint,
        lineWidth: 3, markerSize: 8.5, axisWidth: 1.3, drawsVerticalAxis: false, drawsGrid: true)

    /// In the order in which they are offered to a reader.
    public static let all: [Theme] = [.github, .githubDark, .paperColumn, .paperDouble, .slides]

    /// Older names that still work.
    public static let aliases: [String: Theme] = ["paper": .paperColumn]

    /// All names that `named` knows, the aliases last.
    public static var names: [String] { all.map(\.name) + aliases.keys.sorted() }

    /// The theme of this name or alias; `nil` where there is none (`all` has the names to suggest).
    public static func named(_ name: String) -> Theme? { all.first { $0.name == name } ?? aliases[name] }
}
