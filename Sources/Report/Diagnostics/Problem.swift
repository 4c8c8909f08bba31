public import Datasets
public import Networks

/// What is wrong: what was found, what would be right, and the nearest right word where there is one.
public enum Problem: Sendable, Hashable {
    // MARK: The file

    /// The first byte that is no part of valid UTF-8.
    case notUTF8(byte: UInt8)
    /// No bytes, or nothing but white space.
    case emptyFile
    /// `---` on the first line and no `---` or `...` after it.
    case unclosedFrontMatter
    /// The fence of a cell that reaches the end of the file or of its list or quote.
    case unclosedCell(kind: String)
    /// `json {train}`: cells are written in `yaml`.
    case cellLanguage(kind: String, found: String, expected: String)

    // MARK: YAML

    /// The parser's own words.
    case brokenYAML(String)
    /// More than `limit` bytes, values or levels once aliases are written out.
    case tooMuchYAML(YamlLimit, limit: Int)
    case duplicateKey(String, first: SourceLocation)
    /// `cell` is the kind of cell, `front matter`, or the key whose mapping it is.
    case missingKey(String, cell: String)
    case wrongType(key: String, found: FoundValue, expected: ExpectedValue)
    case outOfRange(key: String, found: String, allowed: NumberRange)
    /// Numbers for each channel of the images, and there are others.
    case channelCount(key: String, found: Int, channels: Int)
    /// A list that needs an element, a text that needs a character.
    case empty(key: String)
    case repeatedValue(key: String, value: String)
    /// Two options that exclude each other: `y: file-size` with `mark: line`; `right` is what `key` could be instead.
    case conflict(key: String, value: String, with: String, withValue: String, right: [String])

    /// Rows of a data cell that make no table.
    case table(TableFault)

    // MARK: Names

    /// `known` in an order fit for reading; `nearest` only where it is close enough to be meant.
    case unknownName(NameKind, found: String, known: [String], nearest: String?)
    /// Labels and block names are lower-case letters, digits, `-` and `_`.
    case malformedName(NameKind, found: String)
    /// `first` is `nil` where the name is built in.
    case duplicateName(NameKind, name: String, first: SourceLocation?)
    /// A parameter's value, from `-P` or its default, that is not of its type.
    case parameterValue(name: String, found: String, expected: ExpectedValue)
    /// `-P` without `=`.
    case malformedParameter(String)

    // MARK: Prose

    /// Text that starts like a reference and is none.
    case malformedReference(text: String, ReferenceFault)

    // MARK: Data

    /// A folder of images that cannot be used.
    case dataset(DatasetError)

    // MARK: Networks

    /// A block that the notation cannot say.
    case brokenBlock(NotationError.Problem)
    /// A block that makes no network for this data set.
    case networkDoesNotFit(block: String, dataset: String, NetworkError)
    /// A file of weights that the network cannot start from.
    case initialWeights(block: String, InitialWeightsFault)
}

/// What kind of thing a name stands for.
public enum NameKind: Sendable, Hashable {
    case cellKind
    /// A key of a kind of cell, of the front matter, or of the mapping under a key.
    case option(of: String)
    /// One of the words an option takes.
    case value(of: String)
    case dataset
    case block
    /// A network among those that the training cell of that label trains.
    case network(of: String)
    case recipe
    case measure
    /// A column of the data cell of that label.
    case column(of: String)
    case theme
    case parameter
    case filter
    case partial
    /// A label of any cell.
    case label
    /// A run, written `label/network/seed`.
    case run
    /// The label of a training cell.
    case training
    /// The label of a plot cell.
    case figure
    /// The label of a table cell.
    case table
}

/// What a value was.
public enum FoundValue: Sendable, Hashable {
    case nothing
    /// A scalar as written.
    case scalar(String)
    case list
    case mapping
}

/// What a value should have been.
public enum ExpectedValue: Sendable, Hashable {
    case integer
    case number
    case text
    /// `true` or `false`.
    case flag
    case scalar
    case list
    case mapping
    case oneOf([String])
    /// One of these words or a list of them.
    case names
    /// `90s`, `10m`, `2h`, or seconds.
    case duration
    /// `2GB`, `512MiB`, or bytes.
    case memory
    /// `4in`, `10cm`, `80mm`, or inches.
    case length
    /// Two numbers, the second one larger.
    case range
    /// One of these columns of a data cell.
    case numericColumn([String])
}

/// An interval; an end is open where its value itself is not allowed.
public struct NumberRange: Sendable, Hashable {
    public var lowest: Double
    public var lowestAllowed: Bool
    /// `nil` for no upper end.
    public var highest: Double?
    public var highestAllowed: Bool

    public init(lowest: Double, lowestAllowed: Bool, highest: Double?, highestAllowed: Bool) {
        self.lowest = lowest
        self.lowestAllowed = lowestAllowed
        self.highest = highest
        self.highestAllowed = highestAllowed
    }

    static let positive = NumberRange(lowest: 0, lowestAllowed: false, highest: nil, highestAllowed: false)
    static let notNegative = NumberRange(lowest: 0, lowestAllowed: true, highest: nil, highestAllowed: false)
    static let fraction = NumberRange(lowest: 0, lowestAllowed: true, highest: 1, highestAllowed: true)
    /// Momentum and its like: 1 would never forget.
    static let belowOne = NumberRange(lowest: 0, lowestAllowed: true, highest: 1, highestAllowed: false)

    static func between(_ lowest: Double, _ highest: Double) -> NumberRange {
        NumberRange(lowest: lowest, lowestAllowed: true, highest: highest, highestAllowed: true)
    }

    func contains(_ value: Double) -> Bool {
        guard value.isFinite, lowestAllowed ? value >= lowest : value > lowest else { return false }
        guard let highest else { return true }
        return highestAllowed ? value <= highest : value < highest
    }
}

/// Why the rows of a data cell are no table.
public enum TableFault: Sendable, Hashable {
    case unclosedQuote
    case fieldCount(found: Int, expected: Int)
}

/// Which bound a YAML text went over.
public enum YamlLimit: Sendable, Hashable { case bytes, values, levels }

/// Why something that starts like a reference is none.
public enum ReferenceFault: Sendable, Hashable {
    /// `{{` without `}}` on the same line.
    case unclosed
    /// Nothing between the braces, or nothing after `fig:`.
    case empty
    /// Not `label.network.measure` with an optional `.final`, `.best` or `.mean` and `| filter`s.
    case notAValue
    /// Not `{{> name key=value … }}`.
    case notAPartial
    /// A table needs a line of its own.
    case tableWithinText
}
