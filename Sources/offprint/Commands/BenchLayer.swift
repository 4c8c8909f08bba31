import Foundation
import Kernels
import Report

/// A convolution by the letters of the field: batch, channels in and out, height, width, kernel.
struct BenchLayer {
    var name: String
    var geometry: ConvolutionGeometry

    /// Layers of the study's networks, and larger kernels, batch 32.
    static var standard: [BenchLayer] {
        [
            "c=1,k=64,h=28,r=7,stride=2", "c=64,k=128,h=14,r=3,stride=2", "c=128,k=128,h=7,r=3",
            "c=128,k=128,h=16,r=3", "c=256,k=256,h=8,r=3", "c=128,k=32,h=7,r=1", "c=32,k=32,h=7,r=3,groups=32",
            "c=128,k=128,h=7,r=3,groups=128", "c=64,k=64,h=16,r=3,groups=32", "c=64,k=64,h=32,r=7",
            "c=64,k=64,h=32,r=15", "c=128,k=128,h=32,r=31,groups=128",
        ].compactMap { try? parse($0) }
    }

    /// - Parameters:
    ///   - text: `name=number` pairs with commas between them.
    ///   - algorithm: one that the layer must support.
    /// - Throws: `Status.badInput`, after saying what is wrong with the text.
    static func parse(_ text: String, algorithm: ConvolutionAlgorithm? = nil) throws -> BenchLayer {
        let values = try numbers(in: text)
        let missing = ["c", "k", "h", "r"].filter { values[$0] == nil }
        guard missing.isEmpty, let c = values["c"], let k = values["k"], let h = values["h"], let r = values["r"]
        else { throw refuse("--layer needs \(commaSeparated(missing))") }
        let n = values["n"] ?? 32, w = values["w"] ?? h
        let stride = values["stride"] ?? 1, groups = values["groups"] ?? 1, padding = values["padding"] ?? max(0, r / 2)
        let geometry: ConvolutionGeometry
        do throws(GeometryError) {
            geometry = try ConvolutionGeometry(
                batch: n, inputHeight: h, inputWidth: w, inputChannels: c, outputChannels: k, kernelHeight: r,
                kernelWidth: r, stride: stride, padding: padding, groups: groups)
        } catch {
            throw refuse("--layer: \(error.words)")
        }
        var name = "\(n)x\(h)x\(w)x\(c)->\(k) \(r)x\(r)"
        if stride > 1 { name += "/s\(stride)" }
        if groups > 1 { name += "/g\(groups)" }
        if padding != r / 2 { name += "/p\(padding)" }
        if let algorithm, !geometry.supports(algorithm) {
            let able = ConvolutionAlgorithm.allCases.filter(geometry.supports).map(\.rawValue)
            throw refuse("--algorithm: \(algorithm.rawValue) cannot compute \(name); \(commaSeparated(able)) can")
        }
        try checkMemory(of: geometry, named: name)
        return BenchLayer(name: name, geometry: geometry)
    }

    /// - Throws: `Status.badInput`, after naming the algorithms there are.
    static func algorithm(named name: String) throws -> ConvolutionAlgorithm {
        if let algorithm = ConvolutionAlgorithm(rawValue: name) { return algorithm }
        let known = ConvolutionAlgorithm.allCases.map(\.rawValue)
        throw refuse("--algorithm: \(Problem.unknown(.option(of: "bench"), name, among: known).words)")
    }

    private static func numbers(in text: String) throws -> [String: Int] {
        let known = ["n", "c", "k", "h", "w", "r", "stride", "padding", "groups"]
        var values: [String: Int] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, let value = Int(pair[1]) else {
                throw refuse("--layer: '\(part)' is not name=number")
            }
            guard known.contains(pair[0]) else {
                throw refuse("--layer: \(Problem.unknown(.option(of: "layer"), pair[0], among: known).words)")
            }
            guard values.updateValue(value, forKey: pair[0]) == nil else {
                throw refuse("--layer: '\(pair[0])' is given twice")
            }
        }
        return values
    }

    /// Operands and results of all passes, and as much again for what the kernels keep aside.
    private static func checkMemory(of geometry: ConvolutionGeometry, named name: String) throws {
        let floats = [geometry.inputShape, geometry.weightShape, geometry.outputShape].reduce(0.0) {
            $0 + 2 * Double($1.reduce(1, *))
        }
        let bytes = 2 * 4 * floats, memory = Double(ProcessInfo.processInfo.physicalMemory)
        guard bytes > memory else { return }
        let gibibyte = Double(1 << 30)
        throw refuse(
            "--layer: \(name) needs about \(Int(bytes / gibibyte)) GiB of memory; this machine has "
                + "\(Int(memory / gibibyte)) GiB")
    }

    private static func refuse(_ words: String) -> any Error {
        StandardError.write("offprint: error: \(words)")
        return Status.badInput.exit
    }
}
