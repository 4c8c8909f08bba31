/// An experiment file, read but not yet understood: front matter, prose and cells in the order of the file.
///
/// Nothing is lost: `head` and the joined sources of `blocks` are the file, byte for byte.
///
/// ```
/// head           ---⏎ title: Digits⏎ ---⏎          (the YAML in between is `frontMatter`)
/// blocks[0]      prose   # Digits⏎ ⏎
/// blocks[1]      cell    ```yaml {train}⏎ … ⏎```⏎
/// blocks[2]      prose   ⏎ Some words.⏎
/// ```
public struct Document: Sendable, Equatable {
    /// The YAML between the `---` lines, with the line its first line stands on; `nil` where there is none.
    public var frontMatter: Located<String>?
    public var blocks: [Block]
    /// The front matter as it stands in the file, its `---` lines and their line ends included; empty where
    /// there is none.
    public var head: String

    public enum Block: Sendable, Equatable {
        /// Text from its place to the next cell, line ends included.
        case prose(Located<String>)
        case cell(Cell)

        /// The bytes of the file this block was read from.
        public var source: String {
            switch self {
            case .prose(let prose): prose.value
            case .cell(let cell): cell.source
            }
        }
    }

    /// A fenced block whose info string marks it as ours.
    public struct Cell: Sendable, Equatable {
        /// Of the opening fence.
        public var location: SourceLocation
        public var kind: Located<String>
        /// The text between the fences, without the indentation of lists and the `>` of quotes.
        public var body: Located<String>
        /// What a line of the body starts with in the file (list indentation, `> `), to echo and to place output.
        public var prefix: String
        /// The block as it stands in the file, fences, prefixes and the last line's end included. Where the opening
        /// fence follows the mark of a list (`- ```yaml`), the mark belongs to the prose before.
        public var source: String
        /// How many characters of each line of the file are no part of the body's line; a tab that a list
        /// consumed in part makes it negative. Lines beyond its end have the first line's.
        public var columnOffsets: [Int]

        public init(
            location: SourceLocation, kind: Located<String>, body: Located<String>, prefix: String, source: String,
            columnOffsets: [Int] = []
        ) {
            self.location = location
            self.kind = kind
            self.body = body
            self.prefix = prefix
            self.source = source
            self.columnOffsets = columnOffsets
        }

        /// The place in the file of a place in `body`, both counted from 1.
        public func location(bodyLine line: Int, column: Int) -> SourceLocation {
            let offset =
                columnOffsets.indices.contains(line - 1)
                ? columnOffsets[line - 1] : columnOffsets.first ?? body.location.column - 1
            return SourceLocation(line: body.location.line + line - 1, column: max(1, column + offset))
        }
    }

    public init(frontMatter: Located<String>?, blocks: [Block], head: String = "") {
        self.frontMatter = frontMatter
        self.blocks = blocks
        self.head = head
    }

    /// The file, byte for byte.
    public var source: String { blocks.reduce(into: head) { $0 += $1.source } }
}
