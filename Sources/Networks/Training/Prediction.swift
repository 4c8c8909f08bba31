import Kernels

/// What a network says of one labelled image.
public struct Prediction: Hashable, Sendable {
    public var label: Int
    /// The class of the largest logit, the first of equals.
    public var predicted: Int
    /// How many classes come before the label: 0 where the prediction is right, below 5 where the label is among the
    /// five likeliest.
    public var rank: Int
    /// The probability of `predicted`, 0…1.
    public var confidence: Double
    /// Cross-entropy in nats: minus the logarithm of the label's probability.
    public var loss: Double

    public init(label: Int, predicted: Int, rank: Int, confidence: Double, loss: Double) {
        self.label = label
        self.predicted = predicted
        self.rank = rank
        self.confidence = confidence
        self.loss = loss
    }

    /// In double, with this project's own exponential and logarithm: the same bits everywhere.
    /// - Parameter logits: one for each class; traps where there is none for `label`.
    init(logits: ArraySlice<Float>, label: Int) {
        let values = logits.map(Double.init)
        let best = Self.likeliest(values)
        let sum = values.reduce(0) { $0 + DeterministicMath.exp($1 - values[best]) }
        self.init(
            label: label, predicted: best, rank: LabelRanking.rank(of: label, in: logits), confidence: 1 / sum,
            loss: DeterministicMath.log(sum) - (values[label] - values[best]))
    }

    /// The softmax of the logits of one image: what each class's probability is, 0…1. In double, with this project's own
    /// exponential.
    /// - Parameter logits: at least one; where one is not finite, so are the probabilities.
    public static func probabilities(logits: [Float]) -> [Double] {
        let values = logits.map(Double.init)
        guard !values.isEmpty else { return [] }
        let best = values[likeliest(values)]
        let shares = values.map { DeterministicMath.exp($0 - best) }
        let sum = shares.reduce(0, +)
        return shares.map { $0 / sum }
    }

    /// The first of the largest.
    private static func likeliest(_ values: [Double]) -> Int {
        var best = 0
        for index in values.indices where values[index] > values[best] { best = index }
        return best
    }
}

/// The place of the right class among all.
enum LabelRanking {
    /// How many classes have a larger logit than `label`, or an equal one and a smaller index.
    static func rank(of label: Int, in logits: ArraySlice<Float>) -> Int {
        let own = logits[logits.startIndex + label]
        var rank = 0
        for (index, value) in logits.enumerated() where value > own || (value == own && index < label) { rank += 1 }
        return rank
    }

    /// For each row of `logits`, `[labels.count, classes]`.
    static func ranks(logits: [Float], labels: [Int32]) -> [Int] {
        let classes = logits.count / max(1, labels.count)
        return labels.enumerated().map { row, label in
            rank(of: Int(label), in: logits[row * classes..<(row + 1) * classes])
        }
    }
}
