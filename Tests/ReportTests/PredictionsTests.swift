import Datasets
import Foundation
import Networks
import Report
import TestSupport
import Testing

@Suite struct PredictionsTests {
    static func predictions(classes: Int = 3, count: Int = 40, key: Int = 1) -> RunPredictions {
        var chance = SeededGenerator(seed: UInt64(classes))
        return RunPredictions(
            key: Sample.key(key), classNames: (0..<classes).map { "class \($0)" },
            images: (0..<count).map { _ in
                let (label, predicted) = (chance.index(below: classes), chance.index(below: classes))
                return Prediction(
                    label: label, predicted: predicted, rank: label == predicted ? 0 : 1 + chance.index(below: classes - 1),
                    confidence: chance.unit(), loss: chance.uniform(0, 9))
            })
    }

    @Test(arguments: [2, 10, 256, 300]) func aFileIsReadBackAsWritten(classes: Int) throws {
        try withTemporaryFolder { folder in
            let store = ResultsStore(folder: folder.path)
            let written = Self.predictions(classes: classes)
            let isWritten = try store.save(written)
            #expect(isWritten)
            #expect(try store.loadPredictions(key: written.key) == written)
            #expect(try store.save(written) == false, "written again without a change")
            #expect(try store.loadPredictions(key: Self.predictions(key: 7).key) == nil)
        }
    }

    @Test func sevenBytesAnImageAndNoLessExactThanPromised() throws {
        let image = Prediction(label: 1, predicted: 0, rank: 1, confidence: 0.123456789, loss: 3.14159265)
        let many = RunPredictions(
            key: Sample.key(1), classNames: ["a", "b"], images: Array(repeating: image, count: 3000))
        #expect(abs(many.images[0].confidence - image.confidence) <= 0.5 / 65535)
        #expect(abs(many.images[0].loss - image.loss) <= 0.5 / 1024)
        #expect(try many.fileBytes().count < 3000 * 7 * 4 / 3 + 400)
        let extreme = RunPredictions(
            key: Sample.key(1), classNames: ["a", "b"],
            images: [Prediction(label: 0, predicted: 1, rank: 1, confidence: 2, loss: .infinity)])
        #expect(extreme.images[0].confidence == 1 && extreme.images[0].loss > 63.9)
    }

    @Test func damagedFilesSayWhere() throws {
        let text = String(decoding: try Self.predictions().fileBytes(), as: UTF8.self)
        func error(_ edit: (String) -> String) -> StoredFileError? {
            do throws(StoredFileError) {
                _ = try RunPredictions(fileBytes: Data(edit(text).utf8), path: "p")
                return nil
            } catch {
                return error
            }
        }
        #expect(error { $0 } == nil)
        guard case .notJSON? = error({ String($0.dropLast(30)) }) else {
            Issue.record("\(String(describing: error { String($0.dropLast(30)) }))")
            return
        }
        #expect(error { _ in "{}" } == .foreign(path: "p", expected: .predictions))
        #expect(
            error { $0.replacingOccurrences(of: "\"format\": 1", with: "\"format\": 9") }
                == .unknownFormat(path: "p", found: 9, supported: 1))
        #expect(
            error { $0.replacingOccurrences(of: "\"images\": 40", with: "\"images\": 41") }
                == .damaged(path: "p", place: "labels", problem: "does not hold 41 numbers"))
        let bad = error { $0.replacingOccurrences(of: "\"class 2\"]", with: "\"class 2\"]").replacingOccurrences(of: ", \"class 2\"", with: "") }
        guard case .damaged("p", "labels", let problem)? = bad else {
            Issue.record("\(String(describing: bad))")
            return
        }
        #expect(problem == "holds 2, which is not below 2")
    }

    @Test func confusionRanksMistakesAndCalibrationFollowFromTheImages() {
        let images = [
            Prediction(label: 0, predicted: 0, rank: 0, confidence: 0.95, loss: 0.05),
            Prediction(label: 0, predicted: 1, rank: 2, confidence: 0.91, loss: 4),
            Prediction(label: 1, predicted: 1, rank: 0, confidence: 0.4, loss: 1),
            Prediction(label: 2, predicted: 0, rank: 1, confidence: 0.5, loss: 2),
            Prediction(label: 2, predicted: 1, rank: 1, confidence: 1, loss: 4),
        ]
        let all = RunPredictions(key: Sample.key(1), classNames: ["a", "b", "c"], images: images)
        #expect(all.confusion == [[1, 1, 0], [0, 1, 0], [1, 1, 0]])
        #expect(all.accuracy() == 0.4 && all.accuracy(top: 2) == 0.8 && all.accuracy(top: 5) == 1)
        #expect(all.worstMistakes(2).map(\.index) == [1, 4])
        #expect(all.worstMistakes(10).map(\.index) == [1, 4, 3] && all.worstMistakes(-1).isEmpty)
        let bins = all.calibration(bins: 10)
        #expect(bins.map(\.images) == [0, 0, 0, 0, 1, 1, 0, 0, 0, 3] || bins.map(\.images) == [0, 0, 0, 1, 0, 1, 0, 0, 0, 3])
        #expect(bins[9].accuracy == 1.0 / 3 && bins[0].accuracy == nil)
        let expected = (0.6 + 0.5 + abs(0.95 + 0.91 + 1 - 1)) / 5
        #expect(abs(all.expectedCalibrationError() - expected) < 1e-4)
        let none = RunPredictions(key: Sample.key(1), classNames: [], images: [])
        #expect(none.accuracy() == 0 && none.expectedCalibrationError() == 0 && none.confusion.isEmpty)
    }

    /// Against `scipy.stats.binomtest(right, images).proportion_ci(method="wilson")`.
    @Test(arguments: [(3, 10, 0.107791, 0.603222), (10, 10, 0.722467, 1), (0, 4, 0, 0.489891), (950, 1000, 0.934686, 0.961870)])
    func theAccuracyOfABinIsKnownAsWellAsItsImagesAllow(right: Int, images: Int, lower: Double, upper: Double) throws {
        let answers = (0..<images).map { index in
            Prediction(label: 0, predicted: index < right ? 0 : 1, rank: index < right ? 0 : 1, confidence: 0.55, loss: 1)
        }
        let bins = RunPredictions(key: Sample.key(1), classNames: ["a", "b"], images: answers).calibration(bins: 2)
        let interval = try #require(bins[1].accuracyInterval)
        #expect(abs(interval.lowerBound - lower) < 1e-5 && abs(interval.upperBound - upper) < 1e-5, "\(interval)")
        #expect(bins[0].accuracyInterval == nil)
    }
}
