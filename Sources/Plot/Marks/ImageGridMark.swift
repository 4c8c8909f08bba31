/// Pictures in rows, each with a caption: samples of a data set, or the worst mistakes of a network.
public struct ImageGridMark: Sendable, Hashable {
    public var images: [GridImage]
    /// `nil`: as many as make the pictures largest.
    public var columns: Int?

    public init(images: [GridImage], columns: Int? = nil) {
        self.images = images
        self.columns = columns
    }
}

public struct GridImage: Sendable, Hashable {
    /// What a frame around the picture says.
    public enum Verdict: String, Sendable, Hashable {
        case none, right, wrong
    }

    public var raster: Raster
    /// Lines below the picture (the truth, then the prediction). Where last lines do not fit they are broken behind their
    /// commas; what is still too wide is shortened.
    public var caption: [String]
    public var verdict: Verdict

    public init(raster: Raster, caption: [String] = [], verdict: Verdict = .none) {
        self.raster = raster
        self.caption = caption
        self.verdict = verdict
    }
}

// MARK: Layout

struct ImageGridComposer {
    private var mark: ImageGridMark
    private let parts: FigureParts
    /// Of the widest and highest picture: all get a box of this shape.
    private let shape: (width: Double, height: Double)
    private var captionLines: Int
    /// Lines of each caption before its last one was broken.
    private let wholeLines: [Int]

    private var metrics: Metrics { parts.metrics }

    init(_ mark: ImageGridMark, parts: FigureParts) throws(FigureError) {
        guard !mark.images.isEmpty else { throw .nothingToDraw }
        if let columns = mark.columns, !(1...200).contains(columns) {
            throw .badNumber(.imageColumns, found: columns, allowed: 1...200)
        }
        self.mark = mark
        self.parts = parts
        let largest = mark.images.map { Double(max($0.raster.width, $0.raster.height)) }.max() ?? 1
        shape = (
            Double(mark.images.map(\.raster.width).max() ?? 1) / largest,
            Double(mark.images.map(\.raster.height).max() ?? 1) / largest
        )
        captionLines = mark.images.map(\.caption.count).max() ?? 0
        wholeLines = mark.images.map(\.caption.count)
    }

    private var line: Double { parts.lineHeight(metrics.small) * 1.01 }
    private var gap: Double { metrics.label.size * 0.7 }
    private var captionHeight: Double {
        captionLines == 0 ? 0 : Double(captionLines) * line + metrics.label.size * 0.25
    }

    /// The size of the boxes for so many columns.
    private func boxScale(columns: Int, in area: Rect) -> Double {
        let rows = Double((mark.images.count + columns - 1) / columns)
        let width = (area.width - Double(columns - 1) * gap) / Double(columns) / shape.width
        let height = ((area.height - (rows - 1) * gap) / rows - captionHeight) / shape.height
        return min(width, height)
    }

    func compose() throws(FigureError) -> Drawing {
        var canvas = Canvas(measurer: parts.measurer)
        let area = parts.drawTitles(yTitle: "", on: &canvas)
        let grid = try grid(in: area)
        if !captionsFit(grid), let broken = withBrokenCaptions() {
            // Fewer letters in a line, at the cost of a little of the pictures' height.
            if let other = try? broken.grid(in: area), broken.captionsFit(other) {
                return broken.drawn(other, in: area, canvas)
            }
        }
        return drawn(grid, in: area, canvas)
    }

    /// Where pictures stand.
    private struct Grid {
        var columns: Int
        /// Of the box of each picture.
        var wide: Double
        var high: Double
        /// Between neighbours in a row.
        var space: Double
    }

    private func grid(in area: Rect) throws(FigureError) -> Grid {
        let columns = min(
            mark.images.count,
            mark.columns
                ?? (1...min(200, mark.images.count)).max {
                    boxScale(columns: $0, in: area) < boxScale(columns: $1, in: area)
                }
                ?? 1)
        let scale = boxScale(columns: columns, in: area)
        let (wide, high) = (scale * shape.width, scale * shape.height)
        guard wide >= 6, high >= 6 else { throw .noRoom(width: wide, height: high, needed: 6) }
        // Across the whole width, where pictures limited by the height leave some of it, but not far apart.
        let spare = area.width - Double(columns) * wide - Double(columns - 1) * gap
        let space = gap + min(columns > 1 ? spare / Double(columns - 1) : 0, wide * 0.6)
        return Grid(columns: columns, wide: wide, high: high, space: space)
    }

