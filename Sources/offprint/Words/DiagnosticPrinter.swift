import Foundation
import Report

/// Writes mistakes to standard error: `file:line:column: error: …`, or one JSON object a line.
struct DiagnosticPrinter {
    /// As the user named it.
    var file: String
    var asJSON: Bool

    func print(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics {
            write(diagnostic.problem.words, severity: diagnostic.severity.rawValue, at: diagnostic.location)
        }
    }

    /// An error without a place in the file.
    func print(error words: String) {
        write(words, severity: "error", at: nil, inFile: false)
    }

    private func write(_ words: String, severity: String, at location: SourceLocation?, inFile: Bool = true) {
        if asJSON {
            let line = Line(
                file: inFile ? file : nil, line: location?.line, column: location?.column, severity: severity,
                message: words)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            if let data = try? encoder.encode(line) { StandardError.write(String(decoding: data, as: UTF8.self)) }
            return
        }
        switch (inFile, location) {
        case (true, let location?):
            StandardError.write("\(file):\(location.line):\(location.column): \(severity): \(words)")
        case (true, nil): StandardError.write("\(file): \(severity): \(words)")
        case (false, _): StandardError.write("offprint: \(severity): \(words)")
        }
    }

    private struct Line: Encodable {
        var file: String?
        var line: Int?
        var column: Int?
        var severity: String
        var message: String
    }
}
