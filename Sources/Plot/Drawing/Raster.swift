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
}
