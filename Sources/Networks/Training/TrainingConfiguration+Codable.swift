// The encoded form is part of the key of every result. What was added later is left out where it changes nothing, so
// that results of before keep their keys.

extension TrainingConfiguration: Codable {
    private enum Key: String, CodingKey {
        case epochs, batchSize, optimizer, schedule, seed, flips, scaling
        case crop, cutout, labelSmoothing, gradientNormLimit, weightAveraging
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(epochs, forKey: .epochs)
        try container.encode(batchSize, forKey: .batchSize)
        try container.encode(optimizer, forKey: .optimizer)
        try container.encode(schedule, forKey: .schedule)
        try container.encode(seed, forKey: .seed)
        try container.encode(augmentation.flips, forKey: .flips)
        try container.encode(scaling, forKey: .scaling)
        if augmentation.crop != 0 { try container.encode(augmentation.crop, forKey: .crop) }
        if augmentation.cutout != 0 { try container.encode(augmentation.cutout, forKey: .cutout) }
        if labelSmoothing != 0 { try container.encode(labelSmoothing, forKey: .labelSmoothing) }
        try container.encodeIfPresent(gradientNormLimit, forKey: .gradientNormLimit)
        try container.encodeIfPresent(weightAveraging, forKey: .weightAveraging)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            epochs: try container.decode(Int.self, forKey: .epochs),
            batchSize: try container.decode(Int.self, forKey: .batchSize),
            optimizer: try container.decode(Optimizer.self, forKey: .optimizer),
            schedule: try container.decode(Schedule.self, forKey: .schedule),
            seed: try container.decode(UInt64.self, forKey: .seed),
            augmentation: Augmentation(
                flips: try container.decode(Bool.self, forKey: .flips),
                crop: try container.decodeIfPresent(Int.self, forKey: .crop) ?? 0,
                cutout: try container.decodeIfPresent(Int.self, forKey: .cutout) ?? 0),
            scaling: try container.decode(Scaling.self, forKey: .scaling),
            labelSmoothing: try container.decodeIfPresent(Double.self, forKey: .labelSmoothing) ?? 0,
            gradientNormLimit: try container.decodeIfPresent(Double.self, forKey: .gradientNormLimit),
            weightAveraging: try container.decodeIfPresent(Double.self, forKey: .weightAveraging))
    }
}

extension Scaling: Codable {
    private enum Key: String, CodingKey { case mean, deviation }

    /// One number stands alone, several are a list.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (numbers, key) in [(mean, Key.mean), (deviation, .deviation)] {
            if numbers.count == 1 {
                try container.encode(numbers[0], forKey: key)
            } else {
                try container.encode(numbers, forKey: key)
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func numbers(_ key: Key) throws -> [Double] {
            if let number = try? container.decode(Double.self, forKey: key) { return [number] }
            return try container.decode([Double].self, forKey: key)
        }
        self.init(mean: try numbers(.mean), deviation: try numbers(.deviation))
    }
}
