public import Datasets
public import Kernels

/// Trains a model on labelled images.
///
/// Goals, in order: the same seed, data and configuration give the same bits on every machine and with any number of
/// threads; a run that cannot go on says where it stopped; speed. Sums over batches are made in double, in the order of
/// the batches. The clock is only read for what is reported, never for a decision.
public enum Trainer {
    /// Trains `model` for `configuration.epochs` epochs, validating after each.
    ///
    /// - Parameters:
    ///   - model: its weights are the start; `Model(graph:seed:)` with the configuration's seed, usually.
    ///   - training: at least one image, of the network's shape and number of classes.
    ///   - validation: likewise; run with running batch-norm statistics, in batches of the same size.
    ///   - clock: seconds from any start; must not go backwards.
    ///   - progress: called on this thread about ten times a second at most, and at the end of each epoch.
    /// - Throws: `TrainingError`; after `notFinite` the model holds the weights of the failing step.
    public static func train(
        model: inout Model, training: LabeledImages, validation: LabeledImages, configuration: TrainingConfiguration,
        context: KernelContext, clock: () -> Double, progress: (TrainingProgress) -> Void
    ) throws(TrainingError) -> TrainingOutcome {
        try train(
            model: &model, training: training, validation: validation, configuration: configuration,
            context: context, fusion: true, clock: clock, progress: progress)
    }

    /// As above, with the executor's fusion switched off for comparison.
    package static func train(
        model: inout Model, training: LabeledImages, validation: LabeledImages, configuration: TrainingConfiguration,
        context: KernelContext, fusion: Bool, clock: () -> Double, progress: (TrainingProgress) -> Void
    ) throws(TrainingError) -> TrainingOutcome {
        let problems = configuration.problems
        guard problems.isEmpty else { throw .configuration(problems) }
        try model.graph.check(training, as: .training)
        try model.graph.check(validation, as: .validation)
        var run = TrainingRun(
            graph: model.graph, training: training, validation: validation, configuration: configuration,
            context: context, fusion: fusion, start: clock())
        var outcome = TrainingOutcome(epochs: [], timings: [])
        for epoch in 1...configuration.epochs {
            let begin = clock()
            let trained = try run.trainEpoch(epoch, &model, clock: clock, progress: progress)
            let middle = clock()
            let validated = try run.validate(epoch, model, clock: clock)
            let end = clock()
            outcome.epochs.append(
                EpochResult(
                    epoch: epoch, trainLoss: trained.loss, trainAccuracy: trained.accuracy,
                    validLoss: validated.loss, validAccuracy: validated.accuracy))
            outcome.timings.append(
                EpochTiming(
                    trainForward: Spread(of: trained.forwardSeconds),
                    validForward: Spread(of: validated.forwardSeconds),
                    trainSeconds: middle - begin, validSeconds: end - middle))
            run.report(epoch, images: training.count, loss: trained.loss, now: end, progress: progress)
        }
        return outcome
    }
}

/// The moving parts of one run.
private struct TrainingRun {
    let configuration: TrainingConfiguration
    let context: KernelContext
    let training: BatchLoader
    let validation: BatchLoader
    let executor: Executor
    var optimizer: OptimizerState
    let stepsPerEpoch: Int
    let start: Double
    var lastReport: Double
    /// Images run forward so far, validation included: the measure of time left.
    var imagesDone = 0

    init(
        graph: Graph, training: LabeledImages, validation: LabeledImages, configuration: TrainingConfiguration,
        context: KernelContext, fusion: Bool, start: Double
    ) {
        self.configuration = configuration
        self.context = context
        self.training = BatchLoader(training, scaling: configuration.scaling)
        self.validation = BatchLoader(validation, scaling: configuration.scaling)
        executor = Executor(graph: graph, context: context, fusion: fusion)
        optimizer = OptimizerState(configuration.optimizer)
        stepsPerEpoch = (training.count - 1) / configuration.batchSize + 1
        self.start = start
        lastReport = start
    }

