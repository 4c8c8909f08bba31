import Foundation
import Kernels
import Networks
import TestSupport
import Testing

/// Twenty steps of every block beside PyTorch's, from the same weights on the same batches.
///
/// PyTorch's side is `Tests/NetworksTests/Parity/pytorch.json`, made by `Benchmarks/parity.py`; see
/// Benchmarks/README.md for how to make it anew.
@Suite("Parity with PyTorch")
struct ParityTests {
    /// Relative, of every loss, beside what roundings make of it.
    static let tolerance = 1e-3
    /// Relative, of the norm by which a group of numbers has moved, after the first step and after the last; likewise.
    static let movement = ["1": 1e-3, "20": 2e-2]

    /// Where the inputs are to be written instead of comparing; `nil` in a test run.
    private static var folderForInputs: String? { ProcessInfo.processInfo.environment["OFFPRINT_PARITY_INPUTS"] }

    @Test("The same losses as PyTorch for twenty steps", arguments: ParityCase.all)
    func sameLosses(of parity: ParityCase) throws {
        let context = KernelContext(threads: 1)
        let inputs = try ParityInputs(parity, context: context)
        if let folder = Self.folderForInputs {
            let file = parity.name.replacingOccurrences(of: "/", with: "-") + ".safetensors"
            try inputs.write(parity, to: URL(fileURLWithPath: folder).appendingPathComponent(file))
            return
        }
        let expected = try #require(try ParityFixture.committed().cases[parity.name], "no \(parity.name) in the fixture")
        // Otherwise a change of the initialisation or of the images would look like an error of arithmetic.
        try #require(
            inputs.digest == expected.inputs, "PyTorch trained from other weights or batches: make parity, and commit")
        let found = try ParityCurve(parity, context: context)
        let deviations = Self.deviations(of: found, from: expected, recipe: parity.recipe)
        #expect(deviations.isEmpty, "\(parity.name), seed \(parity.configuration.seed): \(deviations)")
    }

    /// What is not PyTorch's is noticed. Betas of Adam that are a little off are not: their bias corrections make the
    /// first twenty steps nearly the same.
    @Test("A slightly different training is told apart", arguments: slips)
    func slipsAreNoticed(slip: Slip) throws {
        guard Self.folderForInputs == nil else { return }
        var parity = try #require(ParityCase.all.first { $0.name == slip.name })
        slip.change(&parity.configuration)
        let expected = try #require(try ParityFixture.committed().cases[slip.name])
        let found = try ParityCurve(parity, context: KernelContext(threads: 1))
        #expect(!Self.deviations(of: found, from: expected, recipe: parity.recipe).isEmpty, "\(slip.testDescription)")
    }

    struct Slip: Sendable, CustomTestStringConvertible {
        let name: String
        let testDescription: String
        let change: @Sendable (inout TrainingConfiguration) -> Void
    }

    private static func slip(
        _ name: String, _ what: String, _ change: @escaping @Sendable (inout TrainingConfiguration) -> Void
    ) -> Slip {
        Slip(name: name, testDescription: "\(what) in \(name)", change: change)
    }

    static let slips = [
        slip("digits/mobile/descent", "momentum 0.91") {
            $0.optimizer = .sgd(learningRate: 1e-4, momentum: 0.91, nesterov: false, weightDecay: 0.1)
        },
        slip("digits/mobile/descent", "Nesterov's momentum") {
            $0.optimizer = .sgd(learningRate: 1e-4, momentum: 0.9, nesterov: true, weightDecay: 0.1)
        },
        slip("digits/resnext/decaying", "no weight decay") {
            $0.optimizer = .adam(learningRate: 2e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0)
        },
        slip("digits/shuffle/calm", "a constant rate") { $0.schedule = .constant },
        slip("digits/shuffle/modern", "weight decay in the gradient") {
            $0.optimizer = .adam(learningRate: 4e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 5)
        },
        slip("digits/shuffle/modern", "no weight averaging") { $0.weightAveraging = nil },
        slip("digits/resnext/muon", "momentum 0.8") {
            $0.optimizer = .muon(
                learningRate: 2e-4, momentum: 0.8, adamRate: 4e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 5)
        },
        slip("digits/mobile/muon", "AdamW for all") {
            $0.optimizer = .adamW(learningRate: 4e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 5)
        },
    ]

    /// What of a training is further from PyTorch's than allowed; empty where nothing is.
    ///
    /// Two correct computations are apart by their roundings, which PyTorch's own depend on its processor: as far as its
    /// single precision is from its double, a few times over, is allowed on top of the tolerance.
    private static func deviations(of found: ParityCurve, from expected: ParityFixture.Case, recipe: String) -> [String] {
        let (single, double) = (expected.single, expected.double)
        guard found.losses.count == single.losses.count else { return ["\(found.losses.count) losses"] }
        var deviations: [String] = []
        func compare(_ ours: Double, _ theirs: Double, bound: Double, rounding: Double, _ what: String) {
            // Not a number is no agreement.
            if !(abs(ours - theirs) <= bound * abs(theirs) + roundings * rounding) {
                deviations.append("\(what): \(ours), PyTorch \(theirs)")
            }
        }
        let apart = zip(single.losses, double.losses).map { abs($0 - $1) }
        for (step, (ours, theirs)) in zip(found.losses, single.losses).enumerated() {
            // Weights that have parted show in full a step later, and do not come together again.
            let rounding = apart.prefix(step + 2).max() ?? 0
            compare(ours, theirs, bound: tolerance, rounding: rounding, "loss of step \(step + 1)")
        }
        // Where the losses have parted, the weights have.
        guard recipe != "published" else { return deviations }
        compare(
            found.validationLoss, single.validationLoss, bound: tolerance,
            rounding: abs(single.validationLoss - double.validationLoss), "validation loss")
        for (step, bound) in movement {
            for (group, theirs) in (single.changes[step] ?? [:]).sorted(by: { $0.key < $1.key }) {
                compare(
                    found.changes[step]?[group] ?? .nan, theirs, bound: bound,
                    rounding: abs(theirs - (double.changes[step]?[group] ?? theirs)),
                    "movement of \(group) in \(step) steps")
            }
        }
        return deviations
    }

    /// By how much our distance from PyTorch may exceed that of its two precisions.
    private static let roundings = 4.0
}

