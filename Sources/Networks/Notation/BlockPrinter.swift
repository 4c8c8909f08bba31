extension BlockDefinition: CustomStringConvertible {
    /// The canonical text, on one line; `BlockNotation.parse` reads it back as an equal definition.
    public var description: String {
        let count = perStage == Self.usualPerStage ? "" : " (\(perStage) per stage)"
        return "\(name)\(count): \(expression)"
    }
}

extension BlockExpression: CustomStringConvertible {
    public var description: String { text(inside: .choice) }

    /// From the loosest to the tightest.
    private enum Binding: Int {
        case choice, join, chain, link
    }

    private var binding: Binding {
        switch self {
        case .choice: .choice
        case .sum, .concatenation: .join
        case .chain: .chain
        case .input, .shortcut, .layer, .wrapped, .repeated, .units: .link
        }
    }

    /// In parentheses where it binds looser than its place asks for.
    private func text(inside place: Binding) -> String {
        binding.rawValue < place.rawValue ? "(\(text))" : text
    }

    private var text: String {
        switch self {
        case .input: "input"
        case .shortcut: "shortcut"
        case .layer(let layer): layer.description
        case .chain(let links): links.map { $0.text(inside: .link) }.joined(separator: " - ")
        case .sum(let terms): terms.map { $0.text(inside: .chain) }.joined(separator: " + ")
        case .concatenation(let terms): terms.map { $0.text(inside: .chain) }.joined(separator: " ++ ")
        case .wrapped(let layer, let inner): "\(layer)(\(inner))"
        case .repeated(let count, let body): "\(count) x \(body.inParentheses)"
        case .units(let count, let body): "\(count) units of \(body.inParentheses)"
        case .choice(let condition, let first, nil): "\(first.text(inside: .join)) if \(condition)"
        case .choice(let condition, let first, let otherwise?):
            "\(first.text(inside: .join)) if \(condition) else \(otherwise)"
        }
    }

    /// A single layer in parentheses reads better after a count: `8 x (Conv3x3)`.
    private var inParentheses: String {
        if case .wrapped = self { return text }
        return "(\(text))"
    }
}

extension LayerTemplate: CustomStringConvertible {
    public var description: String {
        switch self {
        case .convolution(let layer): layer.description
        case .batchNorm: LayerWord.batchNorm.rawValue
        case .relu(nil): LayerWord.relu.rawValue
        case .relu(let maximum?): "\(LayerWord.relu.rawValue)\(maximum)"
        case .maxPool(let pool): LayerWord.maxPool.rawValue + pool.description
        case .averagePool(let pool): LayerWord.avgPool.rawValue + pool.description
        case .channelShuffle(let groups): "\(LayerWord.shuffle.rawValue) in \(groups) groups"
        }
    }
}

extension ConvolutionTemplate: CustomStringConvertible {
    public var description: String {
        var text = grouping == .depthwise ? LayerWord.depthwise.rawValue : LayerWord.conv.rawValue
        text += "\(kernel)x\(kernel)"
        if stride != .fixed(1) { text += stride.description }
        if let width { text += "[\(width)]" }
        if case .groups(let groups) = grouping, groups != 1 { text += " in \(groups) groups" }
        if bias { text += " with bias" }
        if let padding { text += " pad \(padding)" }
        return text
    }
}

extension PoolTemplate: CustomStringConvertible {
    /// Without the layer's name: `2x2/s`.
    public var description: String {
        var text = "\(window)x\(window)"
        if stride != .fixed(window) { text += stride.description }
        if let padding { text += " pad \(padding)" }
        return text
    }
}

extension StrideTemplate: CustomStringConvertible {
    /// `/s` or `/2`
    public var description: String {
        switch self {
        case .block: "/s"
        case .fixed(let stride): "/\(stride)"
        }
    }
}

extension BlockCondition: CustomStringConvertible {
    public var description: String {
        alternatives.map { $0.map { "\($0.left) \($0.relation.rawValue) \($0.right)" }.joined(separator: " and ") }
            .joined(separator: " or ")
    }
}

extension ChannelExpression: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .input: "in"
        case .output: "out"
        case .stride: "s"
        case .sum(let left, let right): "\(left) + \(right.asFactor(unless: right.isProduct))"
        case .difference(let left, let right): "\(left) - \(right.asFactor(unless: right.isProduct))"
        case .product(.number(let number), let right) where !right.isNumber:
            "\(number) \(right.asFactor(unless: false))"
        case .product(let left, let right):
            "\(left.asFactor(unless: left.isProduct)) * \(right.asFactor(unless: false))"
        case .quotient(let left, let right):
            "\(left.asFactor(unless: left.isProduct))/\(right.asFactor(unless: false))"
        }
    }

    private func asFactor(unless isTight: Bool) -> String { isTight || isLeaf ? description : "(\(description))" }

    private var isLeaf: Bool {
        switch self {
        case .number, .input, .output, .stride: true
        default: false
        }
    }
    private var isNumber: Bool { if case .number = self { true } else { false } }
    private var isProduct: Bool {
        switch self {
        case .product, .quotient: true
        default: false
        }
    }
}
