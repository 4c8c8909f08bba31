import Networks
import Report
import Testing

/// The options of training cells: what they mean, and what is said of mistakes in them.
@Suite struct TrainCellTests {
    private func plan(
        _ options: String, networks: String = "shuffle"
    ) -> (cell: TrainCell?, runs: [PlannedRun], problems: [Problem]) {
        let text = "```yaml {train}\nlabel: a\nnetworks: \(networks)\n\(options)\n```\n"
        guard let document = Document.read(Array(text.utf8)).document else { return (nil, [], []) }
        let (plan, diagnostics) = Plan.make(of: document)
        return (plan?.trainings.first, plan?.runs ?? [], diagnostics.map(\.problem))
    }

    private func configuration(_ options: String) -> TrainingConfiguration? { plan(options).cell?.configurations["shuffle"] }

    @Test func withoutARecipeTheStudysOwnIsUsedAndOldConfigurationsStayAsTheyWere() throws {
        let cell = try #require(plan("dataset: mnist\nepochs: 2").cell)
        #expect(cell.configurations == ["shuffle": TrainingConfiguration(epochs: 2)])
        #expect(cell.checkpointInterval == 300)
        #expect(configuration("dataset: mnist\nepochs: 2\nrecipe: published") == TrainingConfiguration(epochs: 2))
        #expect(configuration("dataset: mnist\nepochs: 2\naugment: flip")?.augmentation == Augmentation(flips: true))
    }

    @Test func aRecipeIsAWordAndEveryPartOfItCanBeReplaced() throws {
        let modern = try #require(configuration("dataset: digits\nepochs: 3\nrecipe: modern"))
        #expect(modern == Recipe.modern.configuration(epochs: 3, dataset: "digits", height: 28, width: 28))
        #expect(!modern.augmentation.flips && modern.augmentation.crop == 2 && modern.weightAveraging != nil)
        let changed = try #require(
            configuration(
                """
                dataset: digits
                epochs: 3
                recipe: modern
                batch: 64
                optimizer: {rate: 0.01}
                schedule: {kind: constant}
                augment: {cutout: 5}
                scaling: {mean: 0.1, deviation: 0.3}
                label-smoothing: 0
                clip: none
                weight-average: none
                checkpoint: none
                """))
        guard case .adamW(0.01, 0.9, _, _, let decay) = changed.optimizer else {
            Issue.record("\(changed.optimizer)")
            return
        }
        #expect(decay == 0.05 && changed.schedule == .constant && changed.batchSize == 64)
        #expect(changed.augmentation == Augmentation(flips: false, crop: 2, cutout: 5))
        #expect(changed.scaling == Scaling(mean: 0.1, deviation: 0.3))
        #expect(changed.labelSmoothing == 0 && changed.gradientNormLimit == nil && changed.weightAveraging == nil)
        #expect(configuration("dataset: digits\nepochs: 3\nrecipe: modern\naugment: none")?.augmentation == Augmentation.none)
        let other = configuration("dataset: digits\nepochs: 3\nrecipe: modern\noptimizer: {kind: sgd, rate: 0.2}")
        #expect(other?.optimizer == .sgd(learningRate: 0.2, momentum: 0.9, nesterov: false, weightDecay: 1e-5))
        let turned = configuration(
            "dataset: digits\nepochs: 3\noptimizer: {kind: muon, rate: 0.02, adam-rate: 0.003, momentum: 0.9}")
        guard case .muon(0.02, 0.9, 0.003, 0.9, 0.999, 1e-8, 0.05) = turned?.optimizer else {
            Issue.record("\(String(describing: turned?.optimizer))")
            return
        }
    }

    @Test func aNetworkHasTheExceptionsOfItsRecipeAndWhatTheCellSaysItself() {
        func runs(_ networks: String, _ options: String) -> [String: TrainingConfiguration] {
            let (_, runs, problems) = plan("dataset: cifar10\nepochs: 2\nrecipe: modern\n\(options)", networks: networks)
            #expect(problems.isEmpty, "\(problems)")
            return Dictionary(uniqueKeysWithValues: runs.map { ($0.run.network, $0.configuration) })
        }
        let all = runs("all", "")
        for name in NetworkCatalog.names {
            let recipe = Recipe.modern.configuration(epochs: 2, dataset: "cifar10", height: 32, width: 32, block: name)
            #expect(all[name] == recipe, "\(name)")
        }
        let crops = runs("[dense, mobile]", "augment: {cutout: 8}").mapValues(\.augmentation)
        #expect(
            crops == [
                "dense": Augmentation(flips: true, crop: 4, cutout: 8),
                "mobile": Augmentation(flips: true, crop: 2, cutout: 8),
            ])
        let alike = runs("[dense, mobile, xception]", "augment: {crop: 3}\nbatch: 32")
        #expect(alike.count == 3)
        #expect(alike.values.allSatisfy { $0.augmentation.crop == 3 && $0.batchSize == 32 }, "\(alike)")
    }

    @Test func aMistakeInACellOfManyNetworksIsReportedOnce() {
        let problems = plan("dataset: cifar10\nepochs: 2\nrecipe: modern\nclip: 0", networks: "all").problems
        #expect(problems.count == 1, "\(problems)")
    }

    @Test func checkpointsAreATimeOrNone() throws {
        #expect(plan("dataset: digits\nepochs: 1\ncheckpoint: 90s").cell?.checkpointInterval == 90)
        let none = try #require(plan("dataset: digits\nepochs: 1\ncheckpoint: none").cell)
        #expect(none.checkpointInterval == nil)
        #expect(
            plan("dataset: digits\nepochs: 1\ncheckpoint: often").problems
                == [.wrongType(key: "checkpoint", found: .scalar("often"), expected: .duration)])
    }

    @Test func everyMistakeIsReportedAtOnce() {
        let problems = plan(
            """
            dataset: digits
            epochs: 1
            recipe: moden
            optimizer: {kind: adamv}
            augment: {flip: 3, crop: 28, cutuot: 4}
            scaling: {mean: [0.1, 0.2, 0.3]}
            label-smoothing: 1
            clip: 0
            weight-average: -1
            """
        ).problems
        let expected: [Problem] = [
            .unknownName(.recipe, found: "moden", known: ["published", "modern"], nearest: "modern"),
            .unknownName(.value(of: "kind"), found: "adamv", known: ["adam", "adamw", "sgd", "muon"], nearest: "adam"),
            .wrongType(key: "flip", found: .scalar("3"), expected: .flag),
            .unknownName(
                .option(of: "augment"), found: "cutuot", known: ["flip", "crop", "cutout"], nearest: "cutout"),
            .channelCount(key: "scaling", found: 3, channels: 1),
        ]
        for problem in expected { #expect(problems.contains(problem), "\(problem) in \(problems)") }
        for key in ["crop", "label-smoothing", "clip", "weight-average"] {
            let isReported = problems.contains { if case .outOfRange(key, _, _) = $0 { true } else { false } }
            #expect(isReported, "\(key) in \(problems)")
        }
        #expect(problems.count == 9, "\(problems)")
    }
}
