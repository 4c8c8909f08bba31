internal import Networks
internal import Plot

/// Diagram cells.
extension CellReader {
    /// - Parameter blocks: built in and the file's own.
    mutating func diagram(_ cell: Document.Cell, blocks: [BlockDefinition]) -> DiagramCell? {
        guard var options = options(of: cell, .diagram) else { return nil }
        let label = label(&options, cell)
        let isArchitecture = options.word("show", among: ["architecture", "block"]) != "block"
        let networks = known(options.names("networks", required: true), .block, blocks.map(\.name), &options)
        let shapes = DatasetShape.all.map(\.name)
        let datasets = known(options.names("datasets"), .dataset, shapes, &options)
        var content = DiagramCell.Content.architecture
        let stage = options.integer("stage", in: .between(1, 100))
        let places = options.numbers("blocks", in: .between(1, 100))?.map { Int($0) }
        if !isArchitecture { content = .blocks(stage: stage ?? 1, places ?? [1]) }
        if isArchitecture, stage != nil || places != nil {
            options.report(
                .conflict(
                    key: stage == nil ? "blocks" : "stage", value: "\(stage ?? places?.first ?? 1)", with: "show",
                    withValue: "architecture", right: []), at: cell.location)
        }
        let detail = options.word("detail", among: DiagramCell.Detail.allCases.map(\.rawValue)).flatMap(DiagramCell.Detail.init)
        let flow = options.word("flow", among: Diagram.Flow.allCases.map(\.rawValue))
        let theme = theme(&options)
        let title = options.text("title")?.value
        let caption = options.text("caption")?.value
        let width = options.length("width")
        let graphs = self.graphs(networks ?? [], datasets ?? [shapes[0]], blocks, content, at: cell.location, &options)
        diagnostics += options.finish()
        guard let label, !graphs.isEmpty else { return nil }
        return DiagramCell(
            label: label, location: cell.location, content: content, detail: detail ?? .layers, networks: graphs,
            runsRight: flow == Diagram.Flow.right.rawValue, title: title, caption: caption, width: width, theme: theme.name)
    }

    private func graphs(
        _ networks: [String], _ datasets: [String], _ blocks: [BlockDefinition], _ content: DiagramCell.Content,
        at location: SourceLocation, _ options: inout OptionReader
    ) -> [DiagramCell.Network] {
        var graphs: [DiagramCell.Network] = []
        for network in networks {
            guard let block = blocks.first(where: { $0.name == network }) else { continue }
            for dataset in datasets {
                guard let shape = DatasetShape.named(dataset) else { continue }
                if case .blocks(let stage, let places) = content {
                    let limits = [("stage", stage, shape.widths.count - 1)] + places.map { ("blocks", $0, block.perStage) }
                    for (key, found, limit) in limits where found > limit {
                        options.report(
                            .outOfRange(key: key, found: "\(found)", allowed: .between(1, Double(limit))), at: location)
                    }
                }
                do throws(NetworkError) {
                    graphs.append(
                        .init(block: network, dataset: dataset, graph: try NetworkCatalog.graph(block: block, dataset: shape)))
                } catch {
                    options.report(.networkDoesNotFit(block: network, dataset: dataset, error), at: location)
                }
            }
        }
        return graphs
    }

    /// Those that are known; the others are reported.
    private func known(
        _ names: [Located<String>]?, _ kind: NameKind, _ known: [String], _ options: inout OptionReader
    ) -> [String]? {
        guard let names else { return nil }
        for name in names where !known.contains(name.value) {
            options.report(.unknown(kind, name.value, among: known), at: name.location)
        }
        return names.map(\.value).filter(known.contains)
    }
}
