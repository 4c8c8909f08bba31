import Datasets
import Kernels

/// The moving parts of one run: its state, and what turns that state into the next.
struct TrainingRun {
    private(set) var state: TrainingState
    private let configuration: TrainingConfiguration
    private let context: KernelContext
    private let training: BatchLoader
    private let validation: BatchLoader
    private let executor: Executor
    private let stepsPerEpoch: Int
    private let saving: StateSaving?
    private let start: Double
    /// Images that the run had seen when this process took it over.
    private let imagesBefore: Int
    private var lastReport: Double
    private var lastSave: Double

    init(
        state: TrainingState, training: any ImageSource, validation: any ImageSource,
        configuration: TrainingConfiguration, context: KernelContext, fusion: Bool, saving: StateSaving?, start: Double
    ) {
        self.state = state
        self.configuration = configuration
        self.context = context
        self.training = BatchLoader(
            training, scaling: configuration.scaling, augmentation: configuration.augmentation)
        self.validation = BatchLoader(validation, scaling: configuration.scaling)
        self.saving = saving
        self.start = start
        executor = Executor(graph: state.model.graph, context: context, fusion: fusion)
        stepsPerEpoch = (training.count - 1) / configuration.batchSize + 1
        imagesBefore = state.facts.imagesDone
        lastReport = start
        lastSave = start
    }

    /// The steps of the current epoch that are left.
    mutating func train(clock: () -> Double, progress: (TrainingProgress) -> Void) throws(TrainingError) {
        let epoch = state.facts.epoch
        let batches = training.shuffledBatches(of: configuration.batchSize, seed: configuration.seed, epoch: epoch)
        let left = batches.dropFirst(state.facts.step)
        guard !left.isEmpty else { return }
        let feed = feed(training, left)
        let begin = clock() - state.facts.seconds
        for _ in left {
            let loaded = try feed.next()
            try step(loaded, clock: clock)
            feed.recycle(loaded)
            let now = clock()
            state.facts.seconds = now - begin
            if now - lastReport >= 0.1 { report(now: now, progress: progress) }
            if let saving, now - lastSave >= saving.seconds {
                save()
                lastSave = clock()
            }
        }
    }

    /// Validates what the epoch made, and moves to the next.
    mutating func validate(clock: () -> Double, progress: (TrainingProgress) -> Void) throws(TrainingError) {
        let begin = clock()
        let validated = try validationSums(clock: clock)
        let end = clock()
        let trained = state.facts.sums
        state.facts.outcome.epochs.append(
            EpochResult(
                epoch: state.facts.epoch, trainLoss: trained.loss, trainAccuracy: trained.accuracy,
                validLoss: validated.loss, validAccuracy: validated.accuracy, validTop5: validated.top5))
        state.facts.outcome.timings.append(
            EpochTiming(
                trainForward: Spread(of: trained.forwardSeconds), validForward: Spread(of: validated.forwardSeconds),
                trainSeconds: state.facts.seconds, validSeconds: end - begin))
        report(now: end, progress: progress)
        state.facts.epoch += 1
        state.facts.step = 0
        state.facts.sums = EpochSums()
        state.facts.seconds = 0
        if saving != nil {
            save()
            lastSave = clock()
        }
    }

    // MARK: Steps

    private mutating func step(_ loaded: LoadedBatch, clock: () -> Double) throws(TrainingError) {
        let labels = loaded.batch.labels
        let rateFactor = configuration.schedule.factor(
            step: state.facts.totalSteps, of: configuration.epochs * stepsPerEpoch)
        try show(loaded)
        let begin = clock()
        executor.forward(state.model.parameters, state: &state.model.state, training: true)
        let seconds = clock() - begin
        let loss = executor.loss(labels: labels, smoothing: configuration.labelSmoothing)
        guard loss.lossSum.isFinite else {
            throw try notFinite(
                state.model, loaded, step: state.facts.step + 1, rateFactor: rateFactor, training: true)
        }
        executor.backward(state.model.parameters)
        if let limit = configuration.gradientNormLimit { clipGradients(to: limit) }
        state.optimizer.step(
            &state.model.parameters, gradients: executor.parameterGradients, rateFactor: rateFactor, context: context)
        if let decay = configuration.weightAveraging { average(decay: decay) }
        state.facts.sums.add(loss, images: labels.count)
        if labels.count == configuration.batchSize { state.facts.sums.forwardSeconds.append(seconds) }
        state.facts.step += 1
        state.facts.totalSteps += 1
        state.facts.imagesDone += labels.count
    }

