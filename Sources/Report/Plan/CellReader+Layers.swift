internal import Networks

extension CellReader {
    static let layersOptions = ["label", "dataset", "networks", "batch", "threads", "show"]

    mutating func layers(_ cell: Document.Cell) -> LayersCell? {
        guard var options = options(of: cell, .layers) else { return nil }
        let label = label(&options, cell)
        let dataset = dataset(&options)
        let networks = networks(&options)
        let batch = options.integer("batch", in: .between(1, 65_536)) ?? 32
        let threads = options.integer("threads", in: .between(1, 1024))
        let show = options.word("show", among: LayersCell.Selection.allCases.map(\.rawValue))
            .flatMap(LayersCell.Selection.init) ?? .products
        diagnostics += options.finish()
        guard let label, let dataset else { return nil }
        return LayersCell(
            label: label, location: cell.location, dataset: dataset.value, networks: networks, batch: batch,
            threads: threads, show: show)
    }
}
