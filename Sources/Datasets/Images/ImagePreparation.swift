/// How a photograph of any size becomes an image of the size that a network takes: scaled so that its shorter side has
/// `shorterSide` pixels, then the middle `crop` by `crop` pixels.
///
/// Both steps are those that published results rest on (torchvision's `Resize` and `CenterCrop` of a PIL image), to the
/// bit: a triangle filter that widens as the image shrinks, in fixed point, first along rows and then along columns
/// with bytes in between, as Pillow has it up to version 12 (13 takes columns first for some tall pictures). Whole
/// numbers only, so the same bits everywhere.
struct ImagePreparation: Hashable, Sendable {
    let shorterSide: Int
    /// At most `shorterSide`.
    let crop: Int

    /// Changes whenever a bit of any prepared image changes.
    static let version = 1

    init(shorterSide: Int, crop: Int) {
        precondition(crop >= 1 && crop <= shorterSide)
        self.shorterSide = shorterSide
        self.crop = crop
    }

    /// `[crop, crop, 3]`, row-major. Cost: proportional to the rows and columns that the crop shows.
    func prepare(_ image: DecodedImage) -> [UInt8] {
        let short = min(image.width, image.height)
        let width = shorterSide * image.width / short
        let height = shorterSide * image.height / short
        let columns = ResamplingWeights(from: image.width, to: width, range: middle(width))
        let rows = ResamplingWeights(from: image.height, to: height, range: middle(height))
        // Only the source rows that some row of the crop shows.
        let source = rows.sourceRange
        var narrow = [UInt8](repeating: 0, count: source.count * crop * 3)
        image.pixels.withUnsafeBufferPointer { pixels in
            narrow.withUnsafeMutableBufferPointer { result in
                for row in source {
                    Self.scaleRow(
                        UnsafeBufferPointer(rebasing: pixels[(row * image.width * 3)..<((row + 1) * image.width * 3)]),
                        columns,
                        into: UnsafeMutableBufferPointer(
                            rebasing: result[((row - source.lowerBound) * crop * 3)...].prefix(crop * 3)))
                }
            }
        }
        return scaleColumns(narrow, rows)
    }

    /// Where the crop lies on a side of that length. A half is rounded to the even number, as in Python.
    private func middle(_ length: Int) -> Range<Int> {
        let spare = length - crop
        let start = spare % 2 == 0 ? spare / 2 : (spare / 2) % 2 == 0 ? spare / 2 : spare / 2 + 1
        return start..<start + crop
    }

    private static func scaleRow(
        _ source: UnsafeBufferPointer<UInt8>, _ weights: ResamplingWeights,
        into result: UnsafeMutableBufferPointer<UInt8>
    ) {
        weights.values.withUnsafeBufferPointer { values in
            for (column, span) in weights.spans.enumerated() {
                var (red, green, blue) = (ResamplingWeights.half, ResamplingWeights.half, ResamplingWeights.half)
                var place = span.source * 3
                for index in span.values {
                    let weight = values[index]
                    red &+= Int32(source[place]) &* weight
                    green &+= Int32(source[place + 1]) &* weight
                    blue &+= Int32(source[place + 2]) &* weight
                    place += 3
                }
                result[column * 3] = ResamplingWeights.byte(red)
                result[column * 3 + 1] = ResamplingWeights.byte(green)
                result[column * 3 + 2] = ResamplingWeights.byte(blue)
            }
        }
    }

    /// `rows` of the crop from rows that have its width already, the first of them being `rows.sourceRange`'s.
    private func scaleColumns(_ source: [UInt8], _ rows: ResamplingWeights) -> [UInt8] {
        let width = crop * 3
        let first = rows.sourceRange.lowerBound
        var result = [UInt8](repeating: 0, count: crop * width)
        var sums = [Int32](repeating: 0, count: width)
        source.withUnsafeBufferPointer { source in
            sums.withUnsafeMutableBufferPointer { sums in
                result.withUnsafeMutableBufferPointer { result in
                    for (row, span) in rows.spans.enumerated() {
                        for column in 0..<width { sums[column] = ResamplingWeights.half }
                        for (offset, index) in span.values.enumerated() {
                            let weight = rows.values[index]
                            let start = (span.source + offset - first) * width
                            for column in 0..<width { sums[column] &+= Int32(source[start + column]) &* weight }
                        }
                        for column in 0..<width { result[row * width + column] = ResamplingWeights.byte(sums[column]) }
                    }
                }
            }
        }
        return result
    }
}

/// What share of which source pixels each pixel of a scaled line has.
struct ResamplingWeights {
    struct Span {
        /// The first source pixel.
        let source: Int
        /// Of the weights in `values`, one for each source pixel from there on.
        let values: Range<Int>
    }

    /// One for each pixel of the range asked for.
    let spans: [Span]
    /// In units of 2^-22: bytes times weights that sum to 1 then fit into 32 bits.
    let values: [Int32]

    private static let bits: Int32 = 22
    /// Added before the bits behind the point are dropped, to round.
    static let half: Int32 = 1 << (bits - 1)

    static func byte(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> bits) }

    /// A line of `from` pixels scaled to `to`, of which those in `range` are wanted.
    init(from length: Int, to scaled: Int, range: Range<Int>) {
        precondition(length >= 1 && range.lowerBound >= 0 && range.upperBound <= scaled)
        let scale = Double(length) / Double(scaled)
        // Shrinking averages over all that becomes one pixel; enlarging interpolates between two.
        let support = max(scale, 1)
        let inverse = 1 / support
        var spans: [Span] = []
        var values: [Int32] = []
        for pixel in range {
            let center = (Double(pixel) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let end = min(length, Int(center + support + 0.5))
            let shares = (first..<end).map { source in
                max(0, 1 - abs((Double(source) - center + 0.5) * inverse))
            }
            let sum = shares.reduce(0, +)
            spans.append(Span(source: first, values: values.count..<values.count + shares.count))
            values += shares.map { Int32(($0 / sum) * Double(1 << Self.bits) + 0.5) }
        }
        self.spans = spans
        self.values = values
    }

    /// Every source pixel that has a share in any.
    var sourceRange: Range<Int> {
        guard let first = spans.first, let last = spans.last else { return 0..<0 }
        return first.source..<last.source + last.values.count
    }
}
