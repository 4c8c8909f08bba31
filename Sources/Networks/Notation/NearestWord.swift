/// Finds what someone probably meant to type.
public enum NearestWord {
    /// The candidate with the fewest characters inserted, removed, replaced or swapped with a neighbour
    /// (Damerau 1964, each character at most once), case ignored.
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

    /// Insertions, removals, replacements and swaps of neighbours that make one word of the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        // Distances between the beginnings of the words, for the last two characters of `left` and the next.
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var next = [row + 1]
            for column in right.indices {
                var best = last[column] + (left[row] == right[column] ? 0 : 1)
                best = min(best, last[column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                next.append(best)
            }
            beforeLast = last
            last = next
        }
        return last[right.count]
    }
}
