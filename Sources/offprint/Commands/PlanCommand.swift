import ArgumentParser
import Datasets
import Foundation
import Report

/// `offprint plan FILE [--data-dir DIR] [-P k=v]... [--json]`
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "What would run, what has its result already, and why the rest must run.")

    @Argument(help: "The experiment file.") var file: String
    @Option(help: "Where data sets are looked for first.") var dataDir: String?
    @Option(name: .customShort("P"), help: "Sets a parameter of the front matter: name=value.") var parameters: [String] = []
    @Flag(help: "One JSON object for each step.") var json = false

    func run() throws {
        let printer = DiagnosticPrinter(file: file, asJSON: json)
        let experiment = try ExperimentFile.open(file, parameters: parameters, dataFolder: dataDir, printer: printer)
        var results: Results
        do throws(ResultsError) {
            results = try experiment.store.load(machine: nil, thisMachine: Machine.current.name)
            results.layerTimings = try experiment.store.loadLayers(
                machine: experiment.plan.machine, thisMachine: Machine.current.name)
        } catch {
            printer.print(error: error.words)
            throw Status.badInput.exit
        }
        let digests = DatasetDigests(for: experiment, lock: results.lock, reading: true)
        var lines: [Line] = []
        let shown = experiment.plan.predictionRuns
        for run in experiment.plan.runs {
            lines.append(try line(run, results, digests, shown: shown, experiment.store))
        }
        for layers in experiment.plan.layerSteps { lines.append(line(layers, results)) }
        for label in experiment.plan.figures.map(\.label) + experiment.plan.tables.map(\.label) {
            lines.append(Line(step: "draw \(label)", key: nil, cached: false, reason: "drawn at every render", estimated_seconds: 0))
        }
        if json {
            for line in lines { try JSONLine.print(line) }
            return
        }
        let rows = lines.map { line in
            [
                line.step, line.cached ? "cached" : "run", line.cached ? "" : line.reason,
                line.cached || line.key == nil ? "" : line.estimated_seconds.map { Quantities.duration($0) } ?? "?",
            ]
        }
        print(TextTable(rows: [["step", "", "why", "time"]] + rows, rightAligned: [3]).text)
    }

    /// - Parameter shown: runs whose predictions some figure shows.
    private func line(
        _ run: PlannedRun, _ results: Results, _ digests: DatasetDigests, shown: Set<RunIdentifier>, _ store: ResultsStore
    ) throws -> Line {
        let name = run.run.description
        let step = "train \(name)"
        let seconds = estimate(run, results)
        guard let digest = digests.digest(of: run) else {
            let reason = digests.missing[run.dataset].map(\.words) ?? "the data set is not here"
            return Line(step: step, key: nil, cached: false, reason: reason, estimated_seconds: seconds)
        }
        let key = try run.key(datasetDigest: digest)
        if results.lock.runs.values.contains(where: { $0.key == key }) {
            if shown.contains(run.run), !store.keysWithoutPredictions(among: [key]).isEmpty {
                return Line(
                    step: step, key: key, cached: false, reason: "a figure shows its predictions, which are not here",
                    estimated_seconds: seconds)
            }
            return Line(step: step, key: key, cached: true, reason: "the lock has its result", estimated_seconds: 0)
        }
        guard let old = results.lock.runs[name] else {
            return Line(step: step, key: key, cached: false, reason: "no result yet", estimated_seconds: seconds)
        }
        let reason =
            old.datasetDigest != digest ? "the data changed"
            : old.parameters != run.graph.parameterCount || old.multiplyAdds != run.graph.multiplyAdds
                ? "the network changed"
                : old.epochs.count != run.configuration.epochs
                    ? "epochs changed from \(old.epochs.count) to \(run.configuration.epochs)"
                    : "the configuration, the network, its initial weights or the arithmetic changed"
        return Line(step: step, key: key, cached: false, reason: reason, estimated_seconds: seconds)
    }

    private func line(_ layers: PlannedLayers, _ results: Results) -> Line {
        let isMeasured = results.layers(layers.name, key: layers.key) != nil
        return Line(
            step: "measure \(layers.name)", key: layers.key, cached: isMeasured,
            reason: isMeasured ? "the timings have it" : "not measured yet",
            estimated_seconds: isMeasured ? 0 : 2 * LayerStep.standardSeconds)
    }

    /// From the timings of a run of the same network, per epoch; `nil` where there are none.
    private func estimate(_ run: PlannedRun, _ results: Results) -> Double? {
        guard let timing = results.timings?.runs[run.run.description], !timing.epochs.isEmpty else { return nil }
        let total = timing.epochs.reduce(0) { $0 + $1.trainSeconds + $1.validSeconds }
        return total / Double(timing.epochs.count) * Double(run.configuration.epochs)
    }

    /// Named as in JSON.
    private struct Line: Encodable {
        var step: String
        var key: String?
        var cached: Bool
        var reason: String
        var estimated_seconds: Double?
    }
}
