/// What a run of training leaves besides the model.
public struct TrainingOutcome: Hashable, Codable, Sendable {
    /// One an epoch; the same bits on every machine.
    public var epochs: [EpochResult]
    /// One an epoch; measured.
    public var timings: [EpochTiming]

    public init(epochs: [EpochResult], timings: [EpochTiming]) {
        self.epochs = epochs
        self.timings = timings
    }
}

/// How well a model answers on some images.
public struct Evaluation: Hashable, Codable, Sendable {
    /// Mean cross-entropy, in nats.
    public var loss: Double
    /// The share of images whose largest logit is the label's, 0…1.
    public var accuracy: Double
    /// Images.
    public var count: Int

    public init(loss: Double, accuracy: Double, count: Int) {
        self.loss = loss
        self.accuracy = accuracy
        self.count = count
    }
}
