internal import Foundation

/// Data made safe to stand in Markdown.
enum MarkdownText {
    /// Text that Markdown and HTML show as it is, on one line, in table cells too.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in oneLine(text) {
            if "\\`*_[]<>|&~$".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }

    /// Text for a double-quoted HTML attribute within Markdown, table cells included.
    static func attribute(_ text: String) -> String {
        var result = ""
        for character in oneLine(text) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "|": result += "&#124;"
            default: result.append(character)
            }
        }
        return result
    }

    /// Every run of white space one space; nothing at the ends.
    static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// What an image's alternative text says, without the backslashes and backticks of its Markdown.
    static func plain(_ markdown: String) -> String {
        var result = ""
        var escaping = false
        for character in markdown {
            if escaping {
                if !(character.isASCII && (character.isPunctuation || character.isSymbol)) { result.append("\\") }
                result.append(character)
                escaping = false
            } else if character == "\\" {
                escaping = true
            } else if character != "`" {
                result.append(character)
            }
        }
        return escaping ? result + "\\" : result
    }
}
