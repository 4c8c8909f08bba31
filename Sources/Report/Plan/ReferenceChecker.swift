/// Whether the figures, tables and values that prose refers to exist.
struct ReferenceChecker {
    let plan: Plan
    /// Of every cell whose label could be read, so that a broken cell is not reported twice.
    let labels: [String: SourceLocation]

    func problem(_ reference: ProseReference) -> Diagnostic? {
        switch reference {
        case .figure(let label, _, let location, _):
            return missing(label, among: plan.figures.map(\.label), .figure, location)
        case .table(let label, let location, _):
            return missing(label, among: plan.tables.map(\.label), .table, location)
        case .partial(let name, _, let location, _):
            // Known ones are gone: partials are expanded before a plan is made.
            return Diagnostic(.unknown(.partial, name, among: []), at: location)
        case .value(let path, let filters, let location, _):
            return value(path, filters).map { Diagnostic($0, at: location) }
        }
    }

    private func missing(
        _ label: String, among known: [String], _ kind: NameKind, _ location: SourceLocation
    ) -> Diagnostic? {
        if known.contains(label) { return nil }
        let isOfTraining = plan.trainings.contains { $0.label == label }
        let isOther = plan.figures.contains { $0.label == label } || plan.tables.contains { $0.label == label }
        // A cell of that label that could not be read is reported in its own place.
        if labels[label] != nil, !isOfTraining, !isOther { return nil }
        return Diagnostic(.unknown(kind, label, among: known), at: location)
    }

    private func value(_ path: [String], _ filters: [String]) -> Problem? {
        for filter in filters where ValueFilter(filter) == nil {
            return .unknown(.filter, filter, among: ["percent", "digits:3", "round", "seconds", "bytes", "count"])
        }
        guard path.count >= 2 else { return .malformedReference(text: path.joined(separator: "."), .notAValue) }
        switch path[0] {
        case "parameters":
            let name = path.dropFirst().joined(separator: ".")
            return plan.parameters[name] == nil ? .unknown(.parameter, name, among: plan.parameters.keys.sorted()) : nil
        case "machine":
            let name = path.dropFirst().joined(separator: ".")
            let known = MachineFact.allCases.map(\.rawValue)
            return known.contains(name) ? nil : .unknown(.value(of: "machine"), name, among: known)
        default: break
        }
        guard let cell = plan.trainings.first(where: { $0.label == path[0] }) else {
            return labels[path[0]] != nil ? nil : .unknown(.training, path[0], among: plan.trainings.map(\.label))
        }
        guard path[1] == "best" || cell.networks.contains(path[1]) else {
            return .unknown(.network(of: cell.label), path[1], among: cell.networks + ["best"])
        }
        let rest = path.dropFirst(2).joined(separator: ".")
        if rest == "network" || CellReader.column(rest) != nil { return nil }
        return .unknown(.measure, rest, among: Measure.allCases.map(\.rawValue) + ["network"])
    }
}
