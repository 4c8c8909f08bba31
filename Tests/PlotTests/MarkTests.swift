import Foundation
import Plot
import Testing

/// What each mark computes before it is drawn, and what it refuses.
@Suite struct MarkTests {
    private let measurer = FixedMetricMeasurer()

    private func error(_ figure: Figure) -> FigureError? {
        do {
            _ = try figure.layout(measurer: measurer)
            return nil
        } catch { return error }
    }

    private func scatter(_ points: [(Double, Double)]) -> [ScatterPoint] {
        points.enumerated().map { ScatterPoint(name: "p\($0.offset)", x: $0.element.0, y: $0.element.1) }
    }

    // MARK: Pareto front

    @Test func theFrontHoldsThePointsThatNoOtherBeats() {
        let points = scatter([(1, 1), (2, 3), (3, 2), (4, 4), (2, 2), (5, 4)])
        #expect(ParetoFront().best(points).map(\.name) == ["p0", "p1", "p3"])
        #expect(ParetoFront(x: .lower, y: .lower).best(points).map(\.name) == ["p0"])
        #expect(ParetoFront(x: .higher, y: .higher).best(points).map(\.name) == ["p5"])
        #expect(ParetoFront(x: .higher, y: .lower).best(points).map(\.name) == ["p0", "p2", "p5"])
        #expect(ParetoFront().best([]).isEmpty)
    }

    @Test(arguments: 0..<20) func noPointBeatsOneOfTheFront(seed: Int) {
        let points = scatter(
            (0..<40).map { (Double(($0 * 7919 + seed * 31) % 97), Double(($0 * 104_729 + seed * 17) % 89)) })
        let front = ParetoFront().best(points)
        for kept in front {
            let beaten = points.contains { $0.x <= kept.x && $0.y >= kept.y && ($0.x < kept.x || $0.y > kept.y) }
            #expect(!beaten, "seed \(seed): \(kept)")
        }
        for point in points {
            let isCovered = front.contains { $0.x <= point.x && $0.y >= point.y }
            #expect(isCovered, "seed \(seed): \(point)")
        }
    }

