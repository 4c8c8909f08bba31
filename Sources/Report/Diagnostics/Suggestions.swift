/// Finds the word that was probably meant.
enum Suggestions {
    /// The known word nearest to `word`, or `nil` where none is near: at most a third of the letters,
    /// and never fewer than one, may differ. Letter case and `-` against `_` count for nothing.
    static func nearest(to word: String, among known: [String]) -> String? {
        let wanted = fold(word)
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in known {
            let folded = fold(candidate)
            let allowed = max(1, max(wanted.count, folded.count) / 3)
            guard abs(folded.count - wanted.count) <= allowed else { continue }
            let distance = distance(wanted, folded)
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Edits between two words: insert, delete, replace, or swap neighbours (optimal string alignment).
    static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        var older: [Int] = []
        var previous = Array(0...second.count)
        for i in first.indices {
            var current = [i + 1]
            for j in second.indices {
                let replace = previous[j] + (first[i] == second[j] ? 0 : 1)
                var value = min(replace, previous[j + 1] + 1, current[j] + 1)
                if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
                    value = min(value, older[j - 1] + 1)
                }
                current.append(value)
            }
            older = previous
            previous = current
        }
        return previous[second.count]
    }

    private static func fold(_ word: String) -> [Unicode.Scalar] {
        word.lowercased().unicodeScalars.map { $0 == "_" || $0 == " " ? "-" : $0 }
    }
}

extension Problem {
    /// An unknown name with the nearest known one worked out.
    public static func unknown(_ kind: NameKind, _ found: String, among known: [String]) -> Problem {
        .unknownName(kind, found: found, known: known, nearest: Suggestions.nearest(to: found, among: known))
    }
}