    /// The room of a line below one picture.
    private func room(_ grid: Grid) -> Double { min(grid.wide + grid.space - gap * 0.5, grid.wide * 1.5 + 4) }

    private func captionsFit(_ grid: Grid) -> Bool {
        let room = room(grid)
        return mark.images.allSatisfy { image in
            image.caption.allSatisfy { parts.fitting.width(TextFitting.clean($0), metrics.small) <= room }
        }
    }

    /// The same with last lines broken behind their commas; `nil` where there is no comma.
    private func withBrokenCaptions() -> ImageGridComposer? {
        var copy = self
        for index in mark.images.indices {
            guard let last = mark.images[index].caption.last else { continue }
            let lines = last.split(separator: ", ").map(String.init)
            copy.mark.images[index].caption = mark.images[index].caption.dropLast() + lines
        }
        copy.captionLines = copy.mark.images.map(\.caption.count).max() ?? 0
        return copy.captionLines > captionLines ? copy : nil
    }

    private func drawn(_ grid: Grid, in area: Rect, _ canvas: Canvas) -> Drawing {
        var canvas = canvas
        for (index, image) in mark.images.enumerated() {
            let corner = Point(
                area.x + Double(index % grid.columns) * (grid.wide + grid.space),
                area.y + Double(index / grid.columns) * (grid.high + captionHeight + gap))
            draw(image, wholeLines: wholeLines[index], at: corner, grid, on: &canvas)
        }
        return parts.finished(canvas)
    }

    private func draw(
        _ image: GridImage, wholeLines: Int, at corner: Point, _ grid: Grid, on canvas: inout Canvas
    ) {
        let theme = metrics.theme
        let (wide, high) = (grid.wide, grid.high)
        let raster = image.raster
        let factor = min(wide / Double(raster.width), high / Double(raster.height))
        let (width, height) = (Double(raster.width) * factor, Double(raster.height) * factor)
        let rect = Rect(
            x: corner.x + (wide - width) / 2, y: corner.y + (high - height) / 2, width: width, height: height)
        canvas.image(raster, in: rect, role: .data)
        let frame = color(image.verdict)
        // Wrong ones have a broken frame too, for those who do not see its colour.
        let thick = image.verdict == .none ? theme.axisWidth * 0.6 : theme.axisWidth * 2
        let stroke = Stroke(
            color: frame ?? theme.axisColor, width: thick, dash: image.verdict == .wrong ? [4, 1.6] : [])
        canvas.stroke(.rect(rect.insetBy(-thick / 2)), stroke, role: .axis)
        // Centred below its picture, and never beyond the figure's edges.
        let inner = metrics.canvas.insetBy(metrics.margin)
        for (index, caption) in image.caption.enumerated() {
            let full = TextFitting.clean(caption)
            let text = parts.fitting.shortened(full, to: room(grid), metrics.small)
            if text != full { canvas.notes.append(.shortened(full)) }
            let half = parts.fitting.width(text, metrics.small) / 2
            let middle = min(max(corner.x + wide / 2, inner.x + half), inner.maxX - half)
            let isVerdict = index >= wholeLines - 1 && frame != nil
            let ink = index == 0 ? theme.ink : theme.mutedInk
            canvas.text(
                text, at: Point(middle, corner.y + high + metrics.label.size * 0.25 + Double(index) * line), .center,
                .top, style: metrics.small,
                color: isVerdict ? (frame ?? ink).readable(on: theme.background, ink: theme.ink) : ink,
                role: .annotation)
        }
    }

    /// Green and the palette's orange or vermilion; the broken frame tells them apart without colour.
    private func color(_ verdict: GridImage.Verdict) -> Color? {
        switch verdict {
        case .none: nil
        case .right: Color(metrics.theme.isDark ? 0x3fb950 : 0x2a8f4c)
        case .wrong: metrics.theme.palette.style(1).color
        }
    }
}
