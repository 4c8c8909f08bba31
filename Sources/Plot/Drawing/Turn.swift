import Foundation

/// A direction for text: along the baseline and up from it, as seen on a page whose y grows downwards.
struct Turn {
    let cosine: Double
    let sine: Double

    init(degrees: Double) {
        switch degrees {  // exact where a right angle would otherwise leave 1e-17
        case 0: (cosine, sine) = (1, 0)
        case 90: (cosine, sine) = (0, 1)
        default: (cosine, sine) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        }
    }

    /// The point `along` the baseline and `up` from it.
    func place(_ along: Double, _ up: Double, from origin: Point) -> Point {
        Point(origin.x + along * cosine - up * sine, origin.y - along * sine - up * cosine)
    }
}
