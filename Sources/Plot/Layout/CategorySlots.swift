/// Which category stands at which place of the axis.
struct CategorySlots {
    let names: [String]
    /// For each place the index of the mark's category; `nil` for a place without data.
    let order: [Int?]

    init(_ categories: [String], axis: Axis, kind: Mark.Kind) throws(FigureError) {
        guard !categories.isEmpty else { throw .nothingToDraw }
        var places: [String: Int] = [:]
        for (index, category) in categories.enumerated() {
            guard places.updateValue(index, forKey: category) == nil else { throw .repeatedCategory(category) }
        }
        switch axis.scale {
        case .log, .symlog: throw .unsuitableScale(.x, kind)
        case .linear:
            names = categories.map(TextFitting.clean)
            order = Array(categories.indices)
        case .categorical(let labels):
            let known = Set(labels)
            guard known.count == labels.count else {
                var seen: Set<String> = []
                throw .repeatedCategory(labels.first { !seen.insert($0).inserted } ?? "")
            }
            if let unknown = categories.first(where: { !known.contains($0) }) {
                throw .unknownCategory(unknown, expected: labels)
            }
            names = labels.map(TextFitting.clean)
            order = labels.map { places[$0] }
        }
    }
}
