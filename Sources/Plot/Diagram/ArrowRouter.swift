/// Bends arrows around boxes: straight through layers, to the side only between them.
///
/// Coordinates are across (`x`) and along (`y`) the flow. Parallel lines between two layers run on tracks of their
/// own; lines from one box, or to one place, may share theirs.
struct ArrowRouter {
    struct Routes {
        /// The middle of each layer, along.
        var middles: [Double]
        /// Of each arrow, in two parts where a label interrupts it.
        var lines: [[[Point]]]
    }

    let graph: LayeredGraph
    let across: [Double]
    let metrics: DiagramMetrics

    init(graph: LayeredGraph, across: [Double], metrics: DiagramMetrics) {
        self.graph = graph
        self.across = across
        self.metrics = metrics
    }

    /// A link's way between two layers.
    private struct Step {
        var link: Int
        var start: Double
        var end: Double
        /// Leads into a circle from the side, in the middle of its layer.
        var isSideways = false
        var track = 0

        var isStraight: Bool { (start - end).magnitude < 0.01 }
        var low: Double { min(start, end) }
        var high: Double { max(start, end) }
    }

    func route() -> Routes {
        let ends = self.ends()
        var steps = graph.links.indices.map { index in
            Step(link: index, start: across[graph.links[index].from], end: ends[index] ?? across[graph.links[index].to],
                isSideways: ends[index] == nil)
        }
        var trackCounts = Array(repeating: 0, count: graph.layers.count)
        for layer in graph.layers.indices {
            let own = graph.layers[layer].flatMap { graph.outgoing[$0] }
                .filter { !steps[$0].isStraight && !steps[$0].isSideways }
            trackCounts[layer] = assignTracks(own, &steps)
        }
        let (middles, bottoms) = self.layers(trackCounts)
        var lines: [[[Point]]] = Array(repeating: [], count: graph.labelNodes.count)
        for step in steps {
            let link = graph.links[step.link]
            let (from, to) = (graph.nodes[link.from], graph.nodes[link.to])
            let start = Point(step.start, middles[from.layer] + from.size.height / 2)
            var points = [start]
            if step.isSideways {
                let side = step.start < step.end ? -to.size.width / 2 : to.size.width / 2
                points += [Point(step.start, middles[to.layer]), Point(step.end + side, middles[to.layer])]
            } else {
                let y = bottoms[from.layer] + metrics.layerGap * 0.4 + Double(step.track) * metrics.track
                if !step.isStraight { points += [Point(step.start, y), Point(step.end, y)] }
                points.append(Point(step.end, middles[to.layer] - to.size.height / 2))
            }
            // The links of an arrow follow each other; after a label a new part begins.
            if from.isBend, var last = lines[link.arrow].popLast() {
                last += points
                lines[link.arrow].append(last)
            } else {
                lines[link.arrow].append(points)
            }
        }
        return Routes(middles: middles, lines: lines.map { $0.map(Self.simplified) })
    }

    // MARK: Where arrows end

    /// Where each link meets the node it leads to; `nil` where it comes from the side.
    private func ends() -> [Double?] {
        var ends: [Double?] = graph.links.map { across[$0.to] }
        for node in graph.nodes.indices where !graph.incoming[node].isEmpty && !graph.nodes[node].isBend {
            let links = graph.incoming[node].sorted { across[graph.links[$0].from] < across[graph.links[$1].from] }
            if graph.nodes[node].isJoin {
                if links.count > 1 { for link in sideways(links, into: node) { ends[link] = nil } }
                continue
            }
            let half = graph.nodes[node].size.width / 2 - metrics.padding
            guard half > 0 else { continue }
            let spacing = min(metrics.track, 2 * half / Double(max(1, links.count - 1)))
            var wanted = links.map { link in
                let offset = across[graph.links[link].from] - across[node]
                // A single arrow is straightened where little is lacking, else it leads to the middle.
                if links.count == 1 { return offset.magnitude < min(half, metrics.gap / 3) ? offset : 0 }
                return min(max(offset, -half), half)
            }
            for index in wanted.indices.dropFirst() { wanted[index] = max(wanted[index], wanted[index - 1] + spacing) }
            if let last = wanted.last, last > half {
                wanted[wanted.count - 1] = half
                for index in wanted.indices.dropLast().reversed() { wanted[index] = min(wanted[index], wanted[index + 1] - spacing) }
            }
            for (link, offset) in zip(links, wanted) { ends[link] = across[node] + offset }
        }
        return ends
    }

