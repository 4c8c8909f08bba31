internal import Yams

/// A YAML value with the place of everything in the experiment file.
struct YamlNode: Sendable, Hashable {
    indirect enum Content: Sendable, Hashable {
        /// `~`, `null`, or nothing after the colon.
        case null
        /// `isPlain` is false where it stands in quotes or is a block text, and so can only be text.
        case scalar(String, isPlain: Bool)
        case list([YamlNode])
        case mapping([YamlEntry])
        /// Already reported: whoever reads it keeps quiet.
        case invalid
    }

    var content: Content
    var location: SourceLocation

    /// For "found …".
    var found: FoundValue {
        switch content {
        case .null, .invalid: .nothing
        case .scalar(let text, _): .scalar(text)
        case .list: .list
        case .mapping: .mapping
        }
    }
}

/// A key with its value.
struct YamlEntry: Sendable, Hashable {
    var key: Located<String>
    var value: YamlNode
}

/// Reads one YAML text: never traps, and bounded in time and memory whatever the text.
///
/// Yams refuses a mapping with a key twice and says where the first stands. So that everything else in the cell is
/// still checked, that key gets a private-use character in place of its first (no column moves), and the
/// text is read again.
struct YamlReader {
    static let mostBytes = 1 << 18
    /// Values once aliases are written out.
    static let mostValues = 10_000
    static let mostLevels = 32
    private static let mostRepairs = 64

    private(set) var diagnostics: [Diagnostic] = []
    private let place: (_ line: Int, _ column: Int) -> SourceLocation
    /// First characters of keys by the private-use character put in their place.
    private var replaced: [Unicode.Scalar: Unicode.Scalar] = [:]
    private var values = 0

    /// `place` turns a line and column of the text, from 1, into a place of the file.
    init(place: @escaping (_ line: Int, _ column: Int) -> SourceLocation) { self.place = place }

    /// The entries of the text's mapping; none for an empty text. `nil` where the text cannot be read at all or is
    /// no mapping; `key` is what to call it then.
    mutating func mapping(_ text: String, key: String) -> [YamlEntry]? {
        guard let node = node(text) else { return nil }
        switch node.content {
        case .mapping(let entries): return entries
        case .null: return []
        default:
            if node.content != .invalid {
                let problem = Problem.wrongType(key: key, found: node.found, expected: .mapping)
                diagnostics.append(Diagnostic(problem, at: node.location))
            }
            return nil
        }
    }

    private mutating func node(_ text: String) -> YamlNode? {
        let start = place(1, 1)
        guard text.utf8.count <= YamlReader.mostBytes else {
            diagnostics.append(Diagnostic(.tooMuchYAML(.bytes, limit: YamlReader.mostBytes), at: start))
            return nil
        }
        guard YamlShape.aliasFactor(of: text) <= Double(YamlReader.mostValues) else {
            diagnostics.append(Diagnostic(.tooMuchYAML(.values, limit: YamlReader.mostValues), at: start))
            return nil
        }
        guard let root = compose(text) else { return nil }
        guard let root = root.node else { return YamlNode(content: .null, location: start) }
        return convert(root, level: 1)
    }

    /// `nil` where the text is broken. A text without any value is a success without a node.
    private mutating func compose(_ text: String) -> (node: Yams.Node?, Void)? {
        var scalars = Array(text.unicodeScalars)
        for repair in 0...YamlReader.mostRepairs {
            var current = String.UnicodeScalarView()
            current.append(contentsOf: scalars)
            do {
                return (try Yams.compose(yaml: String(current), .default, .default, .utf8), ())
            } catch let error as YamlError {
                if case .duplicatedKeysInMapping(let keys, let context) = error {
                    if repair < YamlReader.mostRepairs, replaceKey(at: context.mark, in: &scalars, repair) { continue }
                    let location = place(context.mark.line, context.mark.column)
                    diagnostics.append(Diagnostic(.duplicateKey(keys.first ?? "", first: location), at: location))
                } else {
                    report(error, text: text)
                }
                return nil
            } catch {
                diagnostics.append(Diagnostic(.brokenYAML("\(error)"), at: place(1, 1)))
                return nil
            }
        }
        return nil
    }

    private mutating func replaceKey(at mark: Mark, in scalars: inout [Unicode.Scalar], _ repair: Int) -> Bool {
        guard var index = YamlShape.offset(line: mark.line, column: mark.column, in: scalars),
            let stand = Unicode.Scalar(0xE000 + UInt32(repair)), !scalars.contains(stand)
        else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, !YamlShape.indicators.contains(scalars[index]) else { return false }
        replaced[stand] = scalars[index]
        scalars[index] = stand
        return true
    }

