/// What the front matter says, with parameters set from the command line.
struct FrontMatterContent: Sendable {
    var title: String?
    var echo = false
    var theme: Located<String>?
    var machine: String?
    /// By name, as text that a cell can take in place of `$name`.
    var parameters: [String: String] = [:]
    /// Options that cells start with.
    var defaults: [YamlEntry] = []
}

/// Reads the front matter.
enum FrontMatterReader {
    /// - Parameter overrides: from `-P name=value`, by name.
    static func read(
        _ yaml: Located<String>?, overrides: [String: String]
    ) -> (content: FrontMatterContent, diagnostics: [Diagnostic]) {
        var content = FrontMatterContent()
        guard let yaml else {
            return (content, overrides.keys.sorted().map { Diagnostic(.unknown(.parameter, $0, among: []), at: nil) })
        }
        let start = yaml.location
        var reader = YamlReader { line, column in SourceLocation(line: start.line + line - 1, column: column) }
        let entries = reader.mapping(yaml.value, key: "front matter")
        var diagnostics = reader.diagnostics
        guard let entries else { return (content, diagnostics) }
        var options = OptionReader(entries, owner: "front matter", location: start, parameters: [:])
        content.title = options.text("title")?.value
        content.echo = options.flag("echo") ?? false
        content.theme = options.text("theme")
        content.machine = options.text("machine")?.value
        let declared = options.node("parameters")
        let defaults = options.node("defaults")
        diagnostics += options.finish()
        if let declared { readParameters(declared, overrides, &content, &diagnostics) }
        if let defaults {
            if case .mapping(let entries) = defaults.content {
                content.defaults = entries
            } else {
                let problem = Problem.wrongType(key: "defaults", found: defaults.found, expected: .mapping)
                diagnostics.append(Diagnostic(problem, at: defaults.location))
            }
        }
        for name in overrides.keys.sorted() where content.parameters[name] == nil {
            let known = content.parameters.keys.sorted()
            diagnostics.append(Diagnostic(.unknown(.parameter, name, among: known), at: nil))
        }
        return (content, diagnostics)
    }

    private static func readParameters(
        _ node: YamlNode, _ overrides: [String: String], _ content: inout FrontMatterContent,
        _ diagnostics: inout [Diagnostic]
    ) {
        guard case .mapping(let entries) = node.content else {
            let problem = Problem.wrongType(key: "parameters", found: node.found, expected: .mapping)
            diagnostics.append(Diagnostic(problem, at: node.location))
            return
        }
        for entry in entries {
            let name = entry.key.value
            guard isName(name) else {
                diagnostics.append(Diagnostic(.malformedName(.parameter, found: name), at: entry.key.location))
                continue
            }
            var type = ParameterType.text
            var standard: Located<String>?
            switch entry.value.content {
            case .scalar(let text, let isPlain):
                type = isPlain ? ParameterType(of: text) : .text
                standard = Located(text, at: entry.value.location)
            case .mapping(let inner):
                var options = OptionReader(inner, owner: name, location: entry.key.location, parameters: [:])
                let word = options.word("type", among: ["integer", "number", "text", "flag", "choice"])
                let choices = options.names("choices")?.map(\.value)
                _ = options.text("about")
                standard = options.text("default", required: true)
                if word == "choice", choices == nil { options.report(.missingKey("choices", cell: name), at: entry.key.location) }
                type = ParameterType(word: word, choices: choices, standard: standard?.value ?? "")
                diagnostics += options.finish()
            default:
                let problem = Problem.wrongType(key: name, found: entry.value.found, expected: .scalar)
                diagnostics.append(Diagnostic(problem, at: entry.value.location))
            }
            // A parameter that is wrong still exists, so that its uses are not reported as well.
            content.parameters[name] = standard?.value ?? ""
            if let standard, !type.accepts(standard.value) {
                let problem = Problem.parameterValue(name: name, found: standard.value, expected: type.expected)
                diagnostics.append(Diagnostic(problem, at: standard.location))
            }
            guard let given = overrides[name] else { continue }
            if type.accepts(given) {
                content.parameters[name] = given
            } else {
                let problem = Problem.parameterValue(name: name, found: given, expected: type.expected)
                diagnostics.append(Diagnostic(problem, at: nil))
            }
        }
    }

    /// Labels, parameters and their like: letters, digits, `-` and `_`.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 100
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x5F
            }
    }
}

/// What a parameter can be set to.
enum ParameterType: Sendable, Hashable {
    case integer, number, text, flag
    case choice([String])

    /// Of a value written without a type.
    init(of text: String) {
        if Int(text) != nil {
            self = .integer
        } else if let number = Double(text), number.isFinite {
            self = .number
        } else {
            self = text == "true" || text == "false" ? .flag : .text
        }
    }

    init(word: String?, choices: [String]?, standard: String) {
        switch word {
        case "integer": self = .integer
        case "number": self = .number
        case "text": self = .text
        case "flag": self = .flag
        case "choice": self = .choice(choices ?? [standard])
        default: self = choices.map { .choice($0) } ?? ParameterType(of: standard)
        }
    }

    func accepts(_ text: String) -> Bool {
        switch self {
        case .integer: Int(text) != nil
        case .number: Double(text)?.isFinite ?? false
        case .text: true
        case .flag: text == "true" || text == "false"
        case .choice(let choices): choices.contains(text)
        }
    }

    var expected: ExpectedValue {
        switch self {
        case .integer: .integer
        case .number: .number
        case .text: .text
        case .flag: .flag
        case .choice(let choices): .oneOf(choices)
        }
    }
}
