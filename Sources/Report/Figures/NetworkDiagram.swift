internal import Networks
internal import Plot

/// Makes the diagram of a diagram cell from the graphs of its networks.
struct NetworkDiagram {
    let cell: DiagramCell

    func diagram(theme: Theme) -> Diagram {
        let datasets = Set(cell.networks.map(\.dataset))
        let blocks = Set(cell.networks.map(\.block))
        var panels: [Diagram.Panel] = []
        for network in cell.networks {
            var parts: [String] = []
            if blocks.count > 1 { parts.append(NetworkCatalog.title(of: network.block)) }
            if datasets.count > 1 || cell.content == .architecture { parts.append(ReportWords.dataset(network.dataset)) }
            switch cell.content {
            case .architecture:
                panels.append(ArchitecturePanel(network).panel(title: parts.joined(separator: ", ")))
            case .blocks(let stage, let places):
                for place in places {
                    let name = places.count > 1 || parts.isEmpty ? [ReportWords.block(place, stage: stage)] : []
                    panels.append(
                        BlockPanel(graph: network.graph, stage: stage, block: place, detail: cell.detail)
                            .panel(title: (parts + name).joined(separator: ", ")))
                }
            }
        }
        return Diagram(
            panels: panels, flow: cell.runsRight ? .right : .down, title: cell.title, width: cell.width, theme: theme)
    }
}

/// A whole network: stem, stages and head as one box each, sizes on the arrows.
private struct ArchitecturePanel {
    let network: DiagramCell.Network

    init(_ network: DiagramCell.Network) { self.network = network }

    func panel(title: String) -> Diagram.Panel {
        let graph = network.graph
        var boxes = [Diagram.Box([ReportWords.input], kind: .end)]
        var arrows: [Diagram.Arrow] = []
        var shape = graph.inputShape
        func add(_ box: Diagram.Box) {
            arrows.append(Diagram.Arrow(from: boxes.count - 1, to: boxes.count, label: shape.text))
            boxes.append(box)
        }
        // Nodes of a part follow each other: `stem.…`, `stage1.block1.…`, `head.…`.
        var index = 1
        while index < graph.nodes.count {
            let part = graph.nodes[index].part
            let end = graph.nodes[index...].firstIndex { $0.part != part } ?? graph.nodes.count
            add(box(part, Array(graph.nodes[index..<end])))
            shape = graph.nodes[end - 1].outputShape
            index = end
        }
        boxes.append(Diagram.Box([ReportWords.classes(shape.channels)], kind: .end))
        arrows.append(Diagram.Arrow(from: boxes.count - 2, to: boxes.count - 1))
        return Diagram.Panel(title: title, boxes: boxes, arrows: arrows)
    }

    private func box(_ part: String, _ nodes: [Graph.Node]) -> Diagram.Box {
        switch part {
        case "stem": return Diagram.Box([ReportWords.stem] + layers(nodes), kind: .convolution)
        case "head": return Diagram.Box([ReportWords.head] + layers(nodes), kind: .linear)
        default:
            var blocks: Set<String> = []
            for node in nodes { blocks.insert(node.names.dropFirst().first ?? "") }
            let title = NetworkCatalog.title(of: network.block)
            let number = String(part.drop { !$0.isNumber })
            return Diagram.Box([ReportWords.stage(number), "\(blocks.count) × \(title)"], kind: .group)
        }
    }

    private func layers(_ nodes: [Graph.Node]) -> [String] {
        let words = nodes.map { LayerText.word($0.layer, inputs: network.graph.inputShapes(of: $0)) }
        return words.count <= 2 ? words : [words[0], words.dropFirst().joined(separator: ", ")]
    }
}

/// The inside of one block: its layers and how they are joined.
private struct BlockPanel {
    let graph: Graph
    let stage: Int
    let block: Int
    let detail: DiagramCell.Detail

    /// From so many repetitions of one thing on, those in between become one box.
    private static let mostRepetitions = 3

    func panel(title: String) -> Diagram.Panel {
        let prefix = "stage\(stage).block\(block)."
        let inside = graph.nodes.indices.filter { graph.nodes[$0].name.hasPrefix(prefix) }
        let before = inside.flatMap { graph.nodes[$0].inputs }.first { !inside.contains($0) }
        let inputShape = before.map { graph.nodes[$0].outputShape } ?? graph.inputShape
        var boxes = [Diagram.Box([ReportWords.input, inputShape.text], kind: .end)]
        var arrows: [Diagram.Arrow] = []
        var boxOfNode: [Int: Int] = [:]
        let groups = self.groups(inside, prefix: prefix)
        for group in groups {
            for node in group.nodes { boxOfNode[node] = boxes.count }
            boxes.append(group.box)
        }
        for node in inside {
            guard let target = boxOfNode[node] else { continue }
            for input in graph.nodes[node].inputs {
                let source = boxOfNode[input] ?? 0
                let arrow = Diagram.Arrow(from: source, to: target)
                // A sum of a thing with itself would need the arrow twice; within a box there is none.
                if source != target, !arrows.contains(arrow) { arrows.append(arrow) }
            }
        }
        let last = inside.last.flatMap { boxOfNode[$0] } ?? 0
        let outputShape = inside.last.map { graph.nodes[$0].outputShape } ?? inputShape
        boxes.append(Diagram.Box([ReportWords.output, outputShape.text], kind: .end))
        arrows.append(Diagram.Arrow(from: last, to: boxes.count - 1))
        return Diagram.Panel(title: title, boxes: boxes, arrows: arrows)
    }

