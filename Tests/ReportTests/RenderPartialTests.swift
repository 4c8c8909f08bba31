import Foundation
import Report
import TestSupport
import Testing

@Suite struct RenderPartialTests {
    @Test func aPartialBecomesDocumentText() {
        let (text, problems) = PartialExpander.expand(
            "# A\n\n{{> part label=x title=\"two words\" }}\n\nend {{ x.y.z }}\n",
            templates: ["part": "{{=<% %>=}}\n```yaml {train}\nlabel: <% label %>\n```\n\n<% title %> {{ <% label %>.best.network }}\n"])
        #expect(problems.isEmpty)
        #expect(
            text.text == "# A\n\n```yaml {train}\nlabel: x\n```\n\ntwo words {{ x.best.network }}\n\nend {{ x.y.z }}\n")
    }

    @Test func placesInAPartialPointToTheIncludingLine() {
        let (text, _) = PartialExpander.expand("a\n  {{> part }}\nb\n", templates: ["part": "1\n2\n3\n"])
        #expect(text.text == "a\n  1\n  2\n  3\nb\n")
        #expect(text.origin(of: SourceLocation(line: 1, column: 1)) == SourceLocation(line: 1, column: 1))
        for line in 2...4 {
            #expect(text.origin(of: SourceLocation(line: line, column: 9)) == SourceLocation(line: 2, column: 3), "line \(line)")
            #expect(text.template(ofLine: line) == "part")
        }
        #expect(text.origin(of: SourceLocation(line: 5, column: 1)) == SourceLocation(line: 3, column: 1))
        #expect(text.template(ofLine: 5) == nil)
        #expect(text.origin(of: SourceLocation(line: 99, column: 1)) == SourceLocation(line: 99, column: 1))
    }

    @Test func quotesListsAndLineEndsAreKept() {
        func expand(_ text: String) -> String {
            PartialExpander.expand(text, templates: ["p": "a\n\nb\n"]).text.text
        }
        #expect(expand("> {{> p }}\n") == "> a\n>\n> b\n")
        #expect(expand("* {{> p }}\n* c\n") == "* a\n\n  b\n* c\n")
        #expect(expand("x\r\n\r\n{{> p }}\r\n") == "x\r\n\r\na\r\n\r\nb\r\n")
        #expect(expand("{{> p }}") == "a\n\nb")
        #expect(expand("---\ntitle: x\n---\n{{> p }}\n{{> p }}\n") == "---\ntitle: x\n---\na\n\nb\na\n\nb\n")
    }

    @Test func partialsWithinALineStayThere() {
        let (text, problems) = PartialExpander.expand("a {{> p x=1 }} b {{> p x=2 }} c\n", templates: ["p": "[{{x}}]\n"])
        #expect(problems.isEmpty)
        #expect(text.text == "a [1] b [2] c\n")
    }

    @Test func codeIsLeftAlone() {
        let source = "`{{> p }}`\n\n```\n{{> p }}\n```\n\n    {{> p }}\n"
        let (text, problems) = PartialExpander.expand(source, templates: [:])
        #expect(problems.isEmpty)
        #expect(text.text == source)
    }

    @Test func argumentsAreNotEscaped() {
        let (text, _) = PartialExpander.expand("{{> p t=\"a<b&c\" }}\n", templates: ["p": "{{t}}"])
        #expect(text.text == "a<b&c\n")
    }

    @Test func partialsBringPartials() {
        let (text, problems) = PartialExpander.expand(
            "x\n{{> outer }}\n",
            templates: ["outer": "{{=<% %>=}}\n1\n{{> inner n=2 }}\n", "inner": "in {{n}}\n"])
        #expect(problems.isEmpty)
        #expect(text.text == "x\n1\nin 2\n")
        #expect(text.origin(of: SourceLocation(line: 3, column: 1)) == SourceLocation(line: 2, column: 1))
        #expect(text.template(ofLine: 3) == "inner")
    }

    @Test func everyMistakeIsReportedWithItsPlace() {
        let (text, problems) = PartialExpander.expand(
            "a\n{{> prat }}\n{{> part lable=x }}\n{{> part }}\n{{> broken }}\n{{> optional }}\n",
            templates: ["part": "{{label}}", "broken": "{{#open}}", "optional": "{{#x}}{{x}}{{/x}}{{^x}}none{{/x}}"])
        #expect(
            problems.map(\.location) == (2...5).map { SourceLocation(line: $0, column: 1) })
        #expect(problems[0].kind == .unknown(known: ["broken", "optional", "part"], nearest: "part"))
        #expect(problems[1].kind == .unknownArgument("lable"))
        #expect(problems[2].kind == .missingArgument("label"))
        guard case .brokenTemplate = problems[3].kind else {
            Issue.record("expected brokenTemplate, found \(problems[3])")
            return
        }
        #expect(text.text == "a\n\n\n\n\nnone\n")
    }

    @Test func partialsWithoutEndAreStopped() {
        let (_, problems) = PartialExpander.expand("{{> a }}\n", templates: ["a": "{{=<% %>=}}\n{{> a }}\n"])
        #expect(problems.map(\.kind) == [.tooDeep(limit: 8)])
        let (_, growth) = PartialExpander.expand(
            "{{> a }}\n", templates: ["a": "{{=<% %>=}}\n" + String(repeating: "{{> a }}\n\n", count: 50)])
        #expect(growth.map(\.kind) == [.tooMany(limit: 1000)])
    }

    @Test func theDatasetSectionIsADocumentWithoutMistakes() throws {
        let template = try String(
            contentsOf: packageRoot.appendingPathComponent("templates/dataset-section.md"), encoding: .utf8)
        let (text, problems) = PartialExpander.expand(
            "# A\n\n{{> dataset-section dataset=mnist label=hand epochs=3 }}\n", templates: ["dataset-section": template])
        #expect(problems.isEmpty)
        #expect(text.text.hasPrefix("# A\n\n```yaml {train}\nlabel: hand\ndataset: mnist\n"))
        #expect(!text.text.contains("<%"))
        let (document, diagnostics) = Document.read(Array(text.text.utf8))
        #expect(diagnostics.isEmpty)
        let cells = try #require(document).blocks.count { if case .cell = $0 { true } else { false } }
        #expect(cells == 11)
        let references = try #require(document).references()
        #expect(references.diagnostics.isEmpty)
        #expect(references.references.joined().count == 10)
    }
}
