import Foundation
import Networks
import Testing

/// The encoded form of a configuration is part of the key of every result.
@Suite("Encoded configurations")
struct ConfigurationCodingTests {
    private func text(_ configuration: TrainingConfiguration) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(configuration), as: UTF8.self)
    }

    @Test("What was added later is left out where it changes nothing")
    func keysOfBefore() throws {
        let before = #"{"batchSize":32,"epochs":2,"flips":false,"optimizer":{"sgd":{"learningRate":0.5,"momentum":0,"#
            + #""nesterov":false,"weightDecay":0}},"scaling":{"deviation":0.5,"mean":0.5},"schedule":{"constant":{}},"seed":7}"#
        let configuration = TrainingConfiguration(
            epochs: 2, optimizer: .sgd(learningRate: 0.5, momentum: 0, nesterov: false, weightDecay: 0),
            schedule: .constant, seed: 7)
        #expect(try text(configuration) == before)
        #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: Data(before.utf8)) == configuration)
    }

    @Test("Every part is read back, and every part shows")
    func everyPart() throws {
        let plain = TrainingConfiguration(epochs: 2)
        var changed = [plain, Recipe.modern.configuration(epochs: 2, dataset: "cifar10", height: 32, width: 32)]
        func change(_ edit: (inout TrainingConfiguration) -> Void) {
            var copy = plain
            edit(&copy)
            changed.append(copy)
        }
        change { $0.augmentation.flips = true }
        change { $0.augmentation.crop = 4 }
        change { $0.augmentation.cutout = 4 }
        change { $0.labelSmoothing = 0.1 }
        change { $0.gradientNormLimit = 0.1 }
        change { $0.weightAveraging = 0.1 }
        change { $0.scaling = Scaling(mean: [0.1, 0.2, 0.3], deviation: [0.5]) }
        change { $0.seed = .max }
        for configuration in changed {
            let data = Data(try text(configuration).utf8)
            #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: data) == configuration)
        }
        #expect(Set(try changed.map(text)).count == changed.count)
    }

    @Test("Recipes can be trained with, and flip only what may be flipped")
    func recipes() {
        for recipe in Recipe.allCases {
            for (dataset, side) in [("mnist", 28), ("digits", 28), ("cifar10", 32), ("stl10", 96), ("food101", 224), ("x", 8)] {
                let configuration = recipe.configuration(epochs: 3, dataset: dataset, height: side, width: side)
                #expect(configuration.problems.isEmpty, "\(recipe), \(dataset): \(configuration.problems)")
                #expect(configuration.augmentation.crop < side && configuration.augmentation.cutout <= side)
                let digits = dataset == "mnist" || dataset == "digits"
                if digits { #expect(!configuration.augmentation.flips, "\(recipe), \(dataset)") }
            }
        }
        // Exceptions for a block are those of one data set, and of blocks that exist.
        func modern(_ dataset: String, _ block: String?) -> TrainingConfiguration {
            Recipe.modern.configuration(epochs: 3, dataset: dataset, height: 32, width: 32, block: block)
        }
        let excepted = NetworkCatalog.names.filter { modern("cifar10", $0) != modern("cifar10", nil) }
        #expect(excepted == ["xception", "mobile", "mobile_v2"])
        #expect(modern("cifar10", "xception").labelSmoothing == 0.1 && modern("cifar10", nil).labelSmoothing == 0)
        #expect(modern("cifar10", "mobile").augmentation.crop == 2 && modern("cifar10", nil).augmentation.crop == 4)
        for block in NetworkCatalog.names {
            #expect(modern("stl10", block) == modern("stl10", nil), "\(block)")
            #expect(
                Recipe.published.configuration(epochs: 3, dataset: "cifar10", height: 32, width: 32, block: block)
                    == Recipe.published.configuration(epochs: 3, dataset: "cifar10", height: 32, width: 32), "\(block)")
        }
        // The study's table: CIFAR-10 and STL-10 with random flips.
        let published = Recipe.published
        #expect(published.configuration(epochs: 1, dataset: "cifar10", height: 32, width: 32).augmentation == .init(flips: true))
        #expect(published.configuration(epochs: 1, dataset: "mnist", height: 28, width: 28).augmentation == .none)
    }
}
