public import Datasets
internal import Foundation
public import Networks

/// What an exported model says of itself: all that is needed to use it without this program.
public struct ModelFacts: Sendable, Hashable {
    /// Entries for programs: `tool`, `run`, `network`, `dataset`, `classes` (a JSON list), `input` (a JSON object),
    /// `batch_norm` (`folded` or `separate`) and `weights_digest`, which is that of the lock.
    public var metadata: [String: String]
    /// The same for people.
    public var documentation: String

    /// - Parameters:
    ///   - dataset: the run's; its shape and classes are the network's.
    ///   - weightsDigest: of the weights as trained, before anything is folded.
    public init(
        run: PlannedRun, dataset: DatasetDescription, weightsDigest: String, batchNormsFolded: Bool
    ) throws {
        let shape = run.graph.inputShape
        let scaling = run.configuration.scaling
        metadata = [
            "tool": "offprint \(ToolVersion.current)",
            "run": run.run.description,
            "network": run.run.network,
            "dataset": dataset.name,
            "classes": try CanonicalJSON.line(of: dataset.classNames),
            "input": try CanonicalJSON.line(
                of: Input(
                    layout: "NCHW", channels: shape.channels, height: shape.height, width: shape.width,
                    mean: scaling.mean, deviation: scaling.deviation)),
            "batch_norm": batchNormsFolded ? "folded" : "separate",
            "weights_digest": weightsDigest,
        ]
        let pixels = zip(scaling.all(shape.channels, \.mean), scaling.all(shape.channels, \.deviation))
            .map { "(x / 255 - \($0)) / \($1)" }
        let formula =
            Set(pixels).count == 1
            ? "a value x from 0 to 255 becomes \(pixels[0])"
            : "a value x from 0 to 255 becomes, by channel, \(pixels.joined(separator: ", "))"
        documentation =
            "Run \(run.run) of offprint \(ToolVersion.current), trained on \(dataset.title). Images are 32-bit floats "
            + "[N, \(shape.channels), \(shape.height), \(shape.width)], "
            + "\(shape.channels == 1 ? "grey" : "red, green, blue"); \(formula). "
            + "The answer is a logit for each of \(dataset.classNames.count) classes, in the order of the entry "
            + "'classes'; a softmax makes probabilities of them."
    }

    /// The graph as one line of JSON: what `templates/pytorch/load_model.py` builds the network from.
    public static func text(of graph: Graph) throws -> String { try CanonicalJSON.line(of: graph) }

    private struct Input: Encodable {
        var layout: String
        var channels: Int
        var height: Int
        var width: Int
        /// A pixel x of 0…255 becomes (x / 255 - mean) / deviation; one number for all channels or one for each.
        var mean: [Double]
        var deviation: [Double]
    }
}

extension Scaling {
    /// One number for each channel.
    fileprivate func all(_ channels: Int, _ numbers: KeyPath<Scaling, [Double]>) -> [Double] {
        let given = self[keyPath: numbers]
        return given.count == channels ? given : Array(repeating: given.first ?? 0, count: channels)
    }
}

extension CanonicalJSON {
    /// The same without line breaks.
    fileprivate static func line(of value: some Encodable) throws -> String {
        // Line breaks within strings are escaped: those that are left stand between values.
        String(decoding: try bytes(of: value), as: UTF8.self).split(separator: "\n")
            .map { $0.drop { $0 == " " } }.joined(separator: " ")
    }
}
