import ArgumentParser
import Foundation
import Kernels
import Networks
import Report

/// `offprint bench networks [--dataset NAME] [--block NAME] [--batch N] [--threads N] [--json]`
struct NetworksBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "networks", abstract: "The speed of whole networks, in training and with one image.",
        discussion: """
            Each network is measured by a process of its own, on images of noise. Without --dataset: mnist, \
            cifar10 and stl10. Close other programs first.
            """)

    @Option(help: "The data set whose images the networks take, such as mnist.") var dataset: String?
    @Option(help: "A built-in block, such as residual; all where nothing is said.") var block: String?
    @Option(help: "Images in a batch.") var batch = 32
    @Option(help: "Threads; the cores of the machine where nothing is said.") var threads: Int?
    @Option(help: "The least time of each of the three measurements, in seconds.") var seconds = 1.0
    @Flag(help: "Where the time of a training step goes, instead of speeds.") var profile = false
    @Flag(help: "One JSON object for each network.") var json = false

    func run() throws {
        let set = try InstructionSetChoice.current()
        let threads = try Threads.checked(threads)
        guard (1...65_536).contains(batch) else { throw refuse("--batch must be from 1 to 65536, not \(batch)") }
        guard seconds > 0, seconds <= 600 else {
            throw refuse("--seconds must be above 0 and at most 600, not \(seconds)")
        }
        let datasets = try chosenDatasets()
        let blocks = try chosenBlocks()
        if !json { print("\(set.rawValue), \(threads) threads, batch \(batch)") }
        if !json, !profile { print(NetworkBench.Row.heading) }
        var allWell = true
        for dataset in datasets {
            for block in blocks {
                if !json, profile { print("\(block), \(dataset)") }
                if try !measure(block: block, dataset: dataset, threads: threads) {
                    allWell = false
                    StandardError.write("offprint: error: \(block) on \(dataset) could not be measured")
                }
            }
        }
        if !allWell { throw Status.fault.exit }
    }

    private func chosenDatasets() throws -> [String] {
        guard let dataset else { return [DatasetShape.mnist, .cifar10, .stl10].map(\.name) }
        guard DatasetShape.named(dataset) != nil else {
            throw refuse(Problem.unknown(.dataset, dataset, among: DatasetShape.all.map(\.name)).words)
        }
        return [dataset]
    }

    private func chosenBlocks() throws -> [String] {
        guard let block else { return NetworkCatalog.names }
        guard NetworkCatalog.block(named: block) != nil else {
            throw refuse(Problem.unknown(.block, block, among: NetworkCatalog.names).words)
        }
        return [block]
    }

    /// Lets a child measure one network, so that the peak of its memory is that network's; the child prints its result.
    private func measure(block: String, dataset: String, threads: Int) throws -> Bool {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: Executable.path)
        var arguments = ["bench", "network", block, dataset]
        arguments += ["--batch", String(batch), "--threads", String(threads), "--seconds", String(seconds)]
        if profile { arguments.append("--profile") }
        if json { arguments.append("--json") }
        child.arguments = arguments
        // What is printed already comes before what the child prints.
        fflush(nil)
        try child.run()
        child.waitUntilExit()
        return child.terminationReason == .exit && child.terminationStatus == 0
    }

    private func refuse(_ words: String) -> any Error {
        StandardError.write("offprint: error: \(words)")
        return Status.badInput.exit
    }
}

/// What a child process of `bench networks` is started with: one network.
struct NetworkBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "Measures one network in this process.", shouldDisplay: false)

    @Argument var block: String
    @Argument var dataset: String
    @Option var batch: Int
    @Option var threads: Int
    @Option var seconds: Double
    @Flag var profile = false
    @Flag var json = false

    /// The result for one network; its JSON is fixed.
    struct Row: Encodable {
        let dataset, block: String
        let batch, threads: Int
        let trainImagesPerSecond, inferenceImagesPerSecond, singleImageMilliseconds: Double
        /// Of the process in training; null where the system does not say.
        let peakMebibytes: Double?

        enum CodingKeys: String, CodingKey {
            case dataset, block, batch, threads
            case trainImagesPerSecond = "train_images_per_second"
            case inferenceImagesPerSecond = "inference_images_per_second"
            case singleImageMilliseconds = "single_image_ms"
            case peakMebibytes = "peak_rss_mib"
        }
    }

    func run() throws {
        let set = try InstructionSetChoice.current()
        guard let definition = NetworkCatalog.block(named: block), let shape = DatasetShape.named(dataset) else {
            throw Status.badInput.exit
        }
        do {
            let graph = try NetworkCatalog.graph(block: definition, dataset: shape)
            var benchmark = NetworkBenchmark(
                graph: graph, batchSize: batch, context: KernelContext(instructionSet: set, threads: threads),
                seconds: seconds, clock: MonotonicClock.seconds)
            if profile { return try show(try benchmark.profile()) }
            let training = try benchmark.training()
            let peak = Machine.peakMemory
            let row = Row(
                dataset: dataset, block: block, batch: batch, threads: threads, trainImagesPerSecond: training,
                inferenceImagesPerSecond: try benchmark.inference(),
                singleImageMilliseconds: try benchmark.singleImage() * 1000,
                peakMebibytes: peak.map { Double($0) / 1_048_576 })
            if json { try JSONLine.print(row) } else { print(row.line) }
        } catch let error as NetworkError {
            StandardError.write("offprint: error: \(error.words)")
            throw Status.badInput.exit
        } catch let error as TrainingError {
            StandardError.write("offprint: error: \(error.words)")
            throw Status.badInput.exit
        }
    }

    private func show(_ rows: [NetworkProfile.Row]) throws {
        if json {
            for row in rows { try JSONLine.print(row) }
            return
        }
        let header = ["kind", "pass", "nodes", "ms", "share", "MiB", "GB/s", "GFLOP/s"]
        let cells = rows.map { row in
            [
                row.kind, row.pass, "\(row.nodes)", String(format: "%.3f", row.ms), Quantities.percent(row.share),
                String(format: "%.1f", row.mebibytes), String(format: "%.1f", row.gigabytesPerSecond),
                String(format: "%.1f", row.gflops),
            ]
        }
        let total = ["total", "", "", String(format: "%.3f", rows.reduce(0) { $0 + $1.ms })]
        print(TextTable(rows: [header] + cells + [total], rightAligned: [2, 3, 4, 5, 6, 7]).text)
    }
}

extension NetworkBench.Row {
    static let heading = cells(["dataset", "block", "train img/s", "inference img/s", "one image ms", "peak MiB"])

    var line: String {
        Self.cells([
            dataset, block, String(format: "%.1f", trainImagesPerSecond),
            String(format: "%.1f", inferenceImagesPerSecond), String(format: "%.3f", singleImageMilliseconds),
            peakMebibytes.map { String(format: "%.0f", $0) } ?? "?",
        ])
    }

    private static func cells(_ cells: [String]) -> String {
        let widths = [10, 12, 12, 16, 13, 9]
        return zip(cells, widths).enumerated().map { column, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return column < 2 ? cell.0 + space : space + cell.0
        }.joined(separator: " ")
    }
}
