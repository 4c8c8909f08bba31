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
        blend = generator.uniform(-0.2, 1.2)

        // A rotation by the angle whose half has this tangent: rational, so exact to the last bit everywhere.
        let halfTangent = 0.2 * Self.peaked(&generator)
        let inverse = 1 / (1 + halfTangent * halfTangent)
        let cosine = (1 - halfTangent * halfTangent) * inverse
        let sine = 2 * halfTangent * inverse
        let shear = 0.15 + 0.5 * Self.peaked(&generator)
        let height = generator.uniform(6.6, 10.6)
        let width = height * generator.uniform(0.72, 1.3)
        // Rotation times shear times scale; upright digits lean to the right more often than to the left.
        matrix = (
            xx: cosine * width, xy: (-cosine * shear - sine) * height,
            yx: sine * width, yy: (-sine * shear + cosine) * height
        )
        centre = Point(
            x: 14 + 3.5 * Self.peaked(&generator),
            y: 14 + 3.5 * Self.peaked(&generator))
        warp = ElasticWarp(strength: generator.uniform(0.02, 0.2), using: &generator)
        penRadius = generator.uniform(0.55, 1.55)
        pressure = generator.uniform(0, 0.35)
        strokeJitter = generator.uniform(0, 0.12)
        ink = generator.uniform(0.55, 1)
        paper = max(0, generator.uniform(-0.1, 0.15))
        paperSlope = Point(x: generator.uniform(-0.1, 0.1), y: generator.uniform(-0.1, 0.1))
        blur = generator.uniform(0, 0.2)
        noise = generator.uniform(0.01, 0.1)
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

/// A smooth displacement of the plane: random vectors on a coarse grid, interpolated in between (the elastic
/// distortion of Simard, Steinkraus, Platt: "Best practices for convolutional neural networks", 2003, with the
/// grid in the place of the Gaussian filter).
struct ElasticWarp {
    private static let cells = 3
    /// The grid covers -extent…extent in both directions; beyond it the displacement stays that of the edge.
    private static let extent = 1.2

    private let grid: [Point]

    /// `strength` is the greatest displacement in each direction, in units of the box.
    init(strength: Double, using generator: inout SeededGenerator) {
        var grid: [Point] = []
        for _ in 0..<(Self.cells + 1) * (Self.cells + 1) {
            let x = generator.uniform(-strength, strength)
            let y = generator.uniform(-strength, strength)
            grid.append(Point(x: x, y: y))
        }
        self.grid = grid
    }

    func moved(_ point: Point) -> Point {
        let (column, x) = Self.cell(point.x)
        let (row, y) = Self.cell(point.y)
        let index = row * (Self.cells + 1) + column
        let top = grid[index] + (grid[index + 1] - grid[index]) * x
        let below = index + Self.cells + 1
        let bottom = grid[below] + (grid[below + 1] - grid[below]) * x
        return point + top + (bottom - top) * y
    }

    /// The cell in one direction, and the share of the way through it, eased so that the slope has no jumps.
    private static func cell(_ coordinate: Double) -> (index: Int, share: Double) {
        let scaled = (coordinate + extent) / (2 * extent) * Double(cells)
        let clamped = min(max(scaled, 0), Double(cells))
        let index = min(Int(clamped), cells - 1)
        let share = clamped - Double(index)
        return (index, share * share * (3 - 2 * share))
    }
}
