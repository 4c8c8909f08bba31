/// Finds what someone probably meant to type.
public enum NearestWord {
    /// The candidate with the fewest inserted, removed or replaced characters (Levenshtein 1966), case ignored.
    ///
    /// `nil` where even the best differs in more than a third of its characters (and in more than one).
    /// Among equals the first wins. Cost: product of the lengths for each candidate; words over 64 characters
    /// have no nearest.
    public static func nearest(to word: String, in candidates: [String]) -> String? {
        guard !word.isEmpty, word.count <= 64 else { return nil }
        var best: (distance: Int, word: String)?
        for candidate in candidates {
            let distance = distance(word.lowercased(), candidate.lowercased())
            guard distance <= max(1, (candidate.count + 1) / 3) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
        }
        return best?.word
    }

    /// Insertions, removals and replacements that make one word of the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let replaced = diagonal + (right[column] == character ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
