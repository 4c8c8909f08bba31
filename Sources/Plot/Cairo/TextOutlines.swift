import CCairo

/// The shapes of lines of text as path data of SVG, in points.
final class TextOutlines {
    private let typesetter = Typesetter()
    private let surface: OpaquePointer?
    private let cairo: OpaquePointer?

    init() {
        // Without bounds: cairo drops glyphs outside of a surface, from paths too.
        surface = cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, nil)
        cairo = surface.flatMap { cairo_create($0) }
    }

    deinit {
        if let cairo { cairo_destroy(cairo) }
        if let surface { cairo_surface_destroy(surface) }
    }

    /// Empty for text without ink.
    func path(of text: PlacedText) -> String {
        guard let cairo else { return "" }
        cairo_save(cairo)
        cairo_new_path(cairo)
        cairo_translate(cairo, text.origin.x, text.origin.y)
        cairo_rotate(cairo, -text.angle * .pi / 180)
        cairo_move_to(cairo, 0, 0)
        typesetter.addPath(text, to: cairo)
        cairo_restore(cairo)
        guard let path = cairo_copy_path(cairo) else { return "" }
        defer { cairo_path_destroy(path) }
        cairo_new_path(cairo)
        guard path.pointee.status == CAIRO_STATUS_SUCCESS, let data = path.pointee.data else { return "" }
        var parts: [String] = []
        var index = 0
        let count = Int(path.pointee.num_data)
        // A move that nothing follows draws nothing.
        var pendingMove: String?
        while index < count {
            let header = data[index].header
            let length = Int(header.length)
            guard length > 0, index + length <= count else { break }
            let points = (1..<max(1, length)).map { step in
                SVGWriter.number(data[index + step].point.x) + " " + SVGWriter.number(data[index + step].point.y)
            }
            switch header.type {
            case CAIRO_PATH_MOVE_TO: pendingMove = "M" + points.joined(separator: " ")
            case CAIRO_PATH_LINE_TO, CAIRO_PATH_CURVE_TO:
                if let move = pendingMove { parts.append(move) }
                pendingMove = nil
                parts.append((header.type == CAIRO_PATH_LINE_TO ? "L" : "C") + points.joined(separator: " "))
            default:
                if pendingMove == nil { parts.append("Z") }
            }
            index += length
        }
        return parts.joined()
    }
}
