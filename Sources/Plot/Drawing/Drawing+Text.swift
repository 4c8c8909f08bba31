extension Drawing {
    /// The drawing in words, one element a line, lengths rounded to a thousandth: for files that tests compare with.
    public var text: String {
        var lines = ["drawing \(number(width)) x \(number(height)) background \(name(background))"]
        lines += elements.map { "\($0.role.rawValue) \(describe($0.shape))" }
        lines += notes.map { "note \(describe($0))" }
        return lines.joined(separator: "\n") + "\n"
    }

    private func describe(_ shape: Shape) -> String {
        switch shape {
        case .stroke(let path, let stroke):
            let dash = stroke.dash.isEmpty ? "" : " dash " + stroke.dash.map(number).joined(separator: ",")
            return "stroke \(name(stroke.color)) \(number(stroke.width))\(dash): \(describe(path))"
        case .fill(let path, let color):
            return "fill \(name(color)): \(describe(path))"
        case .image(let raster, let rect):
            return
                "image \(raster.width)x\(raster.height) sum \(checksum(raster)) at \(number(rect.x)) \(number(rect.y))"
                + " size \(number(rect.width)) \(number(rect.height))"
        case .text(let text):
            let extent = text.extent
            return "text \"\(text.text)\" at \(number(text.origin.x)) \(number(text.origin.y))"
                + (text.angle == 0 ? "" : " angle \(number(text.angle))")
                + " size \(number(text.style.size)) \(text.style.weight.rawValue) \(name(text.color))"
                + " box \(number(extent.width)) \(number(extent.ascent)) \(number(extent.descent))"
        }
    }

    private func describe(_ path: Path) -> String {
        path.segments.map { segment in
            switch segment {
            case .move(let point): "M \(number(point.x)) \(number(point.y))"
            case .line(let point): "L \(number(point.x)) \(number(point.y))"
            case .close: "Z"
            case .circle(let center, let radius): "O \(number(center.x)) \(number(center.y)) \(number(radius))"
            }
        }.joined(separator: " ")
    }

    private func describe(_ note: Note) -> String {
        switch note {
        case .skippedNonFinite(let name, let count): "skipped \(count) not finite in \"\(name)\""
        case .skippedNonPositive(let name, let count): "skipped \(count) not positive in \"\(name)\""
        case .outsideRange(let name, let count): "outside range \(count) in \"\(name)\""
        case .outliersAbove(let category, let count): "outliers above \(count) in \"\(category)\""
        case .outliersBelow(let category, let count): "outliers below \(count) in \"\(category)\""
        case .empty(let name): "empty \"\(name)\""
        case .shortened(let text): "shortened \"\(text)\""
        case .thinnedLabels(let shown, let all): "thinned labels \(shown) of \(all)"
        case .omittedLegendEntries(let count): "omitted legend entries \(count)"
        case .omittedText(let text): "omitted text \"\(text)\""
        }
    }

    /// FNV-1a, 32 bits: enough to see that pixels changed.
    private func checksum(_ raster: Raster) -> String {
        let sum = raster.pixels.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return String(sum, radix: 16)
    }

    private func number(_ value: Double) -> String { Decimal.trimmed(value, decimals: 3, minus: "-") }

    private func name(_ color: Color) -> String {
        let hex = [color.red, color.green, color.blue].map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        return "#" + hex + (color.alpha == 1 ? "" : "/" + number(color.alpha))
    }
}
