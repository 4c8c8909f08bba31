/// One way to write one digit: the strokes of a pen in the unit box, x to the right and y downwards, -1…1 each.
///
/// Every point is given twice, for two shapes between which the writer's hand may lie anywhere (and a little
/// beyond): a style is a family of shapes and not one.
struct DigitStyle: Sendable {
    /// How often the style is used, relative to the other styles of its digit.
    let weight: Int
    /// In order of writing. The pen is lifted between strokes and not between the pieces of one.
    let strokes: [[Piece]]

    /// A smooth curve through its points. Two pieces of a stroke that share an end meet there in a corner.
    struct Piece: Sendable {
        let first: [Point]
        let second: [Point]

        /// The points as x, y, x, y, …; both shapes have the same number, at least two.
        init(_ first: [Double], _ second: [Double]) {
            precondition(first.count == second.count && first.count.isMultiple(of: 2) && first.count >= 4)
            self.first = Self.points(first)
            self.second = Self.points(second)
        }

        /// The shape that lies `share` of the way from the first to the second.
        func blended(_ share: Double) -> [Point] {
            zip(first, second).map { $0 + ($1 - $0) * share }
        }

        private static func points(_ coordinates: [Double]) -> [Point] {
            stride(from: 0, to: coordinates.count, by: 2).map {
                Point(x: coordinates[$0], y: coordinates[$0 + 1])
            }
        }
    }
}

/// A place in the plane, with the arithmetic of vectors.
struct Point: Sendable, Equatable {
    var x: Double
    var y: Double

    static func + (a: Point, b: Point) -> Point { Point(x: a.x + b.x, y: a.y + b.y) }
    static func - (a: Point, b: Point) -> Point { Point(x: a.x - b.x, y: a.y - b.y) }
    static func * (a: Point, factor: Double) -> Point { Point(x: a.x * factor, y: a.y * factor) }
}
