import CJPEG
import CPNG
import Foundation

/// A picture made of a formula, and its encodings.
struct ImageFixture {
    let width: Int
    let height: Int
    /// `[H, W, 3]`.
    let pixels: [UInt8]

    /// Red rises along both sides, green is a parabola, blue a pattern with steps: hard on any scaling.
    init(width: Int, height: Int, shade: Int = 0) {
        self.width = width
        self.height = height
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                pixels.append(UInt8(truncatingIfNeeded: x * 7 + y * 3 + shade))
                pixels.append(UInt8(truncatingIfNeeded: x * x + y * 5))
                pixels.append(UInt8(truncatingIfNeeded: (x ^ y) * 13))
            }
        }
        self.pixels = pixels
    }

    /// `gray` keeps red alone.
    func png(gray: Bool = false) throws -> [UInt8] {
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        image.width = UInt32(width)
        image.height = UInt32(height)
        image.format = gray ? 0 : UInt32(PNG_FORMAT_FLAG_COLOR)
        let source = gray ? stride(from: 0, to: pixels.count, by: 3).map { pixels[$0] } : pixels
        var length = png_alloc_size_t(source.count * 2 + 10_000)
        var bytes = [UInt8](repeating: 0, count: Int(length))
        guard png_image_write_to_memory(&image, &bytes, &length, 0, source, 0, nil) != 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
        return Array(bytes.prefix(Int(length)))
    }

    func jpeg(quality: Int32 = 90, gray: Bool = false) throws -> [UInt8] {
        guard let encoder = tjInitCompress() else { throw CocoaError(.fileWriteUnknown) }
        defer { tjDestroy(encoder) }
        var buffer: UnsafeMutablePointer<UInt8>?
        var length: UInt = 0
        let sampling = gray ? TJSAMP_GRAY : TJSAMP_420
        let status = tjCompress2(
            encoder, pixels, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue), &buffer, &length,
            Int32(sampling.rawValue), quality, 0)
        defer { tjFree(buffer) }
        guard status == 0, let buffer else { throw CocoaError(.fileWriteUnknown) }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(length)))
    }
}

/// Writes a folder of images: `files` by path below `name`.
func writeFolder(_ name: String, _ files: [String: [UInt8]], in folder: URL) throws {
    for (path, bytes) in files {
        try MNISTFixture.write(bytes, to: folder.appendingPathComponent("\(name)/\(path)"))
    }
}

/// Two classes, three training images and one validation image.
func smallFolder() throws -> [String: [UInt8]] {
    [
        "train/cat/1.png": try ImageFixture(width: 20, height: 30, shade: 1).png(),
        "train/cat/2.jpg": try ImageFixture(width: 64, height: 48, shade: 2).jpeg(),
        "train/dog/a.JPEG": try ImageFixture(width: 33, height: 17, shade: 3).jpeg(gray: true),
        "validation/dog/z.png": try ImageFixture(width: 8, height: 8, shade: 4).png(gray: true),
    ]
}
