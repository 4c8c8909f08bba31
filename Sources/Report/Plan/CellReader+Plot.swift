internal import Plot

/// Plot cells, of runs or of a data cell.
extension CellReader {
    /// - Returns: the cell, and the labels of training cells that it needs.
    mutating func plot(_ cell: Document.Cell) -> (cell: PlotCell, data: [Located<String>])? {
        guard var options = options(of: cell, .plot) else { return nil }
        let label = label(&options, cell)
        let data = options.names("data", required: true) ?? []
        let inFile = data.compactMap { name in dataCells.first { $0.label == name.value } }
        let shown = options.word("show", among: ["measure"] + PlotCell.PredictionContent.Kind.allCases.map(\.rawValue))
        if let kind = shown.flatMap(PlotCell.PredictionContent.Kind.init) {
            let (content, mark) = predictions(&options, kind, data: data, cell)
            return finish(&options, cell, label, content, mark, data: data).map { ($0, data) }
        }
        let mark = options.word("mark", among: PlotCell.Mark.allCases.map(\.rawValue)).flatMap(PlotCell.Mark.init)
        let content: PlotCell.Content
        let chosen: PlotCell.Mark
        if let table = inFile.first {
            if data.count > 1 {
                let right = data.map(\.value)
                options.report(
                    .conflict(
                        key: "data", value: right.joined(separator: ", "), with: "data", withValue: table.label,
                        right: [table.label]), at: cell.location)
            }
            (content, chosen) = columnContent(&options, table, mark, at: cell.location)
        } else {
            (content, chosen) = runContent(&options, mark, at: cell.location)
        }
        return finish(&options, cell, label, content, chosen, data: data).map { ($0, inFile.isEmpty ? data : []) }
    }

    /// Reads what all plots have; `nil` where there is no label.
    private mutating func finish(
        _ options: inout OptionReader, _ cell: Document.Cell, _ label: String?, _ content: PlotCell.Content,
        _ mark: PlotCell.Mark, data: [Located<String>]
    ) -> PlotCell? {
        let theme = theme(&options)
        let title = options.text("title")?.value
        let caption = options.text("caption")?.value
        let width = options.length("width") ?? theme.preferredWidth
        let height = options.length("height") ?? PlotCell.preferredHeight(width: width, of: content)
        var plot = PlotCell(
            label: label ?? "", location: cell.location, data: data.map(\.value), content: content, mark: mark,
            title: title, caption: caption, width: width, height: height, theme: theme.name)
        readLook(&options, &plot)
        diagnostics += options.finish()
        return label == nil ? nil : plot
    }

    /// Everything about how it looks, apart from size and theme.
    private func readLook(_ options: inout OptionReader, _ plot: inout PlotCell) {
        plot.band = options.word("band", among: PlotCell.Band.allCases.map(\.rawValue)).flatMap(PlotCell.Band.init)
        plot.bins = options.integer("bins", in: .between(1, 1000))
        plot.front = options.flag("front") ?? true
        plot.hasLegend = options.word("legend", among: ["automatic", "none"]) != "none"
        plot.yAxis = axis(&options, "y", scale: "scale", range: "range")
        plot.xAxis = axis(&options, "x", scale: "x-scale", range: "x-range")
        for entry in options.mappings("references") {
            guard var inner = inside(entry, "references", &options) else { continue }
            let wide = NumberRange.between(-1e300, 1e300)
            let isSaid = inner.has("x") || inner.has("y")
            let (x, y) = (inner.number("x", in: wide), inner.number("y", in: wide))
            let text = inner.text("label")?.value ?? ""
            if !isSaid { inner.report(.missingKey("y", cell: "references"), at: entry.location) }
            options.adopt(inner.finish())
            if let y { plot.references.append(.init(axis: .y, value: y, label: text)) }
            if let x { plot.references.append(.init(axis: .x, value: x, label: text)) }
        }
        for entry in options.mappings("annotations") {
            guard var inner = inside(entry, "annotations", &options) else { continue }
            let wide = NumberRange.between(-1e300, 1e300)
            let (x, y) = (inner.number("x", in: wide, required: true), inner.number("y", in: wide, required: true))
            let text = inner.text("text", required: true)
            options.adopt(inner.finish())
            if let x, let y, let text { plot.annotations.append(.init(x: x, y: y, text: text.value)) }
        }
    }

    private func axis(
        _ options: inout OptionReader, _ name: String, scale: String, range: String
    ) -> PlotCell.AxisOptions {
        var axis = PlotCell.AxisOptions()
        axis.title = options.text(name + "-title")?.value
        axis.unit = options.text(name + "-unit")?.value
        axis.scale = options.word(scale, among: PlotCell.Scale.allCases.map(\.rawValue)).flatMap(PlotCell.Scale.init) ?? .linear
        axis.format = options.word(name + "-format", among: AxisFormat.allCases.map(\.rawValue))
        let place = options.location(of: range)
        guard let ends = options.numbers(range, in: .between(-1e300, 1e300)) else { return axis }
        guard ends.count == 2, ends[0] < ends[1] else {
            options.report(.wrongType(key: range, found: .scalar("\(ends)"), expected: .range), at: place)
            return axis
        }
        axis.range = ends[0]...ends[1]
        return axis
    }

    // MARK: Runs

