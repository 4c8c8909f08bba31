internal import Networks

/// What networks are called and coloured in one report.
///
/// A network has one colour in every figure. Built-in ones have the same in every report, their place in the
/// catalogue; a file's own take, in order, the places that the report's built-in ones leave.
struct NetworkNames {
    private let colors: [String: Int]

    init(_ trainings: [TrainCell]) {
        let names = trainings.flatMap(\.networks)
        var colors: [String: Int] = [:]
        for (index, name) in NetworkCatalog.names.enumerated() where names.contains(name) { colors[name] = index }
        var next = 0
        for name in names where colors[name] == nil {
            while colors.values.contains(next) { next += 1 }
            colors[name] = next
        }
        self.colors = colors
    }

    func color(_ network: String) -> Int { colors[network] ?? 0 }

    /// Not escaped.
    func title(_ network: String) -> String { NetworkCatalog.title(of: network) }

    /// Titles of several networks; where two are called the same, each by its own name.
    func titles(_ networks: [String]) -> [String] {
        let titles = networks.map(title)
        return zip(networks, titles).map { name, title in titles.count { $0 == title } > 1 ? name : title }
    }

    /// Titles by network, where they tell the networks of all cells apart; nil where two cells have one in common.
    func titles(of trainings: [TrainCell]) -> [String: String]? {
        let all = trainings.flatMap(\.networks)
        guard trainings.count == 1 || Set(all).count == all.count else { return nil }
        return Dictionary(zip(all, titles(all))) { first, _ in first }
    }
}
