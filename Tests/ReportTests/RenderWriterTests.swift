import Foundation
import Report
import TestSupport
import Testing

@Suite struct RenderWriterTests {
    @Test func onlyPicturesOfTheReportBeforeAreRemoved() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/README.md"
            let images = folder.appendingPathComponent("images")
            func report(_ labels: [String], _ byte: UInt8 = 1) -> RenderedReport {
                RenderedReport(
                    markdown: labels.map { "<img src=\"images/\($0).png\" alt=\"\" width=\"1\">\n" }.joined(),
                    images: labels.map { ReportImage(path: "images/\($0).png", bytes: [byte]) }, problems: [])
            }
            try ReportWriter.write(report(["a", "b"]), to: path)
            try Data([9]).write(to: images.appendingPathComponent("mine.png"))
            try Data([9]).write(to: images.appendingPathComponent("b.txt"))
            #expect(try ReportWriter.write(report(["a", "b"]), to: path).isEmpty)
            let changed = try ReportWriter.write(report(["a", "c"]), to: path)
            #expect(
                changed.map { String($0.dropFirst(folder.path.count + 1)) } == ["images/c.png", "README.md", "images/b.png"])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: images.path).sorted()
                    == ["a.png", "b.txt", "c.png", "mine.png"])
        }
    }

    @Test func aReportBeforeCannotMakeUsRemoveOtherFiles() throws {
        try withTemporaryFolder { folder in
            let path = folder.path + "/README.md"
            try Data([9]).write(to: folder.appendingPathComponent("x.png"))
            try "<img src=\"images/../x.png\" alt=\"\"> <img src=\"images/".write(toFile: path, atomically: true, encoding: .utf8)
            try ReportWriter.write(RenderedReport(markdown: "", images: [], problems: []), to: path)
            #expect(FileManager.default.fileExists(atPath: folder.path + "/x.png"))
        }
    }
}
