/// Makes text fit: one clean line, wrapped at natural places, or shortened.
struct TextFitting {
    let measurer: any TextMeasurer

    /// One line without control characters, with `MathText` written out; far beyond any label's length it is cut before
    /// anything measures it.
    static func clean(_ text: String) -> String {
        var result = ""
        var count = 0
        for character in MathText.unicode(text) {
            count += 1
            if count > 400 { return result + "…" }
            let isControl = character.unicodeScalars.allSatisfy {
                $0.value < 0x20 || (0x7f...0x9f).contains($0.value) || $0.value == 0x2028 || $0.value == 0x2029
            }
            result.append(isControl ? " " : character)
        }
        return result
    }

    func width(_ text: String, _ style: TextStyle) -> Double { measurer.extent(of: text, style: style).width }

    /// The text, or as much of its beginning as fits before an ellipsis.
    func shortened(_ text: String, to limit: Double, _ style: TextStyle) -> String {
        guard width(text, style) > limit else { return text }
        let letters = Array(text)
        var (fits, fails) = (0, letters.count)
        while fails - fits > 1 {
            let middle = (fits + fails) / 2
            if width(String(letters[..<middle]) + "…", style) <= limit { fits = middle } else { fails = middle }
        }
        var kept = String(letters[..<fits])
        while kept.last == " " { kept.removeLast() }
        return kept + "…"
    }

    /// Lines broken after spaces, hyphens, slashes and underscores, as few as fit; the last one is shortened where
    /// they would be more than `count`.
    func wrapped(_ text: String, to limit: Double, lines count: Int, _ style: TextStyle) -> [String] {
        var lines: [String] = []
        var current = ""
        for piece in TextFitting.pieces(text) {
            let joined = current + piece
            if current.isEmpty || width(TextFitting.trimmed(joined), style) <= limit {
                current = joined
            } else {
                lines.append(TextFitting.trimmed(current))
                current = piece
            }
        }
        if !current.isEmpty { lines.append(TextFitting.trimmed(current)) }
        if lines.count > count {
            let rest = lines[(count - 1)...].joined(separator: " ")
            lines = Array(lines[..<(count - 1)]) + [rest]
        }
        return lines.map { shortened($0, to: limit, style) }
    }

    /// The places where a line may break follow each piece.
    private static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var current = ""
        for character in text {
            current.append(character)
            if " -/_".contains(character) {
                pieces.append(current)
                current = ""
            }
        }
        if !current.isEmpty { pieces.append(current) }
        return pieces
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last == " " { text.removeLast() }
        while text.first == " " { text.removeFirst() }
        return String(text)
    }
}