    private func runContent(
        _ options: inout OptionReader, _ mark: PlotCell.Mark?, at location: SourceLocation
    ) -> (PlotCell.Content, PlotCell.Mark) {
        let name = options.text("y", required: true)
        let column = name.flatMap { Self.column($0.value) }
        if let name, column == nil {
            options.report(.unknown(.measure, name.value, among: Measure.allCases.map(\.rawValue)), at: name.location)
        }
        let y = column ?? .init(measure: .validAccuracy, reduction: .final)
        let x = options.text("x")
        let xMeasure = x.flatMap { Self.column($0.value) }
        if let x, xMeasure == nil, !["epoch", "network"].contains(x.value) {
            let known = ["epoch", "network"] + Measure.allCases.map(\.rawValue)
            options.report(.unknown(.value(of: "x"), x.value, among: known), at: x.location)
        }
        let standard = xMeasure == nil ? y.measure.standardMark(x: x?.value) : .scatter
        let chosen = mark ?? standard
        let axis: PlotCell.RunContent.Axis
        switch chosen {
        case .line, .step, .area, .points: axis = .epoch
        case .bar, .stacked, .box, .violin, .heatMap: axis = .network
        case .histogram: axis = .none
        case .scatter: axis = .measure(xMeasure ?? .init(measure: .parameters, reduction: .final))
        }
        if let name, column != nil, axis == .epoch, !y.measure.isPerEpoch {
            let right = PlotCell.Mark.allCases.filter { ![.line, .step, .area, .points].contains($0) }.map(\.rawValue)
            options.report(
                .conflict(key: "mark", value: chosen.rawValue, with: "y", withValue: name.value, right: right), at: location)
        }
        if let x, x.value != axis.word {
            let isKnown = xMeasure != nil || ["epoch", "network"].contains(x.value)
            if isKnown, chosen != .scatter || xMeasure == nil {
                options.report(
                    .conflict(
                        key: "x", value: x.value, with: "mark", withValue: chosen.rawValue,
                        right: axis.word.map { [$0] } ?? (chosen == .scatter ? Measure.allCases.map(\.rawValue) : [])),
                    at: x.location)
            }
        } else if x == nil, chosen == .scatter {
            options.report(.missingKey("x", cell: "plot"), at: location)
        }
        var content = PlotCell.RunContent(y: y, x: axis)
        content.color = options.word("color", among: PlotCell.RunContent.Color.allCases.map(\.rawValue))
            .flatMap(PlotCell.RunContent.Color.init) ?? .network
        content.facet = options.word("facet", among: PlotCell.RunContent.Facet.allCases.map(\.rawValue))
            .flatMap(PlotCell.RunContent.Facet.init)
        return (.runs(content), chosen)
    }

    // MARK: Columns

    private func columnContent(
        _ options: inout OptionReader, _ table: DataCell, _ mark: PlotCell.Mark?, at location: SourceLocation
    ) -> (PlotCell.Content, PlotCell.Mark) {
        let all = table.columns.map(\.name)
        /// The option's column, if it exists.
        func known(_ name: Located<String>?, _ options: inout OptionReader) -> String? {
            guard let name else { return nil }
            if all.contains(name.value) { return name.value }
            options.report(.unknown(.column(of: table.label), name.value, among: all), at: name.location)
            return nil
        }
        func demandNumbers(_ name: Located<String>, _ key: String, _ options: inout OptionReader) {
            guard all.contains(name.value), !table.isNumeric(name.value) else { return }
            let numeric = all.filter(table.isNumeric)
            options.report(.wrongType(key: key, found: .scalar(name.value), expected: .numericColumn(numeric)), at: name.location)
        }
        let xName = options.text("x")
        let color = known(options.text("color"), &options)
        let facet = known(options.text("facet"), &options)
        let name = known(options.text("name"), &options)
        let yNames = options.names("y") ?? []
        for column in yNames {
            _ = known(column, &options)
            demandNumbers(column, "y", &options)
        }
        let isSamples = mark == .histogram || mark == .box || mark == .violin
        var x = known(xName, &options)
        if x == nil, xName == nil, mark != .histogram {
            // The first column that nothing else uses; text only, where values are spread over categories.
            x = all.first { column in
                ![color, facet, name].contains(column) && !yNames.contains { $0.value == column }
                    && !(isSamples && table.isNumeric(column)) && !(mark == .heatMap && table.isNumeric(column))
            }
        }
        var y = yNames.map(\.value).filter(table.isNumeric)
        if yNames.isEmpty { y = all.filter { table.isNumeric($0) && ![x, color, facet, name].contains($0) } }
        if y.isEmpty, yNames.isEmpty { options.report(.missingKey("y", cell: "plot"), at: location) }
        let isNumericX = x.map(table.isNumeric) ?? false
        let chosen = mark ?? (isNumericX ? .line : .bar)
        if let xName, chosen == .scatter { demandNumbers(xName, "x", &options) }
        if chosen == .scatter, !isNumericX, xName == nil { options.report(.missingKey("x", cell: "plot"), at: location) }
        if color != nil, y.count > 1 {
            options.report(
                .conflict(key: "color", value: color ?? "", with: "y", withValue: y.joined(separator: ", "), right: []),
                at: location)
        }
        return (.columns(.init(x: x, y: y, color: color, facet: facet, name: name)), chosen)
    }
}

extension Measure {
    /// How it is drawn where the author says nothing.
    fileprivate func standardMark(x: String?) -> PlotCell.Mark {
        if isPerEpoch { return x == "network" ? .bar : .line }
        return self == .inferenceCPU || self == .inferenceGPU ? .box : .bar
    }
}

extension PlotCell.RunContent.Axis {
    /// As `x` says it; `nil` where it says nothing.
    fileprivate var word: String? {
        switch self {
        case .epoch: "epoch"
        case .network: "network"
        case .none, .measure: nil
        }
    }
}
