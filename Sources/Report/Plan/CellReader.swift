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
    /// Read before all other cells, which refer to them.
    var dataCells: [DataCell] = []
    /// Likewise.
    var layersCells: [LayersCell] = []
    /// Networks and seeds that other cells name.
    var runUses: [RunUse] = []

    private static let optionsOfKind: [CellKind: [String]] = [
        .train: trainOptions,
        .plot: [
            "label", "data", "show", "network", "seed", "x", "y", "color", "name", "facet", "mark", "band", "bins", "front", "scale", "x-scale",
            "range", "x-range", "x-title", "y-title", "x-unit", "y-unit", "x-format", "y-format", "references",
            "annotations", "legend", "title", "caption", "width", "height", "theme",
        ],
        .table: ["label", "data", "columns", "rank", "baseline", "caption"],
        .diagram: [
            "label", "show", "networks", "datasets", "stage", "blocks", "detail", "flow", "title", "caption", "width",
            "theme",
        ],
        .images: [
            "label", "show", "dataset", "split", "classes", "data", "network", "seed", "count", "columns", "title", "caption",
            "width", "height", "theme",
        ],
        .layers: layersOptions,
        .data: ["label", "csv", "columns", "rows"],
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

    // MARK: What all kinds share

    mutating func label(_ options: inout OptionReader, _ cell: Document.Cell) -> String? {
        guard let label = options.text("label", required: true) else { return nil }
        guard FrontMatterReader.isName(label.value) else {
            options.report(.malformedName(.label, found: label.value), at: label.location)
            return nil
        }
        if let other = labels[label.value] {
            // Data cells are read first, wherever they stand.
            let (first, second) = other < label.location ? (other, label.location) : (label.location, other)
            options.report(.duplicateName(.label, name: label.value, first: first), at: second)
            labels[label.value] = first
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

    func theme(_ options: inout OptionReader) -> Theme {
        if let name = options.word("theme", among: Theme.names, kind: .theme) { return Theme.named(name) ?? .github }
        return frontMatter.theme.flatMap { Theme.named($0.value) } ?? .github
    }

    func inside(_ node: YamlNode, _ key: String, _ options: inout OptionReader) -> OptionReader? {
        guard case .mapping(let entries) = node.content else {
            options.report(.wrongType(key: key, found: node.found, expected: .mapping), at: node.location)
            return nil
        }
        return OptionReader(entries, owner: key, location: node.location, parameters: frontMatter.parameters)
    }
}
