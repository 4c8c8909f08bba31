import Networks
import Testing

@Suite("Mistakes in the block notation")
struct NotationErrorTests {
    private func errors(_ text: String) -> [NotationError] {
        do throws(NotationErrors) {
            _ = try BlockNotation.parse(text)
            return []
        } catch { return error.errors }
    }

    private func check(
        _ text: String, _ line: Int, _ column: Int, _ problem: NotationError.Problem,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let found = errors(text).map { "\($0.line):\($0.column) \($0.problem)" }
        #expect(found == ["\(line):\(column) \(problem)"], "\(text.prefix(200))", sourceLocation: location)
    }

    @Test(
        "an unknown layer is shown with the nearest word",
        arguments: [
            ("Cnov3x3", "Conv3x3"), ("conv5x5", "Conv5x5"), ("Conv3", "Conv3x3"), ("Batchnorm", "BatchNorm"),
            ("BtachNorm", "BatchNorm"), ("Relu", "ReLU"), ("RELU6", "ReLU6"), ("ReLu7", "ReLU"),
            ("MaxPol2x2", "MaxPool2x2"), ("Depthwse3x3", "Depthwise3x3"), ("shortcutt", "shortcut"),
            ("Input", "input"), ("Shufle", "Shuffle"), ("BatchNorm2d", "BatchNorm"),
        ])
    func unknownLayer(found: String, nearest: String) {
        check("a: BN - \(found)", 1, 9, .unknownLayer(found: found, nearest: nearest))
    }

    @Test("an unknown layer that looks like none has no nearest word")
    func unknownLayerAlone() {
        check("a: Transformer", 1, 4, .unknownLayer(found: "Transformer", nearest: nil))
        let long = String(repeating: "Z", count: 5000)
        check("a: \(long)", 1, 4, .unknownLayer(found: long, nearest: nil))
    }

    private let primaries = ["a layer", "`input`", "`shortcut`", "a number of repetitions", "`(`"]

    @Test("a mistake is placed by its line and its character")
    func places() {
        check("# é\n\na: ReLU\n  - 🙂", 4, 5, .unexpected(found: "🙂", expected: primaries))
        check("a: ReLU\r\nb: BN -\r\n   / 2", 3, 4, .unexpected(found: "/", expected: primaries))
        check("a: ReLU -", 1, 10, .unexpected(found: "", expected: primaries))
        check("a:\n", 2, 1, .unexpected(found: "", expected: primaries))
        check("a: ReLU -\nb: BN", 2, 1, .unexpected(found: "b", expected: primaries))
    }

    @Test("what does not belong is shown with what could stand there")
    func unexpected() {
        let end = ["`-`", "`+`", "`++`", "`if`", "the end of the line"]
        let factors = ["`in`", "`out`", "`s`", "a number", "`(`"]
        check("a: ReLU BN", 1, 9, .unexpected(found: "BN", expected: end))
        check("a: ReLU)", 1, 8, .unexpected(found: ")", expected: end))
        check("a: (ReLU", 1, 9, .unexpected(found: "", expected: ["`)`", "`-`", "`+`", "`++`", "`if`"]))
        check("a ReLU", 1, 3, .unexpected(found: "ReLU", expected: ["`:`", "`(1 per stage):`"]))
        check("my-block: ReLU", 1, 3, .unexpected(found: "-", expected: ["`:`", "`(1 per stage):`"]))
        check("- ReLU", 1, 1, .unexpected(found: "-", expected: ["the name of a block"]))
        check("a (1 stage): ReLU", 1, 6, .unexpected(found: "stage", expected: ["`per`"]))
        check("a: Conv1x1[out/4", 1, 17, .unexpected(found: "", expected: ["`]`"]))
        check("a: Conv1x1[]", 1, 12, .unexpected(found: "]", expected: factors))
        check("a: Conv1x1/x", 1, 12, .unexpected(found: "x", expected: ["`s` or a number"]))
        check("a: Conv1x1 in groups", 1, 15, .unexpected(found: "groups", expected: ["a number of groups"]))
        check("a: Conv1x1 with stride", 1, 17, .unexpected(found: "stride", expected: ["`bias`"]))
        check("a: 8 ReLU", 1, 6, .unexpected(found: "ReLU", expected: ["`x`", "`units of`"]))
        check("a: ReLU if s == 1", 1, 15, .unexpected(found: "=", expected: factors))
        let relations = ["`=`", "`!=`", "`<`", "`>`", "`<=`", "`>=`"]
        check("a: ReLU if s", 1, 13, .unexpected(found: "", expected: relations))
    }

    @Test("layers refuse what they do not take")
    func additions() {
        check("a: ReLU/2", 1, 8, .additionNotTaken(layer: "ReLU", addition: "/s"))
        check("a: BN[64]", 1, 6, .additionNotTaken(layer: "BN", addition: "[out]"))
        check("a: Depthwise3x3 in 4 groups", 1, 17, .additionNotTaken(layer: "Depthwise3x3", addition: "in 4 groups"))
        check("a: MaxPool2x2 with bias", 1, 15, .additionNotTaken(layer: "MaxPool2x2", addition: "with bias"))
        check("a: Conv3x3/2/2", 1, 13, .additionRepeated(layer: "Conv3x3", addition: "/s"))
        check("a: Conv", 1, 4, .missingSize(layer: "Conv"))
        check("a: Conv3x1", 1, 4, .notSquare(found: "Conv3x1"))
        check("a: BN - Shuffle - BN", 1, 9, .missingGroups(layer: "Shuffle"))
    }

