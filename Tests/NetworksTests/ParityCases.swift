import Datasets
import Foundation
import Kernels
import Networks
import Testing

/// One training of twenty steps that PyTorch has done as well: which network, on which images, how.
struct ParityCase: Sendable, CustomTestStringConvertible {
    let shape: DatasetShape
    let block: String
    /// Names `configuration` in the fixture.
    let recipe: String
    var configuration: TrainingConfiguration

    /// `digits/residual/published`
    var name: String { "\(shape.name)/\(block)/\(recipe)" }
    var testDescription: String { name }

    static let steps = 20
    static let batchSize = 16

    /// Every block on digits at the study's rate and at a fiftieth of it; a few on colour images; and what the study does
    /// not use.
    ///
    /// At the study's rate the first steps of these networks are chaotic: Adam divides a gradient by its size, so the
    /// rounding of one that is nearly 0 becomes a whole step, and losses around ln 10 that differ by 1e-4 after the second
    /// step differ by 1e-2 after the tenth, between PyTorch in single precision and PyTorch in double as well. A fiftieth
    /// of the rate makes as many steps that can be compared closely.
    static let all: [ParityCase] = {
        var cases: [ParityCase] = []
        var calm = configuration(.digits)
        calm.optimizer = .adam(learningRate: 2e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-5)
        for block in NetworkCatalog.names {
            cases.append(.init(.digits, block, calmRecipe, calm))
            cases.append(.init(.digits, block, "published", configuration(.digits)))
        }
        var colours = configuration(.cifar10)
        colours.optimizer = calm.optimizer
        for block in ["bottleneck", "xception"] { cases.append(.init(.cifar10, block, calmRecipe, colours)) }
        var modern = configuration(.digits)
        // So much decay shows within twenty steps, as does that of the two below.
        modern.optimizer = .adamW(learningRate: 4e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 5)
        modern.schedule = .constant
        modern.labelSmoothing = 0.1
        // Below the norms of these networks' first gradients: it is the rule here and not the exception.
        modern.gradientNormLimit = 0.5
        modern.weightAveraging = 0.9
        for block in ["bottleneck", "shuffle"] { cases.append(.init(.digits, block, "modern", modern)) }
        var muon = modern
        muon.optimizer = .muon(
            learningRate: 2e-4, momentum: 0.95, adamRate: 4e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 5)
        for block in ["resnext", "mobile"] { cases.append(.init(.digits, block, "muon", muon)) }
        var decaying = calm
        decaying.optimizer = .adam(learningRate: 2e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1)
        cases.append(.init(.digits, "resnext", "decaying", decaying))
        for (recipe, nesterov) in [("descent", false), ("nesterov", true)] {
            var descent = calm
            descent.optimizer = .sgd(learningRate: 1e-4, momentum: 0.9, nesterov: nesterov, weightDecay: 0.1)
            cases.append(.init(.digits, "mobile", recipe, descent))
        }
        return cases
    }()

    /// The study's recipe at a fiftieth of its rate.
    static let calmRecipe = "calm"

    private init(_ shape: DatasetShape, _ block: String, _ recipe: String, _ configuration: TrainingConfiguration) {
        self.shape = shape
        self.block = block
        self.recipe = recipe
        self.configuration = configuration
    }

    /// The study's, for one epoch: its rate falls to a tenth at the tenth step.
    private static func configuration(_ shape: DatasetShape) -> TrainingConfiguration {
        var configuration = Recipe.published.configuration(
            epochs: 1, dataset: shape.name, height: shape.input.height, width: shape.input.width)
        configuration.batchSize = batchSize
        return configuration
    }

    /// Before training.
    func model() throws -> Model {
        guard let definition = NetworkCatalog.block(named: block) else { throw CocoaError(.keyValueValidation) }
        return Model(graph: try NetworkCatalog.graph(block: definition, dataset: shape), seed: configuration.seed)
    }

    func training() -> LabeledImages { images(Self.steps * Self.batchSize, split: .training) }
    func validation() -> LabeledImages { images(4 * Self.batchSize, split: .validation) }

    private func images(_ count: Int, split: DatasetSplit) -> LabeledImages {
        shape == .digits
            ? GeneratedDigits.images(split: split, count: count) : Self.colours(shape, count, split: split)
    }

