import CCairo

/// Draws the elements of a drawing, in order, in points.
struct CairoCanvas {
    let cairo: OpaquePointer
    /// Outlines for pixels, where cairo would round the place of each glyph; either for PDF.
    let textForm: TextForm
    /// Whether the file may be shown at any size.
    let isScalable: Bool
    private let typesetter = Typesetter()

    init(cairo: OpaquePointer, textForm: TextForm = .outlines, isScalable: Bool = false) {
        self.cairo = cairo
        self.textForm = textForm
        self.isScalable = isScalable
    }

    func draw(_ drawing: Drawing) {
        set(drawing.background)
        cairo_paint(cairo)
        cairo_set_line_cap(cairo, CAIRO_LINE_CAP_BUTT)
        cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND)
        for element in drawing.elements { draw(element) }
    }

    private func draw(_ element: Drawing.Element) {
        switch element.shape {
        case .fill(let path, let color):
            add(path)
            set(color)
            cairo_fill(cairo)
        case .stroke(let path, let stroke):
            add(path)
            set(stroke.color)
            cairo_set_line_width(cairo, stroke.width)
            // Solid data lines end round; dashes and axes end where they are said to.
            let isRound = element.role == .data && stroke.dash.isEmpty
            cairo_set_line_cap(cairo, isRound ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
            cairo_set_dash(cairo, stroke.dash, Int32(stroke.dash.count), 0)
            cairo_stroke(cairo)
        case .text(let text):
            set(text.color)
            cairo_save(cairo)
            cairo_translate(cairo, text.origin.x, text.origin.y)
            cairo_rotate(cairo, -text.angle * .pi / 180)
            cairo_new_path(cairo)
            cairo_move_to(cairo, 0, 0)
            switch textForm {
            case .outlines:
                typesetter.addPath(text, to: cairo)
                cairo_restore(cairo)
                cairo_fill(cairo)
            case .real:
                typesetter.show(text, on: cairo)
                cairo_restore(cairo)
                cairo_new_path(cairo)
            }
        case .image(let raster, let rect):
            draw(raster, in: rect)
        }
    }

    /// Every pixel a sharp rectangle, also where it is stretched.
    private func draw(_ raster: Raster, in rect: Rect) {
        let raster = isScalable ? raster.forScaling : raster
        guard let surface = raster.surface() else { return }
        defer { cairo_surface_destroy(surface) }
        cairo_save(cairo)
        cairo_translate(cairo, rect.x, rect.y)
        cairo_scale(cairo, rect.width / Double(raster.width), rect.height / Double(raster.height))
        cairo_set_source_surface(cairo, surface, 0, 0)
        cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST)
        cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD)
        cairo_rectangle(cairo, 0, 0, Double(raster.width), Double(raster.height))
        cairo_fill(cairo)
        cairo_restore(cairo)
    }

    private func add(_ path: Path) {
        cairo_new_path(cairo)
        for segment in path.segments {
            switch segment {
            case .move(let point): cairo_move_to(cairo, point.x, point.y)
            case .line(let point): cairo_line_to(cairo, point.x, point.y)
            case .close: cairo_close_path(cairo)
            case .circle(let center, let radius):
                cairo_new_sub_path(cairo)
                cairo_arc(cairo, center.x, center.y, radius, 0, 2 * .pi)
                cairo_close_path(cairo)
            }
        }
    }

    private func set(_ color: Color) {
        cairo_set_source_rgba(
            cairo, Double(color.red) / 255, Double(color.green) / 255, Double(color.blue) / 255, color.alpha)
    }
}
