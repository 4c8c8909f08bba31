/// Where everything of one panel stands, in points from its top left corner.
package struct DiagramPlacement: Sendable, Hashable {
    package var width: Double
    package var height: Double
    /// As many as the panel's boxes.
    package var boxes: [Rect]
    /// As many as the panel's arrows: the corners of each line from box to box, in two parts where a label
    /// interrupts it.
    package var arrows: [[[Point]]]
    /// The place of each arrow's label; `nil` where it has none.
    package var labels: [Rect?]
}

/// Lengths of a diagram, in points.
struct DiagramMetrics {
    let text: TextStyle
    let bold: TextStyle
    let heading: TextStyle
    /// Between a box's edge and its text.
    let padding: Double
    /// Between neighbouring boxes of a layer.
    let gap: Double
    /// Between layers joined by straight arrows.
    let layerGap: Double
    /// Between parallel lines.
    let track: Double
    /// Length of an arrow's head.
    let head: Double

    init(theme: Theme, scale: Double) {
        let size = theme.fontSize * scale
        text = TextStyle(family: theme.fontFamily, size: size)
        bold = TextStyle(family: theme.fontFamily, size: size, weight: .bold)
        heading = TextStyle(family: theme.fontFamily, size: size * 1.1, weight: .bold)
        padding = 0.6 * size
        gap = 1.6 * size
        layerGap = 1.7 * size
        track = 0.8 * size
        head = 0.6 * size
    }
}

extension DiagramPlacement {
    /// Lays one panel out in layers (Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system
    /// structures", 1981): a box's layer is the longest way to it; arrows over several layers bend in each, and a
    /// label is a box of its own; orders with few crossings are searched; then boxes get their places across.
    ///
    /// An arrow runs straight through a layer, at a place that no box of the layer has, and to the side only
    /// between layers: so it can cross no box. Time about quadratic in the number of boxes and bends.
    /// - Parameter flow: `right` lays out as `down` does and exchanges the axes.
    init(
        _ panel: Diagram.Panel, number: Int, flow: Diagram.Flow, metrics: DiagramMetrics, measurer: any TextMeasurer
    ) throws(DiagramError) {
        let isDown = flow == .down
        let sizes = panel.boxes.map { box in DiagramPlacement.size(of: box, metrics, measurer) }
        let labelSizes = panel.arrows.map { arrow -> (width: Double, height: Double)? in
            guard let label = arrow.label, !label.isEmpty else { return nil }
            let extent = measurer.extent(of: TextFitting.clean(label), style: metrics.text)
            return isDown
                ? (extent.width, extent.height) : (extent.width + metrics.padding * 0.6, extent.height)
        }
        var graph = try LayeredGraph(
            panel, number: number, sizes: sizes.map { isDown ? $0 : ($0.height, $0.width) },
            labels: labelSizes.map { $0.map { isDown ? $0 : ($0.height, $0.width) } })
        graph.order()
        let across = AcrossPlacement.places(of: graph, gap: metrics.gap)
        let routes = ArrowRouter(graph: graph, across: across, metrics: metrics).route()

        func rect(_ node: Int) -> Rect {
            let size = graph.nodes[node].size
            let (u, v) = (across[node] - size.width / 2, routes.middles[graph.nodes[node].layer] - size.height / 2)
            return isDown
                ? Rect(x: u, y: v, width: size.width, height: size.height)
                : Rect(x: v, y: u, width: size.height, height: size.width)
        }
        func point(_ point: Point) -> Point { isDown ? point : Point(point.y, point.x) }
        boxes = panel.boxes.indices.map(rect)
        labels = graph.labelNodes.map { $0.map(rect) }
        arrows = routes.lines.map { $0.map { $0.map(point) } }
        let corners = (boxes + labels.compactMap(\.self)).flatMap { [Point($0.x, $0.y), Point($0.maxX, $0.maxY)] }
        let around = Rect(around: corners + arrows.joined().joined())
        (width, height) = (around.width, around.height)
        func moved(_ rect: Rect) -> Rect {
            Rect(x: rect.x - around.x, y: rect.y - around.y, width: rect.width, height: rect.height)
        }
        boxes = boxes.map(moved)
        labels = labels.map { $0.map(moved) }
        arrows = arrows.map { $0.map { $0.map { Point($0.x - around.x, $0.y - around.y) } } }
    }

    private static func size(
        of box: Diagram.Box, _ metrics: DiagramMetrics, _ measurer: any TextMeasurer
    ) -> (width: Double, height: Double) {
        let lines = box.lines.enumerated().map { index, line in
            measurer.extent(of: TextFitting.clean(line), style: box.lines.count > 1 && index == 0 ? metrics.bold : metrics.text)
        }
        let width = lines.map(\.width).max() ?? 0
        let height = lines.reduce(0) { $0 + $1.height }
        if box.kind == .join {
            let side = max(width, height) + metrics.padding * 0.5
            return (side, side)
        }
        return (width + 2 * metrics.padding, height + metrics.padding)
    }
}
