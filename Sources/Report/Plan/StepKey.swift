internal import Crypto
internal import Foundation
internal import Networks

/// The name of a result: SHA-256 over everything it depends on, and over nothing else.
///
/// In it: the network, the configuration with its seed, the bytes of the images and labels used, the weights that
/// training starts from where they are given, and the version of the arithmetic. Not in it: labels, titles, captions, sizes, threads, limits of time and memory, the names of
/// the data set and of its files.
enum StepKey {
    /// Lower-case hexadecimal.
    /// - Parameters:
    ///   - datasetDigest: of the images used, after `limit`.
    ///   - initialDigest: of the weights to start from; `nil` for random ones, which the seed stands for.
    static func make(
        graph: Graph, configuration: TrainingConfiguration, datasetDigest: String, initialDigest: String? = nil,
        numericVersion: Int = NumericVersion.current
    ) throws -> String {
        let content = Content(
            configuration: configuration, dataset: datasetDigest, graph: graph, initial: initialDigest,
            numericVersion: numericVersion)
        return SHA256.hash(data: try CanonicalJSON.bytes(of: content)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private struct Content: Encodable {
        var configuration: TrainingConfiguration
        var dataset: String
        var graph: Graph
        /// Left out where there is none, so that results of before this option keep their keys.
        var initial: String?
        var numericVersion: Int
    }
}
