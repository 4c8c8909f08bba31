/// Writes one digit into a 28x28 image.
///
/// Goals, in order: the same bytes on every machine (only + - * / and the IEEE square root in double precision;
/// no function of the C library), variety that separates good networks from poor ones, speed.
struct DigitPainter {
    static let side = 28

    /// Kept from image to image to spare the allocation; holds nothing of the one before.
    private var raster = StrokeRaster(side: DigitPainter.side)

    /// The pixels of a digit 0…9, row by row, 0 (paper) to 255 (ink).
    mutating func paint(_ digit: Int, using generator: inout SeededGenerator) -> [UInt8] {
        let hand = Handwriting(using: &generator)
        let style = Self.choose(DigitStyle.all[digit], using: &generator)
        raster.clear()
        for stroke in style.strokes {
            draw(stroke, by: hand, using: &generator)
        }
        var plane = raster.coverage().map { $0 * hand.ink }
        Self.addSpecks(to: &plane, using: &generator)
        Self.blur(&plane, share: hand.blur)
        return Self.developed(plane, hand, using: &generator)
    }

    // MARK: Strokes

    private mutating func draw(
        _ stroke: [DigitStyle.Piece], by hand: Handwriting, using generator: inout SeededGenerator
    ) {
        let offset = Point(
            x: generator.uniform(-hand.strokeJitter, hand.strokeJitter),
            y: generator.uniform(-hand.strokeJitter, hand.strokeJitter))
        let startRadius = hand.penRadius * (1 + generator.uniform(-hand.pressure, hand.pressure))
        let endRadius = hand.penRadius * (1 + generator.uniform(-hand.pressure, hand.pressure))
        let path = stroke.enumerated().flatMap { index, piece in
            // The first point of a further piece is the last one of the piece before.
            Self.smoothCurve(piece.blended(hand.blend)).dropFirst(index == 0 ? 0 : 1)
        }
        let places = path.map { hand.place($0 + offset) }
        let step = (endRadius - startRadius) / Double(places.count - 1)
        for i in 1..<places.count {
            raster.draw(
                from: places[i - 1], radius: startRadius + step * Double(i - 1),
                to: places[i], radius: startRadius + step * Double(i))
        }
    }

    /// Points on the Catmull-Rom spline through `points` (Catmull, Rom: "A class of local interpolating
    /// splines", 1974), its ends continued by reflection. Straight lines too become several points: the warp
    /// bends them.
    private static func smoothCurve(_ points: [Point]) -> [Point] {
        let last = points.count - 1
        let steps = points.count == 2 ? 6 : 5
        var path = [points[0]]
        for i in 0..<last {
            let (p1, p2) = (points[i], points[i + 1])
            let p0 = i > 0 ? points[i - 1] : p1 * 2 - p2
            let p3 = i + 1 < last ? points[i + 2] : p2 * 2 - p1
            for step in 1...steps {
                let t = Double(step) / Double(steps)
                let cubic = (p1 - p2) * 3 + p3 - p0
                let square = p0 * 2 - p1 * 5 + p2 * 4 - p3
                path.append(p1 + (((cubic * t + square) * t + (p2 - p0)) * t) * 0.5)
            }
        }
        return path
    }

    private static func choose(_ styles: [DigitStyle], using generator: inout SeededGenerator) -> DigitStyle {
        var ticket = generator.index(below: styles.reduce(0) { $0 + $1.weight })
        for style in styles.dropLast() {
            if ticket < style.weight { return style }
            ticket -= style.weight
        }
        return styles[styles.count - 1]
    }

    // MARK: Paper

    /// Up to three soft dots that belong to no digit.
    private static func addSpecks(to plane: inout [Double], using generator: inout SeededGenerator) {
        for _ in 0..<generator.index(below: 4) {
            let centre = Point(x: generator.uniform(0, Double(side)), y: generator.uniform(0, Double(side)))
            let radius = generator.uniform(0.8, 2)
            let strength = generator.uniform(0.2, 0.8)
            for row in 0..<side {
                for column in 0..<side {
                    let dx = Double(column) + 0.5 - centre.x
                    let dy = Double(row) + 0.5 - centre.y
                    let rest = 1 - (dx * dx + dy * dy) / (radius * radius)
                    guard rest > 0 else { continue }
                    let index = row * side + column
                    plane[index] = max(plane[index], strength * rest)
                }
            }
        }
    }

    /// Every pixel gives `share` to each of its neighbours, along rows, then along columns; at the edge the
    /// pixel stands for the neighbour that is not there.
    private static func blur(_ plane: inout [Double], share: Double) {
        let middle = 1 - 2 * share
        for (step, line) in [(1, side), (side, 1)] {
            var blurred = plane
            for outer in 0..<side {
                for inner in 0..<side {
                    let index = outer * line + inner * step
                    let before = plane[inner > 0 ? index - step : index]
                    let after = plane[inner < side - 1 ? index + step : index]
                    blurred[index] = plane[index] * middle + (before + after) * share
                }
            }
            plane = blurred
        }
    }

    /// Ink on paper with noise, as bytes.
    private static func developed(
        _ plane: [Double], _ hand: Handwriting, using generator: inout SeededGenerator
    ) -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: plane.count)
        for row in 0..<side {
            for column in 0..<side {
                let x = (Double(column) + 0.5) / Double(side) - 0.5
                let y = (Double(row) + 0.5) / Double(side) - 0.5
                let paper = max(0, hand.paper + hand.paperSlope.x * x + hand.paperSlope.y * y)
                let index = row * side + column
                let value = paper + (1 - paper) * plane[index] + hand.noise * noise(&generator)
                pixels[index] = UInt8((min(max(value, 0), 1) * 255).rounded())
            }
        }
        return pixels
    }

    /// Nearly normal, mean 0 and variance 1: four uniform 16-bit numbers from one draw, summed and scaled
    /// (each has the variance 1/12).
    private static func noise(_ generator: inout SeededGenerator) -> Double {
        let bits = generator.next()
        let sum = bits & 0xffff + bits >> 16 & 0xffff + bits >> 32 & 0xffff + bits >> 48
        return (Double(sum) + 2) / 65536 * scaleToUnitVariance - 2 * scaleToUnitVariance
    }

    /// The square root of 3.
    private static let scaleToUnitVariance = 1.7320508075688772
}
