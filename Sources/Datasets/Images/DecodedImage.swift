import CJPEG
import CPNG
import Foundation

/// An image as decoded: red, green and blue, `[H, W, 3]`, row-major.
struct DecodedImage: Equatable {
    let width: Int
    let height: Int
    let pixels: [UInt8]

    /// Pixels that an image may have: beyond any photograph, and 200 MB decoded.
    static let maximumPixels = 1 << 26

    /// How much damage a JPEG file may have.
    enum Tolerance {
        /// Nothing but superfluous bytes between segments, which many cameras write.
        case none
        /// Whatever still gives an image, as long as the data does not end too early: for published archives, whose
        /// own checksum says that they are as their authors made them.
        case damagedData
    }

    /// Decodes a JPEG or PNG file, told apart by their first bytes. Grey becomes colour; transparency is laid over
    /// white; the orientation that a camera notes is not applied.
    ///
    /// Throws `damagedImage` or `imageExtent`. The same bytes give the same pixels on every instruction set: JPEG is
    /// decoded by the accurate integer transform.
    init(_ bytes: [UInt8], at place: DatasetError.ImagePlace, tolerance: Tolerance) throws(DatasetError) {
        if bytes.starts(with: [0xff, 0xd8]) {
            self = try Self.jpeg(bytes, place, tolerance)
        } else if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) {
            self = try Self.png(bytes, place)
        } else {
            throw .damagedImage(place, .unknownFormat)
        }
    }

    /// Traps where the counts do not agree.
    init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3)
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// The brightness of each pixel in all three of its bytes: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601), in
    /// the whole numbers that Pillow's conversion to grey has. Grey stays what it is.
    var grey: DecodedImage {
        var result: [UInt8] = []
        result.reserveCapacity(pixels.count)
        for start in stride(from: 0, to: pixels.count, by: 3) {
            let (red, green, blue) = (Int(pixels[start]), Int(pixels[start + 1]), Int(pixels[start + 2]))
            let brightness = UInt8((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
            result.append(contentsOf: [brightness, brightness, brightness])
        }
        return DecodedImage(width: width, height: height, pixels: result)
    }

    private static func check(
        width: Int, height: Int, _ place: DatasetError.ImagePlace
    ) throws(DatasetError) {
        guard width > 0, height > 0, width <= maximumPixels, height <= maximumPixels, width * height <= maximumPixels
        else { throw .imageExtent(place, width: width, height: height, maximumPixels: maximumPixels) }
    }

    // MARK: JPEG

    private static func jpeg(
        _ bytes: [UInt8], _ place: DatasetError.ImagePlace, _ tolerance: Tolerance
    ) throws(DatasetError) -> DecodedImage {
        guard let decoder = tjInitDecompress() else { throw .unreadable(file: place.file, systemError: ENOMEM) }
        defer { tjDestroy(decoder) }
        var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let length = UInt(bytes.count)
        guard tjDecompressHeader3(decoder, bytes, length, &width, &height, &sampling, &space) == 0 else {
            throw .damagedImage(place, .decoder(reason(decoder)))
        }
        // A file may hold tables and no image.
        guard width > 0, height > 0 else { throw .damagedImage(place, .noImage) }
        try check(width: Int(width), height: Int(height), place)
        // Four inks cannot be turned into light by libjpeg-turbo.
        let isInk = space == Int32(TJCS_CMYK.rawValue) || space == Int32(TJCS_YCCK.rawValue)
        let format = isInk ? TJPF_CMYK : TJPF_RGB
        var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * (isInk ? 4 : 3))
        let status = tjDecompress2(
            decoder, bytes, length, &pixels, width, 0, height, Int32(format.rawValue),
            Int32(TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS))
        if status != 0 {
            let words = reason(decoder)
            let isWarning = tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue)
            guard isWarning, tolerates(words, tolerance) else { throw .damagedImage(place, .decoder(words)) }
        }
        return DecodedImage(width: Int(width), height: Int(height), pixels: isInk ? light(pixels) : pixels)
    }

    private static func tolerates(_ warning: String, _ tolerance: Tolerance) -> Bool {
        if warning.contains("extraneous bytes before marker") { return true }
        switch tolerance {
        case .none: return false
        case .damagedData: return !warning.contains("Premature end of JPEG file") && !warning.contains("scans")
        }
    }

    /// Inks as Adobe writes them, 255 for none, to light.
    private static func light(_ inks: [UInt8]) -> [UInt8] {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(inks.count / 4 * 3)
        for start in stride(from: 0, to: inks.count, by: 4) {
            let black = Int(inks[start + 3])
            for ink in inks[start..<(start + 3)] { pixels.append(UInt8((Int(ink) * black + 127) / 255)) }
        }
        return pixels
    }

    private static func reason(_ decoder: tjhandle) -> String {
        tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "unknown damage"
    }

    // MARK: PNG

    private static func png(
        _ bytes: [UInt8], _ place: DatasetError.ImagePlace
    ) throws(DatasetError) -> DecodedImage {
        try bytes.withUnsafeBytes { source in
            Result { () throws(DatasetError) in try png(source, place) }
        }.get()
    }

    private static func png(
        _ bytes: UnsafeRawBufferPointer, _ place: DatasetError.ImagePlace
    ) throws(DatasetError) -> DecodedImage {
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        // Does nothing where libpng has freed its state itself, at the end or after an error.
        defer { png_image_free(&image) }
        guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
            throw .damagedImage(place, .decoder(reason(image)))
        }
        let (width, height) = (Int(image.width), Int(image.height))
        try check(width: width, height: height, place)
        image.format = UInt32(PNG_FORMAT_FLAG_COLOR)
        image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
        var white = png_color(red: 255, green: 255, blue: 255)
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        guard png_image_finish_read(&image, &white, &pixels, 0, nil) != 0 else {
            throw .damagedImage(place, .decoder(reason(image)))
        }
        return DecodedImage(width: width, height: height, pixels: pixels)
    }

    private static func reason(_ image: png_image) -> String {
        withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
