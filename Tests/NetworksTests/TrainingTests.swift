import Datasets
import Kernels
import Networks
import Testing

@Suite("Training")
struct TrainingTests {
    let context = KernelContext(threads: 1)

    private func train(
        _ graph: Graph, _ training: LabeledImages, _ configuration: TrainingConfiguration,
        validation: LabeledImages? = nil, context: KernelContext? = nil, fusion: Bool = true
    ) throws -> (model: Model, outcome: TrainingOutcome) {
        var model = Model(graph: graph, seed: configuration.seed)
        let outcome = try Trainer.train(
            model: &model, training: training, validation: validation ?? training, configuration: configuration,
            context: context ?? self.context, fusion: fusion, clock: { 0 }, progress: { _ in })
        return (model, outcome)
    }

    @Test("A tiny network learns 64 easy images")
    func overfits() throws {
        let images = Fixtures.patches(64, seed: 1)
        let (model, outcome) = try train(
            Fixtures.tiny(), images, .init(epochs: 15, batchSize: 16, schedule: .constant, augmentation: .init(flips: true)))
        let last = try #require(outcome.epochs.last)
        #expect(outcome.epochs.map(\.epoch) == Array(1...15))
        #expect(last.trainAccuracy > 0.95 && last.validAccuracy > 0.95, "\(last)")
        #expect(last.trainLoss < outcome.epochs[0].trainLoss, "\(outcome.epochs)")
        // What validation reports is what the model gives afterwards.
        let evaluation = try model.evaluate(images, batchSize: 16, context: context)
        #expect(evaluation.loss == last.validLoss && evaluation.accuracy == last.validAccuracy)
        #expect(try model.evaluate(Fixtures.patches(50, seed: 99), context: context).accuracy > 0.9)
    }

    @Test("Gradient descent learns too, under every schedule")
    func gradientDescentLearns() throws {
        let images = Fixtures.patches(32, seed: 2)
        let schedules = [
            Schedule.published, .cosine(warmUp: 0.1, floor: 0.01), .oneCycle(rise: 0.3, start: 10, end: 100),
        ]
        for schedule in schedules {
            let (_, outcome) = try train(
                Fixtures.tiny(), images,
                .init(
                    epochs: 8, batchSize: 8,
                    optimizer: .sgd(learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-4),
                    schedule: schedule))
            let last = try #require(outcome.epochs.last)
            #expect(last.validAccuracy > 0.9, "\(schedule): \(outcome.epochs)")
        }
    }

