import Foundation
import Networks
import Plot
import Report
import TestSupport
import Testing

/// Values in prose, and what figures show.
@Suite struct RenderValueTests {
    typealias Scene = RenderTests.Scene

    @Test(arguments: [
        ("mnist.residual.valid.accuracy | percent", "99.31%"), ("mnist.residual.valid.accuracy.final", "0.9931"),
        ("mnist.residual.valid.accuracy.best | percent:1", "99.3%"), ("mnist.residual.train.loss.mean", "0.3750"),
        ("mnist.residual.valid.accuracy.mean | digits:3", "0.947"), ("mnist.residual.parameters", "1,120,970"),
        ("mnist.residual.parameters | digits:0", "1120970"), ("mnist.residual.file-size | bytes", "4.50 MB"),
        ("mnist.shuffle.file-size", "120 kB"), ("mnist.residual.train.seconds | seconds", "25.0 s"),
        ("mnist.residual.train.time", "10.0 ms"), ("mnist.residual.inference.cpu", "1.05 ms"),
        ("mnist.best.network", "Residual"), ("mnist.shuffle.network", "ShuffleNet"),
        ("mnist.best.parameters | count", "1,120,970"), ("parameters.rate", "1e-3"),
        ("parameters.rate | digits:4", "0.0010"), ("parameters.name", "a\\*b\\|c"), ("machine.cores", "2"),
        ("machine.gpu", "none"), ("machine.system", "Debian GNU/Linux 12"),
    ])
    func valuesReadWell(reference: String, expected: String) throws {
        var scene = Scene()
        scene.content.parameters = ["rate": "1e-3", "name": "a*b|c"]
        let report = try scene.report("x {{ \(reference) }}, y\n")
        #expect(report.markdown == "x \(expected), y\n")
        #expect(report.problems.isEmpty)
    }

    @Test(arguments: [
        "mnist.residual", "mnist.none.valid.accuracy", "none.residual.valid.accuracy", "mnist.residual.valid.speed",
        "parameters.none", "machine.owner", "mnist.residual.valid.accuracy | shout", "mnist.best.network | percent",
        "mnist.residual.valid.accuracy | digits:99", "machine.processor | count",
    ])
    func whatHasNoValueIsSaid(reference: String) throws {
        let report = try Scene().report("x {{ \(reference) }}\n")
        #expect(report.problems.count == 1, "\(report.problems)")
        #expect(report.markdown.hasPrefix("x **"))
    }

    @Test func severalSeedsAreMeanAndDeviation() throws {
        var scene = Scene()
        scene.content.trainings[0].seeds = [1, 2]
        let second = RunIdentifier(label: "mnist", network: "residual", seed: 2)
        scene.content.keys[second] = Sample.key(3)
        scene.content.keys[RunIdentifier(label: "mnist", network: "shuffle", seed: 2)] = Sample.key(4)
        scene.results.lock.runs["mnist/residual/2"] = Sample.result(key: 3, accuracies: [0.9, 0.9951])
        scene.results.lock.runs["mnist/shuffle/2"] = Sample.result(key: 4, accuracies: [0.9, 0.9875], parameters: 25_162)
        scene.plot("acc", line: 5)
        scene.table("t", line: 9, [.init(measure: .validAccuracy, reduction: .final)])
        let report = try scene.report(
            RenderTests.train + "\n" + RenderTests.plot + "\n```yaml {table}\nlabel: t\n```\n\n"
                + "{{ mnist.residual.valid.accuracy | percent }}, {{ mnist.shuffle.valid.accuracy | percent }}, "
                + "{{ mnist.residual.parameters }}\n")
        #expect(report.markdown.contains("| Residual | **99.41 ± 0.14** |\n| ShuffleNet | 98.75 |\n"))
        #expect(report.markdown.hasSuffix("\n99.41 ± 0.14%, 98.75%, 1,120,970\n"))
        guard case .figure(let figure) = try ReportRenderer.figure(
            scene.content.plots[0], content: scene.content, results: scene.results)
        else {
            Issue.record("no figure")
            return
        }
        let lines = figure.marks.compactMap { if case .line(let line) = $0 { line } else { nil } }
        #expect(lines.map(\.name) == ["Residual", "ShuffleNet"])
        #expect(abs((lines[0].band?[1].upper ?? 0) - (0.9941 + 0.002 / 2.squareRoot())) < 1e-12)
    }

    // MARK: Figures

    @Test func aNetworkHasOneColourInEveryFigure() throws {
        var scene = Scene()
        scene.plot("line", line: 5)
        scene.plot("bar", line: 6, y: .parameters, mark: .bar)
        scene.plot("box", line: 7, y: .inferenceCPU, mark: .box)
        let marks = try scene.content.plots.map { cell -> [Mark] in
            guard case .figure(let figure) = try ReportRenderer.figure(cell, content: scene.content, results: scene.results)
            else { return [] }
            return figure.marks
        }
        let residual = try #require(NetworkCatalog.names.firstIndex(of: "residual"))
        let shuffle = try #require(NetworkCatalog.names.firstIndex(of: "shuffle"))
        guard case .line(let first) = marks[0].first, case .line(let second) = marks[0].last,
            case .bars(let bars) = marks[1].first, case .boxes(let boxes) = marks[2].first
        else {
            Issue.record("found \(marks)")
            return
        }
        #expect(first.colorIndex == residual && second.colorIndex == shuffle)
        #expect(bars.categoryColors == [residual, shuffle])
        #expect(bars.groups.map(\.values) == [[1_120_970, 25_162]])
        #expect(boxes.colorIndices == [residual, shuffle])
        #expect(first.points == [DataPoint(x: 1, y: 0.9), DataPoint(x: 2, y: 0.9931)])
    }

    @Test func severalTrainingCellsAreToldApart() throws {
        var scene = Scene()
        var other = Scene.training
        other.label = "slow"
        other.networks = ["residual"]
        scene.content.trainings.append(other)
        scene.content.keys[RunIdentifier(label: "slow", network: "residual", seed: 1)] = Sample.key(3)
        scene.results.lock.runs["slow/residual/1"] = Sample.result(key: 3)
        scene.plot("acc", line: 5, data: ["mnist", "slow"])
        guard case .figure(let both) = try ReportRenderer.figure(
            scene.content.plots[0], content: scene.content, results: scene.results)
        else { return }
        let names = both.marks.compactMap { if case .line(let line) = $0 { line.name } else { nil } }
        #expect(names == ["Residual (mnist)", "ShuffleNet (mnist)", "Residual (slow)"])
        scene.content.trainings[0].networks = ["shuffle"]
        guard case .figure(let distinct) = try ReportRenderer.figure(
            scene.content.plots[0], content: scene.content, results: scene.results)
        else { return }
        let plain = distinct.marks.compactMap { if case .line(let line) = $0 { line } else { nil } }
        #expect(plain.map(\.name) == ["ShuffleNet", "Residual"], "no network is in both cells")
        #expect(plain.map(\.colorIndex) == ["shuffle", "residual"].compactMap { NetworkCatalog.names.firstIndex(of: $0) })
        scene.content.trainings[0].networks = ["residual"]
        guard case .figure(let one) = try ReportRenderer.figure(
            scene.content.plots[0], content: scene.content, results: scene.results)
        else { return }
        let lines = one.marks.compactMap { if case .line(let line) = $0 { line } else { nil } }
        #expect(lines.map(\.name) == ["mnist", "slow"])
        #expect(lines.map(\.colorIndex) == [0, 1])
    }
}
