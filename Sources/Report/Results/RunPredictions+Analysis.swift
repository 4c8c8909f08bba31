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
}
