internal import Crypto
internal import Foundation
internal import Networks

/// The name of a result: SHA-256 over everything it depends on, and over nothing else.
///
/// In it: the network, the configuration with its seed, the bytes of the images and labels used, and the version
/// of the arithmetic. Not in it: labels, titles, captions, sizes, threads, limits of time and memory, the names of
/// the data set and of its files.
enum StepKey {
    /// Lower-case hexadecimal.
    /// - Parameter datasetDigest: of the images used, after `limit`.
    static func make(
        graph: Graph, configuration: TrainingConfiguration, datasetDigest: String,
        numericVersion: Int = NumericVersion.current
    ) throws -> String {
        let content = Content(
            configuration: configuration, dataset: datasetDigest, graph: graph, numericVersion: numericVersion)
        return SHA256.hash(data: try CanonicalJSON.bytes(of: content)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private struct Content: Encodable {
        var configuration: TrainingConfiguration
        var dataset: String
        var graph: Graph
        var numericVersion: Int
    }
}