    /// Each class has a pattern of coloured squares; images show it under noise.
    private static func colours(_ shape: DatasetShape, _ count: Int, split: DatasetSplit) -> LabeledImages {
        let (height, width, channels) = (shape.input.height, shape.input.width, shape.input.channels)
        var chance = SeededGenerator(seed: 1, purpose: "patterns")
        let patterns = (0..<shape.classes).map { _ in (0..<16 * channels).map { _ in chance.index(below: 156) } }
        chance = SeededGenerator(seed: 1, purpose: "noise of \(split.rawValue)")
        var pixels: [UInt8] = []
        for image in 0..<count {
            let pattern = patterns[image % shape.classes]
            for place in 0..<height * width {
                let square = place / width * 4 / height * 4 + place % width * 4 / width
                for channel in 0..<channels {
                    pixels.append(UInt8(pattern[square * channels + channel] + chance.index(below: 100)))
                }
            }
        }
        return LabeledImages(
            height: height, width: width, channels: channels, pixels: pixels,
            labels: (0..<count).map { Int32($0 % shape.classes) }, classNames: (0..<shape.classes).map(String.init))
    }
}

/// All that PyTorch needs to know to do the same.
struct ParityInputs {
    let model: Model
    /// Images and labels of every step, in order.
    let batches: [(images: Tensor, labels: [Int32])]
    let validation: (images: Tensor, labels: [Int32])
    /// JSON.
    let configuration: String

    init(_ parity: ParityCase, context: KernelContext) throws {
        let configuration = parity.configuration
        func loaded(_ loader: BatchLoader, _ batch: BatchLoader.Batch) throws -> (images: Tensor, labels: [Int32]) {
            let source = loader.source
            var images = Tensor(shape: [batch.labels.count, source.height, source.width, source.channels])
            try loader.load(batch, into: &images, context: context, threads: 1)
            return (images, batch.labels)
        }
        model = try parity.model()
        let training = BatchLoader(
            parity.training(), scaling: configuration.scaling, augmentation: configuration.augmentation)
        batches = try training.shuffledBatches(of: configuration.batchSize, seed: configuration.seed, epoch: 1)
            .map { try loaded(training, $0) }
        let all = BatchLoader(parity.validation(), scaling: configuration.scaling)
        validation = try loaded(all, all.batches(of: all.source.count)[0])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        self.configuration = String(decoding: try encoder.encode(configuration), as: UTF8.self)
    }

    /// Of every bit of it (FNV-1a), in hexadecimal digits.
    var digest: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: UnsafeRawBufferPointer) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        model.forEachWeightBytes(add)
        for (images, labels) in batches + [validation] {
            images.withUnsafeBytes(add)
            labels.withUnsafeBytes(add)
        }
        Array(configuration.utf8).withUnsafeBytes(add)
        return String(hash, radix: 16)
    }

    /// As a safetensors file: tensors under their names in the model, `batch1.images` and `batch1.labels` from 1 on,
    /// `validation.images` and `validation.labels`; metadata with the order of parameters and of running statistics.
    func write(_ parity: ParityCase, to url: URL) throws {
        var tensors = model.sortedTensors.map { (name: $0.description.name, tensor: $0.values) }
        for (number, batch) in batches.enumerated() {
            tensors.append((name: "batch\(number + 1).images", tensor: batch.images))
            tensors.append((name: "batch\(number + 1).labels", tensor: Self.numbers(batch.labels)))
        }
        tensors.append((name: "validation.images", tensor: validation.images))
        tensors.append((name: "validation.labels", tensor: Self.numbers(validation.labels)))
        let metadata = [
            "case": parity.name, "network": parity.shape == .digits ? "mnist" : parity.shape.name,
            "block": parity.block, "configuration": configuration, "digest": digest,
            "parameters": model.layout.parameters.map(\.name).joined(separator: " "),
            "statistics": model.layout.state.map(\.name).joined(separator: " "),
        ]
        try TensorFile.write(tensors, metadata: metadata, to: url)
    }

    private static func numbers(_ labels: [Int32]) -> Tensor {
        Tensor(shape: [labels.count], values: labels.map(Float.init))
    }
}
