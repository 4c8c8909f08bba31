import Foundation

extension Marker {
    /// The outline around `center`, of about the same area for every shape; `size` is the circle's diameter.
    func path(at center: Point, size: Double) -> Path {
        let radius = size / 2
        func polygon(_ corners: Int, radius: Double, from angle: Double) -> Path {
            .polygon(
                (0..<corners).map { index in
                    let turn = angle + 2 * .pi * Double(index) / Double(corners)
                    return Point(center.x + radius * sin(turn), center.y - radius * cos(turn))
                })
        }
        func cross(turnedBy angle: Double) -> Path {
            let (long, short) = (radius * 1.25, radius * 0.42)
            let corners = [
                (short, long), (short, short), (long, short), (long, -short), (short, -short), (short, -long),
                (-short, -long), (-short, -short), (-long, -short), (-long, short), (-short, short), (-short, long),
            ]
            return .polygon(
                corners.map { x, y in
                    Point(center.x + x * cos(angle) - y * sin(angle), center.y - x * sin(angle) - y * cos(angle))
                })
        }
        switch self {
        case .circle: return Path([.circle(center: center, radius: radius)])
        case .square: return polygon(4, radius: radius * 1.25, from: .pi / 4)
        case .triangle: return polygon(3, radius: radius * 1.35, from: 0)
        case .diamond: return polygon(4, radius: radius * 1.3, from: 0)
        case .triangleDown: return polygon(3, radius: radius * 1.35, from: .pi)
        case .pentagon: return polygon(5, radius: radius * 1.15, from: 0)
        case .plus: return cross(turnedBy: 0)
        case .cross: return cross(turnedBy: .pi / 4)
        case .star:
            return .polygon(
                (0..<10).map { index in
                    let reach = radius * (index % 2 == 0 ? 1.45 : 0.62)
                    let turn = .pi * Double(index) / 5
                    return Point(center.x + reach * sin(turn), center.y - reach * cos(turn))
                })
        }
    }
}
