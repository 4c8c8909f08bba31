import Datasets
import Plot
import Testing

/// What must hold for every picture, over generated ones at four widths.
@Suite struct LayoutPropertyTests {
    static let widths = [2, 3.25, 6, 12.0]

    @Test(arguments: widths, Theme.all)
    func generatedFiguresKeepTextApartInsideAndOffTheData(width: Double, theme: Theme) throws {
        let pango = PangoMeasurer()
        var squeezed: [String] = []
        // Other figures in every theme.
        let cases = 48
        let first = (Theme.all.firstIndex(of: theme) ?? 0) * cases
        for seed in first..<(first + cases) {
            let figure = FigureGenerator.figure(seed: UInt64(seed), width: width, theme: theme)
            let drawing: Drawing
            do throws(FigureError) {
                drawing =
                    seed % 4 == 0
                    ? try figure.layout(measurer: FixedMetricMeasurer()) : try figure.layout(measurer: pango)
            } catch {
                guard case .noRoom = error, width == 2 else { throw error }
                squeezed.append("seed \(seed)")
                continue
            }
            check(drawing, "seed \(seed), width \(width), theme \(theme.name)")
            // Noise from edge to edge leaves no place for the name of a reference line.
            for case .omittedText(let text) in drawing.notes where !text.hasPrefix("limit ") {
                squeezed.append("seed \(seed): \(text)")
            }
        }
        // Removing text is the last resort, for pictures that are really too small, and for the name of a point in a crowd.
        #expect(
            squeezed.count <= (width < 3 ? cases / 4 : width < 4 ? 1 : 0), "\(width) in, \(theme.name): \(squeezed)")
    }

    @Test(arguments: widths, Theme.all)
    func everyKindOfFigureIsWholeAtEveryWidth(width: Double, theme: Theme) throws {
        let pango = PangoMeasurer()
        for (name, make) in GallerySamples.all {
            let drawing = try make(width, theme).layout(measurer: pango)
            check(drawing, "\(name), width \(width), theme \(theme.name)")
            let omitted = drawing.notes.filter { if case .omittedText = $0 { true } else { false } }
            #expect(omitted.isEmpty || width == 2, "\(name), width \(width), theme \(theme.name): \(omitted)")
        }
    }

    @Test(arguments: [2, 2.5, 3.25, 4.2, 5, 6, 8, 10, 12.0], Theme.all)
    func theReportsFiguresAreWholeAtEveryWidth(width: Double, theme: Theme) throws {
        let pango = PangoMeasurer()
        let figures = [
            Samples.accuracies(count: 8, epochs: 1, width: width, theme: theme),
            Samples.accuracies(count: 8, epochs: 2, width: width, theme: theme),
            Samples.accuracies(count: 8, epochs: 40, banded: true, width: width, theme: theme),
            Samples.fileSizes(width: width, theme: theme),
            Samples.groupedBars(width: width, theme: theme),
            Samples.inferenceTimes(width: width, theme: theme),
            Samples.inferenceTimes(scale: .log, width: width, theme: theme),
        ]
        for (index, figure) in figures.enumerated() {
            let drawing = try figure.layout(measurer: pango)
            check(drawing, "figure \(index), width \(width), theme \(theme.name)")
            let complaints = drawing.notes.filter { note in
                switch note {
                case .outliersAbove, .outliersBelow: false
                default: true
                }
            }
            #expect(complaints.isEmpty, "figure \(index), width \(width), theme \(theme.name)")
            let texts = Set(drawing.texts.map(\.text))
            for name in Samples.names where index != 4 {
                #expect(texts.contains(name), "figure \(index), width \(width): \(name) is missing")
            }
        }
    }

    @Test func theSameFigureGivesTheSameDrawing() throws {
        for seed in 0..<20 {
            let figure = FigureGenerator.figure(seed: UInt64(seed), width: 6, theme: .github)
            let first = try figure.layout(measurer: PangoMeasurer())
            #expect(try figure.layout(measurer: PangoMeasurer()) == first, "seed \(seed)")
        }
    }

    @Test func longNamesGoWhereThereIsNoData() throws {
        // Too long for line ends; the lower right is empty.
        var marks = Samples.lines(count: 2, epochs: 30)
        for index in marks.indices {
            if case .line(var line) = marks[index] {
                line.name = "a network with a rather long name, number \(index)"
                marks[index] = .line(line)
            }
        }
        let drawing = try Figure(marks: marks, width: 6).layout(measurer: PangoMeasurer())
        check(drawing, "long names")
        let legend = drawing.elements.filter { $0.role == .legend }
        #expect(!legend.isEmpty)
    }

    @Test func labelsOfLineEndsStandInTheOrderOfTheEnds() throws {
        let values = [0.5, 0.51, 0.9, 0.505]
        let marks = values.enumerated().map { index, value in
            Mark.line(
                LineMark(
                    name: "s\(index)", points: [DataPoint(x: 0, y: 0), DataPoint(x: 1, y: value)], colorIndex: index))
        }
        let drawing = try Figure(marks: marks, width: 5).layout(measurer: FixedMetricMeasurer())
        let labels = drawing.elements.filter { $0.role == .seriesLabel }.compactMap { element -> PlacedText? in
            if case .text(let text) = element.shape { text } else { nil }
        }
        #expect(labels.sorted { $0.origin.y < $1.origin.y }.map(\.text) == ["s2", "s1", "s3", "s0"])
    }

    // MARK: Checks

    private func check(_ drawing: Drawing, _ what: String) {
        let texts = drawing.texts
        for (index, text) in texts.enumerated() {
            let picture = Rect(x: 0, y: 0, width: drawing.width, height: drawing.height)
            let isInside = text.corners.allSatisfy { picture.contains($0, slack: 0.01) }
            #expect(isInside, "\(what): \"\(text.text)\" leaves the picture")
            for other in texts[..<index] where other.bounds.overlaps(text.bounds, slack: 0.02) {
                #expect(
                    !PlainGeometry.polygonsOverlap(text.corners, other.corners, slack: 0.02),
                    "\(what): \"\(text.text)\" touches \"\(other.text)\"")
            }
        }
        let data = drawing.elements.filter { $0.role == .data }
        let words: [Drawing.Role] = [.legend, .seriesLabel, .tickLabel, .title, .axisTitle]
        for element in drawing.elements where words.contains(element.role) {
            guard case .text(let text) = element.shape else { continue }
            for mark in data where PlainGeometry.covers(mark.shape, text.corners) {
                Issue.record("\(what): \(element.role.rawValue) \"\(text.text)\" lies on data")
                break
            }
        }
        for mark in data {
            if case .fill(let path, _) = mark.shape { checkInside(path, drawing, what) }
            if case .stroke(let path, _) = mark.shape { checkInside(path, drawing, what) }
        }
    }

    private func checkInside(_ path: Path, _ drawing: Drawing, _ what: String) {
        for case .line(let point) in path.segments {
            let isInside = point.x >= 0 && point.y >= 0 && point.x <= drawing.width && point.y <= drawing.height
            if !isInside { Issue.record("\(what): data at \(point) leaves the picture") }
        }
    }
}
