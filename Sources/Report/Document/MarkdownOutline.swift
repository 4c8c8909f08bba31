internal import CMarkGFM

/// The leaf blocks of a Markdown text in the order of their lines, found by cmark-gfm.
///
/// Only what this module needs: which lines are code, what a fence says, and which lines belong to one run
/// of inline text (a code span never reaches over the end of such a run).
struct MarkdownOutline {
    enum Kind: Equatable {
        /// Inline text: a paragraph or a heading.
        case inline
        /// One row of a table, one line.
        case tableRow
        case html
        /// `info` is `nil` for indented code; `literal` has lost the prefixes of lists and quotes.
        case code(info: String?, fenceLength: Int, fenceByte: UInt8, literal: [UInt8])
    }

    struct Leaf {
        var kind: Kind
        /// From 0.
        var firstLine: Int
        /// Inclusive.
        var lastLine: Int
        /// Of the block's first byte in its first line, from 0.
        var firstByte: Int
    }

    let leaves: [Leaf]

    /// Linear in the length of the text, apart from cmark's own rare worse cases.
    init(_ source: SourceText) {
        cmark_gfm_core_extensions_ensure_registered()
        guard let parser = cmark_parser_new(CMARK_OPT_DEFAULT | CMARK_OPT_FOOTNOTES) else {
            leaves = []
            return
        }
        defer { cmark_parser_free(parser) }
        if let table = cmark_find_syntax_extension("table") { cmark_parser_attach_syntax_extension(parser, table) }
        source.bytes.withUnsafeBytes { buffer in
            cmark_parser_feed(parser, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
        }
        guard let document = cmark_parser_finish(parser) else {
            leaves = []
            return
        }
        defer { cmark_node_free(document) }
        leaves = MarkdownOutline.leaves(under: document, of: source)
    }

    private static func leaves(under document: OpaquePointer, of source: SourceText) -> [Leaf] {
        var leaves: [Leaf] = []
        guard let iterator = cmark_iter_new(document) else { return [] }
        defer { cmark_iter_free(iterator) }
        while true {
            let event = cmark_iter_next(iterator)
            if event == CMARK_EVENT_DONE { break }
            guard event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator),
                let kind = kind(of: node, in: source)
            else { continue }
            let first = Int(cmark_node_get_start_line(node)) - 1
            guard source.lines.indices.contains(first) else { continue }
            var last = Int(cmark_node_get_end_line(node)) - 1
            if case .code(let info, _, _, let literal) = kind {
                // cmark puts the end of a fenced block that its list or quote cuts off one line too far.
                last = first + lineCount(literal) - (info == nil ? 1 : 0)
            }
            if kind == .tableRow { last = first }
            leaves.append(
                Leaf(
                    kind: kind, firstLine: first, lastLine: max(first, min(last, source.lines.count - 1)),
                    firstByte: max(0, Int(cmark_node_get_start_column(node)) - 1)))
        }
        // Footnotes stand at the end of the tree and anywhere in the file.
        return leaves.enumerated().sorted {
            ($0.element.firstLine, $0.offset) < ($1.element.firstLine, $1.offset)
        }.map(\.element)
    }

    private static func kind(of node: OpaquePointer, in source: SourceText) -> Kind? {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_PARAGRAPH, CMARK_NODE_HEADING: return .inline
        case CMARK_NODE_HTML_BLOCK: return .html
        case CMARK_NODE_CODE_BLOCK:
            let literal = cmark_node_get_literal(node).map(bytes(of:)) ?? []
            var length: Int32 = 0
            var offset: Int32 = 0
            var character: CChar = 0
            guard cmark_node_get_fenced(node, &length, &offset, &character) != 0 else {
                return .code(info: nil, fenceLength: 0, fenceByte: 0, literal: literal)
            }
            let info = cmark_node_get_fence_info(node).map { String(decoding: bytes(of: $0), as: UTF8.self) } ?? ""
            return .code(
                info: info, fenceLength: Int(length), fenceByte: UInt8(bitPattern: character), literal: literal)
        default:
            guard let name = cmark_node_get_type_string(node).map({ String(cString: $0) }) else { return nil }
            return name == "table_row" || name == "table_header" ? .tableRow : nil
        }
    }

    private static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        var bytes: [UInt8] = []
        var next = text
        while next.pointee != 0 {
            bytes.append(UInt8(bitPattern: next.pointee))
            next += 1
        }
        return bytes
    }

    /// Lines of a literal; cmark ends every line of one.
    static func lineCount(_ literal: [UInt8]) -> Int {
        literal.isEmpty ? 0 : SourceText(literal).lines.count
    }
}
