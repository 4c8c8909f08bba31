import CCairo

/// Turns drawings into files. The same drawing gives the same bytes: no dates, no random names.
public enum Renderer {
    /// Pixels an inch at which a picture is crisp on dense screens: twice CSS's 96. A picture 4 inches wide is then
    /// 768 pixels wide, to be shown at 384.
    public static let crisp = 192.0
    /// Pixels in either direction.
    public static let largestSize = 20_000

    /// A PNG file, 8 bits a channel: RGB on a solid background, RGBA otherwise. Takes time and memory in proportion to
    /// the pixels, 4 bytes each.
    public static func png(_ drawing: Drawing, dpi: Double = crisp) throws(RenderError) -> [UInt8] {
        let scale = dpi / 72
        let (width, height) = ((drawing.width * scale).rounded(), (drawing.height * scale).rounded())
        guard width >= 1, height >= 1, width <= Double(largestSize), height <= Double(largestSize) else {
            throw .badSize(width: width, height: height, largest: largestSize)
        }
        let format = drawing.background.alpha == 1 ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32
        let surface = cairo_image_surface_create(format, Int32(width), Int32(height))
        defer { cairo_surface_destroy(surface) }
        guard let cairo = cairo_create(surface) else { throw .noMemory }
        defer { cairo_destroy(cairo) }
        cairo_scale(cairo, scale, scale)
        CairoCanvas(cairo: cairo).draw(drawing)
        try check(cairo_status(cairo))
        cairo_surface_flush(surface)

        var bytes: [UInt8] = []
        let status = withUnsafeMutablePointer(to: &bytes) { sink in
            cairo_surface_write_to_png_stream(
                surface,
                { closure, data, count in
                    guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
                    closure.assumingMemoryBound(to: [UInt8].self).pointee
                        .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
                    return CAIRO_STATUS_SUCCESS
                }, sink)
        }
        try check(status)
        return bytes
    }

    private static func check(_ status: cairo_status_t) throws(RenderError) {
        guard status != CAIRO_STATUS_SUCCESS else { return }
        throw status == CAIRO_STATUS_NO_MEMORY
            ? .noMemory : .library(message: String(cString: cairo_status_to_string(status)))
    }
}

/// Why a drawing could not be written.
public enum RenderError: Error, Sendable, Hashable {
    /// In pixels; not finite where the drawing's size or the resolution is not.
    case badSize(width: Double, height: Double, largest: Int)
    case noMemory
    /// What cairo said.
    case library(message: String)
}
