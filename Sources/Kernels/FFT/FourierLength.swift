internal import CKernels

/// The number of points of a transform along one axis, and how it is taken apart.
///
/// FFTW has straight-line code for some lengths, which runs at about twice the speed of lengths that it puts
/// together itself. So others are two or three of those: our butterflies before or after FFTW's transforms.
struct FourierLength: Hashable, Sendable {
    let points: Int
    /// Parts, each of `points / radix` points: 1, 2 or 3.
    let radix: Int

    /// Nanoseconds for each point and channel of a transform along this axis, measured on one core.
    let cost: Double

    private init(points: Int, radix: Int) {
        self.points = points
        self.radix = radix
        // The base-2 logarithm, straight between powers of two.
        var bits = 0.0, rest = Double(points)
        while rest >= 2 {
            rest /= 2
            bits += 1
        }
        cost = 0.01 + 0.07 * (bits + rest - 1) + (radix > 1 ? 0.05 : 0)
    }

    /// The lengths in use, ascending.
    static let all: [FourierLength] =
        (direct.map { FourierLength(points: $0, radix: 1) }
        + [9, 11, 12, 13, 14, 15, 20, 25].map { FourierLength(points: 2 * $0, radix: 2) }
        + [7, 9, 11, 12, 13, 14, 15, 16, 20, 25, 32].map { FourierLength(points: 3 * $0, radix: 3) })
        .reduce(into: [Int: FourierLength]()) { known, length in
            if known[length.points] == nil { known[length.points] = length }
        }
        .values.sorted { $0.points < $1.points }

    /// Lengths that FFTW has straight-line code for.
    private static let direct = Array(4...16) + [20, 25, 32, 64, 128]

    /// The parts' transforms over points `step` floats apart in the source and the target.
    func description(
        sourceStep: Int, targetStep: Int, loops: [FourierPlan.Loop], direction: FourierPlan.Direction
    ) -> FourierPlan.Description {
        let part = points / radix
        // Forward, each part is one block of the butterflies' results and its results interleave with the others';
        // inverse, each part takes every radix-th frequency and the butterflies follow.
        let isForward = direction == .forward
        return FourierPlan.Description(
            points: FourierPlan.Loop(
                count: part, sourceStep: isForward ? sourceStep : radix * sourceStep,
                targetStep: isForward ? radix * targetStep : targetStep),
            loops: [
                FourierPlan.Loop(
                    count: radix, sourceStep: isForward ? part * sourceStep : sourceStep,
                    targetStep: isForward ? targetStep : part * targetStep)
            ] + loops,
            direction: direction)
    }

    /// The factors that `offprint_butterflies` names; empty where there are no butterflies.
    func twiddles(_ direction: FourierPlan.Direction) -> [Float] {
        let part = points / radix
        return (1..<max(radix, 1)).flatMap { j in
            (0..<part).flatMap { n -> [Float] in
                let angle = 2 * Double.pi * Double(j * n % points) / Double(points)
                return [
                    Float(DeterministicMath.cos(angle)),
                    Float(Double(direction.sign) * DeterministicMath.cos(angle - Double.pi / 2)),
                ]
            }
        }
    }
}
