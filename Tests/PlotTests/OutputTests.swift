import Foundation
import Plot
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// PNG, SVG and PDF show the same drawing, and the same drawing gives the same bytes.
@Suite struct OutputTests {
    private func drawing(_ name: String, theme: Theme = .github) throws -> Drawing {
        let sample = try #require(GallerySamples.all.first { $0.name == name })
        return try sample.make(4.2, theme).layout(measurer: PangoMeasurer())
    }

    @Test(arguments: GallerySamples.all.map(\.name), PictureFormat.allCases)
    func theSameDrawingGivesTheSameBytes(name: String, format: PictureFormat) throws {
        let first = try Renderer.file(drawing(name), format: format, dpi: 72)
        #expect(try Renderer.file(drawing(name), format: format, dpi: 72) == first)
        #expect(first.count > 1000)
    }

    @Test(arguments: GallerySamples.all.map(\.name))
    func svgIsWellFormedAndHoldsEveryText(name: String) throws {
        let drawing = try drawing(name)
        let svg = try Renderer.svg(drawing)
        let reader = TextReader()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(reader.texts == drawing.texts.map(\.text))
        let outlined = try Renderer.svg(drawing, text: .outlines)
        #expect(XMLParser(data: Data(outlined.utf8)).parse())
        #expect(!outlined.contains("<text"))
        // Every line with ink has its own path.
        let inked = drawing.texts.count { !$0.text.allSatisfy { $0 == " " } }
        #expect(outlined.components(separatedBy: "aria-label=").count - 1 == inked + (drawing.title == nil ? 0 : 1))
    }

    @Test func textsThatXMLCannotHoldAreMadeHarmless() throws {
        var drawing = Drawing(width: 72, height: 72, background: Color(0xffffff))
        for text in ["<b> & \"c\"", "a\u{0}b\u{1F}", "\u{FFFE}\u{FFFF}", "]]>", "שלום", "畳み込み", "👩‍👩‍👧‍👦"] {
            drawing.elements.append(
                Drawing.Element(
                    role: .title,
                    shape: .text(
                        PlacedText(
                            text: text, style: TextStyle(family: "A'B\"C", size: 9), color: Color(0),
                            origin: Point(0, 9),
                            extent: TextExtent(width: 10, ascent: 8, descent: 2)))))
        }
        for form in TextForm.allCases {
            let svg = try Renderer.svg(drawing, text: form)
            #expect(XMLParser(data: Data(svg.utf8)).parse(), "\(svg)")
            _ = try Renderer.pdf(drawing, text: form)
        }
    }

    @Test func pdfHasTextInFontsAndOneFixedDate() throws {
        let real = try Renderer.pdf(drawing("scatter-pareto"))
        let text = String(decoding: real, as: UTF8.self)
        #expect(text.hasPrefix("%PDF-1.5"))
        #expect(text.contains("19700101000000"), "the date")
        #expect(text.components(separatedBy: "CreationDate").count == 2 && !text.contains("ModDate"))
        #expect(text.contains("DejaVuSans"))
        let outlined = try Renderer.pdf(drawing("scatter-pareto"), text: .outlines)
        #expect(!String(decoding: outlined, as: UTF8.self).contains("DejaVuSans"))
    }

    @Test(arguments: [0, -1, .nan, .infinity, 1e9])
    func impossibleSizesAreRefused(size: Double) {
        let drawing = Drawing(width: size, height: 72, background: Color(0xffffff))
        for format in PictureFormat.allCases {
            #expect(throws: RenderError.self) { try Renderer.file(drawing, format: format) }
        }
    }

    @Test func picturesKeepTheirPixels() throws {
        let pixels: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30]
        let raster = try #require(Raster(width: 2, height: 2, rgb: pixels))
        #expect(Renderer.raster(png: try Renderer.png(raster)) == raster)
        #expect(Renderer.raster(png: []) == nil)
        #expect(Renderer.raster(png: Array("no picture".utf8)) == nil)
        #expect(Renderer.raster(png: Array(try Renderer.png(raster).prefix(40))) == nil)
        // One pixel of the picture to one of the file: none may change.
        var drawing = Drawing(width: 72, height: 72, background: Color(0xffffff))
        drawing.elements = [
            Drawing.Element(role: .data, shape: .image(raster, Rect(x: 0, y: 0, width: 72, height: 72)))
        ]
        let drawn = try Renderer.raster(drawing, dpi: 72)
        func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(drawn.pixels[(3 * (y * 72 + x))..<(3 * (y * 72 + x) + 3)]) }
        #expect(pixel(0, 0) == [255, 0, 0] && pixel(35, 35) == [255, 0, 0], "sharp up to the edge")
        #expect(pixel(36, 0) == [0, 255, 0] && pixel(0, 36) == [0, 0, 255] && pixel(71, 71) == [10, 20, 30])
    }

    private final class TextReader: NSObject, XMLParserDelegate {
        var texts: [String] = []
        private var isInside = false

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            isInside = name == "text"
            if isInside { texts.append("") }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            if isInside { texts[texts.count - 1] += string }
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) { isInside = false }
    }
}
