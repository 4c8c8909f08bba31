import Datasets
import Kernels
import Synchronization
import Testing

/// What the tests of layers share: seeded tensors, poisoned outputs, every way to run.
enum LayerTesting {
    /// Every instruction set with one thread, and the best with 2, 3 and 7. One test uses them at a time:
    /// a worker pool runs the tasks of one caller.
    private static let contexts = Mutex<[KernelContext]>(
        InstructionSet.available.map { KernelContext(instructionSet: $0, threads: 1) }
            + [2, 3, 7].map { KernelContext(threads: $0) })

    /// Runs `body` in every context, one after the other.
    static func inEveryContext<Result: Sendable>(_ body: (KernelContext) -> Result) -> [(KernelContext, Result)] {
        contexts.withLock { contexts in contexts.map { ($0, body($0)) } }
    }

    /// Tails of every length, whole vectors, several vectors with a tail, and wide odd rows.
    static let channelCounts = Array(1...17) + [24, 33, 64, 100, 129, 531]

    /// Quiet where tensors are filled in full: a test that leaves an element out fails.
    static func poisoned(_ shape: [Int]) -> Tensor {
        Tensor(shape: shape, values: [Float](repeating: .nan, count: shape.reduce(1, *)))
    }

    static func random(
        _ shape: [Int], _ generator: inout SeededGenerator, _ range: ClosedRange<Double> = -1...1
    ) -> Tensor {
        Tensor(
            shape: shape,
            values: (0..<shape.reduce(1, *)).map { _ in
                Float(generator.uniform(range.lowerBound, range.upperBound))
            })
    }

    static func normalization(
        _ channels: Int, _ generator: inout SeededGenerator, shift: ClosedRange<Double> = -1...1
    ) -> Normalization {
        Normalization(
            mean: random([channels], &generator), inverseDeviation: random([channels], &generator, 0.3...3),
            scale: random([channels], &generator), shift: random([channels], &generator, shift))
    }

    static func doubles(_ tensor: Tensor) -> [Double] { tensor.values.map(Double.init) }

    /// Expects equal tensors, which are named in the failure with the first place where they differ.
    static func expectSameBits(_ found: [Tensor], _ expected: [Tensor], _ names: [String], _ label: String) {
        for (name, (a, b)) in zip(names, zip(found, expected)) where a != b {
            let place = zip(a.values, b.values).enumerated().first { $0.element.0 != $0.element.1 }
            Issue.record("\(label): \(name) differs first at \(String(describing: place))")
        }
    }

    /// Runs `body` in every context and expects the same bits from all; returns the first result.
    static func sameEverywhere(
        _ label: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (KernelContext) -> [Tensor]
    ) -> [Tensor] {
        let runs = inEveryContext(body)
        let (first, expected) = runs[0]
        for (context, result) in runs.dropFirst() {
            let how = "\(context.instructionSet), \(context.pool.threads) threads"
            for (index, (left, right)) in zip(expected, result).enumerated() where left != right {
                let place = zip(left.values, right.values).enumerated().first {
                    $0.element.0.bitPattern != $0.element.1.bitPattern
                }
                Issue.record(
                    """
                    \(label): output \(index) differs between \(first.instructionSet) and \(how) \
                    at \(place?.offset ?? -1): \(place?.element.0 ?? 0) and \(place?.element.1 ?? 0)
                    """, sourceLocation: sourceLocation)
            }
        }
        return expected
    }

    /// Expects every element within `absolute + relative * |expected|`; shows the worst.
    static func expectClose(
        _ actual: Tensor, _ expected: [Double], absolute: Double = 0, relative: Double = 0, _ label: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(actual.count == expected.count, "\(label)", sourceLocation: sourceLocation)
        var worst = (excess: -Double.infinity, index: -1)
        for (index, (value, reference)) in zip(actual.values, expected).enumerated() {
            let error = (Double(value) - reference).magnitude - relative * reference.magnitude - absolute
            if error.isNaN || error > worst.excess { worst = (error.isNaN ? .infinity : error, index) }
        }
        if worst.excess > 0 {
            Issue.record(
                """
                \(label): element \(worst.index) is \(actual[worst.index]), expected \(expected[worst.index]) \
                within \(absolute) + \(relative) relative
                """, sourceLocation: sourceLocation)
        }
    }

    static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// Expects `gradient` to be the derivative of `loss` at `point`, by central differences along single
    /// coordinates (all of a small point, a seeded choice of a large one).
    static func expectDerivative(
        _ gradient: Tensor, of loss: ([Double]) -> Double, at point: [Double], step: Double = 1e-5,
        tolerance: Double, _ label: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var generator = SeededGenerator(seed: UInt64(point.count))
        let places =
            point.count <= 60
            ? Array(point.indices) : (0..<60).map { _ in generator.index(below: point.count) }
        for place in places {
            var moved = point
            moved[place] = point[place] + step
            let above = loss(moved)
            moved[place] = point[place] - step
            let slope = (above - loss(moved)) / (2 * step)
            let error = (Double(gradient[place]) - slope).magnitude
            if !(error <= tolerance * (1 + slope.magnitude)) {
                Issue.record(
                    "\(label): gradient \(place) is \(gradient[place]), by differences \(slope)",
                    sourceLocation: sourceLocation)
                return
            }
        }
    }
}