    mutating func trainEpoch(
        _ epoch: Int, _ model: inout Model, clock: () -> Double, progress: (TrainingProgress) -> Void
    ) throws(TrainingError) -> EpochSums {
        var sums = EpochSums()
        let batches = training.shuffledBatches(
            of: configuration.batchSize, seed: configuration.seed, epoch: epoch, flips: configuration.flips)
        for (step, batch) in batches.enumerated() {
            let rateFactor = configuration.schedule.factor(
                step: (epoch - 1) * stepsPerEpoch + step, of: configuration.epochs * stepsPerEpoch)
            try training.load(batch, into: executor, context: context)
            let begin = clock()
            executor.forward(model.parameters, state: &model.state, training: true)
            let seconds = clock() - begin
            let loss = executor.loss(labels: batch.labels)
            guard loss.lossSum.isFinite else {
                throw try notFinite(
                    epoch: epoch, step: step + 1, rateFactor: rateFactor, model, batch, training, training: true)
            }
            executor.backward(model.parameters)
            optimizer.step(
                &model.parameters, gradients: executor.parameterGradients, rateFactor: rateFactor, context: context)
            sums.add(loss, images: batch.labels.count)
            if batch.labels.count == configuration.batchSize { sums.forwardSeconds.append(seconds) }
            imagesDone += batch.labels.count
            let now = clock()
            if now - lastReport >= 0.1 {
                report(epoch, images: sums.images, loss: sums.loss, now: now, progress: progress)
            }
        }
        return sums
    }

    mutating func validate(_ epoch: Int, _ model: Model, clock: () -> Double) throws(TrainingError) -> EpochSums {
        var sums = EpochSums()
        var state = model.state
        for batch in validation.batches(of: configuration.batchSize) {
            try validation.load(batch, into: executor, context: context)
            let begin = clock()
            executor.forward(model.parameters, state: &state, training: false)
            let seconds = clock() - begin
            let loss = executor.loss(labels: batch.labels)
            guard loss.lossSum.isFinite else {
                let last = configuration.schedule.factor(
                    step: epoch * stepsPerEpoch - 1, of: configuration.epochs * stepsPerEpoch)
                throw try notFinite(
                    epoch: epoch, step: stepsPerEpoch + 1, rateFactor: last, model, batch, validation, training: false)
            }
            sums.add(loss, images: batch.labels.count)
            if batch.labels.count == configuration.batchSize { sums.forwardSeconds.append(seconds) }
            imagesDone += batch.labels.count
        }
        return sums
    }

    mutating func report(
        _ epoch: Int, images: Int, loss: Double, now: Double, progress: (TrainingProgress) -> Void
    ) {
        let perEpoch = training.images.count + validation.images.count
        let rate = now > start ? Double(imagesDone) / (now - start) : 0
        let left = configuration.epochs * perEpoch - imagesDone
        lastReport = now
        progress(
            TrainingProgress(
                epoch: epoch, epochs: configuration.epochs, images: images, imagesPerEpoch: training.images.count,
                imagesPerSecond: rate, loss: loss, secondsLeft: rate > 0 ? Double(left) / rate : 0))
    }

    /// Runs the batch again, unfused and on copies, to find the node that failed first.
    private func notFinite(
        epoch: Int, step: Int, rateFactor: Double, _ model: Model, _ batch: BatchLoader.Batch, _ loader: BatchLoader,
        training: Bool
    ) throws(TrainingError) -> TrainingError {
        let diagnosis = Executor(graph: model.graph, context: context, fusion: false)
        var state = model.state
        var culprit: Int?
        try loader.load(batch, into: diagnosis, context: context)
        diagnosis.forward(model.parameters, state: &state, training: training) { node, output in
            if culprit == nil, !output.isFinite { culprit = node }
        }
        let node = culprit ?? model.firstNotFinite?.node ?? model.graph.nodes.count - 1
        return .notFinite(
            epoch: epoch, step: step, learningRate: configuration.optimizer.learningRate * rateFactor,
            node: model.graph.nodes[node].name)
    }
}

/// Sums over the batches of an epoch, in their order.
private struct EpochSums {
    var lossSum = 0.0
    var correct = 0
    var images = 0
    var forwardSeconds: [Double] = []

    var loss: Double { lossSum / Double(images) }
    var accuracy: Double { Double(correct) / Double(images) }

    mutating func add(_ result: LossResult, images count: Int) {
        lossSum += result.lossSum
        correct += result.correct
        images += count
    }
}

extension Graph {
    /// Whether images fit the network.
    func check(_ images: LabeledImages, as set: ImageSet, labelled: Bool = true) throws(TrainingError) {
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
