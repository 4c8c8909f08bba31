internal import Kernels
internal import Networks

/// The rows that a layers cell comes to: layers by node and pass, with what was measured and what the machine could do.
///
/// A plain table of columns, so that tables and plots show it as they show a data cell.
enum LayerTable {
    /// The names of the columns, those of numbers marked; headings are in `ReportWords`.
    private static let columns: [(name: String, isNumber: Bool)] = [
        ("network", false), ("layer", false), ("nodes", true), ("kind", false), ("input", false), ("pass", false),
        ("algorithm", false), ("ms", true), ("gflops", true), ("bandwidth", true), ("intensity", true),
        ("attainable", true), ("share", true),
    ]

    /// Without rows: what a plan can check names against.
    static func empty(_ cell: LayersCell) -> DataCell { table(cell, []) }

    /// - Parameter measurements: by network, in the order of the cell; those that were not made are left out.
    static func table(_ cell: LayersCell, _ measurements: [(network: String, LayerMeasurement)]) -> DataCell {
        let rows = measurements.flatMap { network, measurement in
            measurement.layers.filter { cell.show == .all || $0.operations > 0 }.map { layer in
                Row(network: network, layer: layer, limits: measurement.limits)
            }
        }
        return DataCell(
            label: cell.label, location: cell.location,
            columns: columns.map { name, isNumber in
                DataCell.Column(
                    name: name,
                    values: isNumber ? .numbers(rows.map { $0.number(name) }) : .texts(rows.map { $0.text(name) }),
                    isShare: name == "share")
            })
    }

    /// What a table shows where its author says nothing: `network` only where there are several.
    static func standardColumns(_ cell: LayersCell) -> [String] {
        columns.map(\.name).filter { name in
            name == "network" ? cell.networks.count > 1 : !["intensity", "attainable"].contains(name)
        }
    }

    private struct Row {
        let network: String
        let layer: LayerTiming
        let limits: MachineLimits

        func text(_ column: String) -> String {
            switch column {
            case "network": NetworkCatalog.title(of: network)
            case "layer": layer.layer
            case "kind": layer.kind
            case "input": layer.input
            case "pass": layer.pass
            case "algorithm": layer.algorithm
            default: ""
            }
        }

        func number(_ column: String) -> Double {
            switch column {
            case "nodes": return Double(layer.count)
            case "ms": return layer.seconds * 1e3
            case "gflops": return layer.operations / layer.seconds / 1e9
            case "bandwidth": return layer.bytes / layer.seconds / 1e9
            case "intensity": return layer.bytes > 0 ? layer.operations / layer.bytes : 0
            case "attainable":
                let least = limits.seconds(operations: layer.operations, bytes: layer.bytes)
                return least > 0 ? layer.operations / least / 1e9 : 0
            case "share":
                return limits.seconds(operations: layer.operations, bytes: layer.bytes) / layer.seconds
            default: return 0
            }
        }
    }
}
