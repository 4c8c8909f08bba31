/// One training run: one network, one seed, of one training cell. Written `mnist/residual/1`.
public struct RunIdentifier: Hashable, Codable, Sendable, CustomStringConvertible {
    public var label: String
    public var network: String
    public var seed: UInt64

    public init(label: String, network: String, seed: UInt64) {
        self.label = label
        self.network = network
        self.seed = seed
    }

    public var description: String { "\(label)/\(network)/\(seed)" }

    /// Reads `label/network/seed`; `nil` where the text is not of that form.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty, let seed = UInt64(parts[2]) else { return nil }
        self.init(label: String(parts[0]), network: String(parts[1]), seed: seed)
    }
}
