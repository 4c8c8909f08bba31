import Datasets
import Plot
import Testing

/// Data that a plot of research results meets sooner or later: drawn with a note, or refused with a typed error.
@Suite struct BadDataTests {
    private let measurer = FixedMetricMeasurer()

    private func line(_ values: [Double], name: String = "a", xs: [Double]? = nil, band: [Interval]? = nil) -> Mark {
        let points = values.enumerated().map { DataPoint(x: xs?[$0.offset] ?? Double($0.offset), y: $0.element) }
        return .line(LineMark(name: name, points: points, band: band))
    }

    private func error(_ figure: Figure) -> FigureError? {
        do {
            _ = try figure.layout(measurer: measurer)
            return nil
        } catch { return error }
    }

    // MARK: Gaps and notes

    @Test func valuesThatAreNotFiniteLeaveGapsAndAreCounted() throws {
        let drawing = try Figure(marks: [line([1, 2, .nan, 3, .infinity, 4, 5])]).layout(measurer: measurer)
        #expect(drawing.notes == [.skippedNonFinite(name: "a", count: 2)])
        let strokes = drawing.elements.filter { element in
            guard element.role == .data, case .stroke(let path, let stroke) = element.shape else { return false }
            return path.segments.count == 2 && stroke.color == Palette.offprint.colors[0]
        }
        #expect(strokes.count == 2, "two lines of two points; the single point is a marker")
    }

