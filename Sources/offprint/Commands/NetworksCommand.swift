import ArgumentParser
import Networks
import Report

/// `offprint networks show BLOCK --dataset NAME [--json]`
struct NetworksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "networks", abstract: "Looks into the networks.", subcommands: [Show.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Nodes, shapes, parameters and multiply-adds of one network.")

        @Argument(help: "A built-in block, such as residual.") var block: String
        @Option(help: "The data set whose images it takes, such as mnist.") var dataset: String
        @Flag(help: "One JSON object on one line.") var json = false

        func run() throws {
            let printer = DiagnosticPrinter(file: "", asJSON: json)
            let names = NetworkCatalog.names
            let datasets = DatasetShape.all.map(\.name)
            let definition = NetworkCatalog.block(named: block)
            let shape = DatasetShape.named(dataset)
            if definition == nil { printer.print(error: Problem.unknown(.block, block, among: names).words) }
            if shape == nil { printer.print(error: Problem.unknown(.dataset, dataset, among: datasets).words) }
            guard let definition, let shape else { throw Status.badInput.exit }
            let graph: Graph
            do throws(NetworkError) {
                graph = try NetworkCatalog.graph(block: definition, dataset: shape)
            } catch {
                printer.print(error: error.words)
                throw Status.badInput.exit
            }
            let summary = NetworkSummary(graph)
            if json { try JSONLine.print(summary) } else { show(summary) }
        }

        private func show(_ summary: NetworkSummary) {
            let header = ["node", "layer", "output", "parameters", "multiply-adds"]
            let total = [
                "total", "", "", Quantities.count(summary.parameters), Quantities.count(summary.multiplyAdds),
            ]
            let rows = summary.nodes.map { node in
                [
                    node.name, node.layer, node.output.map(String.init).joined(separator: "x"), Quantities.count(node.parameters),
                    Quantities.count(node.multiplyAdds),
                ]
            }
            print(TextTable(rows: [header] + rows + [total], rightAligned: [3, 4]).text)
            let memory = summary.memory
            print(
                "tensors of a batch of \(memory.batch): \(Quantities.memory(memory.training)) in training, "
                    + "\(Quantities.memory(memory.inference)) in inference")
        }
    }
}

/// Columns of text under each other.
struct TextTable {
    var rows: [[String]]
    /// Columns of numbers, from 0.
    var rightAligned: Set<Int>

    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let lines = rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return rightAligned.contains(column) ? space + cell : cell + space
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
        return lines.joined(separator: "\n")
    }
}
