/// Why a block cannot become nodes for the widths and shapes it was given.
public struct BlockError: Error, Hashable, Sendable {
    /// The name of the block.
    public let block: String
    /// The full name of the node that could not be made: `stage1.block2.convolution1`.
    public let node: String
    public let problem: Problem

    public enum Problem: Hashable, Sendable {
        /// Shapes or numbers that do not fit the layer.
        case layer(GraphError)
        /// A width or a condition without a value.
        case arithmetic(ArithmeticError, BlockNumbers)
        /// A width, in its notation, that comes out as less than 1.
        case widthNotPositive(String, found: Int, BlockNumbers)
        /// Repetitions inside repetitions that go beyond what a network may have.
        case tooManyNodes(limit: Int)
    }

    public init(block: String, node: String, problem: Problem) {
        self.block = block
        self.node = node
        self.problem = problem
    }
}

extension BlockDefinition {
    /// Adds the nodes of one block behind `node`.
    ///
    /// Nodes are named by kind and number in their place: `convolution1`, `depthwise1`, `batchNorm2`, `relu1`,
    /// `maxPool1`, `averagePool1`, `channelShuffle1`, `add1`, `concatenate1`; a projection is
    /// `shortcut1.convolution1`, what is repeated stands under `repeat3.` or `unit2.`.
    /// - Parameters:
    ///   - node: an index of `graph`; its channels are `in`.
    ///   - name: put before every node's name, with a dot.
    ///   - width: `out`.
    ///   - stride: `s`.
    /// - Returns: the index of the last node, which is `node` itself where the block comes out empty.
    /// - Throws: `BlockError` with the block's and the node's name; the graph is unchanged then.
    public func expand(
        into graph: inout Graph, after node: Int, name: String, width: Int, stride: Int
    ) throws(BlockError) -> Int {
        precondition(graph.nodes.indices.contains(node), "no node \(node) in a graph of \(graph.nodes.count)")
        let numbers = BlockNumbers(
            input: graph.nodes[node].outputShape.channels, output: width, stride: stride)
        var expansion = BlockExpansion(block: self.name, graph: graph)
        var place = BlockPlace(prefix: name + ".", numbers: numbers)
        let last = try expansion.expand(expression, after: node, in: &place) ?? node
        graph = expansion.graph
        return last
    }
}

/// Nodes of one graph: more than any published network has, and few enough to name and draw.
let largestNodeCount = 20_000

/// Where nodes are being made: how they are called, and what `in`, `out` and `s` are there.
private struct BlockPlace {
    let prefix: String
    var numbers: BlockNumbers
    /// How many nodes or places of each kind have been made.
    private var counts: [String: Int] = [:]

    init(prefix: String, numbers: BlockNumbers) {
        self.prefix = prefix
        self.numbers = numbers
    }

    /// `stage1.block2.convolution1`, then `…convolution2`.
    mutating func name(_ kind: String) -> String {
        let number = counts[kind, default: 0] + 1
        counts[kind] = number
        return "\(prefix)\(kind)\(number)"
    }
}

/// Walks an expression and adds nodes. Its methods return `nil` where nothing is made of an expression because
/// its condition does not hold.
private struct BlockExpansion {
    let block: String
    var graph: Graph
    /// Expressions visited: repetitions of nothing make no nodes and still take time.
    private var steps = 0

    init(block: String, graph: Graph) {
        self.block = block
        self.graph = graph
    }

    mutating func expand(
        _ expression: BlockExpression, after node: Int, in place: inout BlockPlace
    ) throws(BlockError) -> Int? {
        steps += 1
        guard steps <= 4 * largestNodeCount, graph.nodes.count <= largestNodeCount else {
            throw error(String(place.prefix.dropLast()), .tooManyNodes(limit: largestNodeCount))
        }
        switch expression {
        case .input:
            return node
        case .shortcut:
            return try project(node, to: nil, in: &place)
        case .layer(let layer):
            return try add(layer, after: node, in: &place)
        case .chain(let links):
            var last = node
            for link in links {
                last = try expand(link, after: last, in: &place) ?? last
            }
            return last
        case .sum(let terms):
            return try sum(terms, of: node, in: &place)
        case .concatenation(let terms):
            var parts: [Int] = []
            for term in terms {
                if let part = try expand(term, after: node, in: &place) { parts.append(part) }
            }
            return try join(parts, kind: "concatenate", .concatenate(Concatenate()), in: &place)
        case .wrapped(let layer, let inner):
            let last = try expand(inner, after: node, in: &place) ?? node
            return try add(layer, after: last, in: &place)
        case .repeated(let count, let body):
            var last = node
            for _ in 0..<count {
                var inside = BlockPlace(prefix: place.name("repeat") + ".", numbers: place.numbers)
                last = try expand(body, after: last, in: &inside) ?? last
            }
            return last
        case .units(let count, let body):
            var last = node
            for index in 0..<count {
                var numbers = place.numbers
                if index > 0 {
                    numbers.input = numbers.output
                    numbers.stride = 1
                }
                var inside = BlockPlace(prefix: place.name("unit") + ".", numbers: numbers)
                last = try expand(body, after: last, in: &inside) ?? last
            }
            return last
        case .choice(let condition, let first, let otherwise):
            if try holds(condition, in: place) { return try expand(first, after: node, in: &place) }
            guard let otherwise else { return nil }
            return try expand(otherwise, after: node, in: &place)
        }
    }

    // MARK: Sums