    @Test func labelsOfCrowdedPointsDoNotTouch() throws {
        let points = (0..<24).map { index in
            ScatterPoint(
                name: "network \(index)", x: 10 + Double(index % 5), y: 0.9 + 0.004 * Double(index % 7),
                colorIndex: index)
        }
        let drawing = try Figure(marks: [.scatter(ScatterMark(points: points))]).layout(measurer: PangoMeasurer())
        let labels = drawing.elements.compactMap { element -> PlacedText? in
            guard element.role == .seriesLabel, case .text(let text) = element.shape else { return nil }
            return text
        }
        for (index, label) in labels.enumerated() {
            for other in labels[..<index] { #expect(!label.overlaps(other), "\(label.text) and \(other.text)") }
        }
        let omitted = drawing.notes.count { if case .omittedText = $0 { true } else { false } }
        #expect(labels.count + omitted == 24)
        #expect(labels.count >= 18, "only \(labels.count) of 24 labels found a place")
    }

    // MARK: Histograms

    @Test(arguments: [1, 2, 7, 100, 1000])
    func everyValueFallsIntoOneBin(bins: Int) {
        let values = (0..<500).map { (index: Int) -> Double in Double((index * 7919) % 1009) * 0.37 - 100 }.sorted()
        for asked in [bins, nil] as [Int?] {
            let edges = HistogramBins.edges(values, range: nil, bins: asked, integer: false)
            #expect(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }, "\(edges)")
            if let asked { #expect(edges.count == asked + 1) }
            let counts = HistogramBins.counts(values, edges)
            #expect(counts.reduce(0, +) == 500, "\(asked ?? 0) bins")
            for (bin, count) in counts.enumerated() {
                let isLast = bin == counts.count - 1
                let expected = values.count {
                    $0 >= edges[bin] && ($0 < edges[bin + 1] || isLast && $0 <= edges[bin + 1])
                }
                #expect(count == expected, "bin \(bin) of \(counts.count)")
            }
        }
    }

    @Test func wholeNumbersHaveABinEach() {
        #expect(HistogramBins.edges([1, 1, 2, 4], range: nil, bins: nil, integer: true) == [0.5, 1.5, 2.5, 3.5, 4.5])
        let one = HistogramBins.edges([3, 3], range: nil, bins: nil, integer: false)
        #expect(one.count >= 2 && one[0] < 3 && one[one.count - 1] > 3)
    }

    @Test func histogramsRefuseImpossibleBins() {
        func figure(_ bins: [Int]) -> Figure {
            Figure(marks: bins.map { .histogram(HistogramMark(name: "a", values: [1, 2], bins: $0)) })
        }
        #expect(error(figure([0])) == .badNumber(.bins, found: 0, allowed: 1...1000))
        #expect(error(figure([4, 5])) == .differentBins([4, 5]))
        #expect(error(Figure(marks: [.histogram(HistogramMark(name: "a", values: [.nan]))])) == .nothingToDraw)
        #expect(
            error(Figure(marks: [.histogram(HistogramMark(name: "a", values: [1]))], xAxis: Axis(scale: .log)))
                == .unsuitableScale(.x, .histogram))
    }

    // MARK: Densities

    @Test func aDensityIsHighWhereValuesAre() {
        var values: [Double] = (0..<50).map { (index: Int) -> Double in 1 + 0.01 * Double(index % 10) }
        values += (0..<10).map { (index: Int) -> Double in 3 + 0.01 * Double(index) }
        values.sort()
        let outline = KernelDensity.outline(values, logarithmic: false)
        #expect(outline.first?.value == 1 && outline.last?.value == 3.09)
        let highest = outline.max { $0.density < $1.density }
        #expect(highest.map { $0.value < 1.2 && $0.density == 1 } ?? false, "\(String(describing: highest))")
        let between = outline.min { ($0.value - 2).magnitude < ($1.value - 2).magnitude }
        #expect((between?.density ?? 1) < 0.2)
        #expect(KernelDensity.outline([2, 2, 2], logarithmic: false).map(\.value) == [2])
        #expect(KernelDensity.outline([1e-300, 1e300], logarithmic: true).allSatisfy { $0.density.isFinite })
    }

    // MARK: Stacks

    @Test func stackedAreasStandOnEachOther() throws {
        let areas = [1.0, 2].map { height in
            AreaMark(name: "\(height)", points: [DataPoint(x: 0, y: height), DataPoint(x: 1, y: .nan)])
        }
        let stacked = try #require(AreaMark.stacked(areas))
        #expect(stacked[1].foot == [1, 0] && stacked[1].points[0].y == 3)
        let other = AreaMark(name: "b", points: [DataPoint(x: 5, y: 1)])
        #expect(AreaMark.stacked([areas[0], other]) == nil)
        #expect(AreaMark.stacked([]) == [])
    }

    @Test func stackedBarsReachTheirSumAndSayIt() throws {
        let groups = [3.0, 4, -2].enumerated().map {
            BarGroup(name: "g\($0.offset)", values: [$0.element], colorIndex: $0.offset)
        }
        let bars = BarMark(categories: ["a"], groups: groups, arrangement: .stacked)
        let drawing = try Figure(marks: [.bars(bars)]).layout(measurer: measurer)
        let values = drawing.elements.compactMap { element -> String? in
            guard element.role == .valueLabel, case .text(let text) = element.shape else { return nil }
            return text.text
        }
        #expect(Set(values) == ["7", "\u{2212}2"])
        #expect(error(Figure(marks: [.bars(bars)], yAxis: Axis(scale: .log))) == .unsuitableScale(.y, .bars))
        let huge = BarMark(
            categories: ["a"],
            groups: [BarGroup(name: "g", values: [1.7e308]), BarGroup(name: "h", values: [1.7e308])],
            arrangement: .stacked)
        #expect(error(Figure(marks: [.bars(huge)])) == .valueTooLarge(.y, found: 1.7e308, limit: 1e300))
    }

    // MARK: Heat maps and pictures

    @Test func confusionCellsSayCountAndShare() throws {
        let mark = HeatMapMark.confusion(classes: ["cat", "dog"], counts: [[3, 1], [0, 4]])
        let texts = try Figure(marks: [.heatMap(mark)]).layout(measurer: measurer).texts.map(\.text)
        for text in ["3", "75.0%", "1", "25.0%", "0", "4", "100.0%"] { #expect(texts.contains(text), "\(texts)") }
    }

    @Test func heatMapsRefuseWhatIsNoMatrix() {
        func map(_ values: [[Double]], range: ClosedRange<Double>? = nil) -> Figure {
            Figure(marks: [.heatMap(HeatMapMark(rows: ["a", "b"], columns: ["x", "y"], values: values, range: range))])
        }
        #expect(error(map([[1, 2]])) == .wrongCount(mark: 0, list: .rows, expected: 2, found: 1))
        #expect(error(map([[1, 2], [3]])) == .wrongCount(mark: 0, list: .row(1), expected: 2, found: 1))
        #expect(error(map([[.nan, .nan], [.nan, .nan]])) == .nothingToDraw)
        #expect(error(map([[1, 2], [3, 1e301]])) == .valueTooLarge(.y, found: 1e301, limit: 1e300))
        #expect(error(map([[1, 2], [3, 4]], range: 1...1)) == .badColorRange(lower: 1, upper: 1))
        #expect(error(map([[1, 1], [1, 1]])) == nil)
        #expect(error(map([[-1e300, 1e300], [0, 1e-300]])) == nil)
        #expect(error(Figure(marks: [.heatMap(HeatMapMark(rows: [], columns: [], values: []))])) == .nothingToDraw)
    }

    @Test func rastersHaveAsManyPixelsAsTheySay() {
        #expect(Raster(width: 2, height: 1, rgb: [0, 0, 0, 1, 1, 1]) != nil)
        #expect(Raster(width: 2, height: 1, rgb: [0, 0, 0]) == nil)
        #expect(Raster(width: 0, height: 1, rgb: []) == nil)
        #expect(Raster(width: .max, height: .max, gray: []) == nil)
        #expect(error(Figure(marks: [.images(ImageGridMark(images: []))])) == .nothingToDraw)
    }

    // MARK: Company

    @Test func marksOnNumericAxesShareAFigureAndOthersDoNot() throws {
        let points = [DataPoint(x: 1, y: 1), DataPoint(x: 2, y: 3)]
        let line = Mark.line(LineMark(name: "line", points: points))
        let area = Mark.area(AreaMark(name: "area", points: points, colorIndex: 1))
        let step = Mark.step(StepMark(name: "step", points: points, colorIndex: 2))
        let dots = Mark.points(PointMark(name: "dots", points: points, colorIndex: 3))
        let limit = Mark.reference(ReferenceMark(.y(2), label: "limit"))
        let drawing = try Figure(marks: [line, area, step, dots, limit]).layout(measurer: measurer)
        for text in ["line", "area", "step", "dots", "limit"] {
            #expect(drawing.texts.contains { $0.text == text }, "\(text)")
        }
        let histogram = Mark.histogram(HistogramMark(name: "h", values: [1, 2]))
        #expect(error(Figure(marks: [line, histogram])) == .incompatibleMarks([.line, .histogram]))
        let map = Mark.heatMap(HeatMapMark(rows: ["a"], columns: ["b"], values: [[1]]))
        #expect(error(Figure(marks: [map, limit])) == .incompatibleMarks([.heatMap, .reference]))
        #expect(error(Figure(marks: [limit])) == .nothingToDraw)
    }

    @Test func panelsShareTheirAxesUnlessToldOtherwise() throws {
        func panel(_ top: Double) -> Panel {
            Panel(
                title: "to \(top)",
                marks: [
                    .line(LineMark(name: "a", points: [DataPoint(x: 10, y: 0), DataPoint(x: 20, y: top)]))
                ])
        }
        func labels(_ axes: PanelAxes) throws -> [String] {
            let figure = Figure(marks: [], panels: [panel(1), panel(100)], panelColumns: 2, panelAxes: axes)
            return try figure.layout(measurer: measurer).elements.compactMap { element in
                guard element.role == .tickLabel, case .text(let text) = element.shape else { return nil }
                return text.text
            }
        }
        #expect(try labels(.shared).count { $0 == "100" } == 1)
        #expect(try !labels(.shared).contains("0.5"))
        #expect(try labels(.free).count { $0 == "100" } == 1)
        let free = try labels(.free)
        #expect(free.contains { ["0.5", "1", "1.0"].contains($0) }, "\(free)")
        let map = Mark.heatMap(HeatMapMark(rows: ["a"], columns: ["b"], values: [[1]]))
        #expect(error(Figure(marks: [], panels: [Panel(title: "p", marks: [map])])) == .notInPanels(.heatMap))
        #expect(error(Figure(marks: [], panels: [Panel(title: "p", marks: [])])) == .nothingToDraw)
        let zero = Figure(marks: [], panels: [panel(1)], panelColumns: 0)
        #expect(error(zero) == .badNumber(.panelColumns, found: 0, allowed: 1...100))
    }

    @Test func panelsOfBoxesCountOnlyOutliersBeyondTheCommonAxis() throws {
        // Outliers far beyond the first panel's boxes lie within the second's.
        let low: [Double] = (0..<400).map { (index: Int) -> Double in 1 + 0.001 * Double(index % 50) } + [7, 8]
        let high: [Double] = (0..<400).map { (index: Int) -> Double in 5 + 0.02 * Double(index % 200) }
        func panel(_ samples: [Double]) -> Panel {
            Panel(title: "p\(samples.count)", marks: [.boxes(BoxMark(categories: ["net"], boxes: [.samples(samples)]))])
        }
        let alone = try Figure(marks: panel(low).marks).layout(measurer: measurer)
        #expect(alone.notes == [.outliersAbove(category: "net", count: 2)])
        let both = try Figure(marks: [], panels: [panel(low), panel(high)]).layout(measurer: measurer)
        #expect(both.notes.isEmpty, "\(both.notes)")
        #expect(!both.texts.contains { $0.text.contains("above") })
    }

    @Test(arguments: [0, -1, .nan, .infinity, 1e-300])
    func thresholdsMustBePositive(threshold: Double) {
        let line = Mark.line(LineMark(name: "a", points: [DataPoint(x: 0, y: 1), DataPoint(x: 1, y: 2)]))
        let found = error(Figure(marks: [line], yAxis: Axis(scale: .symlog(threshold: threshold))))
        guard case .badThreshold(.y, _) = found else {
            Issue.record("\(threshold) gave \(String(describing: found))")
            return
        }
    }

    @Test(arguments: [(7.0, ["7", "1, 98%"]), (3.25, ["7", "1", "98%"])])
    func captionsOfPicturesAreBrokenBeforeTheyAreShortened(width: Double, lines: [String]) throws {
        let raster = try #require(Raster(width: 4, height: 4, gray: Array(repeating: 9, count: 16)))
        let image = GridImage(raster: raster, caption: ["7", "1, 98%"], verdict: .wrong)
        let mark = ImageGridMark(images: Array(repeating: image, count: 20), columns: 10)
        let drawing = try Figure(marks: [.images(mark)], width: width, height: max(1.3, width / 4), theme: .paperColumn)
            .layout(measurer: PangoMeasurer())
        #expect(Set(drawing.texts.map(\.text)) == Set(lines))
        #expect(drawing.texts.count == 20 * lines.count && drawing.notes.isEmpty)
    }
}
