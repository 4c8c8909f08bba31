/// Bars from zero, side by side in each category.
struct BarContent: PlotContent {
    let xDomain: HorizontalDomain
    let yDomain: ValueDomain
    private(set) var notes: [Drawing.Note] = []
    private let mark: BarMark
    /// For each place on the axis the index into the mark's categories.
    private let order: [Int?]
    private let theme: Theme
    private let formatter: AxisFormatter
    private let logarithmic: Bool

    init(_ mark: BarMark, figure: Figure) throws(FigureError) {
        self.mark = mark
        theme = figure.theme
        logarithmic = figure.yAxis.scale == .log
        let count = mark.categories.count
        for group in mark.groups {
            if group.values.count != count {
                throw .wrongCount(
                    mark: 0, list: .values(group: group.name), expected: count, found: group.values.count)
            }
            if let errors = group.errors, errors.count != count {
                throw .wrongCount(mark: 0, list: .errors(group: group.name), expected: count, found: errors.count)
            }
        }
        if let colors = mark.categoryColors, colors.count != count {
            throw .wrongCount(mark: 0, list: .colors, expected: count, found: colors.count)
        }
        let slots = try CategorySlots(mark.categories, axis: figure.xAxis, kind: .bars)
        order = slots.order
        xDomain = .categories(slots.names)

        var values = Extremes()
        var hadFiniteValues = false
        for group in mark.groups {
            let name = TextFitting.clean(group.name)
            var (notFinite, notPositive, outside) = (0, 0, 0)
            for (index, value) in group.values.enumerated() {
                guard value.isFinite else {
                    notFinite += 1
                    continue
                }
                hadFiniteValues = true
                guard !logarithmic || value > 0 else {
                    notPositive += 1
                    continue
                }
                if let range = figure.yAxis.range, !range.contains(value) { outside += 1 }
                let error = BarContent.error(group, index)
                for end in [value, value - error, value + error] where !logarithmic || end > 0 { values.add(end) }
            }
            if notFinite > 0 { notes.append(.skippedNonFinite(name: name, count: notFinite)) }
            if notPositive > 0 { notes.append(.skippedNonPositive(name: name, count: notPositive)) }
            if outside > 0 { notes.append(.outsideRange(name: name, count: outside)) }
        }
        guard let range = values.range else {
            guard hadFiniteValues else { throw .nothingToDraw }
            throw .noPositiveValue(.y)
        }
        // On a logarithmic axis bars have no natural foot: half the smallest value keeps every bar visible.
        let lowest = logarithmic ? range.lowerBound / 2 : range.lowerBound
        yDomain = try ValueDomain(
            lowest: lowest, highest: range.upperBound, axis: figure.yAxis, name: .y, startsAtZero: !logarithmic)
        formatter = AxisFormatter(axis: figure.yAxis, lower: yDomain.lower, upper: yDomain.upper)
    }

    var legendEntries: [LegendEntry] {
        mark.groups.count < 2
            ? []
            : mark.groups.map {
                LegendEntry(
                    name: TextFitting.clean($0.name), style: theme.palette.style($0.colorIndex), sample: .area)
            }
    }

    func insets(_ metrics: Metrics, _ measurer: any TextMeasurer) -> Insets {
        let label = measurer.extent(of: "0", style: metrics.small).height + 2
        let room = mark.valueLabels ? label : 2
        let isFloating = yDomain.lower < 0 && !logarithmic
        return Insets(top: yDomain.upper > 0 || logarithmic ? room : 0, bottom: isFloating ? room : 0, sides: 0)
    }

    // MARK: Drawing

    private struct Bar {
        let rect: Rect
        let value: Double
        let color: Color
        /// Ends of the error bar; equal for none.
        let error: (low: Double, high: Double)
        var points: Double { value < 0 ? max(rect.maxY, error.low) : min(rect.y, error.high) }
    }

    func draw(in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let bars = bars(in: frame)
        for bar in bars {
            canvas.fill(.rect(bar.rect), bar.color, role: .data)
        }
        let stroke = Stroke(color: metrics.theme.ink, width: metrics.theme.axisWidth * 1.1)
        for bar in bars where bar.error.low - bar.error.high > 0.5 {
            let cap = min(2.5, bar.rect.width * 0.25)
            let middle = bar.rect.midX
            canvas.stroke(
                Path([
                    .move(Point(middle, bar.error.low)), .line(Point(middle, bar.error.high)),
                    .move(Point(middle - cap, bar.error.low)), .line(Point(middle + cap, bar.error.low)),
                    .move(Point(middle - cap, bar.error.high)), .line(Point(middle + cap, bar.error.high)),
                ]), stroke, role: .data)
        }
        if mark.valueLabels { drawValues(bars, in: frame, metrics, on: &canvas) }
        if yDomain.lower < 0, !logarithmic, yDomain.upper > 0 {
            let zero = frame.y(0)
            canvas.stroke(
                .line(Point(frame.rect.x, zero), Point(frame.rect.maxX, zero)), metrics.axisStroke, role: .axis)
        }
    }

