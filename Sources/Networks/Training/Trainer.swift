public import Datasets
public import Kernels

/// Trains a model on labelled images.
///
/// Goals, in order: the same seed, data and configuration give the same bits on every machine, with any number of
/// threads, and however often the run was stopped and went on; a run that cannot go on says where it stopped; speed.
/// Sums over batches are made in double, in the order of the batches. The clock is only read for what is reported and
/// for when to save, never for anything that a result depends on.
public enum Trainer {
    /// Trains `model` for `configuration.epochs` epochs, validating after each.
    ///
    /// - Parameters:
    ///   - model: its weights are the start; `Model(graph:seed:)` with the configuration's seed, usually. At the end it
    ///     holds what training made: the weights, or their average where the configuration asks for it.
    ///   - training: at least one image, of the network's shape and number of classes.
    ///   - validation: likewise; run with running batch-norm statistics, in batches of the same size.
    ///   - resuming: where to go on from; of a run of the same graph, data and configuration. `model` is then ignored.
    ///   - saving: what is called with the state of the run, and how often.
    ///   - clock: seconds from any start; must not go backwards.
    ///   - progress: called on this thread about ten times a second at most, and at the end of each epoch.
    /// - Throws: `TrainingError`; after `notFinite` the model holds the weights of the failing step.
    public static func train(
        model: inout Model, training: any ImageSource, validation: any ImageSource,
        configuration: TrainingConfiguration, context: KernelContext, resuming: TrainingState? = nil,
        saving: StateSaving? = nil, clock: () -> Double, progress: (TrainingProgress) -> Void
    ) throws(TrainingError) -> TrainingOutcome {
        try train(
            model: &model, training: training, validation: validation, configuration: configuration,
            context: context, fusion: true, resuming: resuming, saving: saving, clock: clock, progress: progress)
    }

    /// As above, with the executor's fusion switched off for comparison.
    package static func train(
        model: inout Model, training: any ImageSource, validation: any ImageSource,
        configuration: TrainingConfiguration, context: KernelContext, fusion: Bool, resuming: TrainingState? = nil,
        saving: StateSaving? = nil, clock: () -> Double, progress: (TrainingProgress) -> Void
    ) throws(TrainingError) -> TrainingOutcome {
        let problems = configuration.problems
        guard problems.isEmpty else { throw .configuration(problems) }
        try model.graph.check(training, as: .training)
        try model.graph.check(validation, as: .validation)
        try configuration.check(training)
        let state = resuming ?? TrainingState(model: model, configuration: configuration)
        // The run owns the tensors: a second owner would make its first step copy them all.
        model.parameters = []
        model.state = []
        var run = TrainingRun(
            state: state, training: training, validation: validation, configuration: configuration, context: context,
            fusion: fusion, saving: saving, start: clock())
        defer { model = run.state.result }
        while run.state.facts.epoch <= configuration.epochs {
            try run.train(clock: clock, progress: progress)
            try run.validate(clock: clock, progress: progress)
        }
        return run.state.facts.outcome
    }
}

/// When and how the state of a run is kept.
public struct StateSaving {
    /// At least so many seconds lie between two saves within an epoch; the end of an epoch is always saved.
    public var seconds: Double
    /// Called between two steps. Must not keep the state longer than it takes to write it; see `TrainingState`.
    public var save: (TrainingState) -> Void

    public init(seconds: Double, save: @escaping (TrainingState) -> Void) {
        self.seconds = seconds
        self.save = save
    }
}

extension TrainingConfiguration {
    /// Whether scaling and augmentation fit the images.
    func check(_ images: any ImageSource) throws(TrainingError) {
        try scaling.check(channels: images.channels)
        let side = min(images.height, images.width)
        if augmentation.crop >= side { throw .augmentation(.crop, found: augmentation.crop, side: side) }
        if augmentation.cutout > side { throw .augmentation(.cutout, found: augmentation.cutout, side: side) }
    }
}

extension Scaling {
    func check(channels: Int) throws(TrainingError) {
        guard fits(channels: channels) else {
            throw .scalingChannels(found: max(mean.count, deviation.count), channels: channels)
        }
    }
}

extension Graph {
    /// Whether images fit the network.
    func check(_ images: any ImageSource, as set: ImageSet, labelled: Bool = true) throws(TrainingError) {
        let shape = FeatureShape(height: images.height, width: images.width, channels: images.channels)
        let output = nodes[nodes.count - 1]
        guard images.count > 0 else { throw .noImages(set) }
        guard shape == nodes[0].outputShape else {
            throw .imageShape(set, found: shape, expected: nodes[0].outputShape)
        }
        guard output.outputShape.height == 1, output.outputShape.width == 1 else {
            throw .notAClassifier(node: output.name, output: output.outputShape)
        }
        guard !labelled || images.classNames.count == output.outputShape.channels else {
            throw .classes(set, found: images.classNames.count, expected: output.outputShape.channels)
        }
    }
}
