import ArgumentParser
import Kernels
import Report

/// `offprint bench kernels [--layer …] [--algorithm NAME] [--threads N] [--json]`
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures this machine.", subcommands: [KernelsBench.self, NetworksBench.self, NetworkBench.self])
}

struct KernelsBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "The speed of matrix products and convolutions.",
        discussion: "Close other programs first: a figure is only as good as the quiet it was measured in.")

    @Option(
        help: """
            One layer, such as n=32,c=128,k=128,h=8,w=8,r=3,stride=1,groups=1; n is 32, w is h, stride and groups are \
            1 and padding is half of r where nothing is said.
            """)
    var layer: String?
    @Option(
        help: """
            \(commaSeparated(ConvolutionAlgorithm.allCases.map(\.rawValue))); the one that the table chooses for each \
            pass where nothing is said.
            """)
    var algorithm: String?
    @Option(help: "Threads; the cores of the machine where nothing is said.") var threads: Int?
    @Flag(help: "One JSON object for each measurement.") var json = false

    func run() throws {
        let set = try InstructionSetChoice.current()
        let threads = try Threads.checked(threads)
        let forced = try algorithm.map(BenchLayer.algorithm(named:))
        let layers: [BenchLayer]
        if let layer {
            layers = [try BenchLayer.parse(layer, algorithm: forced)]
        } else {
            layers = BenchLayer.standard.filter { forced.map($0.geometry.supports) ?? true }
        }
        let peak = KernelBenchmark(instructionSet: set, threads: 1, clock: MonotonicClock.seconds).multiplyAddPeak()
        let bench = KernelBenchmark(instructionSet: set, threads: threads, clock: MonotonicClock.seconds)
        if !json {
            print("\(set.rawValue), \(threads) threads, FMA peak of one core \(rounded(peak)) GFLOP/s")
            print(line(["layer", "pass", "algorithm", "threads", "ms", "± ms", "GFLOP/s", "of peak"]))
        }
        if layer == nil && forced == nil {
            let single = KernelBenchmark(instructionSet: set, threads: 1, clock: MonotonicClock.seconds)
            for row in single.matrixProducts() { try show(row) }
            if threads > 1 { for row in bench.matrixProducts() { try show(row) } }
        }
        for layer in layers {
            let rows = bench.convolution(layer.geometry, name: layer.name, algorithm: forced, peak: peak)
            for row in rows { try show(row) }
        }
    }

    private func show(_ row: KernelBenchmark.Row) throws {
        if json { return try JSONLine.print(row) }
        print(
            line([
                row.name, row.pass.rawValue, row.algorithm, String(row.threads), rounded(row.ms, 3),
                rounded(row.spread, 3), rounded(row.gflops), row.shareOfPeak.map { rounded($0 * 100) + " %" } ?? "",
            ]))
    }

    private func line(_ cells: [String]) -> String {
        let widths = [26, 16, 12, 8, 10, 9, 9, 9]
        return zip(cells, widths).enumerated().map { column, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return column < 3 ? cell.0 + space : space + cell.0
        }.joined(separator: " ")
    }
}

private func rounded(_ value: Double, _ digits: Int = 1) -> String {
    guard value.isFinite else { return "?" }
    let scale = digits == 3 ? 1000.0 : 10.0
    return String((value * scale).rounded() / scale)
}
