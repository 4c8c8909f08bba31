/// One mistake in an experiment file or in the parameters given beside it, with its place.
///
/// Carries values only; the command line makes words of them.
public struct Diagnostic: Sendable, Hashable {
    public enum Severity: String, Hashable, Codable, Sendable { case error, warning }

    /// Where it stands in the file; `nil` for what was given on the command line.
    public var location: SourceLocation?
    public var severity: Severity
    public var problem: Problem

    public init(_ problem: Problem, at location: SourceLocation?, severity: Severity = .error) {
        self.location = location
        self.severity = severity
        self.problem = problem
    }
}

extension Diagnostic {
    /// In the order of the file, each mistake once; those without a place come first, in the order found.
    static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        var seen: Set<Diagnostic> = []
        let unique = diagnostics.filter { seen.insert($0).inserted }
        let ordered = unique.enumerated().sorted { left, right in
            switch (left.element.location, right.element.location) {
            case (let first?, let second?) where first != second: first < second
            case (nil, .some): true
            case (.some, nil): false
            default: left.offset < right.offset
            }
        }
        return ordered.map(\.element)
    }
}
