import CCairo

/// Measures text with the fonts that the renderer draws with. Not for use from several threads at once.
public final class PangoMeasurer: TextMeasurer {
    private let typesetter = Typesetter()
    private var known: [Key: TextExtent] = [:]

    private struct Key: Hashable {
        let text: String
        let style: TextStyle
    }

    public init() {}

    public func extent(of text: String, style: TextStyle) -> TextExtent {
        let key = Key(text: text, style: style)
        if let extent = known[key] { return extent }
        let extent = typesetter.extent(of: text, style: style)
        known[key] = extent
        return extent
    }

    /// Whether a font of this family is installed; without it another is taken and pictures differ.
    public static func hasFamily(_ name: String) -> Bool { Typesetter().resolvedFamily(name) == name }
}

/// One Pango context and layout without hinting, so that sizes scale exactly and do not depend on the resolution.
final class Typesetter {
    private let context: OpaquePointer
    private let layout: OpaquePointer

    init() {
        // The default font map belongs to the thread and is not to be released.
        context = pango_font_map_create_context(pango_cairo_font_map_get_default())
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        pango_cairo_context_set_font_options(context, options)
        cairo_font_options_destroy(options)
        // Sizes are absolute; the resolution is fixed so that no setting of the desktop can matter.
        pango_cairo_context_set_resolution(context, 72)
        pango_context_set_round_glyph_positions(context, 0)
        layout = pango_layout_new(context)
        pango_layout_set_single_paragraph_mode(layout, 1)
    }

    deinit {
        g_object_unref(UnsafeMutableRawPointer(layout))
        g_object_unref(UnsafeMutableRawPointer(context))
    }

    func extent(of text: String, style: TextStyle) -> TextExtent {
        set(text, style)
        var (ink, logical) = (PangoRectangle(), PangoRectangle())
        pango_layout_get_extents(layout, &ink, &logical)
        let unit = Double(PANGO_SCALE)
        let baseline = Double(pango_layout_get_baseline(layout)) / unit
        let width = Double(max(logical.width, ink.x + ink.width)) / unit
        return TextExtent(
            width: max(0, width), ascent: baseline, descent: max(0, Double(logical.height) / unit - baseline))
    }

    /// Adds the outlines of a line to the current path, its baseline starting at the current point.
    func addPath(_ text: PlacedText, to cairo: OpaquePointer) {
        set(text.text, text.style)
        guard let line = pango_layout_get_line_readonly(layout, 0) else { return }
        pango_cairo_layout_line_path(cairo, line)
    }

    /// Draws a line as glyphs of a font, its baseline starting at the current point.
    func show(_ text: PlacedText, on cairo: OpaquePointer) {
        set(text.text, text.style)
        guard let line = pango_layout_get_line_readonly(layout, 0) else { return }
        pango_cairo_show_layout_line(cairo, line)
    }

    func resolvedFamily(_ name: String) -> String? {
        let description = pango_font_description_new()
        defer { pango_font_description_free(description) }
        pango_font_description_set_family(description, name)
        pango_font_description_set_absolute_size(description, 10 * Double(PANGO_SCALE))
        guard let font = pango_context_load_font(context, description) else { return nil }
        defer { g_object_unref(UnsafeMutableRawPointer(font)) }
        let found = pango_font_describe(font)
        defer { pango_font_description_free(found) }
        return pango_font_description_get_family(found).map { String(cString: $0) }
    }

    private func set(_ text: String, _ style: TextStyle) {
        let description = pango_font_description_new()
        defer { pango_font_description_free(description) }
        pango_font_description_set_family(description, style.family)
        pango_font_description_set_weight(
            description, style.weight == .bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL)
        pango_font_description_set_absolute_size(description, style.size * Double(PANGO_SCALE))
        pango_layout_set_font_description(layout, description)
        var text = text.withoutControls
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { letters in
                pango_layout_set_text(layout, letters.baseAddress, Int32(clamping: letters.count))
            }
        }
    }
}