/// What was measured of one training.
struct ParityCurve {
    /// Of every step, before its change.
    private(set) var losses: [Double] = []
    /// After the last step, with running statistics.
    private(set) var validationLoss = 0.0
    /// How far training has moved the numbers of a model, by step and group.
    private(set) var changes: [String: [String: Double]] = [:]

    init(_ parity: ParityCase, context: KernelContext) throws {
        var model = try parity.model()
        let initial = model
        var (sum, seconds) = (0.0, 0.0)
        var losses: [Double] = []
        var changes: [String: [String: Double]] = [:]
        // A clock on which every look is a second later: the run reports and saves after every step.
        let outcome = try Trainer.train(
            model: &model, training: parity.training(), validation: parity.validation(),
            configuration: parity.configuration, context: context,
            saving: StateSaving(seconds: 0) { state in
                if state.facts.totalSteps == 1 { changes["1"] = Self.changes(from: initial, to: state.model) }
            },
            clock: {
                seconds += 1
                return seconds
            },
            progress: { progress in
                let images = Double(progress.images)
                guard losses.count < ParityCase.steps else { return }
                losses.append((progress.loss * images - sum) / Double(parity.configuration.batchSize))
                sum = progress.loss * images
            })
        changes["20"] = Self.changes(from: initial, to: model)
        self.losses = losses
        self.changes = changes
        validationLoss = outcome.epochs[0].validLoss
    }

    /// The norm of the change of every group of tensors: those of one part and one role (`stage1.weight`).
    private static func changes(from initial: Model, to model: Model) -> [String: Double] {
        var squares: [String: Double] = [:]
        for (before, after) in zip(initial.sortedTensors, model.sortedTensors) {
            let group = "\(before.description.nodeName.prefix { $0 != "." }).\(before.description.role.rawValue)"
            let sum = zip(before.values.values, after.values.values).reduce(0.0) { sum, pair in
                sum + (Double(pair.1) - Double(pair.0)) * (Double(pair.1) - Double(pair.0))
            }
            squares[group, default: 0] += sum
        }
        return squares.mapValues { $0.squareRoot() }
    }
}

/// What `Benchmarks/parity.py` writes.
struct ParityFixture: Codable {
    struct Case: Codable {
        /// `ParityInputs.digest`
        let inputs: String
        /// The same training in single and in double precision.
        let single: Curve
        let double: Curve
    }

    /// As in `ParityCurve`.
    struct Curve: Codable {
        let losses: [Double]
        let validationLoss: Double
        let changes: [String: [String: Double]]
    }

    let pytorch: String
    let cases: [String: Case]

    static func committed() throws -> ParityFixture {
        let file = packageRoot.appendingPathComponent("Tests/NetworksTests/Parity/pytorch.json")
        return try JSONDecoder().decode(ParityFixture.self, from: try Data(contentsOf: file))
    }
}