    /// Gradients that are not finite are left as they are: the next loss says so.
    private func clipGradients(to limit: Double) {
        let norm = executor.parameterGradients.reduce(0.0) { $0 + context.sumOfSquares($1) }.squareRoot()
        guard norm > limit, norm.isFinite else { return }
        for index in executor.parameterGradients.indices {
            context.scale(&executor.parameterGradients[index], by: Float(limit / norm))
        }
    }

    private mutating func average(decay: Double) {
        guard var average = state.average.take() else { return }
        let steps = Double(state.facts.totalSteps)
        let share = Float(1 - min(decay, (1 + steps) / (10 + steps)))
        for index in average.parameters.indices {
            context.average(state.model.parameters[index], share: share, into: &average.parameters[index])
        }
        for index in average.state.indices {
            context.average(state.model.state[index], share: share, into: &average.state[index])
        }
        state.average = average
    }

    private mutating func validationSums(clock: () -> Double) throws(TrainingError) -> EpochSums {
        var sums = EpochSums()
        let model = state.result
        var statistics = model.state
        let batches = validation.batches(of: configuration.batchSize)
        let feed = feed(validation, batches)
        for _ in batches {
            let loaded = try feed.next()
            let labels = loaded.batch.labels
            try show(loaded)
            let begin = clock()
            executor.forward(model.parameters, state: &statistics, training: false)
            let seconds = clock() - begin
            let loss = executor.loss(labels: labels)
            guard loss.lossSum.isFinite else {
                let last = configuration.schedule.factor(
                    step: state.facts.totalSteps - 1, of: configuration.epochs * stepsPerEpoch)
                throw try notFinite(model, loaded, step: stepsPerEpoch + 1, rateFactor: last, training: false)
            }
            sums.add(loss, images: labels.count)
            sums.amongFive += LabelRanking.ranks(logits: executor.logits.values, labels: labels).count { $0 < 5 }
            if labels.count == configuration.batchSize { sums.forwardSeconds.append(seconds) }
            state.facts.imagesDone += labels.count
            feed.recycle(loaded)
        }
        return sums
    }

    private func feed(_ loader: BatchLoader, _ batches: some Collection<BatchLoader.Batch>) -> BatchFeed {
        BatchFeed(
            loader, batches: batches, instructionSet: context.instructionSet, threads: context.pool.threads)
    }

    private func show(_ loaded: LoadedBatch) throws(TrainingError) {
        try executor.load(batch: loaded.batch.labels.count) { context.copy(loaded.images, into: &$0) }
    }

    // MARK: Saving, reporting, failing

    private mutating func save() {
        state.facts.beta1Power = state.optimizer.beta1Power
        state.facts.beta2Power = state.optimizer.beta2Power
        saving?.save(state)
    }

    private mutating func report(now: Double, progress: (TrainingProgress) -> Void) {
        let perEpoch = training.source.count + validation.source.count
        let rate = now > start ? Double(state.facts.imagesDone - imagesBefore) / (now - start) : 0
        let left = configuration.epochs * perEpoch - state.facts.imagesDone
        lastReport = now
        progress(
            TrainingProgress(
                epoch: state.facts.epoch, epochs: configuration.epochs, images: state.facts.sums.images,
                imagesPerEpoch: training.source.count, imagesPerSecond: rate, loss: state.facts.sums.loss,
                secondsLeft: rate > 0 ? Double(left) / rate : 0))
    }

    /// Runs the batch again, unfused and on copies, to find the node that failed first.
    private func notFinite(
        _ model: Model, _ loaded: LoadedBatch, step: Int, rateFactor: Double, training: Bool
    ) throws(TrainingError) -> TrainingError {
        let diagnosis = Executor(graph: model.graph, context: context, fusion: false)
        var statistics = model.state
        var culprit: Int?
        try diagnosis.load(batch: loaded.batch.labels.count) { context.copy(loaded.images, into: &$0) }
        diagnosis.forward(model.parameters, state: &statistics, training: training) { node, output in
            if culprit == nil, !output.isFinite { culprit = node }
        }
        let node = culprit ?? model.firstNotFinite?.node ?? model.graph.nodes.count - 1
        return .notFinite(
            epoch: state.facts.epoch, step: step, learningRate: configuration.optimizer.learningRate * rateFactor,
            node: model.graph.nodes[node].name)
    }
}

extension EpochSums {
    fileprivate mutating func add(_ result: LossResult, images count: Int) {
        lossSum += result.lossSum
        correct += result.correct
        images += count
    }
}
