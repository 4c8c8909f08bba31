internal import CKernels

/// A convolution of stride 1 as its Fourier paths see it: the sums that can be other than zero, on tiles.
///
/// Results whose window lies wholly in the padding are left out: what remains has a padding of at most the
/// kernel - 1, on each axis.
struct FourierShape: Hashable, Sendable {
    /// Of the sources, and of the results.
    let vertical, horizontal: FourierAxis
    /// Rows and columns of results left out on each side.
    let borderY, borderX: Int

    enum Side { case forward, dataGradient }

    /// - Parameter side: `forward` for tiles over the input (the weight gradient, too), `dataGradient` for tiles over
    ///   the output gradient.
    init(_ geometry: ConvolutionGeometry, side: Side) {
        precondition(geometry.supports(.fft))
        borderY = max(0, geometry.padding - (geometry.kernelHeight - 1))
        borderX = max(0, geometry.padding - (geometry.kernelWidth - 1))
        let paddingY = min(geometry.padding, geometry.kernelHeight - 1)
        let paddingX = min(geometry.padding, geometry.kernelWidth - 1)
        let candidates: (vertical: [FourierAxis], horizontal: [FourierAxis])
        switch side {
        case .forward:
            candidates = (
                FourierAxis.candidates(
                    kernel: geometry.kernelHeight, sources: geometry.inputHeight, padding: paddingY),
                FourierAxis.candidates(
                    kernel: geometry.kernelWidth, sources: geometry.inputWidth, padding: paddingX)
            )
        case .dataGradient:
            candidates = (
                FourierAxis.candidates(
                    kernel: geometry.kernelHeight, sources: geometry.outputHeight - 2 * borderY,
                    padding: geometry.kernelHeight - 1 - paddingY),
                FourierAxis.candidates(
                    kernel: geometry.kernelWidth, sources: geometry.outputWidth - 2 * borderX,
                    padding: geometry.kernelWidth - 1 - paddingX)
            )
        }
        var best: (cost: Double, vertical: FourierAxis, horizontal: FourierAxis)?
        for vertical in candidates.vertical {
            for horizontal in candidates.horizontal {
                let cost = Self.cost(vertical, horizontal, geometry: geometry)
                if best.map({ cost < $0.cost }) ?? true { best = (cost, vertical, horizontal) }
            }
        }
        guard let best else { preconditionFailure("no transform is as long as the kernel of \(geometry)") }
        vertical = best.vertical
        horizontal = best.horizontal
    }

    var tile: FourierTile { FourierTile(vertical: vertical.length, horizontal: horizontal.length) }
    /// Of one image.
    var tiles: Int { vertical.tiles * horizontal.tiles }
    /// Undoes what a transform and its inverse multiply.
    var scale: Float { 1 / Float(tile.frequencies) }

    /// Nanoseconds on one core, about: what the choice of the tiles minimises.
    ///
    /// Transforms by `FourierLength.cost`, 0.3 for their loads and stores; products at 130 floating-point operations a
    /// nanosecond, 4 for each frequency and pair of channels; for the kernel another 0.3 for a spectrum that leaves the
    /// caches. Channels count in whole vectors.
    private static func cost(
        _ vertical: FourierAxis, _ horizontal: FourierAxis, geometry: ConvolutionGeometry
    ) -> Double {
        let points = Double(vertical.points * horizontal.points)
        let transform = vertical.length.cost + horizontal.length.cost + 0.3
        let tiles = Double(vertical.tiles * horizontal.tiles * geometry.batch)
        let c = Double(FourierBlocks.whole(geometry.inputChannels))
        let k = Double(FourierBlocks.whole(geometry.outputChannels))
        if geometry.groups > 1 { return points * c * (tiles * (2 * transform + 0.1) + 2 * transform) }
        let pairs = Double(geometry.inputChannels) * k
        return points * (tiles * ((c + k) * transform + pairs * 0.031) + pairs * (transform + 0.3))
    }

    /// Of a pass on these tiles.
    func cost(of geometry: ConvolutionGeometry) -> Double { Self.cost(vertical, horizontal, geometry: geometry) }
}

/// Images in memory, `[N, height, width, channels]` or a part of such ones.
struct ImageView {
    /// Position (0, 0) of the first image.
    var base: UnsafeMutablePointer<Float>
    var height, width: Int
    /// Floats between images, rows and pixels.
    var image, row, pixel: Int

    init(_ base: UnsafeMutablePointer<Float>, height: Int, width: Int, channels: Int) {
        self.base = base
        self.height = height
        self.width = width
        pixel = channels
        row = width * channels
        image = height * row
    }

    /// Without `y` rows above and below and `x` columns left and right.
    func without(border y: Int, _ x: Int) -> ImageView {
        var view = self
        view.base += y * row + x * pixel
        view.height -= 2 * y
        view.width -= 2 * x
        return view
    }
}

/// One tile of one image.
struct TilePlace {
    let image, y, x: Int

    init(_ index: Int, shape: FourierShape) {
        let (image, tile) = index.quotientAndRemainder(dividingBy: shape.tiles)
        self.image = image
        (y, x) = tile.quotientAndRemainder(dividingBy: shape.horizontal.tiles)
    }
}

extension ImageView {
    /// What `load_tile` needs to bring the sources of a tile to their points.
    func sources(of place: TilePlace, shape: FourierShape, lanes: Int) -> offprint_tile {
        let rows = shape.vertical.sourcePoints
        return offprint_tile(
            rows: rows.count, columns: shape.horizontal.points, row: shape.tile.row,
            top: shape.vertical.origin(place.y) + rows.lowerBound, left: shape.horizontal.origin(place.x),
            from_y: 0, to_y: height, from_x: 0, to_x: width, image_row: row, pixel: pixel, lanes: lanes)
    }

    /// What `store_tile` (and, for gradients, `load_tile`) needs for the rows of the results of a tile.
    func targets(of place: TilePlace, shape: FourierShape, lanes: Int) -> offprint_tile {
        let y = shape.vertical.targets(of: place.y), x = shape.horizontal.targets(of: place.x)
        return offprint_tile(
            rows: shape.vertical.targetPoints.count, columns: shape.horizontal.points, row: shape.tile.row,
            top: y.lowerBound, left: x.lowerBound - shape.horizontal.targetPoints.lowerBound,
            from_y: y.lowerBound, to_y: y.upperBound, from_x: x.lowerBound, to_x: x.upperBound,
            image_row: row, pixel: pixel, lanes: lanes)
    }
}
