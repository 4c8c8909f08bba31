/// An experiment file, read but not yet understood: front matter, prose and cells in the order of the file.
///
/// Prose passes through byte for byte: joining `blocks` gives back everything after the front matter.
public struct Document: Sendable, Equatable {
    /// The YAML between the `---` lines, with the line its first line stands on; `nil` where there is none.
    public var frontMatter: Located<String>?
    public var blocks: [Block]

    public enum Block: Sendable, Equatable {
        /// Text from its place to the next cell, line ends included.
        case prose(Located<String>)
        case cell(Cell)
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
        /// The block as it stands in the file, fences and prefixes included.
        public var source: String

        public init(
            location: SourceLocation, kind: Located<String>, body: Located<String>, prefix: String, source: String
        ) {
            self.location = location
            self.kind = kind
            self.body = body
            self.prefix = prefix
            self.source = source
        }
    }

    public init(frontMatter: Located<String>?, blocks: [Block]) {
        self.frontMatter = frontMatter
        self.blocks = blocks
    }
}
