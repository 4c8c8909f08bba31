public import Networks

extension RunPredictions {
    /// Images by label (rows) and prediction (columns).
    public var confusion: [[Int]] {
        var counts = classNames.map { _ in classNames.map { _ in 0 } }
        for image in images { counts[image.label][image.predicted] += 1 }
        return counts
    }

    /// The share of images whose label is among the `count` likeliest classes; 0 where there are no images.
    public func accuracy(top count: Int = 1) -> Double {
        images.isEmpty ? 0 : Double(images.count { $0.rank < count }) / Double(images.count)
    }

    /// Wrong answers by falling loss, the first images first among equals: at most `count`.
    /// - Returns: the index of each image in the validation set, and what was said of it.
    public func worstMistakes(_ count: Int) -> [(index: Int, prediction: Prediction)] {
        let wrong = images.enumerated().filter { $0.element.predicted != $0.element.label }
        return wrong.sorted { ($1.element.loss, $0.offset) < ($0.element.loss, $1.offset) }.prefix(max(0, count))
            .map { (index: $0.offset, prediction: $0.element) }
    }

    /// Images by confidence, in `count` bins of equal width over 0…1, empty ones included (Guo et al. 2017).
    public func calibration(bins count: Int = 10) -> [CalibrationBin] {
        let count = max(1, count)
        var sums = (0..<count).map { _ in (images: 0, confidence: 0.0, right: 0) }
        for image in images {
            let bin = min(count - 1, Int(image.confidence * Double(count)))
            sums[bin].images += 1
            sums[bin].confidence += image.confidence
            sums[bin].right += image.predicted == image.label ? 1 : 0
        }
        return sums.enumerated().map { index, sum in
            CalibrationBin(
                lower: Double(index) / Double(count), upper: Double(index + 1) / Double(count), images: sum.images,
                confidence: sum.images == 0 ? nil : sum.confidence / Double(sum.images),
                accuracy: sum.images == 0 ? nil : Double(sum.right) / Double(sum.images))
        }
    }

    /// The mean over the images of how far confidence and accuracy of their bin lie apart.
    public func expectedCalibrationError(bins count: Int = 10) -> Double {
        guard !images.isEmpty else { return 0 }
        return calibration(bins: count).reduce(0) { sum, bin in
            guard let confidence = bin.confidence, let accuracy = bin.accuracy else { return sum }
            return sum + Double(bin.images) / Double(images.count) * abs(confidence - accuracy)
        }
    }
}

/// The images whose confidence lies in one interval.
public struct CalibrationBin: Sendable, Hashable {
    public var lower: Double
    public var upper: Double
    public var images: Int
    /// Means over the images; `nil` where there are none.
    public var confidence: Double?
    public var accuracy: Double?
}