    @Test("The same bits on every instruction set and with any number of threads, with and without fusion")
    func sameBitsEverywhere() throws {
        let graph = try Fixtures.everyLayer()
        var generator = SeededGenerator(seed: 7)
        let images = LabeledImages(
            height: 9, width: 8, channels: 3, pixels: (0..<11 * 216).map { _ in UInt8(generator.index(below: 256)) },
            labels: (0..<11).map { Int32($0 % 3) }, classNames: ["a", "b", "c"])
        let configuration = TrainingConfiguration(epochs: 2, batchSize: 4, augmentation: .init(flips: true, crop: 2, cutout: 3))
        let expected = try train(graph, images, configuration)
        for set in InstructionSet.available {
            for threads in 1...3 {
                let found = try train(
                    graph, images, configuration, context: KernelContext(instructionSet: set, threads: threads))
                #expect(found.model == expected.model, "weights on \(set) with \(threads) threads")
                #expect(found.outcome.epochs == expected.outcome.epochs, "results on \(set), \(threads) threads")
            }
        }
        var everything = configuration
        everything.optimizer = .adamW(learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1)
        everything.labelSmoothing = 0.1
        everything.gradientNormLimit = 0.5
        everything.weightAveraging = 0.9
        everything.scaling = Scaling(mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.25])
        let modern = try train(graph, images, everything)
        #expect(modern.model != expected.model)
        for (set, threads) in [(InstructionSet.portable, 2), (.best, 3)] {
            let found = try train(
                graph, images, everything, context: KernelContext(instructionSet: set, threads: threads))
            #expect(found.model == modern.model && found.outcome.epochs == modern.outcome.epochs, "\(set), \(threads)")
        }
        let unfused = try train(graph, images, configuration, fusion: false)
        #expect(unfused.model == expected.model && unfused.outcome == expected.outcome)
    }

    @Test("The seed decides order, flips and weights")
    func seeds() throws {
        let images = Fixtures.patches(12, seed: 3)
        let graph = try Fixtures.tiny()
        let one = try train(graph, images, .init(epochs: 1, batchSize: 5, seed: 1))
        #expect(try train(graph, images, .init(epochs: 1, batchSize: 5, seed: 1)).model == one.model)
        #expect(try train(graph, images, .init(epochs: 1, batchSize: 5, seed: 2)).model != one.model)
        #expect(try train(graph, images, .init(epochs: 1, batchSize: 5, seed: 1, augmentation: .init(flips: true))).model != one.model)
    }

    @Test("Small sets: a rest, one image, one class, batches larger than the set")
    func smallSets() throws {
        let graph = try Fixtures.tiny()
        for count in [1, 2, 5, 9] {
            for batchSize in [1, 4, 1 << 40] {
                let images = Fixtures.patches(20, seed: 4).prefix(count)
                let (model, outcome) = try train(graph, images, .init(epochs: 1, batchSize: batchSize))
                #expect(outcome.epochs[0].trainLoss.isFinite && outcome.epochs[0].validLoss.isFinite)
                #expect(model.parameters != Model(graph: graph, seed: 1).parameters, "\(count) images moved nothing")
            }
        }
        let oneClass = Fixtures.patches(6, classes: 1, seed: 4)
        let (_, outcome) = try train(Fixtures.tiny(classes: 1), oneClass, .init(epochs: 2, batchSize: 4))
        #expect(outcome.epochs.allSatisfy { $0.validLoss == 0 && $0.validAccuracy == 1 }, "\(outcome.epochs)")
    }

    @Test("The loss of an epoch is the mean over images, not over batches")
    func meansOverImages() throws {
        // A rate too small to move a float: every batch is seen by the same weights.
        let optimizer = Optimizer.sgd(learningRate: 1e-30, momentum: 0, nesterov: false, weightDecay: 0)
        var builder = Fixtures.Builder(8, 8, 1)
        try builder.convolution(4, 3, bias: true)
        let graph = try builder.classifier(2)
        let images = Fixtures.patches(7, seed: 5)
        let (_, outcome) = try train(graph, images, .init(epochs: 1, batchSize: 4, optimizer: optimizer))
        let whole = try Model(graph: graph, seed: 1).evaluate(images, batchSize: 7, context: context)
        let found = outcome.epochs[0]
        #expect(abs(found.trainLoss - whole.loss) < 1e-6, "\(found.trainLoss) against \(whole.loss)")
        #expect(found.trainAccuracy == whole.accuracy && found.validAccuracy == whole.accuracy)
    }

    @Test("Only full batches are timed, with the clock that was given")
    func timings() throws {
        let clock = SteppingClock()
        var model = Model(graph: try Fixtures.tiny(), seed: 1)
        var reports: [TrainingProgress] = []
        let outcome = try Trainer.train(
            model: &model, training: Fixtures.patches(11, seed: 6), validation: Fixtures.patches(9, seed: 7),
            configuration: .init(epochs: 2, batchSize: 4), context: context, clock: clock.read,
            progress: { reports.append($0) })
        for timing in outcome.timings {
            #expect(timing.trainForward.count == 2 && timing.validForward.count == 2)
            #expect(timing.trainForward.mean == 1 && timing.trainForward.deviation == 0)
            #expect(timing.trainSeconds > 0 && timing.validSeconds > 0)
        }
        // The clock moves a second a look, so every step may report, and the end of each epoch does.
        #expect(reports.filter { $0.images == 11 && $0.epoch == 2 }.count >= 1)
        #expect(reports.last?.secondsLeft == 0, "\(String(describing: reports.last))")
        #expect(reports.allSatisfy { $0.epochs == 2 && $0.imagesPerEpoch == 11 && $0.imagesPerSecond > 0 })
        let none = try Trainer.train(
            model: &model, training: Fixtures.patches(3, seed: 6), validation: Fixtures.patches(3, seed: 7),
            configuration: .init(epochs: 1, batchSize: 4), context: context, clock: { 0 }, progress: { _ in })
        #expect(none.timings[0].trainForward.count == 0 && none.timings[0].validForward.count == 0)
    }

    @Test("One image is measured as often as asked")
    func measuresInference() throws {
        let clock = SteppingClock()
        let model = Model(graph: try Fixtures.tiny(), seed: 1)
        let seconds = try model.measureInference(
            image: Fixtures.patches(3, seed: 1), count: 20, warmUp: 2, context: context, clock: clock.read)
        #expect(seconds == Array(repeating: 1, count: 20) && clock.reads == 40)
    }

    @Test("A loss that is not finite stops the run and names the node")
    func stopsWhenNotFinite() throws {
        let images = Fixtures.patches(12, seed: 8)
        let graph = try Fixtures.tiny()
        var model = Model(graph: graph, seed: 1)
        let weight = try #require(model.layout.parameters.firstIndex { $0.name == "node4.weight" })
        model.parameters[weight][3] = .nan
        #expect(throws: TrainingError.notFinite(epoch: 1, step: 1, learningRate: 1e-3, node: "node4")) {
            try Trainer.train(
                model: &model, training: images, validation: images, configuration: .init(epochs: 2, batchSize: 4),
                context: context, clock: { 0 }, progress: { _ in })
        }
        var diverging = Model(graph: graph, seed: 1)
        do {
            _ = try Trainer.train(
                model: &diverging, training: images, validation: images,
                configuration: .init(
                    epochs: 20, batchSize: 4,
                    optimizer: .sgd(learningRate: 1e30, momentum: 0.9, nesterov: false, weightDecay: 0.1),
                    schedule: .constant),
                context: context, clock: { 0 }, progress: { _ in })
            Issue.record("a rate of 1e30 did not diverge")
        } catch {
            guard case .notFinite(let epoch, let step, let rate, let node) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(epoch >= 1 && step >= 1 && rate == 1e30 && graph.nodes.contains { $0.name == node })
        }
    }

    @Test("The average of the weights is what validation and the caller see")
    func averagesWeights() throws {
        let images = Fixtures.patches(24, seed: 9)
        let graph = try Fixtures.tiny()
        let plain = TrainingConfiguration(epochs: 2, batchSize: 8)
        var averaged = plain
        averaged.weightAveraging = 0.999
        var states: [TrainingState] = []
        var model = Model(graph: graph, seed: 1)
        let outcome = try Trainer.train(
            model: &model, training: images, validation: images, configuration: averaged, context: context,
            saving: StateSaving(seconds: 0) { states.append($0) }, clock: { 0 }, progress: { _ in })
        #expect(model != (try train(graph, images, plain).model))
        let evaluation = try model.evaluate(images, batchSize: 8, context: context)
        #expect(evaluation.loss == outcome.epochs[1].validLoss)
        // The trained weights do not depend on their average, which follows its formula.
        let last = try #require(states.last)
        #expect(last.model == (try train(graph, images, plain).model))
        var expected = Model(graph: graph, seed: 1).parameters[0].values.map(Double.init)
        for state in states where state.facts.step > 0 {
            let steps = Double(state.facts.totalSteps - 1)
            let decay = min(0.999, (1 + steps) / (10 + steps))
            for (index, value) in state.model.parameters[0].values.enumerated() {
                expected[index] = decay * expected[index] + (1 - decay) * Double(value)
            }
        }
        for (found, wanted) in zip(model.parameters[0].values, expected) {
            #expect(abs(Double(found) - wanted) < 1e-6, "\(found) against \(wanted)")
        }
    }

    @Test("A bound on the norm of the gradients bounds the step")
    func boundsGradients() throws {
        let images = Fixtures.patches(8, seed: 10)
        let graph = try Fixtures.tiny()
        func step(_ limit: Double?) throws -> Double {
            let configuration = TrainingConfiguration(
                epochs: 1, batchSize: 8,
                optimizer: .sgd(learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0), schedule: .constant,
                gradientNormLimit: limit)
            let before = Model(graph: graph, seed: 1).parameters
            let after = try train(graph, images, configuration).model.parameters
            return zip(before, after).reduce(0) { sum, pair in
                zip(pair.0.values, pair.1.values).reduce(sum) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
            }.squareRoot()
        }
        let free = try step(nil)
        #expect(free > 0.2, "\(free)")
        #expect(abs(try step(free / 4) - free / 4) < 1e-4 * free)
        #expect(try step(free * 2) == free)
    }

    @Test("What does not fit is refused before anything runs")
    func refusals() throws {
        let graph = try Fixtures.tiny()
        let good = Fixtures.patches(4, seed: 1)
        func refusal(
            _ graph: Graph, _ training: LabeledImages, _ validation: LabeledImages,
            _ configuration: TrainingConfiguration = .init(epochs: 1)
        ) throws -> TrainingError? {
            do {
                _ = try train(graph, training, configuration, validation: validation)
                return nil
            } catch let error as TrainingError {
                return error
            }
        }
        let small = FeatureShape(height: 5, width: 5, channels: 1)
        let right = FeatureShape(height: 8, width: 8, channels: 1)
        #expect(try refusal(graph, good.prefix(0), good) == .noImages(.training))
        #expect(try refusal(graph, good, good.prefix(0)) == .noImages(.validation))
        #expect(
            try refusal(graph, good, Fixtures.patches(4, size: 5, seed: 1))
                == .imageShape(.validation, found: small, expected: right))
        #expect(
            try refusal(graph, Fixtures.patches(4, classes: 3, seed: 1), good)
                == .classes(.training, found: 3, expected: 2))
        #expect(
            try refusal(graph, good, good, .init(epochs: 1, scaling: Scaling(mean: [0, 0, 0], deviation: [1])))
                == .scalingChannels(found: 3, channels: 1))
        #expect(
            try refusal(graph, good, good, .init(epochs: 1, augmentation: .init(crop: 8)))
                == .augmentation(.crop, found: 8, side: 8))
        var wide = Fixtures.Builder(8, 8, 1)
        try wide.convolution(2, 3)
        #expect(
            try refusal(wide.graph, good, good)
                == .notAClassifier(node: "node1", output: FeatureShape(height: 8, width: 8, channels: 2)))
        guard case .configuration(let problems)? = try refusal(graph, good, good, .init(epochs: 0)) else {
            Issue.record("no epochs were accepted")
            return
        }
        #expect(problems.count == 1)
        #expect(throws: TrainingError.noImages(.inference)) {
            try Model(graph: graph, seed: 1).evaluate(good.prefix(0), context: context)
        }
    }
}
