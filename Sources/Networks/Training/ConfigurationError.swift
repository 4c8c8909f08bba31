/// What cannot be trained with, in a `TrainingConfiguration`.
public enum ConfigurationError: Error, Hashable, Sendable {
    /// A number that is not finite or not in its range.
    case outOfRange(ConfigurationField, found: Double, allowed: AllowedRange)
    /// The fractions of a step schedule must rise.
    case notAscending(ConfigurationField, found: [Double])
    /// Nesterov's look-ahead without a momentum to look ahead with.
    case nesterovWithoutMomentum
}

/// The numbers of a training configuration that can be wrong.
public enum ConfigurationField: String, Hashable, Sendable, CaseIterable {
    case epochs, batchSize
    case crop, cutout, labelSmoothing, gradientNormLimit, weightAveraging
    case learningRate, adamRate, beta1, beta2, epsilon, weightDecay, momentum
    case stepFractions, stepFactor, warmUp, floor, rise, start, end
    case scalingMean, scalingDeviation
}

/// The numbers a field may have.
public struct AllowedRange: Hashable, Sendable {
    public var lower: Double
    public var upper: Double
    public var includesLower: Bool
    public var includesUpper: Bool

    public init(lower: Double, upper: Double, includesLower: Bool, includesUpper: Bool) {
        self.lower = lower
        self.upper = upper
        self.includesLower = includesLower
        self.includesUpper = includesUpper
    }

    /// Every finite number.
    static let finite = AllowedRange(
        lower: -.infinity, upper: .infinity, includesLower: false, includesUpper: false)
    static let positive = AllowedRange(lower: 0, upper: .infinity, includesLower: false, includesUpper: false)
    static let notNegative = AllowedRange(lower: 0, upper: .infinity, includesLower: true, includesUpper: false)
    static let atLeastOne = AllowedRange(lower: 1, upper: .infinity, includesLower: true, includesUpper: false)
    static let unit = AllowedRange(lower: 0, upper: 1, includesLower: true, includesUpper: true)
    static let unitBelowOne = AllowedRange(lower: 0, upper: 1, includesLower: true, includesUpper: false)

    /// Never true for a NaN or an infinity.
    public func contains(_ value: Double) -> Bool {
        (includesLower ? value >= lower : value > lower) && (includesUpper ? value <= upper : value < upper)
    }
}

extension TrainingConfiguration {
    /// Everything wrong with it, in the order of its fields; empty where it can be trained with.
    public var problems: [ConfigurationError] {
        var checker = Checker()
        checker.require(.epochs, Double(epochs), .atLeastOne)
        checker.require(.batchSize, Double(batchSize), .atLeastOne)
        switch optimizer {
        case .adam(let rate, let beta1, let beta2, let epsilon, let decay),
            .adamW(let rate, let beta1, let beta2, let epsilon, let decay):
            checker.require(.learningRate, rate, .positive)
            checker.requireAdam(beta1, beta2, epsilon, decay)
        case .muon(let rate, let momentum, let adamRate, let beta1, let beta2, let epsilon, let decay):
            checker.require(.learningRate, rate, .positive)
            checker.require(.momentum, momentum, .unitBelowOne)
            checker.require(.adamRate, adamRate, .positive)
            checker.requireAdam(beta1, beta2, epsilon, decay)
        case .sgd(let rate, let momentum, let nesterov, let decay):
            checker.require(.learningRate, rate, .positive)
            checker.require(.momentum, momentum, .unitBelowOne)
            checker.require(.weightDecay, decay, .notNegative)
            if nesterov && momentum == 0 { checker.problems.append(.nesterovWithoutMomentum) }
        }
        switch schedule {
        case .constant: break
        case .step(let fractions, let factor):
            for fraction in fractions { checker.require(.stepFractions, fraction, .unit) }
            if zip(fractions, fractions.dropFirst()).contains(where: { $0 >= $1 }) {
                checker.problems.append(.notAscending(.stepFractions, found: fractions))
            }
            checker.require(.stepFactor, factor, .positive)
        case .cosine(let warmUp, let floor):
            checker.require(.warmUp, warmUp, .unit)
            checker.require(.floor, floor, .unit)
        case .oneCycle(let rise, let start, let end):
            checker.require(.rise, rise, .unit)
            checker.require(.start, start, .atLeastOne)
            checker.require(.end, end, .atLeastOne)
        }
        for mean in scaling.mean { checker.require(.scalingMean, mean, .finite) }
        for deviation in scaling.deviation { checker.require(.scalingDeviation, deviation, .positive) }
        checker.require(.crop, Double(augmentation.crop), .notNegative)
        checker.require(.cutout, Double(augmentation.cutout), .notNegative)
        checker.require(.labelSmoothing, labelSmoothing, .unitBelowOne)
        if let gradientNormLimit { checker.require(.gradientNormLimit, gradientNormLimit, .positive) }
        if let weightAveraging { checker.require(.weightAveraging, weightAveraging, .unitBelowOne) }
        return checker.problems
    }

    private struct Checker {
        var problems: [ConfigurationError] = []

        mutating func require(_ field: ConfigurationField, _ value: Double, _ allowed: AllowedRange) {
            if !allowed.contains(value) { problems.append(.outOfRange(field, found: value, allowed: allowed)) }
        }

        mutating func requireAdam(_ beta1: Double, _ beta2: Double, _ epsilon: Double, _ weightDecay: Double) {
            require(.beta1, beta1, .unitBelowOne)
            require(.beta2, beta2, .unitBelowOne)
            require(.epsilon, epsilon, .positive)
            require(.weightDecay, weightDecay, .notNegative)
        }
    }
}
