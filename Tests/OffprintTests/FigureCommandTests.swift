import Foundation
import TestSupport
import Testing

/// `offprint figure`: figures and tables of the committed reports, as other programs call it.
@Suite struct FigureCommandTests {
    private static let quickstart = packageRoot.appendingPathComponent("reports/quickstart/experiment.md").path

    private func figure(_ label: String, _ name: String, _ options: [String] = [], file: String = quickstart) throws -> (
        outcome: Program.Outcome, bytes: Data
    ) {
        try withTemporaryFolder { folder in
            let out = folder.appendingPathComponent(name)
            let outcome = try Program.offprint().run(["figure", file, label, "-o", out.path] + options)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left == (outcome.status == 0 ? [name] : []), "\(left)")
            return (outcome, (try? Data(contentsOf: out)) ?? Data())
        }
    }

    @Test(arguments: [("a.png", [0x89, 0x50, 0x4e, 0x47]), ("a.svg", [0x3c]), ("a.pdf", [0x25, 0x50, 0x44, 0x46])])
    func everyFormatIsWrittenFromTheLockTwiceTheSame(name: String, start: [UInt8]) throws {
        let options = ["--theme", "paper-column", "--width", "3.25in"]
        let first = try figure("valid-accuracy", name, options)
        #expect(first.outcome.status == 0, "\(first.outcome.errors)")
        #expect(first.bytes.starts(with: start))
        #expect(try figure("valid-accuracy", name, options).bytes == first.bytes)
    }

    @Test func sizeAndResolutionAreThoseAsked() throws {
        let bytes = try figure("valid-accuracy", "a.png", ["--width", "80mm", "--height", "2in", "--dpi", "100"]).bytes
        // Width and height stand at bytes 16 to 23 of a PNG.
        let numbers = bytes.count > 24 ? bytes[16..<24].map { Int($0) } : []
        #expect(numbers == [0, 0, 1, 59, 0, 0, 0, 200])
    }

    @Test func lettersCanBeOutlines() throws {
        let text = String(decoding: try figure("valid-accuracy", "a.svg").bytes, as: UTF8.self)
        let shapes = String(decoding: try figure("valid-accuracy", "a.svg", ["--outlines"]).bytes, as: UTF8.self)
        #expect(text.contains("<text") && !shapes.contains("<text") && shapes.contains("<path"))
        let pdf = try figure("valid-accuracy", "a.pdf").bytes
        let drawn = try figure("valid-accuracy", "a.pdf", ["--outlines"]).bytes
        #expect(drawn != pdf && drawn.starts(with: Array("%PDF".utf8)))
        let refused = try figure("valid-accuracy", "a.png", ["--outlines"]).outcome
        #expect(refused.status == 4 && refused.errors.contains("--outlines is for svg and pdf"), "\(refused.errors)")
    }

    @Test func tablesAreWrittenForPapersAndSpreadsheets() throws {
        let csv = try figure("summary", "a.csv")
        #expect(csv.outcome.status == 0, "\(csv.outcome.errors)")
        let lines = String(decoding: csv.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.first == "network,valid.accuracy.final,valid.loss.final,parameters,multiply-adds,file-size")
        #expect(lines.count == 4)
        let tex = String(decoding: try figure("summary", "a.tex").bytes, as: UTF8.self)
        #expect(tex.contains("\\toprule") && tex.contains("Validation accuracy (\\%)"))
        let markdown = String(decoding: try figure("summary", "a.md").bytes, as: UTF8.self)
        #expect(markdown.hasPrefix("| Network |"))
    }

    @Test func theCommandsMistakesAreAllSaidAtOnce() throws {
        let outcome = try figure("valid-acuracy", "a.gif", ["--width", "3 miles", "--theme", "githib", "--dpi", "0"]).outcome
        #expect(outcome.status == 4)
        for words in [
            "did you mean 'valid-accuracy'?", "--width must be a length", "did you mean 'github'?", "--dpi must be", "as 'gif'",
        ] {
            #expect(outcome.errors.contains(words), "\(words) in:\n\(outcome.errors)")
        }
        #expect(try figure("summary", "a.png").outcome.status == 4)
        #expect(try figure("summary", "a.csv", file: "/no/such/file.md").outcome.status == 4)
    }

    @Test func aMissingResultIsNamed() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("experiment.md")
            let text = """
                ```yaml {train}
                label: t
                dataset: digits
                networks: shuffle
                epochs: 1
                ```

                ```yaml {plot}
                label: p
                data: t
                y: valid.loss
                ```

                ```yaml {diagram}
                label: d
                networks: shuffle
                ```
                """
            try Data(text.utf8).write(to: file)
            let program = try Program.offprint()
            let missing = try program.run(["figure", file.path, "p", "-o", folder.path + "/p.pdf"])
            #expect(missing.status == 4)
            #expect(missing.errors.contains("t/shuffle/1: the lock has no result"), "\(missing.errors)")
            // What needs no run is drawn all the same.
            let diagram = try program.run(["figure", file.path, "d", "-o", folder.path + "/d.pdf"])
            #expect(diagram.status == 0, "\(diagram.errors)")
            let nowhere = try program.run(["figure", file.path, "d", "-o", "/no/such/folder/d.pdf"])
            #expect(nowhere.status == 4)
        }
    }

    /// The paper in `templates/latex` with the figures of the gallery.
    @Test func thePaperIsBuiltWhereLatexIsInstalled() throws {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard let latex = folders.map({ $0 + "/pdflatex" }).first(where: FileManager.default.isExecutableFile) else {
            print("SKIPPED: pdflatex is not installed, so templates/latex/paper.tex was not built")
            return
        }
        let report = packageRoot.appendingPathComponent("reports/gallery/experiment.md").path
        try withTemporaryFolder { folder in
            let paper = folder.appendingPathComponent("paper.tex")
            try FileManager.default.copyItem(at: packageRoot.appendingPathComponent("templates/latex/paper.tex"), to: paper)
            for (label, name) in [("line", "accuracy.pdf"), ("tradeoff", "tradeoff.pdf"), ("summary", "summary.tex")] {
                let style = name.hasSuffix(".pdf") ? ["--theme", "paper-column", "--width", "3.25in"] : []
                let outcome = try Program.offprint().run(["figure", report, label, "-o", folder.path + "/" + name] + style)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            for _ in 0..<2 {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: latex)
                process.arguments = ["-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
                process.currentDirectoryURL = folder
                (process.standardInput, process.standardOutput) = (FileHandle.nullDevice, FileHandle.nullDevice)
                try process.run()
                process.waitUntilExit()
                #expect(process.terminationStatus == 0, "pdflatex failed")
            }
            let pdf = try Data(contentsOf: folder.appendingPathComponent("paper.pdf"))
            #expect(pdf.starts(with: [0x25, 0x50, 0x44, 0x46]))
            let log = String(decoding: try Data(contentsOf: folder.appendingPathComponent("paper.log")), as: UTF8.self)
            #expect(!log.contains("Overfull \\hbox") && !log.contains("undefined references"), "\(log.suffix(3000))")
        }
    }
}
