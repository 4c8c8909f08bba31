import Datasets
import Foundation

/// A small archive in the layout of Food-101.
struct FoodFixture {
    static let archive = "food-101.tar.gz"
    var training: [String]
    var validation: [String]
    var images: [String: [UInt8]]

    /// Three photographs of the first class, two of the second and one of the last; one of each for validation.
    init() throws {
        training = ["apple_pie/1", "apple_pie/2", "apple_pie/3", "baby_back_ribs/4", "baby_back_ribs/5", "waffles/6"]
        validation = ["waffles/9", "apple_pie/7", "baby_back_ribs/8"]
        images = [:]
        for (place, name) in (training + validation).enumerated() {
            images[name] = try ImageFixture(width: 40 + place, height: 50 - place, shade: 20 * place).jpeg()
        }
    }

    var tar: TarFixture {
        func list(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\n" }.joined().utf8) }
        let classes = (DatasetCatalog.named("food101")?.classNames ?? []).map { $0.replacing(" ", with: "_") }
        return TarFixture(
            [
                (path: "food-101/meta/classes.txt", content: list(classes)),
                (path: "food-101/meta/train.txt", content: list(training)),
                (path: "food-101/meta/test.txt", content: list(validation)),
                (path: "food-101/license_agreement.txt", content: [1, 2, 3]),
            ] + images.sorted { $0.key < $1.key }.map { (path: "food-101/images/\($0.key).jpg", content: $0.value) })
    }

    func write(in folder: URL) throws { try tar.write(Self.archive, in: folder) }
}
