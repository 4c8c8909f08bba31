internal import Foundation
internal import Networks
internal import Plot

/// Reads cells of one document into typed values, with every mistake.
struct CellReader {
    let frontMatter: FrontMatterContent
    /// Every block by name, built in and the file's own.
    let blocks: [String]
    let datasets: [String]
    /// Where folders of images are looked for.
    let folders: [URL]
    var diagnostics: [Diagnostic] = []
    private(set) var labels: [String: SourceLocation] = [:]

    private static let optionsOfKind: [CellKind: [String]] = [
        .train: trainOptions,
        .plot: [
            "label", "data", "x", "y", "color", "mark", "band", "scale", "title", "caption", "width", "height", "theme",
        ],
        .table: ["label", "data", "columns", "caption"],
    ]

    init(frontMatter: FrontMatterContent, blocks: [String], datasets: [String], folders: [URL]) {
        self.frontMatter = frontMatter
        self.blocks = blocks
        self.datasets = datasets
        self.folders = folders
        let known = Set(Self.optionsOfKind.values.joined())
        for entry in frontMatter.defaults where !known.contains(entry.key.value) || entry.key.value == "label" {
            let problem = Problem.unknown(.option(of: "defaults"), entry.key.value, among: known.sorted())
            diagnostics.append(Diagnostic(problem, at: entry.key.location))
        }
    }

    // MARK: Plot and table

    mutating func plot(_ cell: Document.Cell) -> (cell: PlotCell, data: [Located<String>])? {
        guard var options = options(of: cell, .plot) else { return nil }
        let label = label(&options, cell)
        let data = options.names("data", required: true) ?? []
        let name = options.text("y", required: true)
        let measure = name.flatMap { Measure(rawValue: $0.value) }
        if let name, measure == nil {
            options.report(.unknown(.measure, name.value, among: Measure.allCases.map(\.rawValue)), at: name.location)
        }
        let y = measure ?? .validAccuracy
        let standard: PlotCell.Mark = y.isPerEpoch ? .line : y == .inferenceCPU || y == .inferenceGPU ? .box : .bar
        let x = options.word("x", among: ["epoch", "network"])
        let color = options.word("color", among: ["network", "seed"])
        let mark = options.word("mark", among: PlotCell.Mark.allCases.map(\.rawValue)).flatMap(PlotCell.Mark.init)
        if measure != nil {
            let right = standard.rawValue
            if let mark, mark != standard {
                options.report(
                    .conflict(key: "mark", value: mark.rawValue, with: "y", withValue: y.rawValue, right: [right]),
                    at: cell.location)
            }
            let axis = y.isPerEpoch ? "epoch" : "network"
            if let x, x != axis {
                options.report(
                    .conflict(key: "x", value: x, with: "y", withValue: y.rawValue, right: [axis]), at: cell.location)
            }
        }
        _ = color
        let band = options.word("band", among: ["none", "deviation"]) == "deviation"
        let logarithmic = options.word("scale", among: ["linear", "log"]) == "log"
        let title = options.text("title")?.value
        let caption = options.text("caption")?.value
        let width = options.length("width") ?? 6
        let height = options.length("height") ?? min(max(width * 0.66, 2.2), 4.2)
        let theme = theme(&options)
        diagnostics += options.finish()
        guard let label else { return nil }
        let plot = PlotCell(
            label: label, location: cell.location, data: data.map(\.value), y: y, mark: mark ?? standard, band: band,
            logarithmic: logarithmic, title: title, caption: caption, width: width, height: height, theme: theme)
        return (plot, data)
    }

    mutating func table(_ cell: Document.Cell) -> (cell: TableCell, data: [Located<String>])? {
        guard var options = options(of: cell, .table) else { return nil }
        let label = label(&options, cell)
        let data = options.names("data", required: true) ?? []
        var columns: [TableCell.Column] = []
        for name in options.names("columns", required: true) ?? [] {
            if let column = Self.column(name.value) {
                columns.append(column)
            } else {
                let known = Measure.allCases.map(\.rawValue)
                options.report(.unknown(.measure, name.value, among: known), at: name.location)
            }
        }
        let caption = options.text("caption")?.value
        diagnostics += options.finish()
        guard let label else { return nil }
        return (
            TableCell(
                label: label, location: cell.location, data: data.map(\.value), columns: columns, caption: caption), data
        )
    }

    /// `valid.accuracy.best`; `.final` where nothing is said.
    static func column(_ text: String) -> TableCell.Column? {
        if let measure = Measure(rawValue: text) { return .init(measure: measure, reduction: .final) }
        guard let dot = text.lastIndex(of: "."), let reduction = Reduction(rawValue: String(text[text.index(after: dot)...])),
            let measure = Measure(rawValue: String(text[..<dot])), measure.isPerEpoch
        else { return nil }
        return .init(measure: measure, reduction: reduction)
    }

    private func theme(_ options: inout OptionReader) -> String {
        let known = Theme.all.map(\.name)
        if let theme = options.word("theme", among: known, kind: .theme) { return theme }
        if let theme = frontMatter.theme?.value, known.contains(theme) { return theme }
        return Theme.github.name
    }

    // MARK: Helpers

    mutating func label(_ options: inout OptionReader, _ cell: Document.Cell) -> String? {
        guard let label = options.text("label", required: true) else { return nil }
        guard FrontMatterReader.isName(label.value) else {
            options.report(.malformedName(.label, found: label.value), at: label.location)
            return nil
        }
        if let first = labels[label.value] {
            options.report(.duplicateName(.label, name: label.value, first: first), at: label.location)
        } else {
            labels[label.value] = label.location
        }
        return label.value
    }

    mutating func options(of cell: Document.Cell, _ kind: CellKind) -> OptionReader? {
        let start = cell.body.location
        let prefix = cell.prefix.count
        // The first line of a body has its own column; the others stand behind the prefix of their list or quote.
        var reader = YamlReader { line, column in
            SourceLocation(line: start.line + line - 1, column: column + (line == 1 ? start.column - 1 : prefix))
        }
        let entries = reader.mapping(cell.body.value, key: kind.rawValue)
        diagnostics += reader.diagnostics
        guard let entries else { return nil }
        let own = Set(entries.map(\.key.value))
        let known = Set(Self.optionsOfKind[kind] ?? [])
        let inherited = frontMatter.defaults.filter { known.contains($0.key.value) && !own.contains($0.key.value) }
        return OptionReader(
            entries + inherited, owner: kind.rawValue, location: cell.location, parameters: frontMatter.parameters)
    }

    func inside(_ node: YamlNode, _ key: String, _ options: inout OptionReader) -> OptionReader? {
        guard case .mapping(let entries) = node.content else {
            options.report(.wrongType(key: key, found: node.found, expected: .mapping), at: node.location)
            return nil
        }
        return OptionReader(entries, owner: key, location: node.location, parameters: frontMatter.parameters)
    }
}
