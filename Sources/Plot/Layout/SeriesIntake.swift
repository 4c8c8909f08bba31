/// Takes in the values of series: which can be drawn on the figure's axes, what they span, and what is left out.
struct SeriesIntake {
    private(set) var notes: [Drawing.Note] = []
    private let figure: Figure
    private let categories: [String]?
    private let logarithmic: (x: Bool, y: Bool)
    private let xLimits: ClosedRange<Double>?
    private var (xs, ys) = (Extremes(), Extremes())
    private var hadFiniteValues = false
    private var (notFinite, notPositive, outside, drawn) = (0, 0, 0, 0)

    init(figure: Figure) {
        self.figure = figure
        categories = if case .categorical(let names) = figure.xAxis.scale { names } else { nil }
        logarithmic = (figure.xAxis.scale == .log, figure.yAxis.scale == .log)
        xLimits = categories.map { -0.5...max(-0.5, Double($0.count) - 0.5) } ?? figure.xAxis.range
    }

    /// Whether the point can be drawn. Counts it either way.
    mutating func take(_ point: DataPoint) -> Bool {
        guard point.x.isFinite, point.y.isFinite else {
            notFinite += 1
            return false
        }
        hadFiniteValues = true
        guard !logarithmic.x || point.x > 0, !logarithmic.y || point.y > 0 else {
            notPositive += 1
            return false
        }
        xs.add(point.x)
        ys.add(point.y)
        drawn += 1
        let isInside = (xLimits?.contains(point.x) ?? true) && (figure.yAxis.range?.contains(point.y) ?? true)
        if !isInside { outside += 1 }
        return true
    }

    /// The interval in order where its ends are finite; the y axis then reaches as far. Others are counted.
    mutating func takeBand(_ band: Interval) -> Interval? {
        guard band.lower.isFinite, band.upper.isFinite else {
            notFinite += 1
            return nil
        }
        let ordered = Interval(lower: min(band.lower, band.upper), upper: max(band.lower, band.upper))
        for end in [ordered.lower, ordered.upper] where !logarithmic.y || end > 0 { ys.add(end) }
        return ordered
    }

    /// An error bar; one that is not finite is none.
    mutating func takeError(x: Interval? = nil, y: Interval? = nil) {
        for end in [x?.lower, x?.upper].compactMap({ $0 }) where end.isFinite && (!logarithmic.x || end > 0) {
            xs.add(end)
        }
        for end in [y?.lower, y?.upper].compactMap({ $0 }) where end.isFinite && (!logarithmic.y || end > 0) {
            ys.add(end)
        }
    }

    /// Notes what was left out of the series that ends here.
    mutating func finish(_ name: String) {
        if notFinite > 0 { notes.append(.skippedNonFinite(name: name, count: notFinite)) }
        if notPositive > 0 { notes.append(.skippedNonPositive(name: name, count: notPositive)) }
        if outside > 0 { notes.append(.outsideRange(name: name, count: outside)) }
        if drawn == 0 { notes.append(.empty(name: name)) }
        (notFinite, notPositive, outside, drawn) = (0, 0, 0, 0)
    }

    /// A reference line or annotation is to be seen, where there are data at all.
    mutating func stretch(to overlay: Mark) {
        guard xs.range != nil else { return }
        let (x, y) = overlay.overlayPlace
        if let x, x.isFinite, !logarithmic.x || x > 0, categories == nil { xs.add(x) }
        if let y, y.isFinite, !logarithmic.y || y > 0 { ys.add(y) }
    }

    func domains(startsAtZero: Bool) throws(FigureError) -> (HorizontalDomain, ValueDomain) {
        guard let x = xs.range, let y = ys.range else {
            guard hadFiniteValues else { throw .nothingToDraw }
            throw .noPositiveValue(logarithmic.y ? .y : .x)
        }
        let yDomain = try ValueDomain(
            lowest: y.lowerBound, highest: y.upperBound, axis: figure.yAxis, name: .y,
            startsAtZero: startsAtZero && !logarithmic.y)
        if let categories {
            guard !categories.isEmpty else { throw .nothingToDraw }
            for bound in [x.lowerBound, x.upperBound] where bound.magnitude > ValueDomain.limit {
                throw .valueTooLarge(.x, found: bound, limit: ValueDomain.limit)
            }
            return (.categories(categories.map(TextFitting.clean)), yDomain)
        }
        let xDomain = try ValueDomain(
            lowest: x.lowerBound, highest: x.upperBound, axis: figure.xAxis, name: .x,
            keepsTight: figure.marks.allSatisfy { $0.kind != .scatter })
        return (.values(xDomain), yDomain)
    }
}

/// The smallest and largest of what was added.
struct Extremes {
    private(set) var range: ClosedRange<Double>?

    /// Finite values only.
    mutating func add(_ value: Double) {
        guard let old = range else {
            range = value...value
            return
        }
        range = min(old.lowerBound, value)...max(old.upperBound, value)
    }

    mutating func add(_ values: ClosedRange<Double>) {
        add(values.lowerBound)
        add(values.upperBound)
    }
}