    private mutating func report(_ error: YamlError, text: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            diagnostics.append(Diagnostic(.brokenYAML(problem), at: place(mark.line, mark.column)))
        case .reader(let problem, let offset, _, _):
            let location = SourceText(Array(text.utf8)).location(at: offset ?? 0)
            diagnostics.append(Diagnostic(.brokenYAML(problem), at: place(location.line, location.column)))
        default:
            diagnostics.append(Diagnostic(.brokenYAML("\(error)"), at: place(1, 1)))
        }
    }

    // MARK: From Yams' nodes to ours

    private mutating func convert(_ node: Yams.Node, level: Int) -> YamlNode {
        let location = node.mark.map { place($0.line, $0.column) } ?? place(1, 1)
        values += 1
        guard values <= YamlReader.mostValues, level <= YamlReader.mostLevels else {
            // Reported once; past the limit nothing is looked at any more.
            let limit: (YamlLimit, Int) =
                level > YamlReader.mostLevels ? (.levels, YamlReader.mostLevels) : (.values, YamlReader.mostValues)
            if values <= YamlReader.mostValues + 1 {
                diagnostics.append(Diagnostic(.tooMuchYAML(limit.0, limit: limit.1), at: location))
                values = YamlReader.mostValues + 1
            }
            return YamlNode(content: .invalid, location: location)
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return YamlNode(
                content: isNull ? .null : .scalar(scalar.string, isPlain: isPlain), location: location)
        case .sequence(let sequence):
            var list: [YamlNode] = []
            for element in sequence where values <= YamlReader.mostValues {
                list.append(convert(element, level: level + 1))
            }
            return YamlNode(content: .list(list), location: location)
        case .mapping(let mapping):
            return YamlNode(content: .mapping(entries(of: mapping, level: level)), location: location)
        case .alias:
            return YamlNode(content: .invalid, location: location)
        }
    }

    private mutating func entries(of mapping: Yams.Node.Mapping, level: Int) -> [YamlEntry] {
        var entries: [YamlEntry] = []
        var places: [String: SourceLocation] = [:]
        for (key, value) in mapping {
            guard values <= YamlReader.mostValues else { break }
            let location = key.mark.map { place($0.line, $0.column) } ?? place(1, 1)
            let converted = convert(value, level: level + 1)
            guard let scalar = key.scalar else {
                let problem = Problem.wrongType(key: "", found: convert(key, level: level + 1).found, expected: .text)
                diagnostics.append(Diagnostic(problem, at: location))
                continue
            }
            let name = restored(scalar.string)
            if let first = places[name] {
                diagnostics.append(Diagnostic(.duplicateKey(name, first: first), at: location))
            } else {
                places[name] = location
                entries.append(YamlEntry(key: Located(name, at: location), value: converted))
            }
        }
        return entries
    }

    private func restored(_ key: String) -> String {
        guard let first = key.unicodeScalars.first, let original = replaced[first] else { return key }
        var scalars = String.UnicodeScalarView([original])
        scalars.append(contentsOf: key.unicodeScalars.dropFirst())
        return String(scalars)
    }
}

/// What can be said of a YAML text before it is read.
enum YamlShape {
    /// Characters that start something other than a plain key.
    static let indicators: Set<Unicode.Scalar> = [
        "[", "]", "{", "}", "&", "*", "?", "|", ">", "!", "%", "\\", "\"", "'", "\n", "\r", " ", "-", ":", "#", ",",
    ]

    /// An upper bound of how many times a value can occur once aliases are written out: with k anchors and a
    /// aliases, the product over anchors of (1 + aliases in it) is largest, (1 + a/k)^k, where they are shared evenly.
    /// Words that only look like anchors (`*so*`) are counted too, which errs on the safe side.
    static func aliasFactor(of text: String) -> Double {
        var anchors = 0
        var aliases = 0
        var previous: UInt8 = 0x20
        for byte in text.utf8 {
            let startsToken = previous <= 0x20 || ",[]{}:?-".utf8.contains(previous)
            if byte == UInt8(ascii: "&"), startsToken { anchors += 1 }
            if byte == UInt8(ascii: "*"), startsToken { aliases += 1 }
            previous = byte
        }
        guard anchors > 0, aliases > 0 else { return 1 }
        let share = 1 + Double(aliases) / Double(anchors)
        var factor = 1.0
        for _ in 0..<anchors where factor.isFinite && factor < 1e300 { factor *= share }
        return factor
    }

    /// The index of a place that libyaml gave, both counted from 1.
    static func offset(line: Int, column: Int, in scalars: [Unicode.Scalar]) -> Int? {
        var current = 1
        var index = 0
        while current < line, index < scalars.count {
            let scalar = scalars[index]
            index += 1
            if scalar == "\r", index < scalars.count, scalars[index] == "\n" { index += 1 }
            if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) { current += 1 }
        }
        index += column - 1
        return current == line && scalars.indices.contains(index) ? index : nil
    }
}
