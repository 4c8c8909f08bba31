import Datasets
import Foundation
import Plot
import Testing

@Suite struct TickTests {
    @Test(arguments: [
        (0.0, 100.0, 5, [0.0, 25, 50, 75, 100]),
        (0, 10, 6, [0, 2, 4, 6, 8, 10]),
        (-1, 1, 5, [-1, -0.5, 0, 0.5, 1]),
        (0.02, 0.98, 5, [0, 0.25, 0.5, 0.75, 1]),
    ])
    func niceSteps(_ lower: Double, _ upper: Double, _ target: Int, _ expected: [Double]) {
        let ticks = ExtendedWilkinson.ticks(from: lower, to: upper, target: target)
        #expect(
            ticks.count == expected.count && zip(ticks, expected).allSatisfy { ($0 - $1).magnitude < 1e-12 },
            "\(lower)...\(upper): \(ticks), expected \(expected)")
    }

    @Test func anyRangeGivesAscendingTicksNearTheData() {
        var generator = SeededGenerator(seed: 11)
        for case_ in 0..<400 {
            let power = generator.uniform(-280, 280)
            let scale = pow(10, power.rounded())
            let lower = generator.uniform(-10, 10) * scale
            let upper = lower + generator.uniform(1e-6, 10) * scale
            let target = 2 + generator.index(below: 9)
            let ticks = ExtendedWilkinson.ticks(from: lower, to: upper, target: target)
            #expect(ticks.count >= 2, "case \(case_): \(lower)...\(upper) target \(target) gave \(ticks)")
            #expect(ticks.count <= 2 * target + 2, "case \(case_): \(ticks.count) ticks for \(target)")
            #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0 < $1 }, "case \(case_): \(ticks)")
            let span = upper - lower
            #expect(
                (ticks.first ?? .infinity) >= lower - span && (ticks.last ?? .infinity) <= upper + span,
                "case \(case_): \(ticks) for \(lower)...\(upper)")
        }
    }

    @Test(arguments: [
        (1.0, 1.0), (.nan, 1), (0, .infinity), (2, 1), (0, .leastNonzeroMagnitude), (1, 1 + 2e-16), (-1.7e308, 1.7e308),
    ])
    func impossibleRangesGiveNone(_ lower: Double, _ upper: Double) {
        #expect(ExtendedWilkinson.ticks(from: lower, to: upper, target: 5).isEmpty)
    }

    @Test(arguments: 2...60)
    func wholeTicksAreWhole(epochs: Int) {
        for target in 2...11 {
            let ticks = ExtendedWilkinson.ticks(from: 1, to: Double(epochs), target: target, integer: true)
            #expect(!ticks.isEmpty && ticks.allSatisfy { $0 == $0.rounded() }, "1...\(epochs), \(target): \(ticks)")
        }
    }

    @Test func logTicksAreOneTwoFiveOrPowers() {
        func close(_ a: [Double], _ b: [Double]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { ($0 / $1 - 1).magnitude < 1e-12 }
        }
        let fine = LogTicks.ticks(from: 0.8, to: 60, target: 8)
        #expect(close(fine, [1, 2, 5, 10, 20, 50]), "\(fine)")
        let powers = LogTicks.ticks(from: 1e-5, to: 1, target: 6)
        #expect(close(powers, [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]), "\(powers)")
        let wide = LogTicks.ticks(from: 1e-300, to: 1e300, target: 7)
        #expect(wide.count >= 2 && wide.count <= 7, "\(wide)")
        let narrow = LogTicks.ticks(from: 3.1, to: 3.9, target: 5)
        #expect(narrow.count >= 2 && narrow.allSatisfy { $0 >= 3.1 - 1e-8 && $0 <= 3.9 + 1e-8 }, "\(narrow)")
        #expect(LogTicks.ticks(from: 0, to: 1, target: 5).isEmpty)
    }

    @Test func symmetricTicksHaveZeroAndPowersOnBothSides() {
        let both = LogTicks.symmetric(from: -2000, to: 5000, threshold: 1, target: 9)
        #expect(both == [-1000, -100, -10, -1, 0, 1, 10, 100, 1000] || both == [-1000, -10, 0, 10, 1000], "\(both)")
        let positive = LogTicks.symmetric(from: 0, to: 300, threshold: 1, target: 6)
        #expect(positive == [0, 1, 10, 100], "\(positive)")
        let inside = LogTicks.symmetric(from: -0.5, to: 0.7, threshold: 1, target: 5)
        #expect(inside.contains(0) && inside.count >= 3, "\(inside)")
        let beyond = LogTicks.symmetric(from: -1e6, to: -10, threshold: 1, target: 6)
        #expect(beyond == beyond.sorted() && beyond.allSatisfy { $0 < 0 }, "\(beyond)")
        for threshold in [1e-290, 1e-3, 1, 1e290] {
            for (lower, upper) in [(-1e300, 1e300), (0, 1e-300), (-1, 1), (1e-10, 1e10)] {
                let ticks = LogTicks.symmetric(from: lower, to: upper, threshold: threshold, target: 7)
                #expect(ticks.count <= 20 && ticks == ticks.sorted(), "\(lower)...\(upper), \(threshold): \(ticks)")
            }
        }
    }

    @Test(arguments: [
        ("Learning rate $\\eta$", "Learning rate η"), ("$\\alpha_1 \\le 10^{-3}$", "α₁ ≤ 10⁻³"),
        ("10$^{12}$ bytes", "10¹² bytes"),
        ("$\\mu \\pm \\sigma$", "μ ± σ"), ("$5 or $6", "$5 or $6"), ("a $ b", "a $ b"), ("$\\unknown$", "\\unknown"),
        ("$x^{abc}$", "x^{abc}"), ("$-1^2$", "−1²"), ("no maths", "no maths"), ("$$", "$$"),
    ])
    func mathematicsBecomesUnicode(source: String, expected: String) {
        #expect(MathText.unicode(source) == expected)
    }

    @Test(arguments: [
        (Axis(format: .percent), [0.9, 0.925, 0.95], ["90.0%", "92.5%", "95.0%"]),
        (Axis(title: "t", format: .seconds), [0, 0.002, 0.004], ["0", "2", "4"]),
        (Axis(format: .seconds), [0.002, 0.004], ["2 ms", "4 ms"]),
        (Axis(title: "t", format: .seconds), [0.00001, 0.00002], ["10", "20"]),
        (Axis(title: "size", format: .bytes), [0, 500_000, 1_000_000], ["0.0", "0.5", "1.0"]),
        (Axis(), [-1, 0, 1], ["\u{2212}1", "0", "1"]),
        (Axis(), [0, 20_000, 40_000], ["0", "20k", "40k"]),
        (Axis(), [0, 1e-5, 2e-5], ["0", "1×10⁻⁵", "2×10⁻⁵"]),
        (Axis(), [1e299, 2e299], ["1×10²⁹⁹", "2×10²⁹⁹"]),
        (Axis(scale: .log), [0.01, 0.1, 1], ["0.01", "0.1", "1"]),
        (
            Axis(scale: .symlog(threshold: 1)), [-1000, -1, 0, 1, 1000],
            ["\u{2212}1000", "\u{2212}1", "0", "1", "1000"]
        ),
        (Axis(scale: .symlog(threshold: 1e-6)), [-1e-4, 0, 1e-4], ["\u{2212}10⁻⁴", "0", "10⁻⁴"]),
        (Axis(scale: .log), [1e-5, 1e-4, 1e-3], ["10⁻⁵", "10⁻⁴", "10⁻³"]),
        (Axis(scale: .log), [100, 1000, 10_000, 1e6], ["100", "1k", "10k", "1M"]),
        (Axis(title: "t", scale: .log, format: .seconds), [1e-5, 1e-3, 1], ["10 µs", "1 ms", "1 s"]),
    ])
    func labels(_ axis: Axis, _ ticks: [Double], _ expected: [String]) {
        let formatter = AxisFormatter(axis: axis, lower: ticks[0], upper: ticks[ticks.count - 1])
        #expect(formatter.labels(ticks) == expected)
    }

    @Test func titlesCarryTheUnitInBrackets() {
        func title(_ axis: Axis, _ upper: Double) -> String { AxisFormatter(axis: axis, lower: 0, upper: upper).title }
        #expect(title(Axis(title: "Time", format: .seconds), 0.004) == "Time (ms)")
        #expect(title(Axis(title: "Time", format: .seconds), 40e-6) == "Time (µs)")
        #expect(title(Axis(title: "Size", format: .bytes), 3e6) == "Size (MB)")
        #expect(title(Axis(title: "Throughput", unit: "images/s"), 300) == "Throughput (images/s)")
        #expect(title(Axis(title: "Accuracy", unit: "%", format: .percent), 1) == "Accuracy")
        #expect(title(Axis(), 1) == "")
    }

    @Test func measuredValuesShareTheirDigits() {
        let sizes = AxisFormatter(axis: Axis(title: "Size", format: .bytes), lower: 0, upper: 2.6e6)
        #expect(sizes.valueLabels([0.62e6, 2.59e6]) == ["0.62", "2.59"])
        let shares = AxisFormatter(axis: Axis(format: .percent), lower: 0, upper: 1)
        #expect(shares.valueLabels([0.9876, 0.5]) == ["98.8%", "50.0%"])
        let counts = AxisFormatter(axis: Axis(format: .integer), lower: 0, upper: 12)
        #expect(counts.valueLabels([3, 12]) == ["3", "12"])
    }
}
