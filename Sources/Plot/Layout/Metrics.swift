/// The sizes of one figure, in points: the theme's, adjusted to the width of the picture.
struct Metrics {
    let theme: Theme
    let canvas: Rect
    /// Between the edge of the picture and anything in it.
    let margin: Double
    let label: TextStyle
    let title: TextStyle
    /// Value labels and remarks.
    let small: TextStyle
    let lineWidth: Double
    let markerSize: Double

    init(theme: Theme, width: Double, height: Double) {
        self.theme = theme
        canvas = Rect(x: 0, y: 0, width: width * 72, height: height * 72)
        // Small pictures need the room, and very wide ones are shown reduced.
        let smallest = theme.smallestFontSize / theme.fontSize
        let (from, to) = (theme.widths.lowerBound, theme.widths.upperBound)
        let factor =
            width < from
            ? max(smallest, smallest + (1 - smallest) * (width - 2) / max(from - 2, 0.01))
            : min(1.3, 1 + max(0, width - to) / 5 * 0.25)
        let size = theme.fontSize * factor
        label = TextStyle(family: theme.fontFamily, size: size)
        title = TextStyle(family: theme.fontFamily, size: size * theme.titleScale, weight: .bold)
        small = TextStyle(family: theme.fontFamily, size: size * 0.86)
        margin = 6 * factor
        lineWidth = theme.lineWidth * (0.5 + 0.5 * factor)
        markerSize = theme.markerSize * (0.4 + 0.6 * factor)
    }

    /// Between neighbouring things that belong together.
    var gap: Double { 0.45 * label.size }
    var axisStroke: Stroke { Stroke(color: theme.axisColor, width: theme.axisWidth) }
    var gridStroke: Stroke { Stroke(color: theme.gridColor, width: theme.axisWidth * 0.8) }
}
