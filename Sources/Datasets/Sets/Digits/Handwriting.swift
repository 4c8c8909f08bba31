/// How one digit is written: everything about the hand, the pen and the paper that differs from image to image.
///
/// Lengths are in pixels unless said otherwise. Drawn at random by `init(using:)`; the order of the drawing is part
/// of the data set.
struct Handwriting {
    /// Where between the two shapes of its style the digit lies; a little beyond is allowed.
    let blend: Double
    /// The matrix that turns the unit box into pixels, by rows.
    let matrix: (xx: Double, xy: Double, yx: Double, yy: Double)
    /// The middle of the digit.
    let centre: Point
    let warp: ElasticWarp
    /// Half the width of the line, and how much it changes along a stroke, relative.
    let penRadius: Double
    let pressure: Double
    /// Each stroke begins a little off its place, in units of the box.
    let strokeJitter: Double
    /// The brightness of the line and of the paper, 0…1, and how the paper's changes from edge to edge.
    let ink: Double
    let paper: Double
    let paperSlope: Point
    /// The share that every pixel gives to each neighbour in a row or column.
    let blur: Double
    /// The standard deviation of the noise.
    let noise: Double

    init(using generator: inout SeededGenerator) {
        blend = generator.uniform(-0.3, 1.3)

        // A rotation by the angle whose half has this tangent: rational, so exact to the last bit everywhere.
        let halfTangent = 0.22 * Self.peaked(&generator)
        let inverse = 1 / (1 + halfTangent * halfTangent)
        let cosine = (1 - halfTangent * halfTangent) * inverse
        let sine = 2 * halfTangent * inverse
        let shear = 0.15 + 0.5 * Self.peaked(&generator)
        let height = generator.uniform(6.2, 10.6)
        let width = height * generator.uniform(0.7, 1.3)
        // Rotation times shear times scale; upright digits lean to the right more often than to the left.
        matrix = (
            xx: cosine * width, xy: (-cosine * shear - sine) * height,
            yx: sine * width, yy: (-sine * shear + cosine) * height
        )
        centre = Point(
            x: 14 + 3.5 * Self.peaked(&generator),
            y: 14 + 3.5 * Self.peaked(&generator))
        warp = ElasticWarp(strength: generator.uniform(0.05, 0.5), using: &generator)
        penRadius = generator.uniform(0.65, 1.55)
        pressure = generator.uniform(0, 0.35)
        strokeJitter = generator.uniform(0, 0.14)
        ink = generator.uniform(0.5, 1)
        paper = max(0, generator.uniform(-0.1, 0.15))
        paperSlope = Point(x: generator.uniform(-0.1, 0.1), y: generator.uniform(-0.1, 0.1))
        blur = generator.uniform(0, 0.2)
        noise = generator.uniform(0.01, 0.11)
    }

    /// From the unit box to pixels.
    func place(_ point: Point) -> Point {
        let bent = warp.moved(point)
        return Point(
            x: centre.x + matrix.xx * bent.x + matrix.xy * bent.y,
            y: centre.y + matrix.yx * bent.x + matrix.yy * bent.y)
    }

    /// In -1…1, values near 0 more often: the mean of two uniform numbers.
    static func peaked(_ generator: inout SeededGenerator) -> Double {
        generator.unit() + generator.unit() - 1
    }
}

/// A smooth displacement of the plane: a quadratic B-spline over a coarse grid of random vectors (the elastic
/// distortion of Simard, Steinkraus, Platt: "Best practices for convolutional neural networks applied to visual
/// document analysis", 2003, with the spline in the place of the Gaussian filter).
struct ElasticWarp {
    private static let cells = 3
    private static let knots = cells + 2
    /// The cells cover -extent…extent in both directions; beyond it the displacement stays that of the edge.
    private static let extent = 1.3

    private let grid: [Point]

    /// `strength` bounds the displacement in each direction, in units of the box; most are far smaller, because
    /// the spline averages.
    init(strength: Double, using generator: inout SeededGenerator) {
        var grid: [Point] = []
        for _ in 0..<Self.knots * Self.knots {
            let x = generator.uniform(-strength, strength)
            let y = generator.uniform(-strength, strength)
            grid.append(Point(x: x, y: y))
        }
        self.grid = grid
    }

    func moved(_ point: Point) -> Point {
        let (column, across) = Self.weights(point.x)
        let (row, down) = Self.weights(point.y)
        let start = row * Self.knots + column
        let rows = (
            mixed(start, across), mixed(start + Self.knots, across),
            mixed(start + 2 * Self.knots, across)
        )
        return point + (rows.0 * down.0 + rows.1 * down.1 + rows.2 * down.2)
    }

    private func mixed(_ start: Int, _ weights: (Double, Double, Double)) -> Point {
        grid[start] * weights.0 + grid[start + 1] * weights.1 + grid[start + 2] * weights.2
    }

    /// The first of the three knots that count at a coordinate, and their weights, whose sum is 1.
    private static func weights(_ coordinate: Double) -> (first: Int, weights: (Double, Double, Double)) {
        let scaled = (coordinate + extent) / (2 * extent) * Double(cells)
        let clamped = min(max(scaled, 0), Double(cells))
        let first = min(Int(clamped), cells - 1)
        let t = clamped - Double(first)
        return (first, (0.5 * (1 - t) * (1 - t), 0.5 + t - t * t, 0.5 * t * t))
    }
}
