internal import Networks

extension RunPredictions {
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

    /// Where the accuracy of this kind of image lies with a confidence of 95 %, as far as this many images say; `nil`
    /// where there are none. Wilson's score interval ("Probable inference", 1927): it stays within 0…1, and has a width
    /// where all answers are right.
    package var accuracyInterval: ClosedRange<Double>? {
        guard let accuracy, images > 0 else { return nil }
        let (count, quantile) = (Double(images), 1.959964)
        let weight = quantile * quantile / count
        let middle = (accuracy + weight / 2) / (1 + weight)
        let half = quantile / (1 + weight) * ((accuracy * (1 - accuracy) + weight / 4) / count).squareRoot()
        return max(0, middle - half)...min(1, middle + half)
    }
}