    /// Shortcuts come last, when the shape of the other terms is known; the sum keeps the order of the text.
    private mutating func sum(
        _ terms: [BlockExpression], of node: Int, in place: inout BlockPlace
    ) throws(BlockError) -> Int? {
        var ends: [Int?] = []
        var shortcuts: [Int] = []
        for term in terms {
            if try isShortcut(term, in: place) {
                shortcuts.append(ends.count)
                ends.append(nil)
            } else {
                ends.append(try expand(term, after: node, in: &place))
            }
        }
        let shape = ends.compactMap(\.self).first.map { graph.nodes[$0].outputShape }
        for index in shortcuts {
            ends[index] = try project(node, to: shape, in: &place)
        }
        return try join(ends.compactMap(\.self), kind: "add", .add(Add()), in: &place)
    }

    private func isShortcut(_ term: BlockExpression, in place: BlockPlace) throws(BlockError) -> Bool {
        switch term {
        case .shortcut: return true
        case .choice(let condition, let first, let otherwise):
            if try holds(condition, in: place) { return try isShortcut(first, in: place) }
            guard let otherwise else { return false }
            return try isShortcut(otherwise, in: place)
        default: return false
        }
    }

    /// The node itself where it has the shape already, else `Conv1x1/s - BatchNorm` of it (He et al. 2015, option B).
    private mutating func project(
        _ node: Int, to shape: FeatureShape?, in place: inout BlockPlace
    ) throws(BlockError) -> Int {
        let numbers = place.numbers
        let input = graph.nodes[node].outputShape
        let isKept = shape.map { $0 == input } ?? (numbers.stride == 1 && numbers.output == input.channels)
        guard !isKept else { return node }
        var inside = BlockPlace(prefix: place.name("shortcut") + ".", numbers: numbers)
        inside.numbers.output = shape?.channels ?? numbers.output
        let projection = LayerTemplate.convolution(
            ConvolutionTemplate(kernel: 1, stride: .block, grouping: .groups(1)))
        let convolution = try add(projection, after: node, in: &inside)
        return try add(.batchNorm, after: convolution, in: &inside)
    }

    private mutating func join(
        _ parts: [Int], kind: String, _ layer: Layer, in place: inout BlockPlace
    ) throws(BlockError) -> Int? {
        guard parts.count > 1 else { return parts.first }
        return try add(layer, name: place.name(kind), after: parts)
    }

    // MARK: Layers

    private mutating func add(
        _ template: LayerTemplate, after node: Int, in place: inout BlockPlace
    ) throws(BlockError) -> Int {
        switch template {
        case .convolution(let template):
            let isDepthwise = template.grouping == .depthwise
            let name = place.name(isDepthwise ? "depthwise" : "convolution")
            let channels = graph.nodes[node].outputShape.channels
            let width = try width(template.width, usual: isDepthwise ? channels : nil, node: name, in: place)
            let groups: Int
            switch template.grouping {
            case .groups(let count): groups = count
            case .depthwise: groups = channels
            }
            let layer = Convolution(
                outputChannels: width, kernel: template.kernel, stride: template.stride.value(place.numbers),
                padding: template.padding ?? (template.kernel - 1) / 2, groups: groups, bias: template.bias)
            return try add(.convolution(layer), name: name, after: [node])
        case .batchNorm:
            return try add(.batchNorm(BatchNorm()), name: place.name("batchNorm"), after: [node])
        case .relu(let maximum):
            return try add(.relu(ReLU(maximum: maximum.map(Float.init))), name: place.name("relu"), after: [node])
        case .maxPool(let pool):
            let layer = MaxPool(
                window: pool.window, stride: pool.stride.value(place.numbers),
                padding: pool.padding ?? (pool.window - 1) / 2)
            return try add(.maxPool(layer), name: place.name("maxPool"), after: [node])
        case .averagePool(let pool):
            let layer = AveragePool(
                window: pool.window, stride: pool.stride.value(place.numbers),
                padding: pool.padding ?? (pool.window - 1) / 2)
            return try add(.averagePool(layer), name: place.name("averagePool"), after: [node])
        case .channelShuffle(let groups):
            let name = place.name("channelShuffle")
            return try add(.channelShuffle(ChannelShuffle(groups: groups)), name: name, after: [node])
        }
    }

    private mutating func add(_ layer: Layer, name: String, after nodes: [Int]) throws(BlockError) -> Int {
        do throws(GraphError) {
            return try graph.add(name: name, layer, inputs: nodes)
        } catch {
            throw self.error(name, .layer(error))
        }
    }

    /// - Parameter usual: the width where none is written; `nil` for `out`.
    private func width(
        _ expression: ChannelExpression?, usual: Int?, node: String, in place: BlockPlace
    ) throws(BlockError) -> Int {
        if expression == nil, let usual { return usual }
        let expression = expression ?? .output
        let width: Int
        do throws(ArithmeticError) {
            width = try expression.value(place.numbers)
        } catch {
            throw self.error(node, .arithmetic(error, place.numbers))
        }
        guard width >= 1 else {
            throw error(node, .widthNotPositive(expression.description, found: width, place.numbers))
        }
        return width
    }

    private func holds(_ condition: BlockCondition, in place: BlockPlace) throws(BlockError) -> Bool {
        do throws(ArithmeticError) {
            return try condition.holds(place.numbers)
        } catch {
            throw self.error(String(place.prefix.dropLast()), .arithmetic(error, place.numbers))
        }
    }

    private func error(_ node: String, _ problem: BlockError.Problem) -> BlockError {
        BlockError(block: block, node: node, problem: problem)
    }
}

extension StrideTemplate {
    fileprivate func value(_ numbers: BlockNumbers) -> Int {
        switch self {
        case .block: numbers.stride
        case .fixed(let stride): stride
        }
    }
}
