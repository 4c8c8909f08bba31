/// Why a model cannot be said in another program's format.
public enum ExchangeError: Error, Hashable, Sendable {
    /// More bytes of weights than a protobuf message may have.
    case tooLarge(bytes: Int, limit: Int)
    /// The encoder refused; its own words.
    case encoding(String)
}
