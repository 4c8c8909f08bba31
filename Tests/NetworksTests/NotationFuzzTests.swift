import Datasets
import Networks
import Testing

/// Whatever the text is, it is either read, and then printed, read back and expanded, or refused with places
/// inside it. A trap ends the test program.
@Suite("Block notation on random texts")
struct NotationFuzzTests {
    private func check(_ text: String, _ seed: UInt64) {
        do throws(NotationErrors) {
            for block in try BlockNotation.parse(text) {
                checkReadBack(block.definition, seed)
                expand(block.definition)
            }
        } catch {
            // A line end at the end of the text starts one more line, as in an editor.
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            #expect(!error.errors.isEmpty, "seed \(seed): \(text)")
            for error in error.errors {
                let isInside =
                    lines.indices.contains(error.line - 1)
                    && (1...lines[error.line - 1].count + 1).contains(error.column)
                #expect(isInside, "seed \(seed): \(error) in \(text)")
            }
        }
    }

    private func checkReadBack(_ block: BlockDefinition, _ seed: UInt64) {
        do throws(NotationErrors) {
            let again = try BlockNotation.parse(block.description)
            #expect(again.map(\.definition) == [block], "seed \(seed)")
        } catch {
            Issue.record("seed \(seed): \(block.description) is not read back: \(error)")
        }
    }

    private func expand(_ block: BlockDefinition) {
        var graph = Graph(input: FeatureShape(height: 6, width: 5, channels: 64))
        for stride in [2, 1] {
            _ = try? block.expand(
                into: &graph, after: graph.nodes.count - 1, name: "b\(stride)", width: 128, stride: stride)
        }
    }

    private static let pieces = [
        "(", ")", "[", "]", "-", "+", "++", "/", "*", ":", "=", "!=", "<", ">=", " ", "\n", "\r\n", "#", "x", "8", "0",
        "70", "99999999999999999999", "in", "out", "s", "if", "else", "and", "or", "units of", "in 4 groups",
        "with bias", "pad 1", "Conv3x3", "Conv1x1[out/4]", "Depthwise3x3", "BatchNorm", "ReLU", "ReLU6", "MaxPool2x2",
        "AvgPool3x3", "Shuffle", "input", "shortcut", "a:", "b (1 per stage):", "é", "🙂", "\u{0}", "×", "−",
    ]

    private func piece(using generator: inout SeededGenerator) -> String {
        Self.pieces[generator.index(below: Self.pieces.count)]
    }

    static let seeds: Range<UInt64> = 0..<8

    @Test("mutations of the built-in blocks", arguments: seeds)
    func mutations(seed: UInt64) {
        var generator = SeededGenerator(seed: seed, purpose: "mutations")
        let original = Array(NetworkCatalog.builtInText)
        for _ in 0..<60 {
            var text = original
            for _ in 0...generator.index(below: 4) {
                let start = generator.index(below: text.count)
                let end = min(text.count, start + generator.index(below: 7))
                text.replaceSubrange(start..<end, with: Array(piece(using: &generator)))
            }
            check(String(text), seed)
        }
    }

    @Test("random pieces", arguments: seeds)
    func randomPieces(seed: UInt64) {
        var generator = SeededGenerator(seed: seed, purpose: "pieces")
        for _ in 0..<400 {
            var text = "a: "
            for _ in 0..<generator.index(below: 26) {
                text += piece(using: &generator) + " "
            }
            check(text, seed)
        }
    }

    @Test("random bytes", arguments: seeds)
    func randomBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed, purpose: "bytes")
        for _ in 0..<100 {
            let bytes = (0..<generator.index(below: 300)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            check(String(decoding: bytes, as: UTF8.self), seed)
        }
    }

    @Test("random expressions of the grammar are read, printed and read back", arguments: seeds)
    func grammar(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, purpose: "grammar")
        for _ in 0..<200 {
            let text = "a: " + expression(depth: 4, using: &generator)
            #expect(throws: Never.self, "seed \(seed): \(text)") { try BlockNotation.parse(text) }
            check(text, seed)
        }
    }

    // MARK: Expressions of the grammar

    private func expression(depth: Int, using generator: inout SeededGenerator) -> String {
        let leaves = [
            "ReLU", "BatchNorm", "Conv3x3/s", "Conv1x1[\(width(depth: 2, using: &generator))]", "AvgPool3x3/s",
            "MaxPool2x2", "Depthwise3x3 with bias", "Shuffle in 2 groups",
        ]
        let leaf = leaves[generator.index(below: leaves.count)]
        guard depth > 0 else { return leaf }
        let first = expression(depth: depth - 1, using: &generator)
        let second = expression(depth: depth - 1, using: &generator)
        switch generator.index(below: 10) {
        case 0: return "(\(first)) - \(leaf) - (\(second))"
        case 1: return "(\(first)) + (\(second)) + input"
        case 2: return "(\(first)) ++ (\(second))"
        case 3: return "ReLU(\(first))"
        case 4: return "2 x (\(first))"
        case 5: return "2 units of (\(first))"
        case 6: return "(\(first)) if \(width(depth: 2, using: &generator)) = 2 or s < 3 and in != out"
        case 7: return "(\(first)) if s >= 2 else (\(second))"
        case 8: return "\(leaf) + (shortcut if s = 2 else input)"
        default: return leaf
        }
    }

    private func width(depth: Int, using generator: inout SeededGenerator) -> String {
        let leaves = ["in", "out", "s", "3", "64"]
        guard depth > 0 else { return leaves[generator.index(below: leaves.count)] }
        let left = width(depth: depth - 1, using: &generator)
        let right = width(depth: depth - 1, using: &generator)
        let sign = ["+", "-", "*", "/"][generator.index(below: 4)]
        return generator.index(below: 2) == 0 ? "(\(left)) \(sign) (\(right))" : "\(left) \(sign) \(right)"
    }
}