    @Test("shortcuts are terms of sums, inputs start chains, and sums are not mixed")
    func structure() {
        check("a: shortcut", 1, 4, .shortcutOutsideSum)
        check("a: ReLU(shortcut)", 1, 9, .shortcutOutsideSum)
        check("a: ReLU - shortcut", 1, 11, .shortcutOutsideSum)
        check("a: shortcut - ReLU", 1, 4, .shortcutOutsideSum)
        check("a: ReLU ++ shortcut", 1, 12, .shortcutOutsideSum)
        check("a: shortcut ++ ReLU", 1, 4, .shortcutOutsideSum)
        check("a: shortcut + shortcut", 1, 4, .shortcutOutsideSum)
        check("a: 2 x (ReLU if s = 1 else shortcut)", 1, 8, .shortcutOutsideSum)
        check("a: ReLU - input", 1, 11, .inputInsideChain)
        check("a: ReLU + BN ++ input", 1, 14, .mixedJoins)
        check("a: ReLU ++ BN + input", 1, 15, .mixedJoins)
    }

    @Test("names are new, not words of the notation, and not endless")
    func names() {
        check("a: ReLU\nb: BN\na: BN", 3, 1, .duplicateBlock(name: "a", firstLine: 1))
        for word in ["ReLU", "input", "all", "Conv3x3", "BN", "in", "x"] {
            check("\(word): ReLU", 1, 1, .reservedName(word))
        }
        let long = String(repeating: "a", count: 65)
        check("\(long): ReLU", 1, 1, .nameTooLong(long, limit: 64))
    }

    @Test("numbers have limits")
    func numbers() {
        let nines = String(repeating: "9", count: 400)
        check("a: Conv1x1[\(nines)]", 1, 12, .outOfRange(found: nines, 0...1_000_000_000))
        check("a: 1001 x (ReLU)", 1, 4, .outOfRange(found: "1001", 1...1000))
        check("a: 0 units of (ReLU)", 1, 4, .outOfRange(found: "0", 1...1000))
        check("a (0 per stage): ReLU", 1, 4, .outOfRange(found: "0", 1...1000))
        check("a: Conv3x3/0", 1, 12, .outOfRange(found: "0", 1...1_000_000_000))
        check("a: Conv3x3 in 0 groups", 1, 15, .outOfRange(found: "0", 1...1_000_000_000))
        check("a: Conv0x0", 1, 4, .outOfRange(found: "0", 1...65535))
        check("a: Conv\(nines)x\(nines)", 1, 4, .outOfRange(found: nines, 1...65535))
    }

    @Test(
        "nesting has a limit, in every kind of parentheses",
        arguments: [("(", ")"), ("ReLU(", ")"), ("2 x (", ")"), ("2 x ", ""), ("input + (", ")")])
    func nesting(open: String, close: String) {
        func text(_ count: Int) -> String {
            "a: " + String(repeating: open, count: count) + "BN" + String(repeating: close, count: count)
        }
        #expect(errors(text(15)).isEmpty)
        #expect(errors(text(5000)).map(\.problem) == [.nestedTooDeep(limit: 40)])
    }

    @Test("nesting has a limit in widths and conditions")
    func widthNesting() {
        func problems(_ expression: String) -> [NotationError.Problem] { errors("a: \(expression)").map(\.problem) }
        let tooDeep = [NotationError.Problem.nestedTooDeep(limit: 40)]
        #expect(problems("Conv1x1[\(String(repeating: "(", count: 5000))") == tooDeep)
        let sum = "1" + String(repeating: " + 1", count: 5000)
        #expect(problems("Conv1x1[\(sum)]") == tooDeep)
        #expect(problems("ReLU if s = \(sum)") == tooDeep)
        #expect(problems("Conv1x1[1\(String(repeating: "*1", count: 5000))]") == tooDeep)
        #expect(problems(String(repeating: "ReLU if s = 1 else ", count: 5000) + "BN") == tooDeep)
    }

    @Test("a text has a limit")
    func length() {
        let text = "a: ReLU" + String(repeating: " ", count: 100_000)
        #expect(errors(text).map(\.problem) == [.textTooLong(limit: 100_000)])
    }

    @Test("every definition's mistake is reported at once")
    func severalMistakes() {
        let text = """
            a: Relu
            b: ReLU
            c: ReLU - (BN
               - Conv3
            d (2 per stage): BN BN
            f: BN
            e e e
            b: Conv
            """
        #expect(errors(text).map(\.line) == [1, 4, 5, 7, 8])
        let many = (0..<1000).map { "b\($0): Relu" }.joined(separator: "\n")
        #expect(errors(many).count == 100)
    }
}
