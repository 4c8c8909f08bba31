/// Takes the options of one cell, or of one mapping in it, by name and type, and collects every mistake.
///
/// A value that is `$name` is the parameter of that name; `$$name` is the text `$name`. What has been taken is
/// known; what is left at the end was misspelt.
struct OptionReader {
    private(set) var diagnostics: [Diagnostic] = []
    /// What the options belong to: `train`, `front matter`, `optimizer`.
    let owner: String
    /// Of the whole, for options that are missing.
    let location: SourceLocation
    private var entries: [YamlEntry]
    private var known: [String] = []
    private let parameters: [String: String]

    /// - Parameter parameters: by name, as text.
    init(_ entries: [YamlEntry], owner: String, location: SourceLocation, parameters: [String: String]) {
        self.entries = entries
        self.owner = owner
        self.location = location
        self.parameters = parameters
    }

    mutating func report(_ problem: Problem, at place: SourceLocation) {
        diagnostics.append(Diagnostic(problem, at: place))
    }

    /// Takes the mistakes of a reader of something inside.
    mutating func adopt(_ other: [Diagnostic]) { diagnostics += other }

    /// Reports what no call has asked for. To be called last.
    mutating func finish() -> [Diagnostic] {
        for entry in entries {
            let problem = Problem.unknown(.option(of: owner), entry.key.value, among: known)
            diagnostics.append(Diagnostic(problem, at: entry.key.location))
        }
        return diagnostics
    }

    /// Whether the option stands in the file, taken or not.
    func has(_ key: String) -> Bool { entries.contains { $0.key.value == key } }

    // MARK: By type. Each returns `nil` where the option is missing or wrong; wrong ones are reported.

    mutating func node(_ key: String, required: Bool = false) -> YamlNode? {
        known.append(key)
        guard let index = entries.firstIndex(where: { $0.key.value == key }) else {
            if required { report(.missingKey(key, cell: owner), at: location) }
            return nil
        }
        let value = substituted(entries.remove(at: index).value)
        if value.content == .invalid { return nil }
        if value.content == .null, required {
            report(.empty(key: key), at: value.location)
            return nil
        }
        return value.content == .null ? nil : value
    }

    mutating func text(_ key: String, required: Bool = false) -> Located<String>? {
        guard let node = node(key, required: required) else { return nil }
        guard case .scalar(let text, _) = node.content else {
            report(.wrongType(key: key, found: node.found, expected: .text), at: node.location)
            return nil
        }
        return Located(text, at: node.location)
    }

    mutating func flag(_ key: String) -> Bool? {
        guard let node = node(key) else { return nil }
        switch node.content {
        case .scalar("true", isPlain: true): return true
        case .scalar("false", isPlain: true): return false
        default:
            report(.wrongType(key: key, found: node.found, expected: .flag), at: node.location)
            return nil
        }
    }

    mutating func number(_ key: String, in range: NumberRange, required: Bool = false) -> Double? {
        guard let node = node(key, required: required) else { return nil }
        return number(node, key: key, in: range)
    }

    mutating func integer(_ key: String, in range: NumberRange, required: Bool = false) -> Int? {
        guard let node = node(key, required: required) else { return nil }
        return integer(node, key: key, in: range)
    }

    /// A scalar or a list of scalars, at least one, none twice.
    mutating func names(_ key: String, required: Bool = false) -> [Located<String>]? {
        guard let node = node(key, required: required) else { return nil }
        guard let items = items(of: node, key: key) else { return nil }
        var names: [Located<String>] = []
        for item in items {
            guard case .scalar(let name, _) = item.content else {
                if item.content != .invalid {
                    report(.wrongType(key: key, found: item.found, expected: .names), at: item.location)
                }
                continue
            }
            if names.contains(where: { $0.value == name }) {
                report(.repeatedValue(key: key, value: name), at: item.location)
            } else {
                names.append(Located(name, at: item.location))
            }
        }
        return names
    }

    /// A number or a list of numbers.
    mutating func numbers(_ key: String, in range: NumberRange) -> [Double]? {
        guard let node = node(key), let items = items(of: node, key: key) else { return nil }
        let numbers = items.compactMap { number($0, key: key, in: range) }
        return numbers.count == items.count ? numbers : nil
    }

    /// Mappings of a list, or the one that stands alone.
    mutating func mappings(_ key: String) -> [YamlNode] {
        guard let node = node(key) else { return [] }
        switch node.content {
        case .mapping: return [node]
        case .list(let items):
            if items.isEmpty { report(.empty(key: key), at: node.location) }
            return items.filter { $0.content != .invalid }
        default:
            report(.wrongType(key: key, found: node.found, expected: .list), at: node.location)
            return []
        }
    }

    /// Where an option that is not yet taken stands; where it would belong, if there is none.
    func location(of key: String) -> SourceLocation {
        entries.first { $0.key.value == key }?.value.location ?? location
    }

    /// Whole numbers, none twice; 64 bits each.
    mutating func seeds(_ key: String) -> [UInt64]? {
        guard let names = names(key) else { return nil }
        var seeds: [UInt64] = []
        for name in names {
            guard let seed = UInt64(name.value) else {
                report(.wrongType(key: key, found: .scalar(name.value), expected: .integer), at: name.location)
                continue
            }
            seeds.append(seed)
        }
        return seeds.count == names.count ? seeds : nil
    }

