internal import Networks
internal import Plot

/// One series of numbers ready to be drawn, whether they come from runs or from the file.
struct Series {
    /// What several seeds, rows or repetitions gave for one place.
    struct Place {
        var x: Double
        /// Not empty.
        var values: [Double]
        /// Standard deviation within each value, which is a mean itself.
        var within: Double = 0
    }

    var name: String
    var color: Int
    /// In ascending x where they are joined.
    var places: [Place]
}

/// Turns series into marks along a numeric axis.
struct SeriesMarks {
    let mark: PlotCell.Mark
    /// `nil`: one standard deviation where any place has several values.
    let band: PlotCell.Band?
    /// The least that a value can be; bands stop there.
    let floor: Double

    func marks(_ series: [Series]) -> [Mark] {
        switch mark {
        case .step:
            return series.map { .step(StepMark(name: $0.name, points: points($0), colorIndex: $0.color)) }
        case .area:
            return series.map { .area(AreaMark(name: $0.name, points: points($0), colorIndex: $0.color)) }
        case .points:
            return series.map {
                .points(PointMark(name: $0.name, points: points($0), errors: intervals($0), colorIndex: $0.color))
            }
        default:
            return series.map {
                .line(LineMark(name: $0.name, points: points($0), band: intervals($0), colorIndex: $0.color))
            }
        }
    }

    private func points(_ series: Series) -> [DataPoint] {
        series.places.map { DataPoint(x: $0.x, y: band == .quantiles ? $0.values.quantile(0.5) : Spread(of: $0.values).mean) }
    }

    private func intervals(_ series: Series) -> [Interval]? {
        switch band {
        case PlotCell.Band.none?: return nil
        case .quantiles:
            return series.places.map { Interval(lower: $0.values.quantile(0.25), upper: $0.values.quantile(0.75)) }
        case nil where series.places.allSatisfy({ $0.values.count < 2 }): return nil
        case .deviation, nil:
            return series.places.map { place in
                let spread = Spread(of: place.values)
                // Of repetitions within a value and of values, whichever there are, as one standard deviation.
                let deviation = (place.within * place.within + spread.deviation * spread.deviation).squareRoot()
                return Interval(lower: max(floor, spread.mean - deviation), upper: spread.mean + deviation)
            }
        }
    }
}

extension [Double] {
    /// By linear interpolation (definition 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996), of
    /// the numbers among them.
    func quantile(_ share: Double) -> Double {
        let sorted = filter { !$0.isNaN }.sorted()
        guard let last = sorted.last else { return .nan }
        let place = share * Double(sorted.count - 1)
        let below = Int(place.rounded(.down))
        guard below + 1 < sorted.count else { return last }
        return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - Double(below))
    }
}
