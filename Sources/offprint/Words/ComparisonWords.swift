import Foundation
import Report

/// One difference, for programs and for people.
struct ComparisonLine: Encodable {
    var run: String
    var what: String
    var old: String?
    var new: String?
    var machine: String?
    /// How many times as long the new takes; of times only.
    var ratio: Double?

    var words: String {
        let place = "\(run): \(what)"
        if let ratio, let old, let new {
            return "\(place): \(old) before, \(new) now, \(String(format: "%.2f", ratio)) times as long"
        }
        guard let old, let new else { return place }
        return "\(place) was \(old), is \(new)"
    }
}

extension LockComparison {
    var lines: [ComparisonLine] {
        differences.sorted { $0.key < $1.key }.flatMap { run, difference in
            switch difference {
            case .onlyInOld: [ComparisonLine(run: run, what: "only in the old lock")]
            case .onlyInNew: [ComparisonLine(run: run, what: "only in the new lock")]
            case .changed(let fields):
                fields.map { ComparisonLine(run: run, what: $0.name, old: $0.old, new: $0.new) }
            }
        }
    }
}

extension TimingComparison.Row {
    func line(machine: String) -> ComparisonLine {
        ComparisonLine(
            run: run, what: quantity.rawValue, old: Quantities.duration(old.mean), new: Quantities.duration(new.mean),
            machine: machine, ratio: ratio)
    }
}
