import Foundation

/// Writes a drawing as SVG, element by element in its order. Lengths are points, rounded to a thousandth as they are in
/// the drawing: nothing is laid out again.
///
/// Real text states the width it was measured to have (`textLength`), so that a viewer with another font stretches its
/// letters instead of running into its neighbours. The family after DejaVu Sans is Verdana, of nearly its widths.
struct SVGWriter {
    private let drawing: Drawing
    private let outlines: TextOutlines?
    private var lines: [String] = []

    init(_ drawing: Drawing, outlines: TextOutlines?) {
        self.drawing = drawing
        self.outlines = outlines
    }

    mutating func write() throws(RenderError) -> String {
        let (width, height) = (SVGWriter.number(drawing.width), SVGWriter.number(drawing.height))
        let label = drawing.title.map { " aria-label=\"\(SVGWriter.escaped($0))\"" } ?? ""
        lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)pt\" height=\"\(height)pt\""
                + " viewBox=\"0 0 \(width) \(height)\" role=\"img\"\(label)>",
            "<g stroke-linejoin=\"round\" stroke-miterlimit=\"10\">",
        ]
        if drawing.background.alpha > 0 {
            lines.append("<rect width=\"\(width)\" height=\"\(height)\"\(paint("fill", drawing.background))/>")
        }
        for element in drawing.elements { try write(element) }
        lines += ["</g>", "</svg>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func write(_ element: Drawing.Element) throws(RenderError) {
        switch element.shape {
        case .fill(let path, let color): lines.append("<path d=\"\(data(path))\"\(paint("fill", color))/>")
        case .stroke(let path, let stroke):
            let isRound = element.role == .data && stroke.dash.isEmpty
            let dash =
                stroke.dash.isEmpty
                ? "" : " stroke-dasharray=\"\(stroke.dash.map(SVGWriter.number).joined(separator: " "))\""
            lines.append(
                "<path d=\"\(data(path))\" fill=\"none\"\(paint("stroke", stroke.color))"
                    + " stroke-width=\"\(SVGWriter.number(stroke.width))\""
                    + (isRound ? " stroke-linecap=\"round\"" : "") + dash + "/>")
        case .text(let text): write(text)
        case .image(let raster, let rect):
            let bytes = Data(try Renderer.png(raster.forScaling)).base64EncodedString()
            lines.append(
                "<image x=\"\(SVGWriter.number(rect.x))\" y=\"\(SVGWriter.number(rect.y))\""
                    + " width=\"\(SVGWriter.number(rect.width))\" height=\"\(SVGWriter.number(rect.height))\""
                    + " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\""
                    + " href=\"data:image/png;base64,\(bytes)\"/>")
        }
    }

    private mutating func write(_ text: PlacedText) {
        if let outlines {
            let path = outlines.path(of: text)
            guard !path.isEmpty else { return }
            lines.append(
                "<path d=\"\(path)\"\(paint("fill", text.color)) aria-label=\"\(SVGWriter.escaped(text.text))\"/>")
            return
        }
        let (x, y) = (SVGWriter.number(text.origin.x), SVGWriter.number(text.origin.y))
        let turn = text.angle == 0 ? "" : " transform=\"rotate(\(SVGWriter.number(-text.angle)) \(x) \(y))\""
        let weight = text.style.weight == .bold ? " font-weight=\"bold\"" : ""
        lines.append(
            "<text x=\"\(x)\" y=\"\(y)\" font-family=\"\(SVGWriter.family(text.style.family))\""
                + " font-size=\"\(SVGWriter.number(text.style.size))\"\(weight)\(paint("fill", text.color))\(turn)"
                + " textLength=\"\(SVGWriter.number(text.extent.width))\" lengthAdjust=\"spacingAndGlyphs\""
                + " xml:space=\"preserve\">\(SVGWriter.escaped(text.text))</text>")
    }

    // MARK: Values

    private func data(_ path: Path) -> String {
        func at(_ point: Point) -> String { SVGWriter.number(point.x) + " " + SVGWriter.number(point.y) }
        return path.segments.map { segment in
            switch segment {
            case .move(let point): return "M" + at(point)
            case .line(let point): return "L" + at(point)
            case .close: return "Z"
            case .circle(let center, let radius):
                let (size, across) = (SVGWriter.number(radius), SVGWriter.number(2 * radius))
                return "M\(at(Point(center.x - radius, center.y)))a\(size) \(size) 0 1 0 \(across) 0"
                    + "a\(size) \(size) 0 1 0 -\(across) 0Z"
            }
        }.joined()
    }

    private func paint(_ property: String, _ color: Color) -> String {
        let hex = [color.red, color.green, color.blue].map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        let opacity = color.alpha == 1 ? "" : " \(property)-opacity=\"\(SVGWriter.number(color.alpha))\""
        return " \(property)=\"#\(hex)\"\(opacity)"
    }

    /// To a thousandth; a value that is not finite, which no layout makes, is 0.
    static func number(_ value: Double) -> String {
        value.isFinite ? Decimal.trimmed(value, decimals: 3, minus: "-") : "0"
    }

    private static func family(_ name: String) -> String {
        let quoted = "'\(escaped(name).replacing("'", with: ""))'"
        return name == "DejaVu Sans" ? quoted + ", Verdana, sans-serif" : quoted + ", sans-serif"
    }

    /// For content and attributes; characters that XML cannot hold become spaces.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.withoutControls.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
