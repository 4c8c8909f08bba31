/// What training measured at the end of one epoch. The same bits on every machine.
public struct EpochResult: Hashable, Codable, Sendable {
    /// From 1.
    public var epoch: Int
    /// Means over the images of the epoch, taken while the weights moved.
    public var trainLoss: Double
    public var trainAccuracy: Double
    /// Over the validation images after the epoch, with running batch-norm statistics.
    public var validLoss: Double
    public var validAccuracy: Double
    /// The share of the validation images whose label is among the five likeliest classes; `nil` in results that were
    /// stored before it was measured.
    public var validTop5: Double?

    public init(
        epoch: Int, trainLoss: Double, trainAccuracy: Double, validLoss: Double, validAccuracy: Double,
        validTop5: Double? = nil
    ) {
        self.epoch = epoch
        self.trainLoss = trainLoss
        self.trainAccuracy = trainAccuracy
        self.validLoss = validLoss
        self.validAccuracy = validAccuracy
        self.validTop5 = validTop5
    }
}

/// What one epoch took. Differs from machine to machine and from run to run.
public struct EpochTiming: Hashable, Codable, Sendable {
    /// Seconds of the forward pass of one full batch.
    public var trainForward: Spread
    public var validForward: Spread
    /// Wall-clock seconds of the epoch's training (validation not counted).
    public var trainSeconds: Double
    public var validSeconds: Double

    public init(trainForward: Spread, validForward: Spread, trainSeconds: Double, validSeconds: Double) {
        self.trainForward = trainForward
        self.validForward = validForward
        self.trainSeconds = trainSeconds
        self.validSeconds = validSeconds
    }
}

/// Mean and standard deviation (of a sample, n - 1) of repeated measurements.
public struct Spread: Hashable, Codable, Sendable {
    public var mean: Double
    public var deviation: Double
    public var count: Int

    /// Of no values: all zero. Of one value: deviation 0.
    public init(of values: [Double]) {
        count = values.count
        guard !values.isEmpty else {
            mean = 0
            deviation = 0
            return
        }
        let mean = values.reduce(0, +) / Double(values.count)
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
    }
}

/// How far a run is; handed to the progress closure about ten times a second at most.
public struct TrainingProgress: Hashable, Codable, Sendable {
    public var epoch: Int
    public var epochs: Int
    /// Images of this epoch done, of all.
    public var images: Int
    public var imagesPerEpoch: Int
    public var imagesPerSecond: Double
    /// Mean over the epoch so far.
    public var loss: Double
    public var secondsLeft: Double

    public init(
        epoch: Int, epochs: Int, images: Int, imagesPerEpoch: Int, imagesPerSecond: Double, loss: Double,
        secondsLeft: Double
    ) {
        self.epoch = epoch
        self.epochs = epochs
        self.images = images
        self.imagesPerEpoch = imagesPerEpoch
        self.imagesPerSecond = imagesPerSecond
        self.loss = loss
        self.secondsLeft = secondsLeft
    }
}
