import Foundation

/// Food-101: 101 dishes, 750 training and 250 test photographs of each (Bossard, Guillaumin, Van Gool: "Food-101: mining
/// discriminative components with random forests", 2014), from its official archive of JPEG files.
///
/// Each is scaled to a shorter side of 256 and cut to the middle 224x224. 5 GB encoded and 15 GB decoded: the archive is
/// unpacked into the cache once, and photographs are decoded when they are asked for.
enum Food101 {
    static let entry = CatalogEntry(
        description: DatasetDescription(
            name: "food101", title: "Food-101", height: 224, width: 224, channels: 3,
            classNames: classes.map { $0.replacing("_", with: " ") }, trainingCount: 75_750, validationCount: 25_250,
            source: .files(["food-101.tar.gz"])),
        preparation: preparation, open: open)

    private static let preparation = ImagePreparation(shorterSide: 256, crop: 224)
    private static let folder = "food-101/"
    private static let classList = "food-101/meta/classes.txt"
    private static let trainingList = "food-101/meta/train.txt"
    private static let validationList = "food-101/meta/test.txt"

    @Sendable private static func open(_ request: OpenRequest) throws(DatasetError) -> DatasetParts {
        let archive = request.files[0]
        let pack = try ImagePack.open(archive, cacheFolder: request.cacheFolder) { path in
            path == classList || path == trainingList || path == validationList
                || (path.hasPrefix(folder + "images/") && path.hasSuffix(".jpg"))
        }
        for (place, line) in try lines(of: classList, in: pack).enumerated() {
            guard place < classes.count, line == classes[place] else {
                throw .brokenList(
                    file: archive, entry: classList, line: place + 1, found: String(line.prefix(80)),
                    expected: place < classes.count ? .exactly(classes[place]) : .nothing)
            }
        }
        let description = request.description
        return try DatasetParts(
            training: try part(trainingList, description.trainingCount, pack, request),
            validation: try part(validationList, description.validationCount, pack, request)
        ).loadedWhereSmall(threads: request.threads)
    }

    /// The photographs of a list of lines `class/number`, the first of every class, then the second of every class….
    private static func part(
        _ list: String, _ maximum: Int, _ pack: ImagePack, _ request: OpenRequest
    ) throws(DatasetError) -> EncodedImages {
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        let lines = try lines(of: list, in: pack)
        let archive = pack.archive
        guard !lines.isEmpty, lines.count <= maximum else {
            throw .brokenList(
                file: archive, entry: list, line: lines.count, found: lines.last.map { String($0.prefix(80)) } ?? "",
                expected: .lines(atMost: maximum))
        }
        var items = [[Int]](repeating: [], count: classes.count)
        for (place, line) in lines.enumerated() {
            let parts = line.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty, let label = labels[String(parts[0])] else {
                throw .brokenList(
                    file: archive, entry: list, line: place + 1, found: String(line.prefix(80)),
                    expected: .photograph(example: "\(classes[0])/1005649"))
            }
            items[label].append(try pack.number(of: "\(folder)images/\(line).jpg"))
        }
        let order = ClassOrder.interleaved(items)
        return EncodedImages(
            store: pack, items: order.map(\.element), labels: order.map(\.label),
            classNames: request.description.classNames, preparation: preparation
        ).prefix(request.limit)
    }

    private static func lines(of list: String, in pack: ImagePack) throws(DatasetError) -> [String] {
        let bytes = try pack.bytes(of: list)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .brokenList(
                file: pack.archive, entry: list, line: 1, found: String(decoding: bytes.prefix(80), as: UTF8.self),
                expected: .text)
        }
        return text.split(whereSeparator: \.isNewline).map(String.init)
    }

    /// As the folders of the archive are called.
    private static let classes = """
        apple_pie baby_back_ribs baklava beef_carpaccio beef_tartare beet_salad beignets bibimbap
        bread_pudding breakfast_burrito bruschetta caesar_salad cannoli caprese_salad carrot_cake
        ceviche cheese_plate cheesecake chicken_curry chicken_quesadilla chicken_wings chocolate_cake
        chocolate_mousse churros clam_chowder club_sandwich crab_cakes creme_brulee croque_madame
        cup_cakes deviled_eggs donuts dumplings edamame eggs_benedict escargots falafel filet_mignon
        fish_and_chips foie_gras french_fries french_onion_soup french_toast fried_calamari fried_rice
        frozen_yogurt garlic_bread gnocchi greek_salad grilled_cheese_sandwich grilled_salmon guacamole
        gyoza hamburger hot_and_sour_soup hot_dog huevos_rancheros hummus ice_cream lasagna
        lobster_bisque lobster_roll_sandwich macaroni_and_cheese macarons miso_soup mussels nachos
        omelette onion_rings oysters pad_thai paella pancakes panna_cotta peking_duck pho pizza
        pork_chop poutine prime_rib pulled_pork_sandwich ramen ravioli red_velvet_cake risotto samosa
        sashimi scallops seaweed_salad shrimp_and_grits spaghetti_bolognese spaghetti_carbonara
        spring_rolls steak strawberry_shortcake sushi tacos takoyaki tiramisu tuna_tartare waffles
        """.split(whereSeparator: \.isWhitespace).map(String.init)
}
