import Networks
import Report
import Testing

/// Tables as values, and the three forms they are written in.
@Suite struct TableTests {
    typealias Scene = RenderTests.Scene

    /// Two networks, three seeds each.
    private static func scene() -> Scene {
        var scene = Scene()
        scene.content.trainings[0].seeds = [1, 2, 3]
        scene.content.keys = [:]
        scene.results.lock.runs = [:]
        let accuracies = ["residual": [0.90, 0.91, 0.95], "shuffle": [0.80, 0.82, 0.87]]
        for (network, values) in accuracies {
            for (index, accuracy) in values.enumerated() {
                let run = RunIdentifier(label: "mnist", network: network, seed: UInt64(index + 1))
                let number = (network == "residual" ? 10 : 20) + index
                scene.content.keys[run] = Sample.key(number)
                scene.results.lock.runs[run.description] = Sample.result(
                    key: number, accuracies: [0.5, accuracy], parameters: network == "residual" ? 1_000_000 : 25_000)
            }
        }
        return scene
    }

    private static let accuracy = TableCell.Column(measure: .validAccuracy, reduction: .final, title: "Accuracy", group: "A & B")
    private static let parameters = TableCell.Column(measure: .parameters, reduction: .final)

    private func text(_ scene: Scene, _ format: TableFormat, rank: Bool = false, baseline: String? = nil) -> [String] {
        let cell = TableCell(
            label: "t", location: SourceLocation(line: 9, column: 1), data: ["mnist"],
            columns: [Self.accuracy, Self.parameters], rank: rank ? Self.accuracy : nil, baseline: baseline, caption: nil)
        let table = ReportRenderer.table(cell, content: scene.content, results: scene.results)
        return format.text(of: table).split(separator: "\n").map(String.init)
    }

    @Test func markdownHasGroupsRanksAndPairedDifferences() {
        #expect(
            text(Self.scene(), .markdown, rank: true, baseline: "residual") == [
                "| Network | Rank | A \\& B<br>Accuracy (%) | A \\& B<br>Δ (points) | Parameters | Δ (%) |",
                "|---|---:|---:|---:|---:|---:|",
                "| Residual | 1 | **92.0 ± 2.6** | – | 1,000,000 | – |",
                "| ShuffleNet | 2 | 83.0 ± 3.6 | −9.0 ± 1.0 | **25,000** | −97.5 |",
            ])
    }

    @Test func csvIsExactAndInBaseUnits() {
        let lines = text(Self.scene(), .csv, rank: true, baseline: "residual")
        #expect(
            lines[0]
                == "network,rank,valid.accuracy.final,valid.accuracy.final.deviation,valid.accuracy.final.difference,"
                + "valid.accuracy.final.difference.deviation,parameters,parameters.change")
        let fields = lines[2].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        #expect(fields.count == 8)
        #expect(fields[0] == "ShuffleNet" && fields[1] == "2" && fields[6] == "25000" && fields[7] == "-0.975")
        #expect(abs((Double(fields[2]) ?? 0) - 0.83) < 1e-12 && abs((Double(fields[4]) ?? 0) + 0.09) < 1e-12)
        #expect(lines[1].hasSuffix(",,,1000000,"))
    }

    @Test func latexHasRulesAndNoBareSign() {
        #expect(
            text(Self.scene(), .latex, baseline: "residual") == [
                "% Needs \\usepackage{booktabs}.", "\\begin{tabular}{lrrrr}", "\\toprule",
                " & \\multicolumn{2}{c}{A \\& B} &  &  \\\\", "\\cmidrule(lr){2-3}",
                "Network & Accuracy (\\%) & $\\Delta$ (points) & Parameters & $\\Delta$ (\\%) \\\\",
                "\\midrule", "Residual & \\textbf{92.0} $\\pm$ 2.6 & -- & 1,000,000 & -- \\\\",
                "ShuffleNet & 83.0 $\\pm$ 3.6 & $-$9.0 $\\pm$ 1.0 & \\textbf{25,000} & $-$97.5 \\\\", "\\bottomrule",
                "\\end{tabular}",
            ])
    }

    @Test func whatIsMissingLeavesAnEmptyField() {
        var scene = Self.scene()
        for seed in 1...3 { scene.results.lock.runs["mnist/shuffle/\(seed)"] = nil }
        #expect(text(scene, .csv)[2] == "ShuffleNet,,,")
        #expect(text(scene, .markdown, rank: true)[3] == "| ShuffleNet | – | – | – |")
    }

    @Test func equalNumbersShareAPlaceAndNoneIsBest() {
        var scene = Self.scene()
        for run in scene.results.lock.runs.keys {
            scene.results.lock.runs[run]?.epochs = Sample.result(accuracies: [0.5, 0.75]).epochs
        }
        let lines = text(scene, .markdown, rank: true)
        #expect(lines[2].hasPrefix("| Residual | 1 | 75.00 |") && lines[3].hasPrefix("| ShuffleNet | 1 | 75.00 |"))
    }

    @Test func aTrainingCellsNameWithACommaIsQuoted() {
        var scene = Self.scene()
        scene.content.trainings[0].networks = ["a,\"b"]
        #expect(text(scene, .csv)[1].hasPrefix("\"a,\"\"b\","))
    }
}
