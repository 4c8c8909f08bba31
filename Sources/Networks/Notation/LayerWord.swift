/// The words of the notation that name layers, and what may be added to each.
enum LayerWord: String, CaseIterable {
    case conv = "Conv"
    case depthwise = "Depthwise"
    case batchNorm = "BatchNorm"
    case relu = "ReLU"
    case relu6 = "ReLU6"
    case maxPool = "MaxPool"
    case avgPool = "AvgPool"
    case shuffle = "Shuffle"

    /// Other spellings, read and never printed.
    static let aliases: [(alias: String, word: LayerWord)] = [
        ("BN", .batchNorm), ("AveragePool", .avgPool), ("ChannelShuffle", .shuffle), ("DepthwiseConv", .depthwise),
        ("Convolution", .conv),
    ]

    /// What can follow a layer's name, by how the notation writes it.
    enum Addition: String {
        case stride = "/s"
        case width = "[out]"
        case groups = "in 4 groups"
        case bias = "with bias"
        case padding = "pad 0"
    }

    var additions: [Addition] {
        switch self {
        case .conv: [.stride, .width, .groups, .bias, .padding]
        case .depthwise: [.stride, .width, .bias, .padding]
        case .maxPool, .avgPool: [.stride, .padding]
        case .shuffle: [.groups]
        case .batchNorm, .relu, .relu6: []
        }
    }

    /// Whether the name goes on with the size of a kernel or window: `Conv3x3`.
    var hasSize: Bool {
        switch self {
        case .conv, .depthwise, .maxPool, .avgPool: true
        case .batchNorm, .relu, .relu6, .shuffle: false
        }
    }

    init?(name: String) {
        if let word = LayerWord(rawValue: name) {
            self = word
        } else if let found = Self.aliases.first(where: { $0.alias == name }) {
            self = found.word
        } else {
            return nil
        }
    }

    /// Words no block can be named with, besides the layers. `all` means every block in an experiment file.
    static let otherWords = [
        "input", "shortcut", "in", "out", "s", "x", "units", "unit", "of", "if", "else", "and", "or", "with", "bias",
        "groups", "group", "pad", "per", "stage", "all",
    ]

    static func isReserved(_ name: String) -> Bool {
        if otherWords.contains(name) || LayerWord(name: name) != nil { return true }
        let (layer, size) = parts(of: name)
        return !size.isEmpty && LayerWord(name: layer)?.hasSize == true
    }

    /// `Conv3x3` as its name and its size.
    static func parts(of text: String) -> (name: String, size: String) {
        let start = text.firstIndex { $0.isNumber } ?? text.endIndex
        return (String(text[..<start]), String(text[start...]))
    }

    /// The layer, or `input` or `shortcut`, that a word probably stands for, with the size the word has.
    static func nearest(to text: String) -> String? {
        let (name, size) = parts(of: text)
        let plain = allCases.filter { !$0.hasSize }.map(\.rawValue) + ["input", "shortcut"]
        if let whole = NearestWord.nearest(to: text, in: plain) { return whole }
        let sized = allCases.filter(\.hasSize).map(\.rawValue) + aliases.filter { $0.word.hasSize }.map(\.alias)
        if let found = NearestWord.nearest(to: name, in: sized) {
            let digits = size.split(separator: "x", omittingEmptySubsequences: false)
            let isSize = digits.count == 2 && digits[0] == digits[1] && Int(digits[0]) != nil
            return found + (isSize ? size : "3x3")
        }
        return NearestWord.nearest(to: name, in: plain + aliases.map(\.alias))
    }
}
