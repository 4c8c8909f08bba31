/// What the layout needs to know of a kind of mark. One file for each kind; a new kind needs nothing else.
protocol PlotContent {
    var xDomain: HorizontalDomain { get }
    var yDomain: ValueDomain { get }
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
}

/// A name and the look it explains.
struct LegendEntry {
    enum Sample { case line(marker: Bool), area }

    let name: String
    let style: SeriesStyle
    let sample: Sample
}
