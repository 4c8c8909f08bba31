/// Pixels: red, green and blue of each, row by row from the top left.
public struct Raster: Sendable, Hashable {
    public let width: Int
    public let height: Int
    /// `3 * width * height`.
    public let pixels: [UInt8]

    /// `nil` where the sizes are not positive (at most 20000) or `pixels` has another count than `3 * width * height`.
    public init?(width: Int, height: Int, rgb pixels: [UInt8]) {
        guard (1...20_000).contains(width), (1...20_000).contains(height), pixels.count == 3 * width * height else {
            return nil
        }
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Of one brightness a pixel. `nil` as above, for a count other than `width * height`.
    public init?(width: Int, height: Int, gray: [UInt8]) {
        self.init(width: width, height: height, rgb: gray.flatMap { [$0, $0, $0] })
    }

    /// Each pixel as a square of `factor` by `factor`: viewers that smooth enlarged pictures then
    /// leave the edges of pixels where they are.
    func enlarged(by factor: Int) -> Raster {
        guard factor > 1 else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(pixels.count * factor * factor)
        for row in 0..<height {
            var line: [UInt8] = []
            for column in 0..<width {
                let start = 3 * (row * width + column)
                for _ in 0..<factor { line += pixels[start..<(start + 3)] }
            }
            for _ in 0..<factor { result += line }
        }
        return Raster(width: width * factor, height: height * factor, rgb: result) ?? self
    }

    /// Enlarged for files that are shown at any size: at least about 400 pixels in the longer direction.
    var forScaling: Raster { enlarged(by: max(1, min(16, 400 / max(width, height)))) }
}
