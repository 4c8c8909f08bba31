import Datasets
import Networks
import Report

/// The English of every mistake an experiment file can hold. The one place where its words are made.
extension Problem {
    /// One sentence without a full stop: what is wrong, and what would be right.
    var words: String {
        switch self {
        case .notUTF8(let byte):
            return "the file is not UTF-8: byte \(hexadecimal(byte)) does not belong here"
        case .emptyFile:
            return "the file is empty; an experiment file is Markdown with cells such as ```yaml {train}"
        case .unclosedFrontMatter:
            return "the front matter is not closed; end it with a line '---'"
        case .unclosedCell(let kind):
            return "the {\(kind)} cell is not closed; end it with a fence as long as its first"
        case .cellLanguage(let kind, let found, let expected):
            return "a {\(kind)} cell is written in '\(expected)', not in '\(found)'"

        case .brokenYAML(let reason):
            return "broken YAML: \(reason)"
        case .tooMuchYAML(let what, let limit):
            return "the YAML is too large: more than \(limit) \(what.words)"
        case .duplicateKey(let key, let first):
            return "'\(key)' is given twice; first on line \(first.line)"
        case .missingKey(let key, let cell):
            return "\(article(cell)) needs '\(key)'"
        case .wrongType(let key, let found, let expected):
            return "'\(key)' must be \(expected.words), not \(found.words)"
        case .outOfRange(let key, let found, let allowed):
            return "'\(key)' is \(found); it must be \(allowed.words)"
        case .channelCount(let key, let found, let channels):
            return "'\(key)' has \(found) numbers; the images have \(channels) channel\(channels == 1 ? "" : "s"), so one number or \(channels) will do"
        case .empty(let key):
            return "'\(key)' is empty"
        case .repeatedValue(let key, let value):
            return "'\(value)' stands twice in '\(key)'"
        case .conflict(let key, let value, let other, let otherValue, let right):
            let advice = right.isEmpty ? "" : "; '\(key)' can be \(commaSeparated(right)) there"
            return "'\(key): \(value)' does not go with '\(other): \(otherValue)'\(advice)"

        case .table(.unclosedQuote): return "a quotation mark is never closed"
        case .table(.fieldCount(let found, let expected)):
            return "this row has \(found) fields; the first line names \(expected) columns"

        case .unknownName(let kind, let found, let known, let nearest):
            return unknown(kind, found: found, known: known, nearest: nearest)
        case .malformedName(let kind, let found):
            return "'\(found)' is no \(kind.words): letters a to z, digits, '-' and '_' only"
        case .duplicateName(let kind, let name, let first):
            let place = first.map { "first on line \($0.line)" } ?? "that name is built in"
            return "the \(kind.words) '\(name)' is given twice; \(place)"
        case .parameterValue(let name, let found, let expected):
            return "the parameter '\(name)' must be \(expected.words), not '\(found)'"
        case .malformedParameter(let text):
            return "'-P \(text)' sets nothing; write -P name=value"

        case .malformedReference(let text, let fault):
            return "'\(text)' \(fault.words)"

        case .brokenBlock(let mistake): return mistake.words
        case .dataset(let error): return error.words
        case .networkDoesNotFit(let block, let dataset, let error):
            return "block '\(block)' makes no network for '\(dataset)': \(error.words)"
        case .initialWeights(let block, let fault):
            return "block '\(block)' cannot start from these weights: \(fault.words)"
        }
    }

    private func unknown(_ kind: NameKind, found: String, known: [String], nearest: String?) -> String {
        let what = "unknown \(kind.words) '\(found)'"
        if let nearest { return "\(what); did you mean '\(nearest)'?" }
        if known.isEmpty { return "\(what); there is none" }
        return "\(what); known: \(commaSeparated(known))"
    }
}

extension NameKind {
    var words: String {
        switch self {
        case .cellKind: "kind of cell"
        case .option(let owner): "option of \(ownerWords(owner))"
        case .value(let option): "value of '\(option)'"
        case .dataset: "dataset"
        case .block: "block"
        case .network(let label): "network of '\(label)'"
        case .recipe: "recipe"
        case .measure: "measure"
        case .column(let label): "column of '\(label)'"
        case .theme: "theme"
        case .parameter: "parameter"
        case .filter: "filter"
        case .partial: "partial"
        case .label: "label"
        case .run: "run"
        case .training: "training cell"
        case .figure: "figure"
        case .table: "table"
        }
    }

    private func ownerWords(_ owner: String) -> String {
        ["train", "plot", "table", "diagram", "images", "data", "blocks"].contains(owner) ? "a {\(owner)} cell" : "the \(owner)"
    }
}

