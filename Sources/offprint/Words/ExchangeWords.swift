import Exchange

/// The English of what cannot be said in another program's format.
extension ExchangeError {
    var words: String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "its weights take \(Quantities.memory(bytes)); an ONNX file of one piece holds at most \(Quantities.memory(limit))"
        case .encoding(let reason): "cannot be encoded: \(reason)"
        }
    }
}
