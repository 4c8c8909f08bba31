import CCairo

/// Turns drawings into files. The same drawing gives the same bytes: no dates, no random names, fixed metadata.
public enum Renderer {
    /// Pixels an inch at which a picture is crisp on dense screens: twice CSS's 96. A picture 4 inches wide is then
    /// 768 pixels wide, to be shown at 384.
    public static let crisp = 192.0
    /// Pixels in either direction.
    public static let largestSize = 20_000

    /// The bytes of a file in any format; `dpi` is for pixels alone.
    public static func file(
        _ drawing: Drawing, format: PictureFormat, dpi: Double = crisp
    ) throws(RenderError) -> [UInt8] {
        switch format {
        case .png: try png(drawing, dpi: dpi)
        case .svg: Array(try svg(drawing).utf8)
        case .pdf: try pdf(drawing)
        }
    }

    /// A PNG file, 8 bits a channel: RGB on a solid background, RGBA otherwise. Takes time and memory in proportion to
    /// the pixels, 4 bytes each.
    public static func png(_ drawing: Drawing, dpi: Double = crisp) throws(RenderError) -> [UInt8] {
        let surface = try painted(drawing, dpi: dpi)
        defer { cairo_surface_destroy(surface) }
        return try encoded(surface)
    }

    /// The pixels of the PNG file, on a solid background.
    public static func raster(_ drawing: Drawing, dpi: Double = crisp) throws(RenderError) -> Raster {
        let surface = try painted(drawing, dpi: dpi)
        defer { cairo_surface_destroy(surface) }
        guard let raster = Raster(surface: surface) else { throw .noMemory }
        return raster
    }

    /// A PNG file of pixels.
    public static func png(_ raster: Raster) throws(RenderError) -> [UInt8] {
        guard let surface = raster.surface() else { throw .noMemory }
        defer { cairo_surface_destroy(surface) }
        return try encoded(surface)
    }

    /// The pixels of a PNG file of 8 bits a channel; `nil` for anything else.
    public static func raster(png bytes: [UInt8]) -> Raster? {
        var rest = bytes[...]
        return withUnsafeMutablePointer(to: &rest) { source -> Raster? in
            let read: cairo_read_func_t = { closure, data, count in
                guard let closure, let data else { return CAIRO_STATUS_READ_ERROR }
                let left = closure.assumingMemoryBound(to: ArraySlice<UInt8>.self)
                guard left.pointee.count >= Int(count) else { return CAIRO_STATUS_READ_ERROR }
                for (index, byte) in left.pointee.prefix(Int(count)).enumerated() { data[index] = byte }
                left.pointee = left.pointee.dropFirst(Int(count))
                return CAIRO_STATUS_SUCCESS
            }
            guard let surface = cairo_image_surface_create_from_png_stream(read, source) else { return nil }
            defer { cairo_surface_destroy(surface) }
            guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS else { return nil }
            return Raster(surface: surface)
        }
    }

    /// A PDF file of one page, its text as text of embedded fonts: it can be searched and copied. Its date is the first
    /// of 1970 for all.
    public static func pdf(_ drawing: Drawing, text: TextForm = .real) throws(RenderError) -> [UInt8] {
        guard drawing.width > 0, drawing.height > 0, drawing.width < 1e5, drawing.height < 1e5 else {
            throw .badSize(width: drawing.width, height: drawing.height, largest: largestSize)
        }
        var bytes: [UInt8] = []
        let status = withUnsafeMutablePointer(to: &bytes) { sink -> cairo_status_t in
            guard let surface = cairo_pdf_surface_create_for_stream(write, sink, drawing.width, drawing.height),
                let cairo = cairo_create(surface)
            else { return CAIRO_STATUS_NO_MEMORY }
            cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5)
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "1970-01-01T00:00:00Z")
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Offprint")
            if let title = drawing.title {
                cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title.withoutControls)
            }
            CairoCanvas(cairo: cairo, textForm: text, isScalable: true).draw(drawing)
            cairo_show_page(cairo)
            let drawn = cairo_status(cairo)
            cairo_destroy(cairo)
            cairo_surface_finish(surface)
            let finished = cairo_surface_status(surface)
            cairo_surface_destroy(surface)
            return drawn == CAIRO_STATUS_SUCCESS ? finished : drawn
        }
        try check(status)
        return bytes
    }

    /// An SVG file. Real text keeps its measured width whatever font the viewer has; outlines look the same everywhere.
    public static func svg(_ drawing: Drawing, text: TextForm = .real) throws(RenderError) -> String {
        guard drawing.width > 0, drawing.height > 0, drawing.width < 1e5, drawing.height < 1e5 else {
            throw .badSize(width: drawing.width, height: drawing.height, largest: largestSize)
        }
        var writer = SVGWriter(drawing, outlines: text == .outlines ? TextOutlines() : nil)
        return try writer.write()
    }

    // MARK: Cairo

    /// The drawing on a new surface, to be destroyed by the caller.
    private static func painted(_ drawing: Drawing, dpi: Double) throws(RenderError) -> OpaquePointer {
        let scale = dpi / 72
        let (width, height) = ((drawing.width * scale).rounded(), (drawing.height * scale).rounded())
        guard width >= 1, height >= 1, width <= Double(largestSize), height <= Double(largestSize) else {
            throw .badSize(width: width, height: height, largest: largestSize)
        }
        let format = drawing.background.alpha == 1 ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32
        guard let surface = cairo_image_surface_create(format, Int32(width), Int32(height)) else { throw .noMemory }
        guard let cairo = cairo_create(surface) else {
            cairo_surface_destroy(surface)
            throw .noMemory
        }
        defer { cairo_destroy(cairo) }
        cairo_scale(cairo, scale, scale)
        CairoCanvas(cairo: cairo).draw(drawing)
        do throws(RenderError) {
            try check(cairo_status(cairo))
        } catch {
            cairo_surface_destroy(surface)
            throw error
        }
        cairo_surface_flush(surface)
        return surface
    }

    private static let write: cairo_write_func_t = { closure, data, count in
        guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
        closure.assumingMemoryBound(to: [UInt8].self).pointee
            .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
        return CAIRO_STATUS_SUCCESS
    }

    private static func encoded(_ surface: OpaquePointer) throws(RenderError) -> [UInt8] {
        var bytes: [UInt8] = []
        let status = withUnsafeMutablePointer(to: &bytes) { cairo_surface_write_to_png_stream(surface, write, $0) }
        try check(status)
        return bytes
    }

    private static func check(_ status: cairo_status_t) throws(RenderError) {
        guard status != CAIRO_STATUS_SUCCESS else { return }
        throw status == CAIRO_STATUS_NO_MEMORY
            ? .noMemory : .library(message: String(cString: cairo_status_to_string(status)))
    }
}

/// Kinds of files that show the same drawing.
public enum PictureFormat: String, Sendable, Hashable, CaseIterable {
    case png, svg, pdf
}

/// How text is kept in a file.
public enum TextForm: String, Sendable, Hashable, CaseIterable {
    /// As text: it can be searched, copied, edited and read aloud.
    case real
    /// As shapes.
    case outlines
}

/// Why a drawing could not be written.
public enum RenderError: Error, Sendable, Hashable {
    /// In pixels; not finite where the drawing's size or the resolution is not.
    case badSize(width: Double, height: Double, largest: Int)
    case noMemory
    /// What cairo said.
    case library(message: String)
}
