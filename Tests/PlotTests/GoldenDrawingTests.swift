import Foundation
import Plot
import Testing

/// Drawings as text against files. After a wanted change: `OFFPRINT_ACCEPT_GOLDEN=1 swift test --filter PlotTests`, and
/// read the difference.
@Suite struct GoldenDrawingTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

    typealias Sample = (name: String, make: @Sendable (Theme) -> Figure)

    static let figures: [Sample] =
        reports
        + GallerySamples.all.map { name, make -> Sample in
            (name, { theme in make(4.2, theme) })
        }

    private static let reports: [Sample] = [
        ("lines", { Samples.accuracies(count: 3, epochs: 5, banded: true, theme: $0) }),
        ("lines-many", { Samples.accuracies(count: 8, epochs: 2, theme: $0) }),
        ("bars", { Samples.fileSizes(theme: $0) }),
        ("bars-grouped", { Samples.groupedBars(theme: $0) }),
        ("boxes", { Samples.inferenceTimes(theme: $0) }),
        ("boxes-log", { Samples.inferenceTimes(scale: .log, width: 6, theme: $0) }),
    ]

    @Test(arguments: figures.indices, Theme.all)
    func drawingIsTheAcceptedOne(index: Int, theme: Theme) throws {
        let (name, make) = GoldenDrawingTests.figures[index]
        let found = try make(theme).layout(measurer: FixedMetricMeasurer()).text
        let file = GoldenDrawingTests.folder.appendingPathComponent("\(name).\(theme.name).txt")
        if ProcessInfo.processInfo.environment["OFFPRINT_ACCEPT_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(
                at: GoldenDrawingTests.folder, withIntermediateDirectories: true)
            try found.write(to: file, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        let (foundLines, expectedLines) = (found.split(separator: "\n"), expected.split(separator: "\n"))
        let difference: (Substring, Substring)? = zip(foundLines, expectedLines).first { $0 != $1 }
        let counts = "\(file.lastPathComponent): \(foundLines.count) lines, expected \(expectedLines.count)"
        let first = "first difference: found \(difference?.0 ?? "none"), expected \(difference?.1 ?? "none")"
        #expect(found == expected, "\(counts); \(first)")
    }

    @Test func textRoundsToThousandths() {
        var drawing = Drawing(width: 10, height: 5.00049, background: Color(0xffffff))
        drawing.elements = [
            Drawing.Element(
                role: .data,
                shape: .stroke(
                    Path([.move(Point(0.12345, -0.0001)), .line(Point(1, 2))]),
                    Stroke(color: Color(0x0b51b7), width: 1, dash: [2, 1])))
        ]
        drawing.notes = [.empty(name: "x")]
        #expect(
            drawing.text == """
                drawing 10 x 5 background #ffffff
                data stroke #0b51b7 1 dash 2,1: M 0.123 0 L 1 2
                note empty "x"

                """)
    }
}
