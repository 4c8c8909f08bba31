internal import Foundation
internal import Mustache

/// Replaces `{{> name key=value }}` by a template, before anything is understood: what a partial brings is document
/// text like any other, and its cells are planned, trained and drawn like any other's.
///
/// Templates are Mustache. One that holds values for the report to fill in changes the marks in its first line
/// (`{{=<% %>=}}`), so that `{{ … }}` passes through. A partial on a line of its own is repeated with the marks
/// of the lists and quotes it stands in; within a line, it should be one line. References in code are left alone.
public enum PartialExpander {
    /// How often partials may bring partials, how many there may be in all, and how large the text may grow.
    static let deepest = 8
    static let mostPartials = 1000
    static let mostBytes = 4 << 20

    /// - Parameters:
    ///   - text: the whole experiment file.
    ///   - templates: Mustache text by name, as `dataset-section`.
    /// - Returns: the text with everything included that could be, and every problem, in the order of the file. A text
    ///   that cannot be read as a document at all comes back unchanged.
    public static func expand(
        _ text: String, templates: [String: String]
    ) -> (text: ExpandedText, problems: [PartialProblem]) {
        var expanded = ExpandedText(unexpanded: text)
        var problems: [PartialProblem] = []
        var parsed: [String: Result<MustacheTemplate, PartialProblem.Kind>] = [:]
        var count = 0
        for depth in 0...deepest {
            guard let document = Document.read(Array(expanded.text.utf8)).document else { break }
            let partials = Self.partials(of: document)
            guard !partials.isEmpty else { break }
            count += partials.count
            let limit: PartialProblem.Kind? =
                depth == deepest ? .tooDeep(limit: deepest)
                : count > mostPartials ? .tooMany(limit: mostPartials)
                : expanded.text.utf8.count > mostBytes ? .tooLarge(limit: mostBytes) : nil
            if let limit {
                let first = partials[0]
                problems.append(PartialProblem(limit, name: first.name, at: expanded.origin(of: first.location)))
                break
            }
            var changes: [ExpandedText.Change] = []
            for partial in partials {
                switch Self.text(of: partial, templates, &parsed) {
                case .success(let text):
                    changes.append(.init(range: partial.range, text: text, template: partial.name, at: partial.location))
                case .failure(let kind):
                    problems.append(PartialProblem(kind, name: partial.name, at: expanded.origin(of: partial.location)))
                    // Taken out, so that it is reported once.
                    changes.append(.init(range: partial.range, text: "", template: partial.name, at: partial.location))
                }
            }
            expanded.apply(changes)
        }
        return (expanded, problems)
    }

    private struct Partial {
        var name: String
        var arguments: [PartialArgument]
        var location: SourceLocation
        /// Bytes of the whole text.
        var range: Range<Int>
    }

    private static func partials(of document: Document) -> [Partial] {
        var start = document.head.utf8.count
        var partials: [Partial] = []
        for (block, references) in zip(document.blocks, document.references().references) {
            for case .partial(let name, let arguments, let location, let range) in references {
                partials.append(
                    Partial(
                        name: name, arguments: arguments, location: location,
                        range: start + range.lowerBound..<start + range.upperBound))
            }
            start += block.source.utf8.count
        }
        return partials
    }

    private static func text(
        of partial: Partial, _ templates: [String: String],
        _ parsed: inout [String: Result<MustacheTemplate, PartialProblem.Kind>]
    ) -> Result<String, PartialProblem.Kind> {
        guard let source = templates[partial.name] else {
            let known = templates.keys.sorted()
            return .failure(.unknown(known: known, nearest: Suggestions.nearest(to: partial.name, among: known)))
        }
        for argument in partial.arguments where !source.contains(argument.name) {
            return .failure(.unknownArgument(argument.name))
        }
        let template: MustacheTemplate
        switch parsed[partial.name] ?? Self.parse(source) {
        case .success(let found):
            template = found
            parsed[partial.name] = .success(found)
        case .failure(let kind):
            parsed[partial.name] = .failure(kind)
            return .failure(kind)
        }
        let values = Dictionary(partial.arguments.map { ($0.name, $0.value) }) { first, _ in first }
        let asked = AskedNames(values)
        var text = template.render(asked)
        // Names that only a section asks about are optional.
        for name in asked.missing where !["#", "^", "# ", "^ "].contains(where: { source.contains($0 + name) }) {
            return .failure(.missingArgument(name))
        }
        if text.hasSuffix("\n") { text.removeLast() }
        return .success(text)
    }

    private static func parse(_ source: String) -> Result<MustacheTemplate, PartialProblem.Kind> {
        // Arguments are inserted as they are: what they come to is escaped where it is shown.
        do {
            let text = source.replacingOccurrences(of: "\r\n", with: "\n")
            return .success(try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + text))
        } catch {
            return .failure(.brokenTemplate("\(error)"))
        }
    }
}

/// Arguments, with a memory of the names that were asked for and not given.
private final class AskedNames: MustacheParent {
    private let values: [String: String]
    private(set) var missing: [String] = []

    init(_ values: [String: String]) { self.values = values }

    func child(named name: String) -> Any? {
        if let value = values[name] { return value }
        if !missing.contains(name) { missing.append(name) }
        return nil
    }
}

/// What is wrong with `{{> name … }}`, and where in the experiment file.
public struct PartialProblem: Error, Hashable, Sendable {
    public enum Kind: Error, Hashable, Sendable {
        case unknown(known: [String], nearest: String?)
        /// The template has no use for it.
        case unknownArgument(String)
        /// The template needs it.
        case missingArgument(String)
        /// Mustache's own words.
        case brokenTemplate(String)
        /// Partials that bring partials without end.
        case tooDeep(limit: Int)
        case tooMany(limit: Int)
        /// In bytes.
        case tooLarge(limit: Int)
    }

    public var kind: Kind
    public var name: String
    public var location: SourceLocation

    public init(_ kind: Kind, name: String, at location: SourceLocation) {
        self.kind = kind
        self.name = name
        self.location = location
    }
}