    /// One whole number of 64 bits.
    mutating func seed(_ key: String) -> Located<UInt64>? {
        guard let text = text(key) else { return nil }
        guard let seed = UInt64(text.value) else {
            report(.wrongType(key: key, found: .scalar(text.value), expected: .integer), at: text.location)
            return nil
        }
        return Located(seed, at: text.location)
    }

    /// One of the known words.
    mutating func word(_ key: String, among words: [String], kind: NameKind? = nil) -> String? {
        guard let text = text(key) else { return nil }
        guard words.contains(text.value) else {
            report(.unknown(kind ?? .value(of: key), text.value, among: words), at: text.location)
            return nil
        }
        return text.value
    }

    /// `90s`, `10m`, `2h`, or seconds, as seconds.
    mutating func duration(_ key: String) -> Double? {
        let units = ["s": 1.0, "m": 60, "min": 60, "h": 3600]
        return quantity(key, units: units, plain: 1, expected: .duration)
    }

    /// `512MiB`, `2GB`, or bytes, as bytes.
    mutating func memory(_ key: String) -> Int? {
        let units = [
            "B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824,
        ]
        let bytes = quantity(key, units: units, plain: 1, expected: .memory)
        return bytes.map { Int(min($0, 1e15)) }
    }

    /// `4in`, `10cm`, `80mm`, `234pt`, or inches, as inches from 1 to 20.
    mutating func length(_ key: String) -> Double? {
        let place = location(of: key)
        guard let inches = quantity(key, units: Length.units, plain: 1, expected: .length) else { return nil }
        let allowed = NumberRange.between(1, 20)
        guard allowed.contains(inches) else {
            report(.outOfRange(key: key, found: "\(inches)in", allowed: allowed), at: place)
            return nil
        }
        return inches
    }

    /// The option by `read`, `nil` where it is the word `none`, `otherwise` where it is not there or wrong.
    mutating func unlessNone<Value>(
        _ key: String, otherwise: Value? = nil, _ read: (inout OptionReader) -> Value?
    ) -> Value? {
        guard let entry = entries.first(where: { $0.key.value == key }) else {
            known.append(key)
            return otherwise
        }
        if case .scalar("none", _) = substituted(entry.value).content {
            _ = node(key)
            return nil
        }
        return read(&self) ?? otherwise
    }

    // MARK: Helpers

    private mutating func number(_ node: YamlNode, key: String, in range: NumberRange) -> Double? {
        guard case .scalar(let text, isPlain: true) = node.content, let value = Double(text), value.isFinite else {
            report(.wrongType(key: key, found: node.found, expected: .number), at: node.location)
            return nil
        }
        guard range.contains(value) else {
            report(.outOfRange(key: key, found: text, allowed: range), at: node.location)
            return nil
        }
        return value
    }

    private mutating func integer(_ node: YamlNode, key: String, in range: NumberRange) -> Int? {
        guard case .scalar(let text, isPlain: true) = node.content, let value = Int(text) else {
            report(.wrongType(key: key, found: node.found, expected: .integer), at: node.location)
            return nil
        }
        guard range.contains(Double(value)) else {
            report(.outOfRange(key: key, found: text, allowed: range), at: node.location)
            return nil
        }
        return value
    }

    private mutating func quantity(
        _ key: String, units: [String: Double], plain: Double, expected: ExpectedValue
    ) -> Double? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let text, _) = node.content else {
            report(.wrongType(key: key, found: node.found, expected: expected), at: node.location)
            return nil
        }
        let split = text.lastIndex { $0.isNumber || $0 == "." }.map { text.index(after: $0) } ?? text.startIndex
        let unit = text[split...].filter { $0 != " " }
        guard let value = Double(text[..<split]), value.isFinite, let factor = unit.isEmpty ? plain : units[unit] else {
            report(.wrongType(key: key, found: node.found, expected: expected), at: node.location)
            return nil
        }
        guard value > 0 else {
            report(.outOfRange(key: key, found: text, allowed: .positive), at: node.location)
            return nil
        }
        return value * factor
    }

    private mutating func items(of node: YamlNode, key: String) -> [YamlNode]? {
        switch node.content {
        case .list(let items):
            if items.isEmpty { report(.empty(key: key), at: node.location) }
            return items.isEmpty ? nil : items
        case .scalar: return [node]
        default:
            report(.wrongType(key: key, found: node.found, expected: .names), at: node.location)
            return nil
        }
    }

    private mutating func substituted(_ node: YamlNode) -> YamlNode {
        switch node.content {
        case .scalar(let text, _) where text.hasPrefix("$$"):
            return YamlNode(content: .scalar(String(text.dropFirst()), isPlain: false), location: node.location)
        case .scalar(let text, _) where text.hasPrefix("$"):
            let name = String(text.dropFirst())
            guard let value = parameters[name] else {
                report(.unknown(.parameter, name, among: parameters.keys.sorted()), at: node.location)
                return YamlNode(content: .invalid, location: node.location)
            }
            return YamlNode(content: .scalar(value, isPlain: true), location: node.location)
        case .list(let items):
            return YamlNode(content: .list(items.map { substituted($0) }), location: node.location)
        default: return node
        }
    }
}
