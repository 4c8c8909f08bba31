import ArgumentParser
import Kernels
import Report

/// `offprint bench kernels [--layer …] [--threads N] [--json]`
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures this machine.", subcommands: [KernelsBench.self, NetworksBench.self, NetworkBench.self])
}

struct KernelsBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "The speed of matrix products and convolutions.",
        discussion: "Close other programs first: a figure is only as good as the quiet it was measured in.")

    @Option(help: "One layer, such as n=32,c=128,k=128,h=8,w=8,r=3,stride=1,groups=1.") var layer: String?
    @Option(help: "Threads; the cores of the machine where nothing is said.") var threads: Int?
    @Flag(help: "One JSON object for each measurement.") var json = false

    func run() throws {
        let set = try InstructionSetChoice.current()
        let threads = try Threads.checked(threads)
        let layers = try layer.map { [try BenchLayer.parse($0)] } ?? BenchLayer.standard
        let peak = KernelBenchmark(instructionSet: set, threads: 1, clock: MonotonicClock.seconds).multiplyAddPeak()
        let bench = KernelBenchmark(instructionSet: set, threads: threads, clock: MonotonicClock.seconds)
        if !json {
            print("\(set.rawValue), \(threads) threads, FMA peak of one core \(rounded(peak)) GFLOP/s")
            print(line(["layer", "pass", "algorithm", "threads", "ms", "± ms", "GFLOP/s", "of peak"]))
        }
        if layer == nil {
            let single = KernelBenchmark(instructionSet: set, threads: 1, clock: MonotonicClock.seconds)
            for row in single.matrixProducts(peak: peak) { try show(row) }
            if threads > 1 { for row in bench.matrixProducts(peak: peak) { try show(row) } }
        }
        for layer in layers {
            for row in bench.convolution(layer.geometry, name: layer.name, peak: peak) { try show(row) }
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

/// A convolution by the letters of the field: batch, channels in and out, height, width, kernel.
struct BenchLayer {
    var name: String
    var geometry: ConvolutionGeometry

    /// Layers of the study's networks, batch 32.
    static var standard: [BenchLayer] {
        [
            "n=32,c=1,k=64,h=28,w=28,r=7,stride=2", "n=32,c=64,k=128,h=14,w=14,r=3,stride=2",
            "n=32,c=128,k=128,h=7,w=7,r=3", "n=32,c=128,k=128,h=16,w=16,r=3", "n=32,c=256,k=256,h=8,w=8,r=3",
            "n=32,c=128,k=32,h=7,w=7,r=1", "n=32,c=32,k=32,h=7,w=7,r=3,groups=32",
            "n=32,c=128,k=128,h=7,w=7,r=3,groups=128", "n=32,c=64,k=64,h=16,w=16,r=3,groups=32",
        ].compactMap { try? parse($0) }
    }

    /// - Throws: `Status.badInput`, after saying what is wrong with the text.
    static func parse(_ text: String) throws -> BenchLayer {
        var values = ["n": 32, "stride": 1, "groups": 1]
        let known = ["n", "c", "k", "h", "w", "r", "stride", "groups"]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, let value = Int(pair[1]) else {
                throw refuse("--layer: '\(part)' is not name=number")
            }
            guard known.contains(pair[0]) else {
                throw refuse("--layer: \(Problem.unknown(.option(of: "layer"), pair[0], among: known).words)")
            }
            values[pair[0]] = value
        }
        let missing = known.filter { values[$0] == nil }
        guard missing.isEmpty, let n = values["n"], let c = values["c"], let k = values["k"], let h = values["h"],
            let w = values["w"], let r = values["r"], let stride = values["stride"], let groups = values["groups"]
        else { throw refuse("--layer needs \(commaSeparated(missing))") }
        do throws(GeometryError) {
            let geometry = try ConvolutionGeometry(
                batch: n, inputHeight: h, inputWidth: w, inputChannels: c, outputChannels: k, kernelHeight: r,
                kernelWidth: r, stride: stride, padding: r / 2, groups: groups)
            let groupText = groups > 1 ? "/g\(groups)" : ""
            return BenchLayer(
                name: "\(n)x\(h)x\(w)x\(c)->\(k) \(r)x\(r)\(stride > 1 ? "/s\(stride)" : "")\(groupText)", geometry: geometry)
        } catch {
            throw refuse("--layer: \(error)")
        }
    }

    private static func refuse(_ words: String) -> any Error {
        StandardError.write("offprint: error: \(words)")
        return Status.badInput.exit
    }
}

private func rounded(_ value: Double, _ digits: Int = 1) -> String {
    guard value.isFinite else { return "?" }
    let scale = digits == 3 ? 1000.0 : 10.0
    return String((value * scale).rounded() / scale)
}
