/// All that a run of training is between two steps: going on from it gives the same bits as never having stopped.
///
/// Order, flips, crops and cutouts of an epoch follow from the seed and the epoch's number, so no generator is part of
/// it. Tensors are shared with the run until its next step: whoever keeps a state makes that step copy them.
public struct TrainingState: Sendable, Equatable {
    /// The weights that are being trained.
    package internal(set) var model: Model
    /// Their exponential moving average, where the configuration asks for one.
    package internal(set) var average: Model?
    var optimizer: OptimizerState
    /// The place in the run, and what has been measured so far.
    public internal(set) var facts: Facts

    /// Everything that is no tensor. Its encoded form is part of checkpoints.
    public struct Facts: Hashable, Codable, Sendable {
        /// The epoch that the next step belongs to, from 1; one more than the last when the run is complete.
        public internal(set) var epoch = 1
        /// Steps of that epoch that are done.
        public internal(set) var step = 0
        /// Steps of all epochs that are done.
        public internal(set) var totalSteps = 0
        var beta1Power = 1.0
        var beta2Power = 1.0
        /// Over the steps of this epoch.
        var sums = EpochSums()
        /// Spent training in this epoch so far.
        var seconds = 0.0
        /// Images run forward so far, validation included.
        var imagesDone = 0
        /// Of the epochs that are done.
        var outcome = TrainingOutcome(epochs: [], timings: [])

        /// Whether a run of that configuration can be at this place. Not whether it was.
        public func fits(_ configuration: TrainingConfiguration) -> Bool {
            epoch >= 1 && epoch <= configuration.epochs + 1 && step >= 0 && totalSteps >= step && sums.images >= 0
                && outcome.epochs.count == epoch - 1 && outcome.timings.count == epoch - 1
        }
    }

    /// Before the first step.
    init(model: Model, configuration: TrainingConfiguration) {
        self.model = model
        average = configuration.weightAveraging == nil ? nil : model
        optimizer = OptimizerState(
            configuration.optimizer, decayed: model.layout.decayed, matrices: configuration.optimizer.matrices(of: model.graph))
        facts = Facts()
    }

    init(model: Model, average: Model?, optimizer: OptimizerState, facts: Facts) {
        self.model = model
        self.average = average
        self.optimizer = optimizer
        self.facts = facts
    }

    /// What validation sees and what is left when training ends.
    package var result: Model { average ?? model }
}

/// Sums over the batches of an epoch, in their order.
struct EpochSums: Hashable, Codable, Sendable {
    var lossSum = 0.0
    var correct = 0
    /// Images whose label is among the five likeliest classes; counted in validation.
    var amongFive = 0
    var images = 0
    /// Of every full batch.
    var forwardSeconds: [Double] = []

    var loss: Double { lossSum / Double(images) }
    var accuracy: Double { Double(correct) / Double(images) }
    var top5: Double { Double(amongFive) / Double(images) }
}
