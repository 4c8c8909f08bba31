import Foundation
import Networks
import Testing

@Suite("Block notation")
struct NotationTests {
    private func parse(_ text: String) throws -> BlockDefinition {
        let blocks = try BlockNotation.parse(text)
        try #require(blocks.count == 1, "\(text)")
        return blocks[0].definition
    }

    @Test("prints the built-in blocks so that they are read back equal", arguments: NetworkCatalog.blocks)
    func roundTrip(block: BlockDefinition) throws {
        #expect(try parse(block.description) == block)
        #expect(try parse(block.description).description == block.description)
        #expect(try JSONDecoder().decode(BlockDefinition.self, from: JSONEncoder().encode(block)) == block)
    }

    @Test(
        "prints the canonical text",
        arguments: [
            ("BN-ReLU-Conv3x3/s", "BatchNorm - ReLU - Conv3x3/s"),
            ("Conv1x1 [ out / 4 ] / s", "Conv1x1/s[out/4]"),
            ("Conv3x3/1[6*in] with bias in 8 groups pad 0", "Conv3x3[6 in] in 8 groups with bias pad 0"),
            ("Conv3x3 in 1 group", "Conv3x3"),
            ("AveragePool3x3/2 - MaxPool2x2/2 - MaxPool3x3/s pad 0", "AvgPool3x3/2 - MaxPool2x2 - MaxPool3x3/s pad 0"),
            ("ChannelShuffle in 4 groups", "Shuffle in 4 groups"),
            ("8×(input ++ Conv1x1[(out−in)/8])", "8 x (input ++ Conv1x1[(out - in)/8])"),
            (
                "2 units of ReLU6(Conv1x1+(input if s=1 and in=out))",
                "2 units of ReLU6(Conv1x1 + (input if s = 1 and in = out))"
            ),
            (
                "(ReLU if s = 2 or in ≠ out and s ≤ 1 else BN if s>3)",
                "ReLU if s = 2 or in != out and s <= 1 else BatchNorm if s > 3"
            ),
            ("ReLU - (BN - (ReLU + input)) - BN", "ReLU - (BatchNorm - (ReLU + input)) - BatchNorm"),
            ("((ReLU + BN) + input) ++ (BN ++ ReLU)", "((ReLU + BatchNorm) + input) ++ (BatchNorm ++ ReLU)"),
            ("Conv1x1[out - (in - 2)/(2*3) + 2(in + 1)*4]", "Conv1x1[out - (in - 2)/(2 * 3) + 2 (in + 1) * 4]"),
            ("Conv1x1[out - (in - 2)]", "Conv1x1[out - (in - 2)]"),
            ("Conv1x1[out/(in/2)*3]", "Conv1x1[out/(in/2) * 3]"),
            ("2 x 3 x ReLU", "2 x (3 x (ReLU))"),
            ("Depthwise5x5[2 in]/s", "Depthwise5x5/s[2 in]"),
        ])
    func canonicalText(text: String, canonical: String) throws {
        let block = try parse("a: " + text)
        #expect(block.description == "a: " + canonical)
        #expect(try parse("a: " + canonical) == block)
    }

    @Test("prints how many blocks a stage has where it is not four")
    func perStage() throws {
        #expect(try parse("a (4 per stage): ReLU").description == "a: ReLU")
        #expect(try parse("a(2 per stage):ReLU").description == "a (2 per stage): ReLU")
        #expect(try parse("a (2 per stage): ReLU").perStage == 2)
        #expect(try parse("a: ReLU").perStage == 4)
    }

    @Test("reads several definitions over several lines, with comments and any line ends")
    func severalDefinitions() throws {
        let text = """
            # first

            a: BN # norm
               - ReLU
            b:
            \tConv3x3 -
            \tReLU(
            Conv1x1
            + input)
              c: ReLU
            """
        for text in [text, text.replacingOccurrences(of: "\n", with: "\r\n")] {
            let blocks = try BlockNotation.parse(text)
            #expect(
                blocks.map(\.definition.description) == [
                    "a: BatchNorm - ReLU", "b: Conv3x3 - ReLU(Conv1x1 + input)", "c: ReLU",
                ])
            #expect(blocks.map(\.line) == [3, 5, 10])
            #expect(blocks.map(\.column) == [1, 1, 3])
        }
    }

    @Test("finds no blocks in an empty text", arguments: ["", "\n\n", "# a: ReLU", "  \t"])
    func emptyText(text: String) throws {
        #expect(try BlockNotation.parse(text).isEmpty)
    }

    @Test(
        "is not decoded from anything but one block",
        arguments: [#"[""]"#, #"["a: ReLU\nb: ReLU"]"#, #"["a: Relu"]"#, "[1]"])
    func badFiles(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([BlockDefinition].self, from: Data(json.utf8))
        }
    }
}

@Suite("Meaning of the block notation")
struct NotationExpansionTests {
    private func definition(_ expression: String) throws -> BlockDefinition {
        try #require(try BlockNotation.parse("b: " + expression).first).definition
    }

    /// What a block adds behind a map of 16 by 16.
    private func layers(
        _ expression: String, in input: Int = 64, out: Int = 128, stride: Int = 1
    ) throws -> [String] {
        var graph = Graph(input: FeatureShape(height: 16, width: 16, channels: input))
        let last = try definition(expression).expand(into: &graph, after: 0, name: "b", width: out, stride: stride)
        #expect(last == graph.nodes.count - 1)
        return NetworkSummary(graph).nodes.dropFirst().map(\.layer)
    }

