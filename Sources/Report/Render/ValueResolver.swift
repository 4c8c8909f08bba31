internal import Networks

/// Gives the text of `{{ path | filter }}`.
///
/// ```
/// mnist.residual.valid.accuracy.best    label, network (or `best`), measure, reduction (`final` unless said)
/// mnist.best.network                    title of the network with the highest final validation accuracy
/// parameters.epochs                     a parameter of the front matter
/// machine.processor                     a fact of the machine whose timings are shown
/// ```
struct ValueResolver {
    let observations: Observations
    let names: NetworkNames

    /// Markdown, safe in a table cell.
    func text(
        path: [String], filters: [String], location: SourceLocation
    ) -> Result<String, ReportProblem> {
        let joined = path.joined(separator: ".")
        var value: Value
        switch self.value(path) {
        case .success(let found): value = found
        case .failure(let fault): return .failure(.value(path: joined, location: location, fault.fault))
        }
        for filter in filters {
            guard let filter = ValueFilter(filter), let filtered = filter.apply(value) else {
                return .failure(.filter(filter, path: joined, location: location))
            }
            value = filtered
        }
        switch value {
        case .text(let text): return .success(MarkdownText.escaped(text))
        case .number(let mean, let deviation, let measure):
            return .success(MarkdownText.escaped(standardText(mean, deviation, measure)))
        }
    }

    /// Before filters: a number still knows what it measures.
    enum Value {
        case text(String)
        /// `deviation` where it is over several seeds that differ.
        case number(Double, deviation: Double?, Measure?)
    }

    private struct Fault: Error { var fault: ReportProblem.ValueFault }

    private func value(_ path: [String]) -> Result<Value, Fault> {
        guard path.count >= 2 else { return .failure(Fault(fault: .unknown)) }
        if path[0] == "parameters" {
            guard path.count == 2, let text = observations.content.parameters[path[1]] else {
                return .failure(Fault(fault: .unknown))
            }
            // Text until a filter wants a number: `1e-3` is shown as it was written.
            return .success(.text(text))
        }
        if path[0] == "machine" {
            guard path.count == 2, let fact = MachineFact(rawValue: path[1]) else {
                return .failure(Fault(fault: .unknown))
            }
            return .success(.text(fact.text(observations) ?? ReportWords.notMeasured))
        }
        return result(path)
    }

    private func result(_ path: [String]) -> Result<Value, Fault> {
        guard let cell = observations.content.training(path[0]), path.count >= 3 else {
            return .failure(Fault(fault: .unknown))
        }
        var network = path[1]
        if network == "best", !cell.networks.contains("best") {
            guard let best = observations.bestNetwork(cell) else { return .failure(Fault(fault: .noResult)) }
            network = best
        }
        guard cell.networks.contains(network) else { return .failure(Fault(fault: .unknown)) }
        var rest = path.dropFirst(2)
        if Array(rest) == ["network"] { return .success(.text(names.title(network))) }
        var reduction = Reduction.final
        if let last = rest.last, let named = Reduction(rawValue: last) {
            reduction = named
            rest = rest.dropLast()
        }
        guard let measure = Measure(rawValue: rest.joined(separator: ".")) else {
            return .failure(Fault(fault: .unknown))
        }
        guard let spread = observations.spread(cell, network, measure, reduction) else {
            if measure.isTiming { return .success(.text(ReportWords.notMeasured)) }
            return .failure(Fault(fault: .noResult))
        }
        let differs = spread.count > 1 && spread.deviation > 0
        return .success(.number(spread.mean, deviation: differs ? spread.deviation : nil, measure))
    }

    private func standardText(_ mean: Double, _ deviation: Double?, _ measure: Measure?) -> String {
        switch measure {
        case .trainTime, .validTime, .trainSeconds, .inferenceCPU, .inferenceGPU:
            ValueFilter.secondsText(mean, deviation)
        case .fileSize: ValueFilter.bytesText(mean, deviation)
        case .parameters, .multiplyAdds: QuantityText.count(mean)
        case .trainAccuracy, .validAccuracy, .validTop5, .trainLoss, .validLoss, nil:
            QuantityText.spread(mean, deviation, unit: .one, digits: 4)
        }
    }
}

