/// What a picture shows: marks, axes, legend, size and theme. No coordinates, no pixels.
///
///     Figure  --layout(measurer:)-->  Drawing  --Renderer.png, svg, pdf-->  bytes
///     (what)                          (paths, areas, text
///                                      at places, in points)
///
/// `Mark` says which kinds of marks go together. With `panels` the picture is a grid of small plots (small multiples):
/// each shows its own marks, and `marks` (a reference line, say) in all of them.
public struct Figure: Sendable, Hashable {
    public var marks: [Mark]
    /// Small plots in rows, all of marks of one kind; empty for a single plot.
    public var panels: [Panel]
    /// How many panels stand in a row; `nil`: chosen from their number and the figure's shape.
    public var panelColumns: Int?
    public var panelAxes: PanelAxes
    public var xAxis: Axis
    public var yAxis: Axis
    public var legend: LegendPlacement
    /// Set in bold above the picture, aligned to the left; `nil` or empty for none.
    public var title: String?
    /// In inches, `Figure.sizes`.
    public var width: Double
    /// In inches, `Figure.sizes`.
    public var height: Double
    public var theme: Theme

    /// Widths and heights that can be laid out, in inches.
    public static let sizes: ClosedRange<Double> = 1...40

    /// `height` defaults to `preferredHeight`.
    public init(
        marks: [Mark], panels: [Panel] = [], panelColumns: Int? = nil, panelAxes: PanelAxes = .shared,
        xAxis: Axis = Axis(), yAxis: Axis = Axis(), legend: LegendPlacement = .automatic, title: String? = nil,
        width: Double = 6, height: Double? = nil, theme: Theme = .github
    ) {
        self.marks = marks
        self.panels = panels
        self.panelColumns = panelColumns
        self.panelAxes = panelAxes
        self.xAxis = xAxis
        self.yAxis = yAxis
        self.legend = legend
        self.title = title
        self.width = width
        self.height =
            height
            ?? (panels.isEmpty
                ? Figure.preferredHeight(width: width, marks: marks, theme: theme)
                : Figure.preferredHeight(
                    width: width, panels: panels.count, columns: panelColumns, theme: theme))
        self.theme = theme
    }

    /// A height in inches that suits a width in inches: near the golden section at 6 inches, relatively higher for
    /// narrow pictures (titles and labels do not shrink with them) and lower for wide ones.
    public static func preferredHeight(width: Double) -> Double {
        min(0.9 + 0.475 * width, 2.3 + 0.24 * width)
    }

    /// As `preferredHeight(width:)`, or what the rows of a heat map or of pictures need.
    public static func preferredHeight(width: Double, marks: [Mark], theme: Theme = .github) -> Double {
        let type = typeScale(theme, width: width)
        let usual = preferredHeight(width: width)
        guard sizes.contains(width) else { return usual }
        switch marks.first {
        case .heatMap(let map):
            return min(sizes.upperBound, max(usual, min(1.2 * width, type * (1.4 + 0.17 * Double(map.rows.count)))))
        case .images(let grid):
            guard let first = grid.images.first else { return usual }
            let count = grid.images.count
            let columns = max(1, min(grid.columns ?? Int((width / 0.8 / type).rounded()), count))
            let box = max(0.1, (width - 0.17) / Double(columns) - 0.09 * type)
            let shape = Double(first.raster.height) / Double(first.raster.width)
            let caption = Double(grid.images.map(\.caption.count).max() ?? 0) * 0.15 * type + 0.13 * type
            let rows = Double((count + columns - 1) / columns)
            return max(sizes.lowerBound, min(sizes.upperBound, 0.5 * type + rows * (box * shape + caption)))
        default: return usual
        }
    }

    /// A height in inches for small multiples: panels about three quarters as high as wide, within `sizes`.
    public static func preferredHeight(width: Double, panels: Int, columns: Int? = nil, theme: Theme = .github)
        -> Double
    {
        guard sizes.contains(width) else { return preferredHeight(width: width) }
        let type = typeScale(theme, width: width)
        let across = max(1, min(columns ?? Int((width / 1.9 / type).rounded()), max(1, panels)))
        let rows = (max(1, panels) + across - 1) / across
        let each = min(2.4 * type, 0.35 * type + 0.68 * width / Double(across))
        return max(sizes.lowerBound, min(sizes.upperBound, 0.7 * type + Double(rows) * each))
    }

    /// How large labels are, compared with 9 points.
    private static func typeScale(_ theme: Theme, width: Double) -> Double {
        let scale = Metrics(theme: theme, width: width, height: width).label.size / 9
        return scale.isFinite ? max(0.2, min(20, scale)) : 1
    }
}

/// One of the small plots of a figure.
public struct Panel: Sendable, Hashable {
    /// Above the panel; empty for none.
    public var title: String
    public var marks: [Mark]

    public init(title: String, marks: [Mark]) {
        self.title = title
        self.marks = marks
    }
}

/// Which axes all panels have in common.
public enum PanelAxes: String, Sendable, Hashable, CaseIterable {
    /// Both: values can be compared across the whole figure, and only the outer panels have labels.
    case shared
    /// The x axis; every panel has its own y axis.
    case sharedX
    /// Every panel has its own.
    case free
}

/// Where the names of the series go.
public enum LegendPlacement: Sendable, Hashable {
    /// At the ends of the lines where they fit; else in an empty place inside; else beside or below. Never on data.
    case automatic
    case none
}
