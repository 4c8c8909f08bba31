internal import Datasets
internal import Networks

extension CellReader {
    static let trainOptions = [
        "label", "dataset", "networks", "epochs", "batch", "recipe", "optimizer", "schedule", "augment", "scaling",
        "label-smoothing", "clip", "weight-average", "seeds", "limit", "threads", "time-limit", "memory-limit",
        "checkpoint", "initial",
    ]
    /// Seconds.
    static let standardCheckpointInterval = 300.0

    mutating func train(_ cell: Document.Cell) -> TrainCell? {
        guard var options = options(of: cell, .train) else { return nil }
        let label = label(&options, cell)
        let dataset = dataset(&options)
        let networks = networks(&options)
        let configurations = configurations(&options, dataset: dataset?.value, networks: networks)
        let seeds = options.seeds("seeds") ?? [1]
        let limit = options.integer("limit", in: .between(1, 1e9))
        let threads = options.integer("threads", in: .between(1, 1024))
        let timeLimit = options.duration("time-limit")
        let memoryLimit = options.memory("memory-limit")
        let checkpoint = options.unlessNone("checkpoint", otherwise: Self.standardCheckpointInterval) {
            $0.duration("checkpoint")
        }
        let initial = options.text("initial")
        diagnostics += options.finish()
        guard let label, let dataset else { return nil }
        return TrainCell(
            label: label, location: cell.location, dataset: dataset.value, networks: networks,
            configurations: configurations, seeds: seeds, limit: limit, threads: threads, timeLimit: timeLimit,
            memoryLimit: memoryLimit, checkpointInterval: checkpoint, initial: initial)
    }

    func networks(_ options: inout OptionReader) -> [String] {
        var networks: [String] = []
        for name in options.names("networks", required: true) ?? [] {
            if name.value == "all" {
                networks += NetworkCatalog.names.filter { !networks.contains($0) }
            } else if blocks.contains(name.value) {
                networks.append(name.value)
            } else {
                options.report(.unknown(.block, name.value, among: blocks + ["all"]), at: name.location)
            }
        }
        return networks
    }

    /// The configuration of each network.
    private func configurations(
        _ options: inout OptionReader, dataset: String?, networks: [String]
    ) -> [String: TrainingConfiguration] {
        let images = dataset.flatMap { try? DatasetCatalog.describe($0, folders: folders) }
        let unread = options
        // Which mistakes there are does not depend on the network: those of the first reading are all.
        let first = configuration(&options, dataset: dataset, images, network: networks.first)
        var configurations = networks.first.map { [$0: first] } ?? [:]
        for network in networks.dropFirst() {
            var copy = unread
            configurations[network] = configuration(&copy, dataset: dataset, images, network: network)
        }
        return configurations
    }

    /// What the recipe says of the data set and the network, with every part that the cell names in its place.
    private func configuration(
        _ options: inout OptionReader, dataset: String?, _ images: DatasetDescription?, network: String?
    ) -> TrainingConfiguration {
        let epochs = options.integer("epochs", in: .between(1, 100_000), required: true)
        let recipe = options.word("recipe", among: Recipe.allCases.map(\.rawValue), kind: .recipe)
        var configuration = (recipe.flatMap(Recipe.init) ?? .published).configuration(
            epochs: epochs ?? 1, dataset: dataset ?? "", height: images?.height ?? 32, width: images?.width ?? 32,
            block: network)
        configuration.batchSize = options.integer("batch", in: .between(1, 65_536)) ?? configuration.batchSize
        if let node = options.node("optimizer") {
            configuration.optimizer = optimizer(node, configuration.optimizer, &options) ?? configuration.optimizer
        }
        if let node = options.node("schedule") {
            configuration.schedule = schedule(node, &options) ?? configuration.schedule
        }
        if let node = options.node("augment") {
            let side = images.map { min($0.height, $0.width) } ?? 65_536
            configuration.augmentation = augmentation(node, configuration.augmentation, side: side, &options)
        }
        if let node = options.node("scaling"), var inner = inside(node, "scaling", &options) {
            let scaling = Scaling(
                mean: inner.numbers("mean", in: .between(-1e6, 1e6)) ?? [0.5],
                deviation: inner.numbers("deviation", in: .positive) ?? [0.5])
            if let images, !scaling.fits(channels: images.channels) {
                let found = max(scaling.mean.count, scaling.deviation.count)
                inner.report(.channelCount(key: "scaling", found: found, channels: images.channels), at: node.location)
            }
            configuration.scaling = scaling
            options.adopt(inner.finish())
        }
        configuration.labelSmoothing =
            options.number("label-smoothing", in: .belowOne) ?? configuration.labelSmoothing
        configuration.gradientNormLimit = options.unlessNone(
            "clip", otherwise: configuration.gradientNormLimit) { $0.number("clip", in: .positive) }
        configuration.weightAveraging = options.unlessNone(
            "weight-average", otherwise: configuration.weightAveraging) { $0.number("weight-average", in: .belowOne) }
        return configuration
    }