    @Test("gives convolutions the width of the block and depthwise ones their own")
    func widths() throws {
        #expect(
            try layers("Conv3x3/s - Depthwise3x3 - Conv1x1[out/4] in 4 groups with bias", stride: 2) == [
                "Conv3x3/2 64->128", "Depthwise3x3 128->128", "Conv1x1 128->32 in 4 groups with bias",
            ])
        #expect(try layers("Depthwise3x3/s[out]", stride: 2) == ["Depthwise3x3/2 64->128"])
        #expect(try layers("Conv1x1[6 in] - Conv1x1[(out - in)/8]") == ["Conv1x1 64->384", "Conv1x1 384->8"])
        #expect(try layers("Conv1x1[2 + 3 * 4 - 6/3]") == ["Conv1x1 64->12"])
        #expect(try layers("Conv1x1[64 - 8 - 4] - Conv1x1[64/8/4]") == ["Conv1x1 64->52", "Conv1x1 52->2"])
    }

    @Test("keeps the size with odd windows and halves it with even ones")
    func sizes() throws {
        #expect(
            try layers("Conv7x7 - MaxPool2x2 - AvgPool3x3/2 - MaxPool3x3/1 - Conv3x3/2 pad 0") == [
                "Conv7x7 64->128", "MaxPool2x2/2", "AvgPool3x3/2", "MaxPool3x3/1", "Conv3x3/2 128->128 pad 0",
            ])
    }

    @Test("feeds all terms of a sum with what enters it")
    func sums() throws {
        var graph = Graph(input: FeatureShape(height: 8, width: 8, channels: 4))
        let block = try definition("ReLU - (BatchNorm - ReLU6 + input) - BatchNorm")
        _ = try block.expand(into: &graph, after: 0, name: "b", width: 4, stride: 1)
        let sum = try #require(graph.node(named: "b.add1"))
        #expect(sum.inputs.map { graph.nodes[$0].name } == ["b.relu2", "b.relu1"])
    }

    @Test("keeps the order of the text, with shortcuts made last")
    func shortcutOrder() throws {
        var graph = Graph(input: FeatureShape(height: 8, width: 8, channels: 4))
        let block = try definition("shortcut + Conv3x3/s")
        _ = try block.expand(into: &graph, after: 0, name: "b", width: 8, stride: 2)
        #expect(
            graph.nodes.map(\.name) == [
                "input", "b.convolution1", "b.shortcut1.convolution1", "b.shortcut1.batchNorm1", "b.add1",
            ])
        #expect(graph.output.inputs == [3, 1])
        #expect(try layers("Conv3x3 + shortcut", in: 8, out: 8) == ["Conv3x3 8->8", "Add"])
    }

    @Test("leaves out links and terms whose condition does not hold")
    func conditions() throws {
        #expect(try layers("ReLU - (BatchNorm if s = 2)") == ["ReLU"])
        #expect(try layers("ReLU - (BatchNorm if s = 2)", stride: 2) == ["ReLU", "BatchNorm"])
        #expect(try layers("ReLU + (input if in = out)") == ["ReLU"])
        #expect(try layers("ReLU + (input if in = out)", in: 128) == ["ReLU", "Add"])
        #expect(try layers("ReLU ++ (input if in < out)") == ["ReLU", "Concatenate 64+64"])
        #expect(try layers("ReLU if s = 1 else BatchNorm") == ["ReLU"])
        #expect(try layers("ReLU if s > 1 else BatchNorm if in >= out else ReLU6") == ["ReLU6"])
        #expect(try layers("ReLU if s = 2 or in = 64 and out = 128") == ["ReLU"])
        #expect(try layers("ReLU if s = 1 or in/0 = 1") == ["ReLU"])
        #expect(try layers("ReLU if s = 2").isEmpty)
        #expect(
            try layers("Conv3x3 + (shortcut if s = 1 else input)")
                == ["Conv3x3 64->128", "Conv1x1 64->128", "BatchNorm", "Add"])
    }

    @Test("repeats with the block's numbers, and units as a stage does")
    func repetition() throws {
        #expect(try layers("3 x (Conv1x1[in])") == Array(repeating: "Conv1x1 64->64", count: 3))
        #expect(
            try layers("3 units of (Conv3x3/s[out + in])", stride: 2) == [
                "Conv3x3/2 64->192", "Conv3x3 192->256", "Conv3x3 256->256",
            ])
    }

    @Test("wraps any layer around what is in its parentheses")
    func wrapping() throws {
        #expect(
            try layers("BatchNorm(Conv3x3/2(ReLU + input))") == ["ReLU", "Add", "Conv3x3/2 64->128", "BatchNorm"])
    }

    @Test(
        "says which part of a width has no value",
        arguments: [
            ("out/3", ArithmeticError.inexactDivision("out/3", dividend: 128, divisor: 3)),
            ("4 + in/(s - 2)", .divisionByZero("in/(s - 2)")),
            ("999999999*999999999*999999999", .overflow("999999999 * 999999999 * 999999999")),
        ])
    func arithmetic(width: String, expected: ArithmeticError) throws {
        let block = try definition("ReLU - Conv1x1[\(width)]")
        var graph = Graph(input: FeatureShape(height: 4, width: 4, channels: 64))
        let numbers = BlockNumbers(input: 64, output: 128, stride: 2)
        let error = BlockError(
            block: "b", node: "stage1.block1.convolution1", problem: .arithmetic(expected, numbers))
        #expect(throws: error) {
            try block.expand(into: &graph, after: 0, name: "stage1.block1", width: 128, stride: 2)
        }
    }
}
