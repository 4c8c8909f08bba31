/// A plane of samples, finer than the image, that remembers how deep inside a stroke each of them lies.
///
/// Goals, in order: the same bits on every machine (only + - * / and the IEEE square root, in double precision,
/// in a fixed order), speed, smooth edges.
struct StrokeRaster {
    /// Samples per pixel in each direction.
    static let oversampling = 3

    /// Height and width of the image in pixels.
    let side: Int
    private let samples: Int
    /// How far inside the nearest stroke, in samples; negative outside.
    private var depth: [Double]

    private static let outside = -1e9

    init(side: Int) {
        self.side = side
        samples = side * Self.oversampling
        depth = [Double](repeating: Self.outside, count: samples * samples)
    }

    /// Removes every stroke.
    mutating func clear() {
        for i in depth.indices { depth[i] = Self.outside }
    }

    /// Adds a straight piece with round ends. Places and radii are in pixels; the middle of the first pixel is
    /// (0.5, 0.5). The radius changes evenly from start to end; parts outside the plane are left out.
    mutating func draw(from start: Point, radius startRadius: Double, to end: Point, radius endRadius: Double) {
        let scale = Double(Self.oversampling)
        let (a, b) = (start * scale, end * scale)
        let (startRadius, endRadius) = (startRadius * scale, endRadius * scale)
        let reach = max(startRadius, endRadius) + 1
        let along = b - a
        let length = along.x * along.x + along.y * along.y
        let inverse = length > 0 ? 1 / length : 0
        let columns = range(min(a.x, b.x) - reach, max(a.x, b.x) + reach)
        for row in range(min(a.y, b.y) - reach, max(a.y, b.y) + reach) {
            let y = Double(row) + 0.5
            for column in columns {
                let x = Double(column) + 0.5
                let share = min(max(((x - a.x) * along.x + (y - a.y) * along.y) * inverse, 0), 1)
                let dx = x - (a.x + along.x * share)
                let dy = y - (a.y + along.y * share)
                let radius = startRadius + (endRadius - startRadius) * share
                let inside = radius - (dx * dx + dy * dy).squareRoot()
                let index = row * samples + column
                if inside > depth[index] { depth[index] = inside }
            }
        }
    }

    /// How much of every pixel is covered, 0…1, row by row.
    func coverage() -> [Double] {
        let step = Self.oversampling
        let weight = 1 / Double(step * step)
        var result = [Double](repeating: 0, count: side * side)
        for row in 0..<samples {
            let target = row / step * side
            for column in 0..<samples {
                result[target + column / step] += min(max(depth[row * samples + column] + 0.5, 0), 1) * weight
            }
        }
        return result
    }

    /// The samples between two places, cut at the edges of the plane.
    private func range(_ lower: Double, _ upper: Double) -> Range<Int> {
        let first = Int(min(max(lower, 0), Double(samples)))
        let last = Int(min(max(upper, -1), Double(samples - 1)))
        return first..<max(first, last + 1)
    }
}