    private struct Group {
        var nodes: [Int]
        var box: Diagram.Box
    }

    /// Nodes that become one box, in the order of the graph.
    private func groups(_ inside: [Int], prefix: String) -> [Group] {
        var repeats: [String] = []
        for node in inside {
            if let name = repetition(node, prefix), repeats.last != name { repeats.append(name) }
        }
        let hidden = repeats.count > Self.mostRepetitions ? Set(repeats.dropFirst(2).dropLast()) : []
        var groups: [Group] = []
        var isTaken: Set<Int> = []
        for node in inside where !isTaken.contains(node) {
            if let name = repetition(node, prefix), hidden.contains(name) {
                let all = inside.filter { repetition($0, prefix).map(hidden.contains) ?? false }
                groups.append(Group(nodes: all, box: Diagram.Box([ReportWords.moreOfThese(hidden.count)], kind: .group)))
                isTaken.formUnion(all)
                continue
            }
            var nodes = [node]
            if detail == .fused, case .convolution = graph.nodes[node].layer { nodes += follow(node, inside) }
            isTaken.formUnion(nodes)
            groups.append(Group(nodes: nodes, box: box(nodes)))
        }
        return groups
    }

    /// `repeat3` of `stage1.block1.repeat3.convolution1`.
    private func repetition(_ node: Int, _ prefix: String) -> String? {
        let name = graph.nodes[node].name.dropFirst(prefix.count).split(separator: ".").first.map(String.init)
        return name.flatMap { $0.hasPrefix("repeat") ? $0 : nil }
    }

    /// Normalizations and activations that nothing else reads in between.
    private func follow(_ node: Int, _ inside: [Int]) -> [Int] {
        var result: [Int] = []
        var last = node
        while true {
            let readers = inside.filter { graph.nodes[$0].inputs.contains(last) }
            guard readers.count == 1, graph.nodes[readers[0]].inputs.count == 1 else { return result }
            switch graph.nodes[readers[0]].layer {
            case .batchNorm, .relu:
                last = readers[0]
                result.append(last)
            default: return result
            }
        }
    }

    private func box(_ nodes: [Int]) -> Diagram.Box {
        let first = graph.nodes[nodes[0]]
        var lines = [LayerText.word(first.layer, inputs: graph.inputShapes(of: first))]
        if case .convolution(let layer) = first.layer {
            let channels = graph.inputShapes(of: first).first?.channels ?? 0
            lines.append("\(channels) → \(layer.outputChannels)")
            if let groups = LayerText.groups(layer, channels: channels) { lines.append(groups) }
        }
        if nodes.count > 1 {
            let rest = nodes.dropFirst().map { LayerText.word(graph.nodes[$0].layer, inputs: []) }
            lines.append(rest.joined(separator: ", "))
        }
        return Diagram.Box(lines, kind: first.layer.diagramKind)
    }
}

/// Layers in the words of the notation, as short as a box wants them.
private enum LayerText {
    /// Without channels, which stand on their own line or on the arrows.
    static func word(_ layer: Layer, inputs: [FeatureShape]) -> String {
        switch layer {
        case .convolution(let convolution):
            let channels = inputs.first?.channels ?? 0
            let name = convolution.groups > 1 && convolution.groups == channels ? "Depthwise" : "Conv"
            let stride = convolution.stride == 1 ? "" : "/\(convolution.stride)"
            return "\(name)\(convolution.kernel)×\(convolution.kernel)\(stride)"
        case .maxPool(let pool): return "MaxPool\(pool.window)×\(pool.window)/\(pool.stride)"
        case .averagePool(let pool): return "AvgPool\(pool.window)×\(pool.window)/\(pool.stride)"
        case .linear: return "Linear"
        case .add: return "+"
        case .concatenate: return "++"
        default: return layer.summary(inputs: inputs)
        }
    }

    /// `nil` where there is one group, or where the word says it.
    static func groups(_ layer: Convolution, channels: Int) -> String? {
        layer.groups > 1 && layer.groups != channels ? ReportWords.groups(layer.groups) : nil
    }
}

extension Layer {
    fileprivate var diagramKind: Diagram.Kind {
        switch self {
        case .input: .end
        case .convolution: .convolution
        case .batchNorm: .normalization
        case .relu: .activation
        case .maxPool, .averagePool, .globalAveragePool: .pooling
        case .add, .concatenate: .join
        case .channelShuffle: .rearrangement
        case .linear: .linear
        }
    }
}

extension Graph.Node {
    fileprivate var names: [String] { name.split(separator: ".").map(String.init) }
    /// `stem`, `stage1`, `head`.
    fileprivate var part: String { names.first ?? name }
}

extension FeatureShape {
    fileprivate var text: String { "\(height)×\(width)×\(channels)" }
}