    /// - Parameter recipe: what stands where the cell is silent, as far as it is of the same kind.
    private func optimizer(_ node: YamlNode, _ recipe: Optimizer, _ options: inout OptionReader) -> Optimizer? {
        guard var inner = inside(node, "optimizer", &options) else { return nil }
        defer { options.adopt(inner.finish()) }
        let kind = inner.word("kind", among: OptimizerKind.allCases.map(\.rawValue)).flatMap(OptimizerKind.init)
        let base = kind == nil || kind == OptimizerKind(recipe) ? recipe : kind?.standard ?? recipe
        switch base {
        case .sgd(let rate, let momentum, let nesterov, let decay):
            return .sgd(
                learningRate: inner.number("rate", in: .positive) ?? rate,
                momentum: inner.number("momentum", in: .belowOne) ?? momentum,
                nesterov: inner.flag("nesterov") ?? nesterov,
                weightDecay: inner.number("weight-decay", in: .notNegative) ?? decay)
        case .adam(let rate, let beta1, let beta2, let epsilon, let decay),
            .adamW(let rate, let beta1, let beta2, let epsilon, let decay):
            let rate = inner.number("rate", in: .positive) ?? rate
            let (beta1, beta2, epsilon, decay) = adamOptions(&inner, beta1, beta2, epsilon, decay)
            if case .adamW = base {
                return .adamW(learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay)
            }
            return .adam(learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay)
        case .muon(let rate, let momentum, let adamRate, let beta1, let beta2, let epsilon, let decay):
            let rate = inner.number("rate", in: .positive) ?? rate
            let momentum = inner.number("momentum", in: .belowOne) ?? momentum
            let adamRate = inner.number("adam-rate", in: .positive) ?? adamRate
            let (beta1, beta2, epsilon, decay) = adamOptions(&inner, beta1, beta2, epsilon, decay)
            return .muon(
                learningRate: rate, momentum: momentum, adamRate: adamRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                weightDecay: decay)
        }
    }

    /// What all that follow Adam have in common.
    private func adamOptions(
        _ options: inout OptionReader, _ beta1: Double, _ beta2: Double, _ epsilon: Double, _ weightDecay: Double
    ) -> (beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double) {
        (
            options.number("beta1", in: .belowOne) ?? beta1, options.number("beta2", in: .belowOne) ?? beta2,
            options.number("epsilon", in: .positive) ?? epsilon,
            options.number("weight-decay", in: .notNegative) ?? weightDecay
        )
    }

    private func schedule(_ node: YamlNode, _ options: inout OptionReader) -> Schedule? {
        guard var inner = inside(node, "schedule", &options) else { return nil }
        defer { options.adopt(inner.finish()) }
        let atLeastOne = NumberRange.between(1, 1e12)
        switch inner.word("kind", among: ["constant", "step", "cosine", "one-cycle"]) {
        case "constant": return .constant
        case "cosine":
            return .cosine(
                warmUp: inner.number("warm-up", in: .fraction) ?? 0, floor: inner.number("floor", in: .fraction) ?? 0)
        case "one-cycle":
            return .oneCycle(
                rise: inner.number("rise", in: .fraction) ?? 0.3, start: inner.number("start", in: atLeastOne) ?? 25,
                end: inner.number("end", in: atLeastOne) ?? 10_000)
        case "step":
            let fractions = inner.numbers("at", in: .fraction) ?? [0.5]
            if zip(fractions, fractions.dropFirst()).contains(where: { $0 >= $1 }) {
                inner.report(
                    .outOfRange(key: "at", found: "\(fractions), which does not rise", allowed: .fraction), at: node.location)
            }
            return .step(at: fractions, factor: inner.number("factor", in: .positive) ?? 0.1)
        default:
            inner.report(.missingKey("kind", cell: "schedule"), at: node.location)
            return nil
        }
    }

    /// A word, or a mapping whose parts replace the recipe's.
    /// - Parameter side: of the images: a crop or a cutout must leave something of them.
    private func augmentation(
        _ node: YamlNode, _ recipe: Augmentation, side: Int, _ options: inout OptionReader
    ) -> Augmentation {
        switch node.content {
        case .scalar("none", _): return .none
        case .scalar("flip", _): return Augmentation(flips: true)
        case .scalar(let word, _):
            options.report(.unknown(.value(of: "augment"), word, among: ["none", "flip"]), at: node.location)
            return recipe
        default:
            guard var inner = inside(node, "augment", &options) else { return recipe }
            defer { options.adopt(inner.finish()) }
            return Augmentation(
                flips: inner.flag("flip") ?? recipe.flips,
                crop: inner.integer("crop", in: .between(0, Double(side - 1))) ?? recipe.crop,
                cutout: inner.integer("cutout", in: .between(0, Double(side))) ?? recipe.cutout)
        }
    }
}

/// The optimizers by their names in experiment files, with what holds where nothing is said.
private enum OptimizerKind: String, CaseIterable {
    case adam, adamw, sgd, muon

    init(_ optimizer: Optimizer) {
        switch optimizer {
        case .adam: self = .adam
        case .adamW: self = .adamw
        case .sgd: self = .sgd
        case .muon: self = .muon
        }
    }

    var standard: Optimizer {
        switch self {
        case .adam: .published
        case .adamw:
            .adamW(learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01)
        case .sgd: .sgd(learningRate: 0.1, momentum: 0.9, nesterov: false, weightDecay: 1e-5)
        case .muon:
            .muon(
                learningRate: 6e-3, momentum: 0.95, adamRate: 4e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
                weightDecay: 0.05)
        }
    }
}
