import Plot
import Testing

@Suite struct RendererTests {
    @Test func pngHasTheSizeAskedForAndTheSameBytesTwice() throws {
        let figure = Samples.accuracies(count: 8, epochs: 2, width: 4.2)
        let drawing = try figure.layout(measurer: PangoMeasurer())
        let bytes = try Renderer.png(drawing)
        #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        #expect(number(bytes, at: 16) == 806 && number(bytes, at: 20) == Int((figure.height * 192).rounded()))
        #expect(try Renderer.png(drawing) == bytes)
        #expect(try Renderer.png(figure.layout(measurer: PangoMeasurer())) == bytes)
        let half = try Renderer.png(drawing, dpi: 96)
        #expect(number(half, at: 16) == 403)
        for chunk in ["tIME", "tEXt", "zTXt", "iTXt"] {
            #expect(!contains(bytes, Array(chunk.utf8)), "\(chunk) may differ from run to run")
        }
    }

    @Test func aPictureIsNotBlank() throws {
        let drawing = try Samples.fileSizes().layout(measurer: PangoMeasurer())
        let blank = Drawing(width: drawing.width, height: drawing.height, background: drawing.background)
        let (full, empty) = (try Renderer.png(drawing).count, try Renderer.png(blank).count)
        #expect(full > 3 * empty, "\(full) bytes, blank \(empty)")
        var moved = drawing
        moved.elements.removeAll { $0.role == .data }
        #expect(try Renderer.png(moved) != Renderer.png(drawing))
    }

    @Test func aClearBackgroundGivesAnAlphaChannel() throws {
        let solid = Drawing(width: 10, height: 10, background: Color(0xffffff))
        let clear = Drawing(width: 10, height: 10, background: Color(0xffffff).opacity(0))
        #expect(try Renderer.png(solid)[25] == 2)
        #expect(try Renderer.png(clear)[25] == 6)
    }

    @Test(arguments: [0, -1, .nan, .infinity, 1e9])
    func impossibleResolutionsAreRefused(dpi: Double) {
        let drawing = Drawing(width: 72, height: 72, background: Color(0xffffff))
        #expect(throws: RenderError.self) { try Renderer.png(drawing, dpi: dpi) }
    }

    @Test func measuredTextScalesAndIsWiderWhenBold() {
        let measurer = PangoMeasurer()
        let style = TextStyle(family: Theme.github.fontFamily, size: 9)
        let small = measurer.extent(of: "Validation", style: style)
        let large = measurer.extent(of: "Validation", style: TextStyle(family: style.family, size: 18))
        #expect((large.width / small.width - 2).magnitude < 0.01, "\(small) \(large)")
        let bold = measurer.extent(of: "Validation", style: TextStyle(family: style.family, size: 9, weight: .bold))
        #expect(bold.width > small.width)
        #expect(small.ascent > 0 && small.descent > 0)
        #expect(measurer.extent(of: "", style: style).width == 0)
    }

    @Test func theFontOfTheThemesIsInstalled() {
        for theme in Theme.all { #expect(PangoMeasurer.hasFamily(theme.fontFamily), "\(theme.fontFamily)") }
        #expect(!PangoMeasurer.hasFamily("No such family"))
    }

    private func number(_ bytes: [UInt8], at offset: Int) -> Int {
        bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
    }

    private func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        bytes.indices.dropLast(wanted.count).contains { Array(bytes[$0..<($0 + wanted.count)]) == wanted }
    }
}
