import Networks
import Report

/// Made-up results for tests of everything behind training.
enum Sample {
    static let digest = String(repeating: "0123456789abcdef", count: 4)

    static func key(_ number: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "a", count: 64 - text.count) + text
    }

    static func result(
        key: Int = 1, accuracies: [Double] = [0.9, 0.95], parameters: Int = 1_120_970, fileSize: Int = 4_500_000
    ) -> RunResult {
        RunResult(
            key: self.key(key), datasetDigest: digest, weightsDigest: digest, parameters: parameters,
            multiplyAdds: 55_207_424, fileSize: fileSize, trainImages: 4000, validImages: 1000,
            algorithms: ["winograd": 7, "direct": 2],
            epochs: accuracies.enumerated().map { index, accuracy in
                EpochResult(
                    epoch: index + 1, trainLoss: 0.5 / Double(index + 1), trainAccuracy: accuracy - 0.05,
                    validLoss: 0.1 + 0.2 / Double(index + 1), validAccuracy: accuracy)
            })
    }

    static func timing(key: Int = 1, milliseconds: Double = 10, epochs: Int = 2) -> RunTiming {
        let spread = Spread(of: [milliseconds * 0.9e-3, milliseconds * 1e-3, milliseconds * 1.1e-3])
        return RunTiming(
            key: self.key(key), threads: 2, instructionSet: "avx2",
            epochs: (0..<epochs).map { _ in
                EpochTiming(trainForward: spread, validForward: spread, trainSeconds: 12.5, validSeconds: 1.25)
            },
            inferenceCPU: (0..<1000).map { milliseconds * 1e-4 * (1 + Double($0 % 10) / 100) })
    }

    static let machine = Machine(
        name: "test-processor-2-cores", processor: "Test Processor", cores: 2, system: "Debian GNU/Linux 12",
        compiler: "Swift 6.3.1")
}
