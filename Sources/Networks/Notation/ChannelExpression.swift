/// Arithmetic over a block's numbers: `out/4`, `6 in`, `(out - in)/8`, `64`. Whole numbers only.
public indirect enum ChannelExpression: Hashable, Sendable {
    case number(Int)
    /// `in`: the channels that enter the block.
    case input
    /// `out`: the channels that leave it.
    case output
    /// `s`: its stride.
    case stride
    case sum(ChannelExpression, ChannelExpression)
    case difference(ChannelExpression, ChannelExpression)
    case product(ChannelExpression, ChannelExpression)
    case quotient(ChannelExpression, ChannelExpression)
}

/// What `in`, `out` and `s` stand for.
public struct BlockNumbers: Hashable, Sendable {
    public var input: Int
    public var output: Int
    public var stride: Int

    public init(input: Int, output: Int, stride: Int) {
        self.input = input
        self.output = output
        self.stride = stride
    }
}

/// Why an expression has no value. Each case carries the canonical text of the part that fails.
public enum ArithmeticError: Error, Hashable, Sendable {
    /// `130/4`: a width is never rounded.
    case inexactDivision(String, dividend: Int, divisor: Int)
    case divisionByZero(String)
    case overflow(String)
}

extension ChannelExpression {
    /// The value for these numbers, which may be zero or negative.
    public func value(_ numbers: BlockNumbers) throws(ArithmeticError) -> Int {
        switch self {
        case .number(let number): return number
        case .input: return numbers.input
        case .output: return numbers.output
        case .stride: return numbers.stride
        case .sum(let left, let right):
            return try checked(try left.value(numbers).addingReportingOverflow(try right.value(numbers)))
        case .difference(let left, let right):
            return try checked(try left.value(numbers).subtractingReportingOverflow(try right.value(numbers)))
        case .product(let left, let right):
            return try checked(try left.value(numbers).multipliedReportingOverflow(by: try right.value(numbers)))
        case .quotient(let left, let right):
            let dividend = try left.value(numbers)
            let divisor = try right.value(numbers)
            guard divisor != 0 else { throw .divisionByZero(description) }
            let quotient = try checked(dividend.dividedReportingOverflow(by: divisor))
            guard quotient * divisor == dividend else {
                throw .inexactDivision(description, dividend: dividend, divisor: divisor)
            }
            return quotient
        }
    }

    private func checked(_ result: (partialValue: Int, overflow: Bool)) throws(ArithmeticError) -> Int {
        guard !result.overflow else { throw .overflow(description) }
        return result.partialValue
    }
}

extension BlockCondition {
    /// Whether it is true for these numbers. Comparisons after the deciding one are not looked at.
    public func holds(_ numbers: BlockNumbers) throws(ArithmeticError) -> Bool {
        for comparisons in alternatives {
            var all = true
            for comparison in comparisons where all {
                all = try comparison.holds(numbers)
            }
            if all { return true }
        }
        return false
    }
}

extension BlockCondition.Comparison {
    func holds(_ numbers: BlockNumbers) throws(ArithmeticError) -> Bool {
        let left = try left.value(numbers)
        let right = try right.value(numbers)
        switch relation {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less: return left < right
        case .greater: return left > right
        case .lessOrEqual: return left <= right
        case .greaterOrEqual: return left >= right
        }
    }
}
