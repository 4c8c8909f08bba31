import CKernels

/// How one image of a batch is shown: the identity where nothing is said.
public struct ImagePlacement: Hashable, Sendable {
    /// The window that is cut out starts so many rows below and columns to the right of the image's corner. What it
    /// shows beyond the image is pixel 0.
    public var rowShift: Int
    public var columnShift: Int
    /// The window is mirrored left to right.
    public var flipped: Bool
    /// A square of the result that is 0 after scaling.
    public var cutout: Square?

    /// May stick out of the image; `side` is positive.
    public struct Square: Hashable, Sendable {
        public var top: Int
        public var left: Int
        public var side: Int

        public init(top: Int, left: Int, side: Int) {
            self.top = top
            self.left = left
            self.side = side
        }
    }

    public init(rowShift: Int = 0, columnShift: Int = 0, flipped: Bool = false, cutout: Square? = nil) {
        self.rowShift = rowShift
        self.columnShift = columnShift
        self.flipped = flipped
        self.cutout = cutout
    }
}

extension KernelContext {
    /// Gathers images by index into a batch, as `pixel * scale + shift` (one fused multiply-add), shifted, mirrored
    /// and cut as each one's placement says.
    ///
    /// - Parameters:
    ///   - pixels: `[images, H, W, C]`, row-major, 0…255.
    ///   - height: of one image; likewise `width` and `channels`.
    ///   - indices: one of the images in `pixels` for each of the batch (traps outside).
    ///   - placements: as many as `indices`.
    ///   - scale: one for each channel; for `(x / 255 - 0.5) / 0.5`, 2 / 255.
    ///   - shift: one for each channel; for the same, -1.
    ///   - output: `[indices.count, H, W, C]`.
    public func loadImages(
        pixels: [UInt8], height: Int, width: Int, channels: Int, indices: [Int], placements: [ImagePlacement],
        scale: [Float], shift: [Float], into output: inout Tensor
    ) {
        precondition(height >= 0 && width >= 0 && channels >= 0, "images of \(height)x\(width)x\(channels)")
        requireShape(output, [indices.count, height, width, channels], "loadImages")
        precondition(
            placements.count == indices.count, "loadImages: \(placements.count) placements, \(indices.count) images")
        precondition(scale.count == channels && shift.count == channels, "loadImages: scales of \(channels) channels")
        let imageSize = height * width * channels
        guard imageSize > 0 else { return }
        let images = pixels.count / imageSize
        precondition(
            indices.allSatisfy { $0 >= 0 && $0 < images }, "loadImages: index outside 0..<\(images)")
        let target = output.mutablePointer()
        // As the leaf loop wants them: the channels' numbers sixteen times over.
        let (scales, shifts) = (repeated(scale), repeated(shift))
        pixels.withUnsafeBufferPointer { bytes in
            scales.withUnsafeBufferPointer { scales in
                shifts.withUnsafeBufferPointer { shifts in
                    guard let base = bytes.baseAddress, let scale = scales.baseAddress, let shift = shifts.baseAddress
                    else { return }
                    let loader = ImageLoader(
                        height: height, width: width, channels: channels, scale: scale, shift: shift,
                        loop: elementwiseLoops.load_pixels!)
                    forEachRowGroup(rows: indices.count, elementsPerRow: imageSize) { first, count in
                        for place in first..<first + count {
                            loader.load(
                                base + indices[place] * imageSize, placements[place],
                                into: target + place * imageSize)
                        }
                    }
                }
            }
        }
    }

    private func repeated(_ values: [Float]) -> [Float] {
        var result: [Float] = []
        for _ in 0..<16 { result += values }
        return result
    }
}

/// Loads one image after the other; all pointers are valid while `loadImages` runs.
private struct ImageLoader {
    let height: Int
    let width: Int
    let channels: Int
    let scale: UnsafePointer<Float>
    let shift: UnsafePointer<Float>
    let loop: @convention(c) (
        Int, Int, UnsafePointer<UInt8>?, Int32, UnsafePointer<Float>?, UnsafePointer<Float>?,
        UnsafeMutablePointer<Float>?
    ) -> Void

    func load(_ source: UnsafePointer<UInt8>, _ placement: ImagePlacement, into target: UnsafeMutablePointer<Float>) {
        if placement.rowShift == 0, placement.columnShift == 0, !placement.flipped {
            loop(height * width, channels, source, 0, scale, shift, target)
        } else {
            for row in 0..<height { loadRow(row, source, placement, into: target + row * width * channels) }
        }
        if let square = placement.cutout { clear(square, in: target) }
    }

    private func loadRow(
        _ row: Int, _ source: UnsafePointer<UInt8>, _ placement: ImagePlacement,
        into target: UnsafeMutablePointer<Float>
    ) {
        // Columns of the image that the window shows.
        let from = row + placement.rowShift
        let first = min(width, max(0, placement.columnShift))
        let end = from >= 0 && from < height ? max(first, min(width, width + placement.columnShift)) : first
        let before = first - placement.columnShift
        let at = placement.flipped ? width - before - (end - first) : before
        if end - first < width {
            for pixel in 0..<width {
                for channel in 0..<channels { target[pixel * channels + channel] = shift[channel] }
            }
        }
        guard first < end else { return }
        loop(
            end - first, channels, source + (from * width + first) * channels, placement.flipped ? 1 : 0, scale, shift,
            target + at * channels)
    }

    private func clear(_ square: ImagePlacement.Square, in target: UnsafeMutablePointer<Float>) {
        let (left, right) = (max(0, square.left), min(width, square.left + square.side))
        guard left < right else { return }
        for row in max(0, square.top)..<max(0, square.top, min(height, square.top + square.side)) {
            (target + (row * width + left) * channels).update(repeating: 0, count: (right - left) * channels)
        }
    }
}
