import Foundation

/// Places for ticks on a linear axis: Talbot, Lin, Hanrahan, "An extension of Wilkinson's algorithm for positioning
/// tick labels on axes", 2010. Maximises a weighted sum of simplicity, coverage and density over all arithmetic
/// sequences of nice steps; legibility is left to the caller, who asks for fewer ticks where labels collide.
///
/// The paper's loops run until no better score is possible; here each also has a fixed bound, so that no input,
/// however extreme, can keep it busy.
package enum ExtendedWilkinson {
    /// Nice numbers, best first.
    private static let niceSteps: [Double] = [1, 5, 2, 2.5, 4, 3]
    private static let weights = (simplicity: 0.25, coverage: 0.2, density: 0.5, legibility: 0.05)

    /// Ticks for data from `lower` to `upper`, about `target` of them (at least 2). They may reach a little beyond
    /// the data or leave a little of it out. With `integer`, every tick is a whole number. Empty where the ends are
    /// not finite and ascending or too close for steps between them.
    package static func ticks(from lower: Double, to upper: Double, target: Int, integer: Bool = false) -> [Double] {
        let span = upper - lower
        guard span.isFinite, span > 0, span > max(lower.magnitude, upper.magnitude) * 1e-14, span > 1e-300 else {
            return []
        }
        let wanted = max(2, min(target, 50))
        var best: (score: Double, start: Double, step: Double, count: Int)?
        var bestScore: Double { best?.score ?? -.infinity }

        for skip in 1...6 {
            let candidates = niceSteps.enumerated().filter { !integer || $0.element != 2.5 || skip % 2 == 0 }
            for (order, nice) in candidates {
                let simplest = simplicityBound(order, skip)
                if total(simplest, 1, 1) < bestScore { break }
                for count in 2...(2 * wanted + 2) {
                    let densest = densityBound(count, wanted)
                    if total(simplest, 1, densest) < bestScore { break }
                    let delta = span / Double(count + 1) / Double(skip) / nice
                    let firstPower = integer ? max(0, Int(log10(delta).rounded(.up))) : Int(log10(delta).rounded(.up))
                    for power in firstPower..<(firstPower + 4) {
                        let step = Decimal.scaled(Double(skip) * nice, by: power)
                        guard step.isFinite, step > 0 else { break }
                        let reach = step * Double(count - 1)
                        if total(simplest, coverageBound(span, reach), densest) < bestScore { break }
                        let firstStart = (upper / step).rounded(.down) * Double(skip) - Double((count - 1) * skip)
                        let lastStart = (lower / step).rounded(.up) * Double(skip)
                        guard firstStart <= lastStart, lastStart - firstStart <= 1000 else { continue }
                        let unit = step / Double(skip)
                        for offset in 0...Int(lastStart - firstStart) {
                            let start = (firstStart + Double(offset)) * unit
                            if integer, start != start.rounded() { continue }
                            let end = start + reach
                            let score = total(
                                simplicity(order, skip, start, end, step),
                                coverage(lower, upper, start, end),
                                density(count, wanted, lower, upper, start, end))
                            if score > bestScore { best = (score, start, step, count) }
                        }
                    }
                }
            }
        }
        guard let best else { return [] }
        return (0..<best.count).map { index in
            let value = best.start + Double(index) * best.step
            return value.magnitude < best.step * 1e-9 ? 0 : value
        }
    }

    // MARK: The four terms of the paper's section 4

    private static func total(_ simplicity: Double, _ coverage: Double, _ density: Double) -> Double {
        weights.simplicity * simplicity + weights.coverage * coverage + weights.density * density + weights.legibility
    }

    private static func simplicity(
        _ order: Int, _ skip: Int, _ start: Double, _ end: Double, _ step: Double
    ) -> Double {
        let rest = start.truncatingRemainder(dividingBy: step).magnitude
        let holdsZero = (rest < 1e-10 * step || step - rest < 1e-10 * step) && start <= 0 && end >= 0
        return simplicityBound(order, skip) - (holdsZero ? 0 : 1)
    }

    private static func simplicityBound(_ order: Int, _ skip: Int) -> Double {
        2 - Double(order) / Double(niceSteps.count - 1) - Double(skip)
    }

    private static func coverage(_ lower: Double, _ upper: Double, _ start: Double, _ end: Double) -> Double {
        let tenth = 0.1 * (upper - lower)
        let (above, below) = ((upper - end) / tenth, (lower - start) / tenth)
        return 1 - 0.5 * (above * above + below * below)
    }

    private static func coverageBound(_ span: Double, _ reach: Double) -> Double {
        guard reach > span else { return 1 }
        let half = (reach - span) / 2 / (0.1 * span)
        return 1 - half * half
    }

    private static func density(
        _ count: Int, _ wanted: Int, _ lower: Double, _ upper: Double, _ start: Double, _ end: Double
    ) -> Double {
        let found = Double(count - 1) / (end - start)
        let target = Double(wanted - 1) / (max(end, upper) - min(start, lower))
        return 2 - max(found / target, target / found)
    }

    private static func densityBound(_ count: Int, _ wanted: Int) -> Double {
        count >= wanted ? 2 - Double(count - 1) / Double(wanted - 1) : 1
    }
}
