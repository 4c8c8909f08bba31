public import Foundation
internal import Networks

/// A value with a file form: what `results.lock.json` and `timings/<machine>.json` have in common.
protocol StoredValue: Codable, Sendable {
    static var kind: StoredFileError.FileKind { get }
    static var currentFormat: Int { get }
    /// The first value that cannot be right, with its place.
    var firstProblem: (place: String, problem: String)? { get }
}

extension ResultsLock {
    /// The bytes of `results.lock.json`: sorted keys, doubles that read back to the same bits, a final newline.
    /// Equal locks have equal bytes.
    public func fileBytes() throws(StoredFileError) -> Data { try StoredFile.bytes(of: self) }

    /// Reads the bytes of a lock.
    /// - Parameter path: for the error only.
    public init(fileBytes: Data, path: String) throws(StoredFileError) {
        self = try StoredFile.value(from: fileBytes, path: path)
    }
}

extension Timings {
    /// The bytes of `timings/<machine>.json`. Inference samples and spreads are rounded to four digits, which is
    /// finer than any two measurements agree and keeps the file small.
    public func fileBytes() throws(StoredFileError) -> Data { try StoredFile.bytes(of: rounded()) }

    /// - Parameter path: for the error only.
    public init(fileBytes: Data, path: String) throws(StoredFileError) {
        self = try StoredFile.value(from: fileBytes, path: path)
    }

    /// With every measured time rounded to four significant digits.
    func rounded() -> Timings {
        var copy = self
        copy.runs = runs.mapValues { run in
            var run = run
            run.inferenceCPU = run.inferenceCPU.map(fourDigits)
            run.epochs = run.epochs.map { epoch in
                EpochTiming(
                    trainForward: epoch.trainForward.rounded(), validForward: epoch.validForward.rounded(),
                    trainSeconds: fourDigits(epoch.trainSeconds), validSeconds: fourDigits(epoch.validSeconds))
            }
            return run
        }
        copy.layers = layers?.mapValues { measurement in
            var measurement = measurement
            measurement.limits.gflops = fourDigits(measurement.limits.gflops)
            measurement.limits.gigabytesPerSecond = fourDigits(measurement.limits.gigabytesPerSecond)
            for index in measurement.layers.indices {
                measurement.layers[index].seconds = fourDigits(measurement.layers[index].seconds)
            }
            return measurement
        }
        return copy
    }
}

extension Spread {
    fileprivate func rounded() -> Spread {
        var copy = self
        copy.mean = fourDigits(mean)
        copy.deviation = fourDigits(deviation)
        return copy
    }
}

/// The nearest double to `value` written with four significant digits.
private func fourDigits(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    return Double(String(format: "%.3e", value)) ?? value
}

enum StoredFile {
    static func bytes(of value: some Encodable) throws(StoredFileError) -> Data {
        do {
            return try CanonicalJSON.bytes(of: value)
        } catch {
            // Every value of these types has a JSON form; a new field without one is a mistake in this module.
            preconditionFailure("no JSON form: \(error)")
        }
    }

    static func value<Value: StoredValue>(from bytes: Data, path: String) throws(StoredFileError) -> Value {
        let header: Header
        do {
            header = try CanonicalJSON.value(Header.self, from: bytes)
        } catch DecodingError.dataCorrupted(let context) {
            throw .notJSON(path: path, detail: parserDetail(context))
        } catch {
            throw .foreign(path: path, expected: Value.kind)
        }
        guard header.runs != nil, let format = header.format else {
            throw .foreign(path: path, expected: Value.kind)
        }
        guard format == Value.currentFormat else {
            throw .unknownFormat(path: path, found: format, supported: Value.currentFormat)
        }
        let value: Value
        do {
            value = try CanonicalJSON.value(Value.self, from: bytes)
        } catch {
            let (place, problem) = describe(error)
            throw .damaged(path: path, place: place, problem: problem)
        }
        if let (place, problem) = value.firstProblem { throw .damaged(path: path, place: place, problem: problem) }
        return value
    }

    /// A value that checks itself while it is decoded, its format by `check(format:supported:)`.
    static func value<Value: Decodable>(
        fromWhole bytes: Data, path: String, kind: StoredFileError.FileKind, supported: Int
    ) throws(StoredFileError) -> Value {
        do {
            return try CanonicalJSON.value(Value.self, from: bytes)
        } catch let error as UnknownFormat {
            throw .unknownFormat(path: path, found: error.found, supported: supported)
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            throw .notJSON(path: path, detail: context.debugDescription)
        } catch DecodingError.dataCorrupted(let context) {
            throw .damaged(
                path: path, place: context.codingPath.map(\.stringValue).joined(separator: "."),
                problem: context.debugDescription)
        } catch {
            throw .foreign(path: path, expected: kind)
        }
    }

    static func check(format: Int, supported: Int) throws {
        guard format == supported else { throw UnknownFormat(found: format) }
    }

    private struct UnknownFormat: Error { var found: Int }

    private static func describe(_ error: any Error) -> (place: String, problem: String) {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            (dotted(context.codingPath + [key]), "is missing")
        case DecodingError.typeMismatch(let type, let context):
            (dotted(context.codingPath), "is not \(words(for: type))")
        case DecodingError.valueNotFound(let type, let context):
            (dotted(context.codingPath), "is null and not \(words(for: type))")
        case DecodingError.dataCorrupted(let context):
            (dotted(context.codingPath), parserDetail(context))
        default: ("", "\(error)")
        }
    }

    private static func words(for type: Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Int.Type: "a whole number"
        case is Double.Type: "a number"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }

    private static func dotted(_ path: [any CodingKey]) -> String {
        path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    /// The parser's own sentence with line and column, which it keeps in the error beneath.
    private static func parserDetail(_ context: DecodingError.Context) -> String {
        guard let beneath = context.underlyingError else { return context.debugDescription }
        return (beneath as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? "\(beneath)"
    }

    /// Enough to tell one of our files from another program's.
    private struct Header: Decodable {
        var format: Int?
        var runs: Object?
        struct Object: Decodable {
            init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: Key.self) }
            enum Key: CodingKey {}
        }
    }
}