    /// Those of a circle's links that can lead into its sides: the outermost ones, where nothing of the layer lies
    /// between. One on each side.
    private func sideways(_ links: [Int], into node: Int) -> [Int] {
        var result: [Int] = []
        for (link, isLeft) in [(links.first, true), (links.last, false)] {
            guard let link else { continue }
            let (start, end) = (across[graph.links[link].from], across[node])
            let reach = graph.nodes[node].size.width / 2 + metrics.head * 1.5
            guard isLeft ? start < end - reach : start > end + reach else { continue }
            let isFree = graph.layers[graph.nodes[node].layer].allSatisfy { other in
                let half = graph.nodes[other].size.width / 2 + 2
                return other == node || across[other] + half < min(start, end) || across[other] - half > max(start, end)
            }
            if isFree { result.append(link) }
        }
        return result
    }

    // MARK: Between layers

    /// Gives each of these links of one gap a track.
    ///
    /// A line that comes down where another one goes on down must turn off above it; beyond that, the order is
    /// the one in which lines to the same side do not cross.
    /// - Returns: how many tracks there are.
    private func assignTracks(_ links: [Int], _ steps: inout [Step]) -> Int {
        func mustPrecede(_ first: Step, _ second: Step) -> Bool {
            (first.start - second.end).magnitude < 1 && graph.links[first.link].to != graph.links[second.link].to
        }
        func key(_ step: Step) -> Double { step.end > step.start ? -step.start : step.start }
        var waiting = links.sorted { (key(steps[$0]), $0) < (key(steps[$1]), $1) }
        var placed: [Step] = []
        while !waiting.isEmpty {
            let ready = waiting.firstIndex { link in
                !waiting.contains { $0 != link && mustPrecede(steps[$0], steps[link]) }
            }
            let link = waiting.remove(at: ready ?? 0)
            var step = steps[link]
            step.track = placed.filter { mustPrecede($0, step) }.map { $0.track + 1 }.max() ?? 0
            while placed.contains(where: { $0.track == step.track && collide($0, step) }) { step.track += 1 }
            steps[link] = step
            placed.append(step)
        }
        return placed.map { $0.track + 1 }.max() ?? 0
    }

    private func collide(_ first: Step, _ second: Step) -> Bool {
        let (a, b) = (graph.links[first.link], graph.links[second.link])
        if a.from == b.from { return false }
        if a.to == b.to, (first.end - second.end).magnitude < 0.01 { return false }
        return first.low < second.high + 2 && second.low < first.high + 2
    }

    /// The middle and the far edge of each layer.
    private func layers(_ trackCounts: [Int]) -> (middles: [Double], bottoms: [Double]) {
        var middles: [Double] = []
        var bottoms: [Double] = []
        var top = 0.0
        for (layer, nodes) in graph.layers.enumerated() {
            let height = nodes.map { graph.nodes[$0].size.height }.max() ?? 0
            middles.append(top + height / 2)
            bottoms.append(top + height)
            // The line on both sides of a label can be short.
            let isBeforeLabel = layer + 1 < graph.layers.count && trackCounts[layer] == 0
                && (isOnlyLabels(layer) || isOnlyLabels(layer + 1))
            let gap = isBeforeLabel ? metrics.layerGap * (isOnlyLabels(layer) ? 0.75 : 0.45) : metrics.layerGap
            top += height + gap + Double(max(0, trackCounts[layer] - 1)) * metrics.track
        }
        return (middles, bottoms)
    }

    private func isOnlyLabels(_ layer: Int) -> Bool {
        let labels = Set(graph.labelNodes.compactMap(\.self))
        return graph.layers[layer].allSatisfy { graph.nodes[$0].isBend || labels.contains($0) }
    }

    /// Without points that repeat the one before or lie on the line between their neighbours.
    private static func simplified(_ points: [Point]) -> [Point] {
        var result: [Point] = []
        for point in points {
            if let last = result.last, (last.x - point.x).magnitude < 1e-6, (last.y - point.y).magnitude < 1e-6 { continue }
            if result.count > 1 {
                let (a, b) = (result[result.count - 2], result[result.count - 1])
                let turn = (b.x - a.x) * (point.y - b.y) - (b.y - a.y) * (point.x - b.x)
                if turn.magnitude < 1e-6 { result.removeLast() }
            }
            result.append(point)
        }
        return result
    }
}
