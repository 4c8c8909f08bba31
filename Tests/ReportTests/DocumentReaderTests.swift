import Report
import Testing

/// Where cells are found in Markdown, and where they are not.
@Suite struct DocumentReaderTests {
    private func read(_ text: String) -> (cells: [Document.Cell], diagnostics: [Diagnostic], source: String) {
        let (document, diagnostics) = Document.read(Array(text.utf8))
        let cells = (document?.blocks ?? []).compactMap { if case .cell(let cell) = $0 { cell } else { nil } }
        return (cells, diagnostics, document?.source ?? "")
    }

    /// Text, bodies of its cells, and the line and column of the first one's fence.
    @Test(arguments: [
        ("a\n\n```yaml {train}\nx: 1\n```\n\nb\n", ["x: 1\n"], 3, 1),
        ("- item\n\n  ```yaml {train}\n  x: 1\n  y: 2\n  ```\n- next\n", ["x: 1\ny: 2\n"], 3, 3),
        ("- ```yaml {train}\n  x: 1\n  ```\n", ["x: 1\n"], 1, 3),
        ("1. a\n\n   - b\n\n     ~~~yaml {train}\n     x: 1\n     ~~~\n", ["x: 1\n"], 5, 6),
        ("> ```yaml {train}\n> x: 1\n> ```\n", ["x: 1\n"], 1, 3),
        ("> - a\n>\n>   ```yaml {train}\n>   x: 1\n>   ```\n", ["x: 1\n"], 3, 5),
        ("> > ```yaml {train}\n> > x: 1\n> > ```\n> end\n", ["x: 1\n"], 1, 5),
        ("````yaml {train}\nx: |\n  ```\n  y\n  ```\n````\n", ["x: |\n  ```\n  y\n  ```\n"], 1, 1),
        ("a\r\n\r\n```yaml {train}\r\nx: 1\r\n```\r\nb\r\n", ["x: 1\n"], 3, 1),
        ("-\ta\n\n\t```yaml {train}\n\tx: 1\n\t```\n", ["x: 1\n"], 3, 2),
        ("   ```yaml {train}\n   x: 1\n   ```\n", ["x: 1\n"], 1, 4),
        ("```yaml {train}\n```\n", [""], 1, 1),
        ("```yaml {train}\nx: 1\n```\n```yaml {plot}\ny: 2\n```\n", ["x: 1\n", "y: 2\n"], 1, 1),
        ("```YAML { train }\nx: 1\n```\n", ["x: 1\n"], 1, 1),
        ("```blocks\na: ReLU\n```\n", ["a: ReLU\n"], 1, 1),
    ])
    func cellsAreFoundWhereverMarkdownHasThem(text: String, bodies: [String], line: Int, column: Int) throws {
        let (cells, diagnostics, source) = read(text)
        #expect(diagnostics.isEmpty, "\(diagnostics)")
        #expect(cells.map { $0.body.value.replacing("\r\n", with: "\n") } == bodies)
        #expect(source == text)
        let first = try #require(cells.first)
        #expect(first.location == SourceLocation(line: line, column: column))
    }

    @Test(arguments: [
        "````markdown\n```yaml {train}\nx: 1\n```\n````\n", "    ```yaml {train}\n    x: 1\n    ```\n",
        "<!--\n```yaml {train}\nx: 1\n```\n-->\n", "```yaml\nx: 1\n```\n", "``yaml {train}``\n", "```python {a}\nx\n```\n",
        "```yaml\n{train}\n```\n",
    ])
    func whatOnlyLooksLikeACellIsProse(text: String) {
        let (cells, diagnostics, source) = read(text)
        #expect(cells.isEmpty && diagnostics.isEmpty)
        #expect(source == text)
    }

    @Test func placesInABodyArePlacesOfTheFile() throws {
        let cell = try #require(read("a\n\n> * ```yaml {train}\n>   x: 1\n>   y: 2\n>   ```\n").cells.first)
        #expect(cell.location(bodyLine: 1, column: 1) == SourceLocation(line: 4, column: 5))
        #expect(cell.location(bodyLine: 2, column: 4) == SourceLocation(line: 5, column: 8))
        #expect(cell.prefix == ">   ")
    }

    @Test(arguments: [
        "```yaml {train}\nx: 1\n", "> ```yaml {train}\n> x: 1\n\nend\n", "- ```yaml {train}\n  x: 1\n\nend\n",
    ])
    func aCellThatIsNeverClosedIsSaid(text: String) {
        let (_, diagnostics, source) = read(text)
        #expect(diagnostics.map(\.problem) == [.unclosedCell(kind: "train")])
        #expect(source == text)
    }

    @Test func anotherLanguageIsSaid() {
        #expect(
            read("```json {train}\n{}\n```\n").diagnostics.map(\.problem)
                == [.cellLanguage(kind: "train", found: "json", expected: "yaml")])
    }

    @Test func frontMatterIsCutOff() throws {
        let (document, diagnostics) = Document.read(Array("---\ntitle: x\n...\n```yaml {train}\n```\n".utf8))
        #expect(diagnostics.isEmpty)
        #expect(document?.frontMatter?.value == "title: x\n")
        #expect(Document.read(Array("---\ntitle: x\n".utf8)).diagnostics.map(\.problem) == [.unclosedFrontMatter])
        #expect(Document.read([]).diagnostics.map(\.problem) == [.emptyFile])
        #expect(Document.read([0x61, 0x0A, 0xC3, 0x28]).diagnostics.first?.location == SourceLocation(line: 2, column: 1))
    }
}
