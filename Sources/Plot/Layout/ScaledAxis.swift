/// A numeric axis of known length: where its values are, and which of them are labelled.
struct ScaledAxis {
    struct Tick {
        let value: Double
        let place: Double
        let label: String
    }

    let projection: Projection
    let ticks: [Tick]
    /// Places without a label, on logarithmic axes.
    let minor: [Double]

    /// From `start` to `end` in points, which is inside the plot by `slack` at either end: ticks may fall there too.
    /// `fits` says whether labels at these places do not touch; ticks become fewer until it agrees.
    init(
        domain: ValueDomain, axis: Axis, formatter: AxisFormatter, start: Double, end: Double,
        slack: (start: Double, end: Double), target: Int, fits: ([Tick]) -> Bool
    ) {
        var best: (projection: Projection, ticks: [Tick])?
        var wanted = max(2, target)
        while true {
            let (projection, ticks) = ScaledAxis.attempt(domain, axis, formatter, start, end, slack, wanted)
            if best == nil || !ticks.isEmpty { best = (projection, ticks) }
            if fits(ticks) || wanted <= 2 { break }
            wanted -= 1
        }
        var result = best ?? ScaledAxis.attempt(domain, axis, formatter, start, end, slack, 2)
        while !fits(result.ticks), result.ticks.count > 1 {
            result.ticks = result.ticks.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        }
        (projection, ticks) = result
        let places = axis.scale == .log ? LogTicks.between(result.projection.lower, result.projection.upper) : []
        minor = places.map(result.projection.place)
    }

    private static func attempt(
        _ domain: ValueDomain, _ axis: Axis, _ formatter: AxisFormatter, _ start: Double, _ end: Double,
        _ slack: (start: Double, end: Double), _ target: Int
    ) -> (projection: Projection, ticks: [Tick]) {
        var (lower, upper) = (domain.lower, domain.upper)
        var values: [Double]
        switch axis.scale {
        case .log:
            values = LogTicks.ticks(from: lower, to: upper, target: target).filter { domain.sensible.contains($0) }
        case .symlog(let threshold):
            values = LogTicks.symmetric(from: lower, to: upper, threshold: threshold, target: target)
                .filter { domain.sensible.contains($0) }
        case .linear, .categorical:
            values = ExtendedWilkinson.ticks(
                from: lower / formatter.factor, to: upper / formatter.factor, target: target,
                integer: axis.format == .integer
            ).map { $0 * formatter.factor }.filter { domain.sensible.contains($0) }
            if domain.growsToTicks, let first = values.first, let last = values.last, values.count > 1 {
                let near = 0.35 * (values[1] - values[0])
                if first < lower, lower - first <= near { lower = first }
                if last > upper, last - upper <= near { upper = last }
            }
        }
        let projection = Projection(
            lower: lower, upper: upper, start: start, end: end, scale: axis.scale)
        if axis.format == .integer, !domain.isFixed, !domain.growsToTicks {
            values = ScaledAxis.wholeTicks(values, lower: lower, upper: upper)
        }
        let direction: Double = end >= start ? 1 : -1
        let seen = values.filter { value in
            let place = (projection.place(value) - start) * direction
            return place >= -slack.start - 0.01 && place <= (end - start) * direction + slack.end + 0.01
        }
        let labels = formatter.labels(seen)
        let ticks = zip(seen, labels).map { Tick(value: $0, place: projection.place($0), label: $1) }
        return (projection, ticks)
    }

    /// Epochs begin at 1, and a reader looks for it: 1, 10, 20, 30. Where there is room for two ticks only, they are
    /// the ends.
    private static func wholeTicks(_ candidates: [Double], lower: Double, upper: Double) -> [Double] {
        let ticks = candidates.filter { $0 >= lower && $0 <= upper }
        guard let first = ticks.first, ticks.count > 1 else {
            let (low, high) = (lower.rounded(.up), upper.rounded(.down))
            return low < high ? [low, high] : low == high ? [low] : ticks
        }
        guard lower == 1, first > lower,
            first - lower >= 0.4 * (ticks[1] - ticks[0])
        else { return ticks }
        return [lower] + ticks
    }
}
