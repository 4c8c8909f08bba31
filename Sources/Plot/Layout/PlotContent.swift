/// What the layout needs to know of a kind of mark. One file for each kind; a new kind needs nothing else.
protocol PlotContent {
    /// Both are replaced by those of all panels where panels share their axes.
    var xDomain: HorizontalDomain { get set }
    var yDomain: ValueDomain { get set }
    var legendEntries: [LegendEntry] { get }
    /// What was left out of the data.
    var notes: [Drawing.Note] { get }

    /// Room inside the data region that marks or their labels need beyond the ends of the axes.
    func insets(_ metrics: Metrics, _ measurer: any TextMeasurer) -> Insets
    func draw(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas)
    /// Where each legend entry's line ends, if all may be labelled at the right edge.
    func lineEnds(in frame: PlotFrame) -> [Point]?
}

extension PlotContent {
    func lineEnds(in frame: PlotFrame) -> [Point]? { nil }

    /// Of both axes; none for categories.
    func formatters(_ figure: Figure) -> (x: AxisFormatter?, y: AxisFormatter) {
        let y = AxisFormatter(axis: figure.yAxis.cleaned, lower: yDomain.lower, upper: yDomain.upper)
        guard case .values(let x) = xDomain else { return (nil, y) }
        return (AxisFormatter(axis: figure.xAxis.cleaned, lower: x.lower, upper: x.upper), y)
    }
}

/// A name and the look it explains.
struct LegendEntry: Hashable {
    enum Sample: Hashable {
        case line(marker: Bool)
        case area, marker
    }

    let name: String
    let style: SeriesStyle
    let sample: Sample
}