/// What stands behind a `|`.
enum ValueFilter: Equatable {
    /// `percent`, `percent:1`: digits behind the point, 2 unless said.
    case percent(Int)
    /// `digits:3`: behind the point.
    case digits(Int)
    case seconds, bytes, count

    /// Reads `percent`, `digits:3` or `digits(3)`; `nil` where there is no such filter.
    init?(_ text: String) {
        let parts = text.split(whereSeparator: { ":()".contains($0) }).map(String.init)
        let argument = parts.count == 2 ? Int(parts[1]) : nil
        if let argument, !(0...12).contains(argument) { return nil }
        switch (parts.first, parts.count, argument) {
        case ("percent", 1, _): self = .percent(2)
        case ("percent", 2, let digits?): self = .percent(digits)
        case ("digits", 2, let digits?), ("decimals", 2, let digits?), ("round", 2, let digits?): self = .digits(digits)
        case ("round", 1, _): self = .digits(0)
        case ("seconds", 1, _): self = .seconds
        case ("bytes", 1, _): self = .bytes
        case ("count", 1, _): self = .count
        default: return nil
        }
    }

    /// `nil` where the value is no number.
    func apply(_ value: ValueResolver.Value) -> ValueResolver.Value? {
        let mean: Double
        var deviation: Double?
        switch value {
        case .number(let number, let over, _): (mean, deviation) = (number, over)
        case .text(ReportWords.notMeasured): return value
        case .text(let text):
            guard let number = Double(text), number.isFinite else { return nil }
            mean = number
        }
        let text =
            switch self {
            case .percent(let digits): QuantityText.spread(mean, deviation, unit: .percent, digits: digits)
            case .digits(let digits): QuantityText.spread(mean, deviation, unit: .one, digits: digits)
            case .seconds: Self.secondsText(mean, deviation)
            case .bytes: Self.bytesText(mean, deviation)
            case .count: QuantityText.count(mean)
            }
        return .text(text)
    }

    static func secondsText(_ mean: Double, _ deviation: Double?) -> String {
        text(mean, deviation, in: QuantityText.Unit.seconds, significant: 3)
    }

    static func bytesText(_ mean: Double, _ deviation: Double?) -> String {
        text(mean, deviation, in: QuantityText.Unit.bytes, significant: 3)
    }

    private static func text(
        _ mean: Double, _ deviation: Double?, in units: [QuantityText.Unit], significant: Int
    ) -> String {
        let unit = QuantityText.Unit.fitting(mean, in: units)
        let digits = unit.name == "B" ? 0 : QuantityText.digits(showing: significant, of: mean / unit.size)
        return QuantityText.spread(mean, deviation, unit: unit, digits: digits)
    }
}

/// `machine.processor` and its like, of the machine whose timings are shown.
enum MachineFact: String, CaseIterable {
    case name, processor, cores, threads, system, compiler, gpu
    case instructionSet = "instruction-set"

    /// `nil` where nothing was timed. What differs between runs is listed.
    func text(_ observations: Observations) -> String? {
        guard let timings = observations.results.timings else { return nil }
        let runs = observations.content.runs.compactMap(observations.timing)
        switch self {
        case .name: return timings.machine.name
        case .processor: return timings.machine.processor
        case .cores: return String(timings.machine.cores)
        case .system: return timings.machine.system
        case .compiler: return timings.machine.compiler
        case .gpu: return timings.machine.gpu ?? "none"
        case .threads:
            let counts = Set(runs.map(\.threads)).sorted().map(String.init)
            return counts.isEmpty ? nil : counts.joined(separator: " or ")
        case .instructionSet:
            let sets = Set(runs.map(\.instructionSet)).sorted()
            return sets.isEmpty ? nil : sets.joined(separator: " or ")
        }
    }
}
