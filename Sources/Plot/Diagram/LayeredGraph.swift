/// The boxes of a panel in layers, with a node of its own for every label and for every layer that an arrow passes.
struct LayeredGraph {
    struct Node {
        /// Across and along the flow.
        var size: (width: Double, height: Double)
        var layer = 0
        /// Of an arrow that only passes this layer.
        var isBend = false
        /// A circle, into which arrows may lead from the sides.
        var isJoin = false
    }

    /// From a node to one of the next layer.
    struct Link {
        var from: Int
        var to: Int
        /// Index of the arrow it is a part of.
        var arrow: Int
    }

    /// Boxes first, then labels, then bends.
    private(set) var nodes: [Node]
    private(set) var links: [Link] = []
    /// As many as arrows.
    private(set) var labelNodes: [Int?]
    /// Nodes of each layer in their order across.
    private(set) var layers: [[Int]] = []
    /// Indices of links.
    private(set) var incoming: [[Int]] = []
    private(set) var outgoing: [[Int]] = []

    static let largestCount = 4000
    private static let sweeps = 24

    /// - Parameters:
    ///   - sizes: of the boxes, across and along.
    ///   - labels: of the arrows' labels.
    init(
        _ panel: Diagram.Panel, number: Int, sizes: [(width: Double, height: Double)],
        labels: [(width: Double, height: Double)?]
    ) throws(DiagramError) {
        guard !panel.boxes.isEmpty else { throw .nothingToDraw }
        nodes = zip(sizes, panel.boxes).map { Node(size: $0, isJoin: $1.kind == .join) }
        labelNodes = []
        var parts: [(from: Int, to: Int, arrow: Int)] = []
        for (index, arrow) in panel.arrows.enumerated() {
            guard panel.boxes.indices.contains(arrow.from), panel.boxes.indices.contains(arrow.to), arrow.from != arrow.to
            else { throw .unknownBox(panel: number, arrow: index) }
            guard let size = labels[index] else {
                labelNodes.append(nil)
                parts.append((arrow.from, arrow.to, index))
                continue
            }
            labelNodes.append(nodes.count)
            parts += [(arrow.from, nodes.count, index), (nodes.count, arrow.to, index)]
            nodes.append(Node(size: size))
        }
        guard assignLayers(parts) else { throw .cycle(panel: number) }
        for part in parts {
            var last = part.from
            for layer in nodes[part.from].layer + 1..<max(nodes[part.to].layer, nodes[part.from].layer + 1) {
                guard nodes.count < Self.largestCount else {
                    throw .tooLarge(panel: number, boxes: panel.boxes.count, limit: Self.largestCount)
                }
                links.append(Link(from: last, to: nodes.count, arrow: part.arrow))
                last = nodes.count
                nodes.append(Node(size: (0, 0), layer: layer, isBend: true))
            }
            links.append(Link(from: last, to: part.to, arrow: part.arrow))
        }
        incoming = Array(repeating: [], count: nodes.count)
        outgoing = incoming
        for (index, link) in links.enumerated() {
            outgoing[link.from].append(index)
            incoming[link.to].append(index)
        }
        placeInLayers()
    }

    /// The longest way from any first node. False where there is a cycle.
    private mutating func assignLayers(_ parts: [(from: Int, to: Int, arrow: Int)]) -> Bool {
        var next: [[Int]] = Array(repeating: [], count: nodes.count)
        var waiting = Array(repeating: 0, count: nodes.count)
        for part in parts {
            next[part.from].append(part.to)
            waiting[part.to] += 1
        }
        var ready = nodes.indices.filter { waiting[$0] == 0 }
        var done = 0
        while done < ready.count {
            let node = ready[done]
            done += 1
            for target in next[node] {
                nodes[target].layer = max(nodes[target].layer, nodes[node].layer + 1)
                waiting[target] -= 1
                if waiting[target] == 0 { ready.append(target) }
            }
        }
        return done == nodes.count
    }

    /// In the order of a walk along the arrows: neighbours start near each other.
    private mutating func placeInLayers() {
        layers = Array(repeating: [], count: (nodes.map(\.layer).max() ?? 0) + 1)
        var seen = Array(repeating: false, count: nodes.count)
        for start in nodes.indices where incoming[start].isEmpty {
            var stack = [start]
            while let node = stack.popLast() {
                guard !seen[node] else { continue }
                seen[node] = true
                layers[nodes[node].layer].append(node)
                stack += outgoing[node].reversed().map { links[$0].to }
            }
        }
    }

    // MARK: Order

    /// Moves nodes to the middle of their neighbours, layer after layer, down and up, and keeps the order with the
    /// fewest crossings.
    mutating func order() {
        var best = layers
        var fewest = crossings()
        for sweep in 0..<Self.sweeps where fewest > 0 {
            let isDown = sweep % 2 == 0
            let indices = isDown ? Array(layers.indices.dropFirst()) : layers.indices.dropLast().reversed()
            for layer in indices { sort(layer, isDown: isDown, preferLater: sweep % 4 > 1) }
            let count = crossings()
            if count < fewest { (fewest, best) = (count, layers) }
        }
        layers = best
    }

    private mutating func sort(_ layer: Int, isDown: Bool, preferLater: Bool) {
        let other = isDown ? layer - 1 : layer + 1
        var place = Array(repeating: 0, count: nodes.count)
        for (index, node) in layers[other].enumerated() { place[node] = index }
        let keyed = layers[layer].enumerated().map { index, node -> (key: Double, index: Int, node: Int) in
            let neighbours = isDown ? incoming[node].map { links[$0].from } : outgoing[node].map { links[$0].to }
            guard !neighbours.isEmpty else { return (Double(index), index, node) }
            let sum = neighbours.reduce(0.0) { $0 + Double(place[$1]) }
            return (sum / Double(neighbours.count), index, node)
        }
        layers[layer] = keyed.sorted { left, right in
            if left.key != right.key { return left.key < right.key }
            return preferLater ? left.index > right.index : left.index < right.index
        }.map(\.node)
    }

    /// Pairs of links that cross.
    func crossings() -> Int {
        var place = Array(repeating: 0, count: nodes.count)
        for layer in layers { for (index, node) in layer.enumerated() { place[node] = index } }
        var count = 0
        for layer in layers {
            let ends = layer.flatMap { node in outgoing[node].map { (place[node], place[links[$0].to]) } }
            for (index, first) in ends.enumerated() {
                for second in ends[(index + 1)...] where (first.0 - second.0) * (first.1 - second.1) < 0 { count += 1 }
            }
        }
        return count
    }
}
