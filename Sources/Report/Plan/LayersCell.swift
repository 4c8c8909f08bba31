internal import Crypto
internal import Foundation
public import Networks

/// One measurement of layers, every name and number checked: which layer of a network runs how, and how fast.
///
/// It is part of no training and of no lock. To plots and tables it is a data cell.
public struct LayersCell: Sendable, Equatable {
    public var label: String
    public var location: SourceLocation
    /// The text of a `DatasetReference`, for the shape of its images: they are not read.
    public var dataset: String
    /// Block names in the order of the file.
    public var networks: [String]
    public var batch: Int
    /// `nil` for what the command line or the machine says.
    public var threads: Int?
    /// What its rows are.
    public var show: Selection

    public enum Selection: String, CaseIterable, Sendable {
        /// Convolutions and linear layers: what computes.
        case products
        case all
    }

    public init(
        label: String, location: SourceLocation, dataset: String, networks: [String], batch: Int, threads: Int? = nil,
        show: Selection = .products
    ) {
        self.label = label
        self.location = location
        self.dataset = dataset
        self.networks = networks
        self.batch = batch
        self.threads = threads
        self.show = show
    }
}

/// One network whose layers are measured.
public struct PlannedLayers: Sendable, Hashable {
    public var label: String
    /// The block.
    public var network: String
    public var graph: Graph
    public var batch: Int
    public var threads: Int?

    /// Under which timings hold it: `cifar10-layers/residual`.
    public var name: String { "\(label)/\(network)" }

    /// SHA-256 over all that is measured: network, batch, threads where the file says them, version of the arithmetic.
    public var key: String {
        let content = Content(
            batch: batch, graph: graph, numericVersion: NumericVersion.current, threads: threads)
        // A graph has a JSON form wherever it has been built.
        guard let bytes = try? CanonicalJSON.bytes(of: content) else { return "" }
        return SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private struct Content: Encodable {
        var measures = "layers"
        var batch: Int
        var graph: Graph
        var numericVersion: Int
        var threads: Int?
    }
}
