/// The look of a figure: type, colours and line weights. Says nothing about what is shown.
public struct Theme: Sendable, Hashable {
    public var name: String
    public var fontFamily: String
    /// Of tick labels, axis titles and legends, in points, at widths from 3.6 to 7 inches; smaller and larger
    /// pictures adjust it a little.
    public var fontSize: Double
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
        name: "github", fontFamily: "DejaVu Sans", fontSize: 9, titleScale: 1.2,
        background: Color(0xffffff), ink: Color(0x1f2328), mutedInk: Color(0x4d555f), axisColor: Color(0x8c959f),
        gridColor: Color(0xe4e8ec), palette: .offprint, lineWidth: 1.6, markerSize: 4.6, axisWidth: 0.8,
        drawsVerticalAxis: false, drawsGrid: true)

    /// For printed columns: 8 points, black, thin lines, axes with tick marks and hardly any grid.
    public static let paper = Theme(
        name: "paper", fontFamily: "DejaVu Sans", fontSize: 8, titleScale: 1.1,
        background: Color(0xffffff), ink: Color(0x000000), mutedInk: Color(0x000000), axisColor: Color(0x000000),
        gridColor: Color(0xeeeeee), palette: .offprint, lineWidth: 1.1, markerSize: 4, axisWidth: 0.6,
        drawsVerticalAxis: true, drawsGrid: true)

    /// In the order in which they are offered to a reader.
    public static let all: [Theme] = [.github, .paper]

    /// The theme of this name; `nil` where there is none (`all` has the names to suggest).
    public static func named(_ name: String) -> Theme? { all.first { $0.name == name } }
}
