import Plot
import Testing

/// Diagrams of every shape: what a reader must never see is looked for in the placement and in the drawing.
@Suite struct DiagramTests {
    /// A small generator of its own: `splitmix64`.
    struct Chance {
        var state: UInt64

        mutating func next(_ count: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return Int((z ^ (z >> 31)) % UInt64(count))
        }
    }

    static func random(seed: UInt64) -> Diagram.Panel {
        var chance = Chance(state: seed)
        let count = 2 + chance.next(24)
        let kinds = Diagram.Kind.allCases
        let boxes = (0..<count).map { index -> Diagram.Box in
            let kind = kinds[chance.next(kinds.count)]
            let lines = kind == .join ? ["+"] : (0...chance.next(3)).map { _ in String(repeating: "m", count: 1 + chance.next(18)) }
            return Diagram.Box(lines, kind: kind)
        }
        var arrows: [Diagram.Arrow] = []
        for target in 1..<count {
            for _ in 0...chance.next(3) {
                let source = chance.next(3) == 0 ? chance.next(target) : max(0, target - 1 - chance.next(3))
                let label = chance.next(5) == 0 ? "\(target)x\(source)" : nil
                if !arrows.contains(where: { $0.from == source && $0.to == target }) {
                    arrows.append(.init(from: source, to: target, label: label))
                }
            }
        }
        return Diagram.Panel(title: "seed \(seed)", boxes: boxes, arrows: arrows)
    }

    static let residual = Diagram.Panel(
        title: "Residual",
        boxes: [
            .init(["Input"], kind: .end), .init(["Conv3x3", "64 to 64"], kind: .convolution),
            .init(["BatchNorm"], kind: .normalization), .init(["Conv3x3", "64 to 64"], kind: .convolution),
            .init(["+"], kind: .join), .init(["ReLU"], kind: .activation), .init(["Output"], kind: .end),
        ],
        arrows: [
            .init(from: 0, to: 1, label: "14x14x64"), .init(from: 1, to: 2), .init(from: 2, to: 3), .init(from: 3, to: 4),
            .init(from: 0, to: 4), .init(from: 4, to: 5), .init(from: 5, to: 6),
        ])

    @Test(arguments: 0..<60, Diagram.Flow.allCases)
    func noArrowCrossesABoxAndNothingOverlaps(seed: Int, flow: Diagram.Flow) throws {
        let panel = Self.random(seed: UInt64(seed))
        let drawing = try Diagram(panels: [panel], flow: flow).layout(measurer: FixedMetricMeasurer())
        try check(panel, flow, "seed \(seed)")
        checkTexts(drawing, "seed \(seed), \(flow)")
    }

    private func check(_ panel: Diagram.Panel, _ flow: Diagram.Flow, _ name: String) throws {
        let place = try Diagram.placement(of: panel, flow: flow, measurer: FixedMetricMeasurer())
        let boxes = place.boxes + place.labels.compactMap(\.self)
        for (index, first) in boxes.enumerated() {
            for second in boxes[(index + 1)...] { #expect(!first.overlaps(second, slack: 0.01), "\(name): \(first) on \(second)") }
        }
        for (arrow, parts) in zip(panel.arrows, place.arrows) {
            #expect(!parts.isEmpty, "\(name): an arrow is not drawn")
            for (from, to) in parts.flatMap({ zip($0, $0.dropFirst()) }) {
                let segment = Rect(
                    x: min(from.x, to.x), y: min(from.y, to.y), width: abs(from.x - to.x), height: abs(from.y - to.y))
                #expect(segment.width < 0.01 || segment.height < 0.01, "\(name): a slanted line")
                for (index, box) in boxes.enumerated() {
                    // Ends may touch: a box is made smaller by a hundredth of a point.
                    let inner = Rect(x: box.x + 0.01, y: box.y + 0.01, width: box.width - 0.02, height: box.height - 0.02)
                    let isInside =
                        segment.x < inner.x + inner.width && segment.x + segment.width > inner.x
                        && segment.y < inner.y + inner.height && segment.y + segment.height > inner.y
                    #expect(!isInside, "\(name): arrow \(arrow.from) to \(arrow.to) crosses box \(index)")
                }
            }
        }
    }

    private func checkTexts(_ drawing: Drawing, _ name: String) {
        let texts = drawing.texts
        let picture = Rect(x: 0, y: 0, width: drawing.width, height: drawing.height)
        for (index, first) in texts.enumerated() {
            for corner in first.corners { #expect(picture.contains(corner, slack: 0.01), "\(name): '\(first.text)' leaves the picture") }
            for second in texts[(index + 1)...] {
                #expect(!PlainGeometry.polygonsOverlap(first.corners, second.corners, slack: 0.02), "\(name): '\(first.text)' on '\(second.text)'")
            }
        }
    }

    @Test func everyArrowBeginsAndEndsAtItsBoxes() throws {
        for seed in 0..<20 {
            let panel = Self.random(seed: UInt64(1000 + seed))
            let place = try Diagram.placement(of: panel, flow: .down, measurer: FixedMetricMeasurer())
            for (arrow, parts) in zip(panel.arrows, place.arrows) {
                let start = try #require(parts.first?.first)
                let end = try #require(parts.last?.last)
                #expect(place.boxes[arrow.from].contains(start, slack: 0.01), "seed \(seed): begins beside its box")
                #expect(place.boxes[arrow.to].contains(end, slack: 0.01), "seed \(seed): ends beside its box")
            }
        }
    }

    @Test(arguments: [2.5, 3.25, 6, 12]) func aWidthIsKept(width: Double) throws {
        let drawing = try Diagram(panels: [Self.residual, Self.residual], width: width).layout(measurer: FixedMetricMeasurer())
        #expect(drawing.width == width * 72)
        checkTexts(drawing, "\(width) in")
    }

    @Test func theSameDiagramGivesTheSameDrawing() throws {
        let diagram = Diagram(panels: [Self.random(seed: 5), Self.residual], title: "Two")
        let first = try diagram.layout(measurer: FixedMetricMeasurer())
        let second = try diagram.layout(measurer: FixedMetricMeasurer())
        #expect(first == second)
    }

    @Test func whatCannotBeDrawnIsSaid() {
        func error(_ diagram: Diagram) -> DiagramError? {
            do throws(DiagramError) {
                _ = try diagram.layout(measurer: FixedMetricMeasurer())
                return nil
            } catch { return error }
        }
        let box = Diagram.Box(["a box with words"], kind: .end)
        #expect(error(Diagram(panels: [])) == .nothingToDraw)
        #expect(error(Diagram(panels: [.init(boxes: [], arrows: [])])) == .nothingToDraw)
        #expect(error(Diagram(panels: [.init(boxes: [box], arrows: [.init(from: 0, to: 1)])])) == .unknownBox(panel: 0, arrow: 0))
        #expect(error(Diagram(panels: [.init(boxes: [box], arrows: [.init(from: 0, to: 0)])])) == .unknownBox(panel: 0, arrow: 0))
        let cycle = Diagram.Panel(boxes: [box, box], arrows: [.init(from: 0, to: 1), .init(from: 1, to: 0)])
        #expect(error(Diagram(panels: [cycle])) == .cycle(panel: 0))
        #expect(error(Diagram(panels: [Self.residual], width: .nan)) != nil)
        guard case .noRoom(1, let needed)? = error(Diagram(panels: [Self.residual, .init(boxes: [.init([String(repeating: "m", count: 90)], kind: .end)], arrows: [])], width: 1))
        else {
            Issue.record("a diagram of 90 letters fits into an inch")
            return
        }
        #expect(needed > 1)
    }
}
