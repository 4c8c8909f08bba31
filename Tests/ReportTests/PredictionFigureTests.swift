import Foundation
import Networks
import Plot
import Report
import TestSupport
import Testing

/// Figures of what networks said of each image.
@Suite struct PredictionFigureTests {
    private static let train = "```yaml {train}\nlabel: t\ndataset: digits\nnetworks: [residual, shuffle]\nepochs: 2\nseeds: [1, 2]\n```\n\n"
    private static let classes = ["cat", "dog", "owl"]

    /// Each number: label, prediction, confidence in percent, loss.
    private static let said: [(Int, Int, Double, Double)] = [
        (0, 0, 90, 0.1), (0, 1, 60, 1.2), (1, 1, 80, 0.2), (2, 1, 95, 4.5), (2, 2, 85, 0.2), (2, 0, 55, 2),
    ]

    /// A plan of these cells with results of all four runs; predictions of `key` 1 and 2 (residual) only.
    private func scene(
        _ cells: String, said: [(Int, Int, Double, Double)] = Self.said
    ) throws -> (content: ReportContent, results: Results) {
        let (document, _) = Document.read(Array((Self.train + cells).utf8))
        let made = Plan.make(of: try #require(document))
        let plan = try #require(made.plan, "\(made.diagnostics)")
        var keys: [RunIdentifier: String] = [:]
        var lock = ResultsLock()
        for (number, run) in plan.runs.map(\.run).enumerated() {
            keys[run] = Sample.key(number + 1)
            lock.runs[run.description] = Sample.result(key: number + 1)
        }
        let images = said.map { label, predicted, confidence, loss in
            Prediction(
                label: label, predicted: predicted, rank: label == predicted ? 0 : 1, confidence: confidence / 100, loss: loss)
        }
        var predictions: [String: RunPredictions] = [:]
        for key in [Sample.key(1), Sample.key(2)] {
            predictions[key] = RunPredictions(key: key, classNames: Self.classes, images: images)
        }
        return (ReportContent(plan, keys: keys), Results(lock: lock, timings: nil, predictions: predictions))
    }

    private func figure(_ body: String, said: [(Int, Int, Double, Double)] = Self.said) throws -> Figure? {
        let (content, results) = try scene("```yaml {plot}\nlabel: p\ndata: t\n\(body)\n```\n", said: said)
        guard case .figure(let figure) = try ReportRenderer.figure(content.plots[0], content: content, results: results)
        else { return nil }
        return figure
    }

    @Test(arguments: [("", 2.0), ("seed: 2", 1)])
    func aConfusionMatrixCountsTheImagesOfItsSeeds(seed: String, seeds: Double) throws {
        let figure = try #require(try figure("show: confusion\nnetwork: residual\n\(seed)"))
        guard case .heatMap(let map)? = figure.marks.first else {
            Issue.record("found \(figure.marks)")
            return
        }
        #expect(map.rows == Self.classes && map.columns == Self.classes)
        #expect(map.values == [[1, 1, 0], [0, 1, 0], [1, 1, 1]].map { $0.map { $0 * seeds } })
        #expect(figure.yAxis.title == "True class" && figure.xAxis.title == "Predicted as")
        // Both are written in the cells: the count, and its share of the class.
        let texts = try figure.layout(measurer: PangoMeasurer()).texts.map(\.text)
        #expect(texts.contains("33.3%") && texts.contains("100.0%"), "\(texts)")
    }

    @Test func aCalibrationCurveSaysHowFarItIsOff() throws {
        let figure = try #require(try figure("show: calibration\nnetwork: residual\nseed: 1\nbins: 2"))
        guard figure.marks.count == 2, case .line(let line) = figure.marks[1] else {
            Issue.record("found \(figure.marks)")
            return
        }
        // All six confidences lie in the upper bin; half of the answers are right.
        let mean = (90 + 60 + 80 + 95 + 85 + 55) / 600.0
        #expect(line.points.count == 1 && abs(line.points[0].x - mean) < 1e-4 && line.points[0].y == 0.5)
        // Three of six leave much open; scipy's Wilson interval.
        let band = try #require(line.band?.first)
        #expect(abs(band.lower - 0.187616) < 1e-5 && abs(band.upper - 0.812384) < 1e-5, "\(band)")
        #expect(line.name == "Residual (error \(String(format: "%.1f", 100 * (mean - 0.5)))%)", "\(line.name)")
        #expect(figure.marks[0] == .reference(ReferenceMark(.identity, label: "as sure as right")))
    }

    @Test func aCalibrationCurveLeavesOutBinsOfAHandfulOfImages() throws {
        let (many, few) = (Array(repeating: (0, 0, 95.0, 0.1), count: 10), Array(repeating: (0, 0, 15.0, 2.0), count: 9))
        func points(_ said: [(Int, Int, Double, Double)]) throws -> [Double] {
            let figure = try #require(try figure("show: calibration\nnetwork: residual\nseed: 1", said: said))
            guard case .line(let line)? = figure.marks.last else { return [] }
            return line.points.map { ($0.x * 100).rounded() }
        }
        #expect(try points(many + few) == [95])
        #expect(try points(many + few + [few[0]]) == [15, 95])
        // A curve of nothing but small bins is drawn with them.
        #expect(try points(few) == [15])
    }

    @Test func aRunWithoutPredictionsIsAProblemOfThatFigureAlone() throws {
        let run = RunIdentifier(label: "t", network: "shuffle", seed: 1)
        #expect(throws: ReportProblem.noPredictions(label: "p", run)) { try figure("show: confusion\nnetwork: shuffle") }
        #expect(throws: ReportProblem.noPredictions(label: "p", run)) { try figure("show: calibration") }
    }

    // MARK: Mistakes

    private static let mistakes = "```yaml {images}\nlabel: m\nshow: mistakes\ndata: t\nnetwork: residual\ncount: 2\n```\n"

    private static func samples(_ indices: [Int]) -> SampleImages {
        SampleImages(
            dataset: "digits", split: .validation, requested: 2, indices: indices, height: 2, width: 2, channels: 1,
            pixels: Array(repeating: 7, count: 4 * indices.count), classes: indices.map { _ in "-" })
    }

    @Test func theWorstMistakesHaveTheirClassAndWhatTheyWereTakenFor() throws {
        var (content, results) = try scene(Self.mistakes)
        let request = try #require(SampleRequest(content.images[0], content: content, results: results))
        #expect(request.dataset == "digits" && request.split == .validation)
        #expect(request.indices == [3, 5], "not by falling loss")
        #expect(request.isMet(by: Self.samples([3, 5])) && !request.isMet(by: Self.samples([5, 3])))
        content.samples["m"] = Self.samples([3, 5])
        guard case .drawing(let drawing) = try ReportRenderer.draw(content.figures[0], content: content, results: results)
        else { return }
        #expect(drawing.texts.map(\.text) == ["owl", "dog, 95%", "owl", "cat, 55%"])
        // Pictures of other images are not shown with these words.
        content.samples["m"] = Self.samples([3, 4])
        #expect(throws: ReportProblem.noImages(label: "m", dataset: "digits")) {
            try ReportRenderer.draw(content.figures[0], content: content, results: results)
        }
        results.predictions[Sample.key(1)] = RunPredictions(key: Sample.key(1), classNames: Self.classes, images: [])
        #expect(throws: ReportProblem.noMistakes(label: "m", content.runs[0])) {
            try ReportRenderer.draw(content.figures[0], content: content, results: results)
        }
    }

    @Test func frozenDrawsNothingWhereSomethingIsMissing() throws {
        var (content, results) = try scene(
            Self.mistakes + "```yaml {images}\nlabel: i\ndataset: mnist\n```\n"
                + "```yaml {plot}\nlabel: p\ndata: t\nshow: confusion\nnetwork: shuffle\nseed: 2\n```\n")
        content.samples["m"] = Self.samples([3, 5])
        let document = try #require(Document.read(Array((Self.train + Self.mistakes).utf8)).document)
        let renderer = ReportRenderer(words: { "\($0)" })
        let run = RunIdentifier(label: "t", network: "shuffle", seed: 2)
        #expect(
            throws: ReportError.missingParts([.noImages(label: "i", dataset: "mnist"), .noPredictions(label: "p", run)])
        ) { try renderer.render(document: document, content: content, results: results, frozen: true) }
        #expect(try renderer.render(document: document, content: content, results: results).problems.count == 2)
        results.predictions[Sample.key(4)] = results.predictions[Sample.key(1)]
    }

    // MARK: Files

    @Test func picturesAreReadBackAsKeptAndThoseOfOldCellsGo() throws {
        try withTemporaryFolder { folder in
            let store = ResultsStore(folder: folder.path)
            let samples = Self.samples([4, 9])
            try store.save(["a": samples, "b": samples])
            #expect(try store.loadSamples(label: "a") == samples)
            #expect(try store.loadSamples(label: "c") == nil)
            try store.save(["a": samples])
            #expect(try store.loadSamples(label: "b") == nil)
            var large = samples
            (large.height, large.width, large.pixels) = (2048, 2048, Array(repeating: 0, count: 2 << 22))
            try store.save(["a": large])
            #expect(try store.loadSamples(label: "a") == nil, "8 MiB were kept")
        }
    }

    @Test(arguments: [
        ("\"channels\": 1", "\"channels\": 2", "channels"), ("\"height\": 2", "\"height\": 1000000000000", "height"),
        ("\"width\": 2", "\"width\": -2", "width"), ("\"width\": 2", "\"width\": 3", "pixels"),
        ("\"format\": 1", "\"format\": 7", ""), ("\"pixels\": \"", "\"pixels\": \"*", "pixels"),
    ])
    func damagedPicturesSayWhere(what: String, with: String, place: String) throws {
        let text = String(decoding: try Self.samples([1]).fileBytes(), as: UTF8.self)
        let damaged = text.replacingOccurrences(of: what, with: with)
        #expect(damaged != text)
        do throws(StoredFileError) {
            _ = try SampleImages(fileBytes: Data(damaged.utf8), path: "s")
            Issue.record("\(with) was read")
        } catch {
            switch error {
            case .damaged(path: "s", place: let found, problem: _): #expect(found == place)
            case .unknownFormat(path: "s", found: 7, supported: 1): #expect(place.isEmpty)
            default: Issue.record("\(error)")
            }
        }
    }
}
