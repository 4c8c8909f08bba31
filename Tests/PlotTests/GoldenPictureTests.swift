import Foundation
import Plot
import Testing

/// A few pictures against files, as an eye would compare them: what the drawings in text cannot see is how they are
/// drawn. After a wanted change: `make golden`, and look at the pictures.
@Suite struct GoldenPictureTests {
    static let pictures: [(name: String, theme: Theme)] = [
        ("line-band", .github), ("scatter-pareto", .paperColumn), ("images", .githubDark), ("heat-map", .slides),
    ]
    /// Of the files: small, and still with every detail.
    static let dpi = 80.0

    @Test(arguments: pictures.indices)
    func pictureLooksLikeTheAcceptedOne(index: Int) throws {
        let (name, theme) = GoldenPictureTests.pictures[index]
        let sample = try #require(GallerySamples.all.first { $0.name == name })
        let drawing = try sample.make(4.2, theme).layout(measurer: PangoMeasurer())
        let found = try Renderer.raster(drawing, dpi: GoldenPictureTests.dpi)
        let file = GoldenDrawingTests.folder.appendingPathComponent("\(name).\(theme.name).png")
        if ProcessInfo.processInfo.environment["OFFPRINT_ACCEPT_GOLDEN"] == "1" {
            try Data(Renderer.png(found)).write(to: file)
        }
        let expected = try #require(Renderer.raster(png: Array(try Data(contentsOf: file))), "\(file.path)")
        let difference = PictureDifference(found, expected)
        guard difference.share > PictureDifference.tolerated else { return }
        let picture = FileManager.default.temporaryDirectory
            .appendingPathComponent("offprint-difference-\(name).\(theme.name).png")
        try Data(Renderer.png(difference.picture)).write(to: picture)
        Issue.record(
            """
            \(name) in \(theme.name): \(100 * difference.share)% of the picture differs, tolerated are \
            \(100 * PictureDifference.tolerated)%. Found, expected and the difference side by side: \(picture.path)
            """)
    }

    @Test func aMissingLineIsSeenAndAnotherRoundingIsNot() throws {
        let sample = try #require(GallerySamples.all.first { $0.name == "line-band" })
        let drawing = try sample.make(4.2, .github).layout(measurer: PangoMeasurer())
        let picture = try Renderer.raster(drawing, dpi: GoldenPictureTests.dpi)
        #expect(PictureDifference(picture, picture).share == 0)
        var cut = drawing
        let line = try #require(
            cut.elements.lastIndex { element in
                if element.role == .data, case .stroke = element.shape { true } else { false }
            })
        cut.elements.remove(at: line)
        let without = try Renderer.raster(cut, dpi: GoldenPictureTests.dpi)
        #expect(PictureDifference(without, picture).share > PictureDifference.tolerated)
        let rounded = try #require(
            Raster(width: picture.width, height: picture.height, rgb: picture.pixels.map { $0 > 128 ? $0 - 3 : $0 + 3 })
        )
        #expect(PictureDifference(rounded, picture).share == 0)
        let narrow = try #require(Raster(width: 1, height: 1, gray: [0]))
        #expect(PictureDifference(narrow, picture).share == 1)
    }
}

/// How much of two pictures looks different: means of 3 by 3 pixels are compared, so that an edge that lies a fraction of
/// a pixel elsewhere does not count, and only where they differ clearly.
struct PictureDifference {
    /// Share of pixels.
    static let tolerated = 0.002

    /// 1 for pictures of different sizes.
    let share: Double
    /// Found, expected, and where they differ.
    let picture: Raster

    init(_ found: Raster, _ expected: Raster) {
        guard found.width == expected.width, found.height == expected.height else {
            (share, picture) = (1, found)
            return
        }
        let (width, height) = (found.width, found.height)
        let (left, right) = (PictureDifference.smooth(found), PictureDifference.smooth(expected))
        var count = 0
        var rows: [UInt8] = []
        for y in 0..<height {
            let line = (3 * y * width)..<(3 * (y + 1) * width)
            rows += found.pixels[line] + expected.pixels[line]
            for x in 0..<width {
                let pixel = 3 * (y * width + x)
                let distance = (0..<3).map { (left[pixel + $0] - right[pixel + $0]).magnitude }.max() ?? 0
                let differs = distance > 24
                count += differs ? 1 : 0
                rows += differs ? [208, 0, 80] : expected.pixels[pixel..<(pixel + 3)].map { 200 + $0 / 5 }
            }
        }
        share = Double(count) / Double(width * height)
        picture = Raster(width: 3 * width, height: height, rgb: rows) ?? found
    }

    private static func smooth(_ raster: Raster) -> [Double] {
        let (width, height) = (raster.width, raster.height)
        var result = [Double](repeating: 0, count: raster.pixels.count)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 {
                    var (sum, count) = (0.0, 0.0)
                    for row in max(0, y - 1)...min(height - 1, y + 1) {
                        for column in max(0, x - 1)...min(width - 1, x + 1) {
                            sum += Double(raster.pixels[3 * (row * width + column) + channel])
                            count += 1
                        }
                    }
                    result[3 * (y * width + x) + channel] = sum / count
                }
            }
        }
        return result
    }
}
