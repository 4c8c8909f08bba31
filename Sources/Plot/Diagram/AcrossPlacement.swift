/// Places across the flow: the middles of nodes, in points.
///
/// Brandes, Köpf, "Fast and simple horizontal coordinate assignment", 2001: nodes are chained to the median of their
/// neighbours above (or below), chains are packed to the left (or right), and each node gets the average of the two
/// middle places of the four. Arrows over several layers stay straight. Node widths and the packing in two
/// passes follow the form that is usual for boxes of different width.
enum AcrossPlacement {
    /// - Parameter gap: between neighbours of one layer.
    static func places(of graph: LayeredGraph, gap: Double) -> [Double] {
        let conflicts = Self.conflicts(in: graph)
        var variants: [[Double]] = []
        for isDown in [true, false] {
            for isLeft in [true, false] {
                let layers = (isDown ? graph.layers : graph.layers.reversed()).map { isLeft ? $0 : $0.reversed() }
                let chains = Self.chains(layers, graph, isDown: isDown, conflicts)
                let packed = Self.pack(layers, graph, chains, gap: gap)
                variants.append(isLeft ? packed : packed.map { -$0 })
            }
        }
        return separated(balanced(variants, graph), graph, gap: gap)
    }

    private struct Pair: Hashable {
        var first: Int
        var second: Int
    }

    /// Links that cross the inside of an arrow over several layers: it stays straight, they yield.
    private static func conflicts(in graph: LayeredGraph) -> Set<Pair> {
        var place = Array(repeating: 0, count: graph.nodes.count)
        for layer in graph.layers { for (index, node) in layer.enumerated() { place[node] = index } }
        var conflicts: Set<Pair> = []
        for layer in graph.layers {
            let links = layer.flatMap { graph.outgoing[$0] }.map { graph.links[$0] }
            for inner in links where graph.nodes[inner.from].isBend && graph.nodes[inner.to].isBend {
                for link in links where !(graph.nodes[link.from].isBend && graph.nodes[link.to].isBend) {
                    let crosses = (place[inner.from] - place[link.from]) * (place[inner.to] - place[link.to]) < 0
                    if crosses { conflicts.insert(Pair(first: link.from, second: link.to)) }
                }
            }
        }
        return conflicts
    }

    /// The first node of the chain that each node belongs to.
    private static func chains(
        _ layers: [[Int]], _ graph: LayeredGraph, isDown: Bool, _ conflicts: Set<Pair>
    ) -> [Int] {
        var root = Array(graph.nodes.indices)
        var align = root
        var place = Array(repeating: 0, count: graph.nodes.count)
        for layer in layers { for (index, node) in layer.enumerated() { place[node] = index } }
        for layer in layers {
            var last = -1
            for node in layer {
                let neighbours = (isDown ? graph.incoming[node].map { graph.links[$0].from }
                    : graph.outgoing[node].map { graph.links[$0].to }).sorted { place[$0] < place[$1] }
                guard !neighbours.isEmpty else { continue }
                let (lower, upper) = ((neighbours.count - 1) / 2, neighbours.count / 2)
                for index in lower...upper where align[node] == node {
                    let other = neighbours[index]
                    let pair = isDown ? Pair(first: other, second: node) : Pair(first: node, second: other)
                    guard last < place[other], !conflicts.contains(pair) else { continue }
                    align[other] = node
                    root[node] = root[other]
                    align[node] = root[node]
                    last = place[other]
                }
            }
        }
        return root
    }

    private static func distance(_ first: Int, _ second: Int, _ graph: LayeredGraph, gap: Double) -> Double {
        let (a, b) = (graph.nodes[first], graph.nodes[second])
        return (a.size.width + b.size.width) / 2 + (a.isBend && b.isBend ? gap * 0.6 : gap)
    }

    /// Chains as far to the left as their neighbours allow, then each as far to the right as nothing moves.
    private static func pack(_ layers: [[Int]], _ graph: LayeredGraph, _ root: [Int], gap: Double) -> [Double] {
        var after: [Int: [Int: Double]] = [:]
        var before: [Int: Int] = [:]
        for layer in layers {
            for (first, second) in zip(layer, layer.dropFirst()) {
                let (a, b) = (root[first], root[second])
                let known = after[a]?[b]
                if known == nil { before[b, default: 0] += 1 }
                after[a, default: [:]][b] = max(known ?? 0, distance(first, second, graph, gap: gap))
            }
        }
        var places = Array(repeating: 0.0, count: graph.nodes.count)
        var order = graph.nodes.indices.filter { root[$0] == $0 && before[$0, default: 0] == 0 }
        var next = 0
        while next < order.count {
            let chain = order[next]
            next += 1
            for (other, distance) in (after[chain] ?? [:]).sorted(by: { $0.key < $1.key }) {
                places[other] = max(places[other], places[chain] + distance)
                before[other, default: 0] -= 1
                if before[other] == 0 { order.append(other) }
            }
        }
        for chain in order.reversed() {
            guard let limit = after[chain]?.map({ places[$0.key] - $0.value }).min() else { continue }
            places[chain] = max(places[chain], limit)
        }
        return root.map { places[$0] }
    }

    /// The average of the two middle ones of four, all moved to where the narrowest lies.
    private static func balanced(_ variants: [[Double]], _ graph: LayeredGraph) -> [Double] {
        func ends(_ places: [Double]) -> (low: Double, high: Double) {
            var (low, high) = (Double.infinity, -Double.infinity)
            for (place, node) in zip(places, graph.nodes) {
                low = min(low, place - node.size.width / 2)
                high = max(high, place + node.size.width / 2)
            }
            return (low, high)
        }
        let all = variants.map(ends)
        let narrowest = all.min { $0.high - $0.low < $1.high - $1.low } ?? (0, 0)
        let moved = variants.indices.map { index in
            let isLeft = index % 2 == 0
            let shift = isLeft ? narrowest.low - all[index].low : narrowest.high - all[index].high
            return variants[index].map { $0 + shift }
        }
        return graph.nodes.indices.map { node in
            let four = moved.map { $0[node] }.sorted()
            return (four[1] + four[2]) / 2
        }
    }

    /// What rounding or an unforeseen case left too near is moved apart: no two nodes of a layer overlap.
    private static func separated(_ places: [Double], _ graph: LayeredGraph, gap: Double) -> [Double] {
        var places = places
        for layer in graph.layers {
            for (first, second) in zip(layer, layer.dropFirst()) {
                places[second] = max(places[second], places[first] + distance(first, second, graph, gap: gap) - 1e-9)
            }
        }
        return places
    }
}
