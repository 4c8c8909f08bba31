import Datasets
import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@Suite("Going on from a saved state")
struct ResumeTests {
    let context = KernelContext(threads: 1)

    /// Everything a state can hold: moments, an average, sums, several epochs and a short last batch.
    static let configurations = [
        TrainingConfiguration(
            epochs: 3, batchSize: 4,
            optimizer: .adamW(learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1),
            schedule: .oneCycle(rise: 0.3, start: 10, end: 100), seed: 5,
            augmentation: .init(flips: true, crop: 1, cutout: 2), labelSmoothing: 0.1, gradientNormLimit: 1,
            weightAveraging: 0.9),
        TrainingConfiguration(
            epochs: 2, batchSize: 5,
            optimizer: .sgd(learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-4), seed: 6),
        TrainingConfiguration(
            epochs: 2, batchSize: 4,
            optimizer: .muon(
                learningRate: 1e-2, momentum: 0.95, adamRate: 5e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8,
                weightDecay: 0.1),
            seed: 7, weightAveraging: 0.9),
    ]

    private func train(
        _ configuration: TrainingConfiguration, from state: TrainingState? = nil,
        save: ((TrainingState) -> Void)? = nil, clock: () -> Double = { 0 }
    ) throws -> (model: Model, outcome: TrainingOutcome) {
        var model = Model(graph: try Fixtures.tiny(), seed: configuration.seed)
        let outcome = try Trainer.train(
            model: &model, training: Fixtures.patches(11, seed: 1), validation: Fixtures.patches(7, seed: 2),
            configuration: configuration, context: context, resuming: state,
            saving: save.map { StateSaving(seconds: 0, save: $0) }, clock: clock, progress: { _ in })
        return (model, outcome)
    }

    @Test("From any step, through a file, the rest gives the same bits", arguments: configurations)
    func sameBits(configuration: TrainingConfiguration) throws {
        var states: [TrainingState] = []
        let whole = try train(configuration, save: { states.append($0) })
        #expect(try train(configuration).model == whole.model, "saving changed the result")
        let stepsPerEpoch = (11 - 1) / configuration.batchSize + 1
        #expect(states.count == configuration.epochs * (stepsPerEpoch + 1))
        try withTemporaryFolder { folder in
            for state in states {
                let place = "epoch \(state.facts.epoch), step \(state.facts.step)"
                let file = folder.appendingPathComponent("state.safetensors")
                var bytes = Data()
                try state.writeTensors(to: file) { bytes.append(contentsOf: $0) }
                #expect(try Data(contentsOf: file) == bytes)
                let facts = try JSONDecoder().decode(
                    TrainingState.Facts.self, from: try JSONEncoder().encode(state.facts))
                let read = try TrainingState(
                    facts: facts, tensorsAt: file, graph: state.model.graph, configuration: configuration)
                #expect(read == state, "\(place)")
                let rest = try train(configuration, from: read)
                #expect(rest.model == whole.model, "weights, from \(place)")
                #expect(rest.outcome.epochs == whole.outcome.epochs, "results, from \(place)")
            }
        }
    }

    @Test("Times add up over interruptions, and the measure of time left knows of them")
    func times() throws {
        let configuration = Self.configurations[1]
        var states: [TrainingState] = []
        let clock = SteppingClock()
        let whole = try train(configuration, save: { states.append($0) }, clock: clock.read)
        let middle = try #require(states.first { $0.facts.epoch == 2 && $0.facts.step == 1 })
        let later = SteppingClock()
        let rest = try train(configuration, from: middle, save: { _ in }, clock: later.read)
        #expect(rest.outcome.timings[0] == whole.outcome.timings[0])
        #expect(rest.outcome.timings[1].trainForward.count == whole.outcome.timings[1].trainForward.count)
        #expect(rest.outcome.timings[1].trainSeconds > 0)
    }

    @Test("A state of another network or optimizer is refused")
    func refusals() throws {
        var states: [TrainingState] = []
        _ = try train(Self.configurations[1], save: { states.append($0) })
        let state = try #require(states.last)
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("state.safetensors")
            try state.writeTensors(to: file) { _ in }
            let wide = try Fixtures.tiny(channels: 3)
            #expect(throws: ModelFileError.self) {
                try TrainingState(
                    facts: state.facts, tensorsAt: file, graph: wide, configuration: Self.configurations[1])
            }
            #expect(throws: ModelFileError.self) {
                try TrainingState(
                    facts: state.facts, tensorsAt: file, graph: state.model.graph,
                    configuration: Self.configurations[0])
            }
        }
    }
}