    private func bars(in frame: PlotFrame) -> [Bar] {
        let slot = frame.horizontal.slot
        let groups = Double(max(1, mark.groups.count))
        let share = groups > 1 ? 0.8 : 0.66
        let gap = groups > 1 ? min(1, slot * share / groups * 0.1) : 0
        let width = min(slot * share / groups, 64)
        let foot = logarithmic ? frame.rect.maxY : min(max(frame.y(0), frame.rect.y), frame.rect.maxY)
        var bars: [Bar] = []
        for (place, category) in order.enumerated() {
            guard let category else { continue }
            for (index, group) in mark.groups.enumerated() {
                let value = group.values[category]
                guard value.isFinite, !logarithmic || value > 0 else { continue }
                let left = frame.x(Double(place)) + (Double(index) - groups / 2) * width + gap / 2
                func clamped(_ value: Double) -> Double {
                    min(max(frame.y(value), frame.rect.y), frame.rect.maxY)
                }
                let end = clamped(value)
                let error = BarContent.error(group, category)
                let low = clamped(value - error)
                let colors = mark.groups.count == 1 ? mark.categoryColors : nil
                bars.append(
                    Bar(
                        rect: Rect(x: left, y: min(end, foot), width: width - gap, height: (end - foot).magnitude),
                        value: value, color: theme.palette.style(colors?[category] ?? group.colorIndex).color,
                        error: (low, clamped(value + error))))
            }
        }
        return bars
    }

    /// All or none: a value that is written for one bar and not for its neighbour raises questions.
    private func drawValues(_ bars: [Bar], in frame: PlotFrame, _ metrics: Metrics, on canvas: inout Canvas) {
        let texts = formatter.valueLabels(bars.map(\.value))
        for size in [1, 0.88] {
            var style = metrics.small
            style.size *= size
            let labels = zip(bars, texts).map { bar, text in
                let isBelow = bar.value < 0
                return canvas.placed(
                    text, at: Point(bar.rect.midX, bar.points + (isBelow ? 1 : -1)), .center, isBelow ? .top : .bottom,
                    style: style, color: metrics.theme.mutedInk)
            }
            let fit = labels.enumerated().allSatisfy { index, label in
                let box = label.bounds
                let room = Rect(
                    x: frame.rect.x - 1, y: frame.rect.y - 0.5, width: frame.rect.width + 2,
                    height: frame.rect.height + 1)
                return room.contains(Point(box.x, box.y)) && room.contains(Point(box.maxX, box.maxY))
                    && bars.enumerated().allSatisfy { other, bar in
                        let covered = Rect(
                            x: bar.rect.x, y: min(bar.rect.y, bar.error.high), width: bar.rect.width,
                            height: max(bar.rect.maxY, bar.error.low) - min(bar.rect.y, bar.error.high))
                        return other == index || !covered.overlaps(box, slack: -0.4)
                    }
                    && (index == 0
                        || !Rect(x: box.x - 1.5, y: box.y, width: box.width, height: box.height).overlaps(
                            labels[index - 1].bounds))
            }
            if fit {
                for label in labels { canvas.append(label, role: .valueLabel) }
                return
            }
        }
    }

    private static func error(_ group: BarGroup, _ index: Int) -> Double {
        guard let error = group.errors?[index], error.isFinite, error > 0 else { return 0 }
        return error
    }
}

/// Which category stands at which place of the axis.
struct CategorySlots {
    let names: [String]
    /// For each place the index of the mark's category; `nil` for a place without data.
    let order: [Int?]

    init(_ categories: [String], axis: Axis, kind: Mark.Kind) throws(FigureError) {
        guard !categories.isEmpty else { throw .nothingToDraw }
        var places: [String: Int] = [:]
        for (index, category) in categories.enumerated() {
            guard places.updateValue(index, forKey: category) == nil else { throw .repeatedCategory(category) }
        }
        switch axis.scale {
        case .log, .symlog: throw .unsuitableScale(.x, kind)
        case .linear:
            names = categories.map(TextFitting.clean)
            order = Array(categories.indices)
        case .categorical(let labels):
            let known = Set(labels)
            guard known.count == labels.count else {
                var seen: Set<String> = []
                throw .repeatedCategory(labels.first { !seen.insert($0).inserted } ?? "")
            }
            if let unknown = categories.first(where: { !known.contains($0) }) {
                throw .unknownCategory(unknown, expected: labels)
            }
            names = labels.map(TextFitting.clean)
            order = labels.map { places[$0] }
        }
    }
}