extension FoundValue {
    var words: String {
        switch self {
        case .nothing: "nothing"
        case .scalar(let text): "'\(text)'"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}

extension ExpectedValue {
    var words: String {
        switch self {
        case .integer: "a whole number"
        case .number: "a number"
        case .text: "text"
        case .flag: "true or false"
        case .scalar: "a single value"
        case .list: "a list"
        case .mapping: "a mapping"
        case .oneOf(let words): "one of \(commaSeparated(words))"
        case .names: "a name or a list of names"
        case .duration: "a time such as 90s, 10m or 2h"
        case .memory: "an amount of memory such as 512MiB or 2GB"
        case .length: "a length such as 4in or 10cm"
        case .range: "two numbers, the smaller one first"
        case .numericColumn(let columns): "a column of numbers (\(commaSeparated(columns)))"
        }
    }
}

extension NumberRange {
    var words: String {
        let low = "\(lowestAllowed ? "at least" : "greater than") \(number(lowest))"
        guard let highest else { return low }
        return "\(low) and \(highestAllowed ? "at most" : "less than") \(number(highest))"
    }
}

extension YamlLimit {
    var words: String {
        switch self {
        case .bytes: "bytes"
        case .values: "values"
        case .levels: "levels"
        }
    }
}

extension ReferenceFault {
    var words: String {
        switch self {
        case .unclosed: "is not closed on its line; write {{ … }}"
        case .empty: "names nothing"
        case .notAValue:
            "is no value; write {{ label.network.measure }}, with .final, .best or .mean and | filters if you like"
        case .notAPartial: "is no partial; write {{> name key=value }}"
        case .tableWithinText: "needs a line of its own"
        }
    }
}

extension NotationError.Problem {
    var words: String {
        switch self {
        case .unexpected(let found, let expected):
            "found \(found.isEmpty ? "the end of the text" : "'\(found)'"), expected \(commaSeparated(expected))"
        case .unknownLayer(let found, let nearest):
            "unknown layer '\(found)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        case .missingSize(let layer): "'\(layer)' needs a size, such as \(layer)3x3"
        case .notSquare(let found): "'\(found)' is not square"
        case .missingGroups(let layer): "'\(layer)' needs groups, such as \(layer) in 4 groups"
        case .additionNotTaken(let layer, let addition): "'\(layer)' takes no '\(addition)'"
        case .additionRepeated(let layer, let addition): "'\(addition)' stands twice at '\(layer)'"
        case .shortcutOutsideSum: "'shortcut' can only be a term of a sum, beside another term"
        case .inputInsideChain: "'input' can only begin a chain"
        case .mixedJoins: "'+' and '++' side by side need parentheses"
        case .outOfRange(let found, let range):
            "\(found) is out of range; it must be from \(range.lowerBound) to \(range.upperBound)"
        case .duplicateBlock(let name, let line): "block '\(name)' is defined twice; first on line \(line) of the cell"
        case .reservedName(let name): "'\(name)' is a word of the notation and cannot name a block"
        case .nameTooLong(_, let limit): "the name is longer than \(limit) characters"
        case .nestedTooDeep(let limit): "nested deeper than \(limit) levels"
        case .textTooLong(let limit): "the text is longer than \(limit) bytes"
        }
    }
}

extension NetworkError {
    var words: String {
        switch self {
        case .noWidths: "the network has no widths"
        case .layer(let error): error.words
        case .block(let error): error.words
        }
    }
}

extension BlockError {
    var words: String {
        switch problem {
        case .layer(let error): "block '\(block)': \(error.words)"
        case .arithmetic(let error, let numbers):
            "block '\(block)', node '\(node)': \(error.words), where \(numbers.words)"
        case .widthNotPositive(let text, let found, let numbers):
            "block '\(block)', node '\(node)': the width \(text) comes out as \(found), where \(numbers.words)"
        case .tooManyNodes(let limit): "block '\(block)' grows beyond \(limit) nodes"
        }
    }
}

extension ArithmeticError {
    var words: String {
        switch self {
        case .inexactDivision(let text, let dividend, let divisor):
            "\(text) leaves a remainder: \(dividend) / \(divisor)"
        case .divisionByZero(let text): "\(text) divides by zero"
        case .overflow(let text): "\(text) is too large"
        }
    }
}

extension BlockNumbers {
    var words: String { "in = \(input), out = \(output), s = \(stride)" }
}

extension GraphError {
    var words: String {
        switch self {
        case .duplicateName(let name): "two nodes are called '\(name)'"
        case .unknownInput(let node, let index): "node '\(node)' reads node \(index), which does not exist"
        case .inputCount(let node, let expected, let found):
            "node '\(node)' takes \(expected) inputs and was given \(found)"
        case .shapesDiffer(let node, let first, let second):
            "node '\(node)' joins \(first) with \(second); they must agree"
        case .windowTooLarge(let node, let window, let input, let padding):
            "node '\(node)' has a window of \(window)x\(window), larger than its input \(input) with padding \(padding)"
        case .channelsNotDivisible(let node, let channels, let divisor):
            "node '\(node)': \(channels) channels cannot be divided by \(divisor)"
        case .notPositive(let node, let what, let found):
            "node '\(node)': \(what) must be positive, not \(found)"
        case .outOfRange(let node, let what, let expected, let found):
            "node '\(node)': \(what) must be \(expected), not \(found)"
        case .tooLarge(let node, let shape): "node '\(node)' is too large: \(shape)"
        }
    }
}

// MARK: Parts of sentences

func commaSeparated(_ words: [String]) -> String {
    let shown = words.prefix(24)
    return shown.joined(separator: ", ") + (words.count > shown.count ? ", …" : "")
}

private func article(_ cell: String) -> String {
    ["train", "plot", "table", "diagram", "images", "data", "blocks"].contains(cell) ? "a {\(cell)} cell" : "'\(cell)'"
}

private func hexadecimal(_ byte: UInt8) -> String {
    "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}

private func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
}
