internal import Plot

/// Image cells, and what image and plot cells share that show what networks said of the validation images.
extension CellReader {
    /// A network or a seed of training cells that a cell names, to be checked once all training cells are read.
    struct RunUse {
        /// Labels of training cells.
        var data: [String]
        var networks: [Located<String>]
        var seed: Located<UInt64>?
        /// Whether exactly one network is meant, so that it must be said where a training cell has several.
        var isOfOneNetwork: Bool
        /// Of the cell, with the kind of cell it is.
        var location: SourceLocation
        var kind: CellKind
    }

    /// - Returns: the cell, and the label of the training cell that it needs, if it does.
    mutating func images(_ cell: Document.Cell) -> (cell: ImagesCell, data: [Located<String>])? {
        guard var options = options(of: cell, .images) else { return nil }
        let label = label(&options, cell)
        let showsMistakes = options.word("show", among: ["samples", "mistakes"]) == "mistakes"
        var content: ImagesCell.Content?
        var data: [Located<String>] = []
        if showsMistakes {
            refuse(["dataset", "split", "classes"], besides: "mistakes", &options, cell)
            if let named = options.text("data", required: true) {
                data = [named]
                let use = runUse(&options, data: [named.value], isOfOneNetwork: true, cell, .images)
                content = .mistakes(
                    .init(data: named.value, network: use.networks.first?.value, seed: use.seed?.value))
            }
        } else {
            refuse(["data", "network", "seed"], besides: "samples", &options, cell)
            let dataset = dataset(&options)
            let split = options.word("split", among: ImagesCell.Split.allCases.map(\.rawValue))
                .flatMap(ImagesCell.Split.init)
            let showsClasses = options.flag("classes") ?? true
            content = dataset.map { .samples(dataset: $0.value, split ?? .training, showsClasses: showsClasses) }
        }
        let count = options.integer("count", in: .between(1, 400)) ?? 20
        let columns = options.integer("columns", in: .between(1, 100))
        let theme = theme(&options)
        let title = options.text("title")?.value
        let caption = options.text("caption")?.value
        let width = options.length("width") ?? theme.preferredWidth
        let height = options.length("height")
        diagnostics += options.finish()
        guard let label, let content else { return nil }
        var images = ImagesCell(
            label: label, location: cell.location, content: content, count: count, columns: columns, title: title,
            caption: caption, width: width, height: 0, theme: theme.name)
        images.height = height ?? images.preferredHeight(width: width)
        return (images, data)
    }

    /// The content of a plot cell that shows predictions.
    mutating func predictions(
        _ options: inout OptionReader, _ kind: PlotCell.PredictionContent.Kind, data: [Located<String>],
        _ cell: Document.Cell
    ) -> (PlotCell.Content, PlotCell.Mark) {
        let isConfusion = kind == .confusion
        refuse(
            ["x", "y", "color", "name", "facet", "mark", "band", "front", "scale", "x-scale"]
                + (isConfusion ? ["bins", "legend", "range", "x-range", "references", "annotations"] : []),
            besides: kind.rawValue, &options, cell)
        let use = runUse(&options, data: data.map(\.value), isOfOneNetwork: isConfusion, cell, .plot)
        if isConfusion, data.count > 1 {
            let labels = data.map(\.value)
            options.report(
                .conflict(
                    key: "data", value: labels.joined(separator: ", "), with: "show", withValue: kind.rawValue,
                    right: labels), at: data[1].location)
        }
        let content = PlotCell.PredictionContent(
            kind: kind, networks: use.networks.map(\.value), seed: use.seed?.value)
        return (.predictions(content), isConfusion ? .heatMap : .line)
    }

    private mutating func runUse(
        _ options: inout OptionReader, data: [String], isOfOneNetwork: Bool, _ cell: Document.Cell, _ kind: CellKind
    ) -> RunUse {
        let networks = options.names("network") ?? []
        let seed = options.seed("seed")
        if isOfOneNetwork, networks.count > 1 {
            options.report(
                .wrongType(key: "network", found: .list, expected: .text), at: networks[1].location)
        }
        let use = RunUse(
            data: data, networks: networks, seed: seed, isOfOneNetwork: isOfOneNetwork, location: cell.location, kind: kind)
        runUses.append(use)
        return use
    }

    /// Reports options that say nothing beside `show`. Those that come from the front matter are passed over: they are
    /// meant for other cells.
    private func refuse(_ keys: [String], besides show: String, _ options: inout OptionReader, _ cell: Document.Cell) {
        for key in keys where options.has(key) {
            let place = options.location(of: key)
            var value = "…"
            if case .scalar(let text, _)? = options.node(key)?.content { value = text }
            guard place > cell.location else { continue }
            options.report(.conflict(key: key, value: value, with: "show", withValue: show, right: []), at: place)
        }
    }
}

extension CellReader.RunUse {
    /// What is wrong with it, given the training cells of the file.
    func problems(_ trainings: [TrainCell]) -> [Diagnostic] {
        trainings.filter { data.contains($0.label) }.flatMap { training -> [Diagnostic] in
            var problems = networks.filter { !training.networks.contains($0.value) }.map { network in
                Diagnostic(
                    .unknown(.network(of: training.label), network.value, among: training.networks), at: network.location)
            }
            if isOfOneNetwork, networks.isEmpty, training.networks.count > 1 {
                problems.append(Diagnostic(.missingKey("network", cell: kind.rawValue), at: location))
            }
            if let seed, !training.seeds.contains(seed.value) {
                problems.append(
                    Diagnostic(
                        .unknown(.value(of: "seed"), "\(seed.value)", among: training.seeds.map { "\($0)" }),
                        at: seed.location))
            }
            return problems
        }
    }
}
