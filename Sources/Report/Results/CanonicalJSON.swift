import Foundation

/// JSON whose bytes depend on the value alone.
///
/// Goals, in order: the same bytes from every version of the standard library (so the text is made here and not
/// by `JSONEncoder`'s printer); every double read back to the same bits; few changed lines when a value changes.
/// Keys are sorted by their UTF-8 bytes. Objects and arrays that hold nothing but numbers and strings stand on one
/// line, so that an epoch is a line. Not-a-number and the infinities, which a diverging run produces, are the
/// strings "nan", "inf" and "-inf".
enum CanonicalJSON {
    /// The text of `value`, ending in a newline.
    static func bytes(of value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let tree = try JSONDecoder().decode(Tree.self, from: try encoder.encode(value))
        var text = ""
        tree.write(to: &text, indent: 0)
        text += "\n"
        return Data(text.utf8)
    }

    static func value<Value: Decodable>(_ type: Value.Type, from bytes: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: bytes)
    }
}

/// Any JSON value.
private indirect enum Tree: Decodable {
    case object([String: Tree])
    case array([Tree])
    case string(String)
    /// In decimal digits; seeds need all 64 bits.
    case whole(String)
    case number(Double)
    case boolean(Bool)
    case null

    init(from decoder: any Decoder) throws {
        if let keyed = try? decoder.container(keyedBy: AnyKey.self) {
            var members: [String: Tree] = [:]
            for key in keyed.allKeys { members[key.stringValue] = try keyed.decode(Tree.self, forKey: key) }
            self = .object(members)
            return
        }
        if var list = try? decoder.unkeyedContainer() {
            var elements: [Tree] = []
            while !list.isAtEnd { elements.append(try list.decode(Tree.self)) }
            self = .array(elements)
            return
        }
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .null
        } else if let number = try? single.decode(Double.self) {
            self = Self.numeric(number, exactly: try? single.decode(UInt64.self), try? single.decode(Int64.self))
        } else if let text = try? single.decode(String.self) {
            self = .string(text)
        } else {
            self = .boolean(try single.decode(Bool.self))
        }
    }

    /// Whole numbers are written without a point; the sign of zero is kept.
    private static func numeric(_ number: Double, exactly unsigned: UInt64?, _ signed: Int64?) -> Tree {
        if number == 0, number.sign == .minus { return .number(number) }
        if let unsigned { return .whole(String(unsigned)) }
        if let signed { return .whole(String(signed)) }
        return .number(number)
    }

    private var isScalar: Bool {
        switch self {
        case .object, .array: false
        default: true
        }
    }

    func write(to text: inout String, indent: Int) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .whole(let digits): text += digits
        case .number(let value): text += "\(value)"
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            let oneLine = elements.allSatisfy(\.isScalar)
            Self.write(elements, between: ("[", "]"), oneLine: oneLine, to: &text, indent: indent) { element, text in
                element.write(to: &text, indent: indent + 2)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            let oneLine = indent > 0 && sorted.allSatisfy { $0.value.isScalar }
            Self.write(sorted, between: ("{", "}"), oneLine: oneLine, to: &text, indent: indent) { member, text in
                Self.write(member.key, to: &text)
                text += ": "
                member.value.write(to: &text, indent: indent + 2)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], between brackets: (String, String), oneLine: Bool, to text: inout String, indent: Int,
        _ writeElement: (Element, inout String) -> Void
    ) {
        text += brackets.0
        let separator = oneLine ? ", " : ",\n" + String(repeating: " ", count: indent + 2)
        if !oneLine { text += "\n" + String(repeating: " ", count: indent + 2) }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += separator }
            writeElement(element, &text)
        }
        if !oneLine { text += "\n" + String(repeating: " ", count: indent) }
        text += brackets.1
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