    @Test func logarithmicAxesLeaveOutWhatIsNotPositive() throws {
        let axis = Axis(scale: .log)
        let drawing = try Figure(marks: [line([1, 0, -3, 10])], yAxis: axis).layout(measurer: measurer)
        #expect(drawing.notes == [.skippedNonPositive(name: "a", count: 2)])
        #expect(error(Figure(marks: [line([0, -1])], yAxis: axis)) == .noPositiveValue(.y))
        let bars = BarMark(categories: ["p", "q"], groups: [BarGroup(name: "g", values: [0, 5])])
        #expect(
            try Figure(marks: [.bars(bars)], yAxis: axis).layout(measurer: measurer).notes
                == [.skippedNonPositive(name: "g", count: 1)])
        let boxes = BoxMark(categories: ["p"], boxes: [.samples([0, -1])])
        #expect(error(Figure(marks: [.boxes(boxes)], yAxis: axis)) == .noPositiveValue(.y))
    }

    @Test func emptySeriesAreNamedAndEmptyFiguresRefused() throws {
        let drawing = try Figure(marks: [line([], name: "none"), line([1, 2])]).layout(measurer: measurer)
        #expect(drawing.notes == [.empty(name: "none")])
        #expect(error(Figure(marks: [])) == .nothingToDraw)
        #expect(error(Figure(marks: [line([])])) == .nothingToDraw)
        #expect(error(Figure(marks: [line([.nan])])) == .nothingToDraw)
        #expect(error(Figure(marks: [.bars(BarMark(categories: [], groups: []))])) == .nothingToDraw)
        #expect(error(Figure(marks: [.bars(BarMark(categories: ["a"], groups: []))])) == .nothingToDraw)
        #expect(error(Figure(marks: [.boxes(BoxMark(categories: ["a"], boxes: [.samples([])]))])) == .nothingToDraw)
    }

    @Test func pointsOutsideTheAskedRangeAreCounted() throws {
        let figure = Figure(marks: [line([0, 5, 10, 50])], yAxis: Axis(range: 1...20))
        let drawing = try figure.layout(measurer: measurer)
        #expect(drawing.notes == [.outsideRange(name: "a", count: 2)])
    }

    // MARK: Outliers

    @Test func farOutliersAreCountedInsteadOfSquashingTheBoxes() throws {
        var samples: [Double] = (0..<1000).map { (index: Int) -> Double in 1 + 0.001 * Double(index % 100) }
        samples += [500, 600, 700]
        let figure = Figure(marks: [.boxes(BoxMark(categories: ["net"], boxes: [.samples(samples)]))])
        let drawing = try figure.layout(measurer: measurer)
        #expect(drawing.notes == [.outliersAbove(category: "net", count: 3)])
        #expect(drawing.texts.contains { $0.text == "3 above" })
        let heights = drawing.elements.compactMap { element -> Double? in
            guard element.role == .data, case .fill(let path, _) = element.shape else { return nil }
            let ys = path.segments.compactMap { segment -> Double? in
                switch segment {
                case .move(let point), .line(let point): point.y
                default: nil
                }
            }
            return (ys.max() ?? 0) - (ys.min() ?? 0)
        }
        let highest: Double = heights.max() ?? 0
        #expect(highest > drawing.height / 8, "the box is \(heights) points high")
    }

    @Test func thousandsOfOutliersMakeFewShapes() throws {
        let samples: [Double] = (0..<20_000).map { (index: Int) -> Double in
            index % 5 == 0 ? 2 + Double(index % 1000) * 0.001 : 1 + Double(index % 7) * 0.01
        }
        let figure = Figure(marks: [.boxes(BoxMark(categories: ["net"], boxes: [.samples(samples)]))])
        let drawing = try figure.layout(measurer: measurer)
        #expect(drawing.elements.count < 400, "\(drawing.elements.count) elements")
    }

    // MARK: Extremes

    @Test(arguments: [1e-300, 1e-12, 1, 1e12, 1e299])
    func anyMagnitudeIsDrawn(scale: Double) throws {
        for axis in [AxisScale.linear, .log] {
            for format in AxisFormat.allCases {
                for values in [[1, 2, 3], [1, 1, 1], [1], [1, 1 + 1e-15]] {
                    let scaled = values.map { $0 * scale }
                    let figure = Figure(marks: [line(scaled)], yAxis: Axis(title: "y", scale: axis, format: format))
                    let drawing = try figure.layout(measurer: measurer)
                    #expect(drawing.elements.contains { $0.role == .data }, "\(scaled) \(axis) \(format)")
                    let bars = BarMark(
                        categories: scaled.indices.map { "c\($0)" }, groups: [BarGroup(name: "g", values: scaled)])
                    _ = try Figure(marks: [.bars(bars)], yAxis: Axis(scale: axis, format: format))
                        .layout(measurer: measurer)
                    let boxes = BoxMark(categories: ["c"], boxes: [.samples(scaled)])
                    _ = try Figure(marks: [.boxes(boxes)], yAxis: Axis(scale: axis, format: format))
                        .layout(measurer: measurer)
                }
            }
        }
    }

    @Test func tinyAndHugeTogether() throws {
        for axis in [AxisScale.linear, .log] {
            let values = [1e-300, 1, 1e299]
            _ = try Figure(marks: [line(values)], yAxis: Axis(scale: axis)).layout(measurer: measurer)
            _ = try Figure(marks: [line(values, xs: values)], xAxis: Axis(scale: axis)).layout(measurer: measurer)
        }
        let tiny = Double.leastNonzeroMagnitude
        for values in [[0, tiny], [-1e299, 1e299], [-tiny, tiny], [0, 0]] {
            _ = try Figure(marks: [line(values)]).layout(measurer: measurer)
            _ = try Figure(marks: [.boxes(BoxMark(categories: ["c"], boxes: [.samples(values)]))])
                .layout(measurer: measurer)
        }
    }

    /// Every kind of mark of the same values, on every scale: drawn or refused, never anything else.
    @Test(
        arguments: [
            [], [.nan], [.infinity, -.infinity], [0], [1, 1, 1], [1e300, -1e300, 0], [1e-300, 1e300],
            [-1e-300, 1e-300, .nan],
            [1.7e308, -1.7e308], [1, 2, 3, .nan, 5],
        ] as [[Double]])
    func everyMarkSurvivesTheValues(values: [Double]) {
        let points = values.enumerated().map { DataPoint(x: Double($0.offset), y: $0.element) }
        let turned = points.map { DataPoint(x: $0.y, y: $0.x) }
        let names = values.indices.map { "c\($0)" }
        let marks: [[Mark]] =
            [points, turned].flatMap { points -> [[Mark]] in
                [
                    [
                        .line(
                            LineMark(name: "a", points: points, band: points.map { Interval(lower: $0.y, upper: .nan) })
                        )
                    ],
                    [.step(StepMark(name: "a", points: points, jump: .middle))],
                    [.area(AreaMark(name: "a", points: points, foot: points.map { -$0.y }))],
                    [
                        .points(
                            PointMark(
                                name: "a", points: points,
                                errors: points.map { Interval(lower: $0.y, upper: .infinity) }))
                    ],
                    [
                        .scatter(
                            ScatterMark(
                                points: points.map { ScatterPoint(name: "p", x: $0.x, y: $0.y) }, front: ParetoFront())),
                        .reference(ReferenceMark(.identity, label: "same")),
                        .reference(ReferenceMark(.y(.nan), label: "no")),
                        .annotation(AnnotationMark("far", at: DataPoint(x: 1e305, y: .nan))),
                    ],
                ]
            } + [
                [.histogram(HistogramMark(name: "a", values: values)), .reference(ReferenceMark(.x(0)))],
                [
                    .bars(
                        BarMark(categories: names, groups: [BarGroup(name: "g", values: values)], arrangement: .stacked)
                    )
                ],
                [.violins(ViolinMark(categories: ["a"], samples: [values]))],
                [
                    .heatMap(
                        HeatMapMark(rows: ["a"], columns: names, values: [values], colorScale: .diverging(middle: 0)))
                ],
            ]
        let scales: [AxisScale] = [
            .linear, .log, .symlog(threshold: 1e-3), .symlog(threshold: 1e200), .categorical(["a", "b"]),
        ]
        for marks in marks {
            for x in scales {
                for y in scales {
                    for format in [AxisFormat.number, .integer] {
                        let figure = Figure(
                            marks: marks, xAxis: Axis(title: "x", scale: x, format: format),
                            yAxis: Axis(title: "y", scale: y, format: format))
                        guard let drawing = try? figure.layout(measurer: measurer) else { continue }
                        let text = drawing.text
                        #expect(!text.contains("nan") && !text.contains("inf "), "\(marks[0].kind) \(x) \(y): \(text)")
                    }
                }
            }
        }
    }

    @Test func aOneInchFigureIsDrawnOrSaysThatItHasNoRoom() throws {
        for theme in Theme.all {
            for (name, make) in GallerySamples.all {
                do throws(FigureError) {
                    let drawing = try make(1, theme).layout(measurer: PangoMeasurer())
                    #expect(drawing.width == 72, "\(name)")
                } catch {
                    guard case .noRoom = error else { throw error }
                }
            }
            var plain = Samples.accuracies(count: 1, epochs: 3, width: 1, theme: theme)
            (plain.title, plain.xAxis.title, plain.yAxis.title, plain.height) = (nil, "", "", 1)
            let drawing = try plain.layout(measurer: PangoMeasurer())
            #expect(drawing.elements.contains { $0.role == .data }, "\(theme.name)")
        }
    }

    @Test func valuesWhoseDifferencesOverflowAreRefused() {
        let limit = 1e300
        #expect(error(Figure(marks: [line([0, 1e308])])) == .valueTooLarge(.y, found: 1e308, limit: limit))
        let far = Figure(marks: [line([0, 1], xs: [0, -1e308])])
        #expect(error(far) == .valueTooLarge(.x, found: -1e308, limit: limit))
        let bars = BarMark(categories: ["a"], groups: [BarGroup(name: "g", values: [1.7e308], errors: [1.7e308])])
        #expect(error(Figure(marks: [.bars(bars)])) != nil)
        let boxes = BoxMark(categories: ["a"], boxes: [.samples([-1.7e308, 0, 1.7e308])])
        #expect(error(Figure(marks: [.boxes(boxes)])) != nil)
    }

    @Test func twoHundredSeriesAndTwoHundredLetters() throws {
        let marks = (0..<200).map { index in
            Mark.line(
                LineMark(
                    name: "series \(index)",
                    points: (0..<50).map { (x: Int) -> DataPoint in DataPoint(x: Double(x), y: Double(x * index)) },
                    colorIndex: index))
        }
        let many = try Figure(marks: marks).layout(measurer: PangoMeasurer())
        #expect(many.notes.contains { if case .omittedLegendEntries = $0 { true } else { false } })
        for width in [2.0, 6, 12] {
            let long = String(repeating: "long name ", count: 20)
            let solid = String(repeating: "x", count: 200)
            let bars = BarMark(
                categories: ["a" + long, "b" + solid, "c"],
                groups: [BarGroup(name: long, values: [1, 2, 3]), BarGroup(name: solid, values: [1, 2, 3])])
            let figure = Figure(
                marks: [.bars(bars)], xAxis: Axis(title: long), yAxis: Axis(title: solid), title: long, width: width)
            do throws(FigureError) {
                _ = try figure.layout(measurer: PangoMeasurer())
            } catch {
                guard case .noRoom = error, width == 2 else { throw error }
            }
            let lines = [line([1, 2], name: long), line([2, 1], name: solid)]
            _ = try Figure(marks: lines, title: solid, width: max(width, 3)).layout(measurer: PangoMeasurer())
        }
    }

    /// In every place that takes text.
    @Test(arguments: [2, 3.25, 6, 12.0])
    func longNamesAreShortenedWrappedOrNoted(width: Double) throws {
        let long = String(repeating: "long name ", count: 20)
        let solid = String(repeating: "x", count: 200)
        let line = Mark.line(
            LineMark(name: "a", points: (0..<9).map { DataPoint(x: Double($0), y: Double($0 % 4)) }))
        let picture = try #require(Raster(width: 2, height: 2, gray: [0, 80, 160, 240]))
        let figures = [
            Figure(
                marks: [
                    line, .reference(ReferenceMark(.y(2), label: long)), .reference(ReferenceMark(.x(3), label: solid)),
                    .annotation(AnnotationMark(long, at: DataPoint(x: 4, y: 0))),
                ], width: width),
            Figure(
                marks: [
                    .scatter(
                        ScatterMark(
                            points: (0..<3).map { ScatterPoint(name: [long, solid, "c"][$0], x: Double($0), y: 1) }))
                ], width: width),
            Figure(
                marks: [
                    .heatMap(
                        HeatMapMark(
                            rows: [long, solid], columns: [solid, long], values: [[1, 2], [3, 4]], valueTitle: long))
                ], xAxis: Axis(title: long), yAxis: Axis(title: solid), title: long, width: width, height: 4),
            Figure(
                marks: [.images(ImageGridMark(images: [GridImage(raster: picture, caption: [long, solid])]))],
                title: solid, width: width),
            Figure(
                marks: [], panels: [Panel(title: long, marks: [line]), Panel(title: solid, marks: [line])],
                title: long, width: width, height: 4),
            Figure(
                marks: [.violins(ViolinMark(categories: [long, solid], samples: [[1, 2, 3], [2, 3, 4]]))],
                xAxis: Axis(title: long), width: width),
        ]
        for (index, figure) in figures.enumerated() {
            let drawing: Drawing
            do throws(FigureError) {
                drawing = try figure.layout(measurer: PangoMeasurer())
            } catch {
                guard case .noRoom = error, width == 2 else { throw error }
                continue
            }
            for text in drawing.texts {
                #expect(
                    text.bounds.x >= -0.01 && text.bounds.maxX <= drawing.width + 0.01,
                    "figure \(index), \(width): \(text.text)")
            }
            #expect(drawing.elements.contains { $0.role == .data }, "figure \(index), \(width)")
        }
    }

    @Test func hundredsOfSeriesOfEveryKindAreDrawn() throws {
        let points = (0..<20).map { DataPoint(x: Double($0), y: Double($0 * $0)) }
        let kinds: [(Int) -> Mark] = [
            { .step(StepMark(name: "s\($0)", points: points, colorIndex: $0)) },
            { .area(AreaMark(name: "a\($0)", points: points, colorIndex: $0)) },
            { .points(PointMark(name: "p\($0)", points: points, colorIndex: $0)) },
            { .histogram(HistogramMark(name: "h\($0)", values: points.map(\.y), colorIndex: $0)) },
        ]
        for kind in kinds {
            let drawing = try Figure(marks: (0..<200).map(kind)).layout(measurer: measurer)
            #expect(drawing.notes.contains { if case .omittedLegendEntries = $0 { true } else { false } })
        }
        let crowd = (0..<400).map {
            ScatterPoint(name: "n\($0)", x: Double($0 % 20), y: Double($0 / 20), colorIndex: $0)
        }
        let drawing = try Figure(marks: [.scatter(ScatterMark(points: crowd))]).layout(measurer: measurer)
        let labels = drawing.elements.count { element in
            if element.role == .seriesLabel, case .text = element.shape { true } else { false }
        }
        let omitted = drawing.notes.count { if case .omittedText = $0 { true } else { false } }
        #expect(labels + omitted == 400)
    }

    @Test func anyTextIsDrawnOnOneLine() throws {
        let names = [
            "a\nb\tc\0d", "", " ", "שלום עולם", "畳み込みネットワーク", "👩‍👩‍👧‍👦", "e\u{301}\u{301}", "\u{2028}",
        ]
        for name in names {
            let marks = [line([1, 2], name: name), line([2, 3], name: "other")]
            let drawing = try Figure(marks: marks, title: name).layout(measurer: PangoMeasurer())
            #expect(!drawing.texts.contains { $0.text.contains("\n") || $0.text.contains("\0") })
            _ = try Renderer.png(drawing, dpi: 40)
        }
    }

    // MARK: Refusals

    @Test func mistakesInTheFigureAreNamed() {
        let bars = Mark.bars(BarMark(categories: ["a", "b"], groups: [BarGroup(name: "g", values: [1, 2])]))
        let boxes = Mark.boxes(BoxMark(categories: ["a"], boxes: [.samples([1, 2])]))
        #expect(error(Figure(marks: [bars, boxes])) == .incompatibleMarks([.bars, .boxes]))
        #expect(error(Figure(marks: [bars, bars])) == .repeatedMark(.bars, found: 2))
        #expect(
            error(Figure(marks: [line([1, 2], band: [Interval(lower: 0, upper: 1)])]))
                == .wrongCount(mark: 0, list: .band, expected: 2, found: 1))
        #expect(
            error(Figure(marks: [.bars(BarMark(categories: ["a"], groups: [BarGroup(name: "g", values: [1, 2])]))]))
                == .wrongCount(mark: 0, list: .values(group: "g"), expected: 1, found: 2))
        #expect(
            error(
                Figure(marks: [.bars(BarMark(categories: ["a", "a"], groups: [BarGroup(name: "g", values: [1, 2])]))]))
                == .repeatedCategory("a"))
        #expect(
            error(Figure(marks: [bars], xAxis: Axis(scale: .categorical(["a", "c"]))))
                == .unknownCategory("b", expected: ["a", "c"]))
        #expect(error(Figure(marks: [bars], xAxis: Axis(scale: .log))) == .unsuitableScale(.x, .bars))
        #expect(error(Figure(marks: [bars], yAxis: Axis(scale: .categorical([])))) == .unsuitableScale(.y, .bars))
        #expect(error(Figure(marks: [bars], yAxis: Axis(range: 1...1))) == .badRange(.y, lower: 1, upper: 1))
        #expect(
            error(Figure(marks: [bars], yAxis: Axis(scale: .log, range: 0...1))) == .badRange(.y, lower: 0, upper: 1))
        let unordered = BoxSummary(
            lowerWhisker: 1, lowerQuartile: 3, median: 2, upperQuartile: 4, upperWhisker: 5)
        #expect(
            error(Figure(marks: [.boxes(BoxMark(categories: ["a"], boxes: [.summary(unordered)]))]))
                == .unorderedBox(category: "a", numbers: [1, 3, 2, 4, 5]))
        #expect(error(Figure(marks: [bars], width: .nan, height: 3)) != nil)
        let narrow = error(Figure(marks: [bars], width: 0.5, height: 3))
        for size in [Double.nan, .infinity, -1, 0, 1e9] {
            let panels = Figure(marks: [], panels: [Panel(title: "p", marks: [bars])], width: size)
            let map = HeatMapMark(rows: ["a"], columns: ["b"], values: [[1]])
            for figure in [panels, Figure(marks: [.heatMap(map)], width: size), Figure(marks: [bars], width: size)] {
                guard case .badSize = error(figure) else {
                    Issue.record("a width of \(size) is not refused")
                    continue
                }
            }
        }
        let many = HeatMapMark(
            rows: (0..<600).map(String.init), columns: (0..<600).map(String.init),
            values: Array(repeating: Array(repeating: 1, count: 600), count: 600))
        #expect(error(Figure(marks: [.heatMap(many)])) == .badNumber(.cells, found: 360_000, allowed: 1...250_000))
        #expect(narrow == .badSize(width: 0.5, height: 3, allowed: 1...40))
    }
}
