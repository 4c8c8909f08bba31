public import Networks

/// What the finished network of one run said of every validation image, in their order.
///
/// Confusion, calibration, top-k accuracy and the worst mistakes all follow from it; see `RunPredictions+Analysis`.
/// Confidences are kept in steps of 1/65535 and losses in steps of 1/1024 nats up to 64, which is what
/// `predictions/<key>.json` holds: seven bytes an image.
public struct RunPredictions: Sendable, Hashable {
    /// The key of the run's result.
    public let key: String
    /// What the class indices stand for, in order.
    public let classNames: [String]
    public let images: [Prediction]

    /// Rounds confidences and losses to what is kept. Classes outside of `classNames` trap; a network has none.
    public init(key: String, classNames: [String], images: [Prediction]) {
        let classes = 0..<classNames.count
        precondition(images.allSatisfy { classes.contains($0.label) && classes.contains($0.predicted) })
        self.key = key
        self.classNames = classNames
        self.images = images.map { image in
            var image = image
            image.confidence = Steps.confidence(Steps.index(ofConfidence: image.confidence))
            image.loss = Steps.loss(Steps.index(ofLoss: image.loss))
            return image
        }
    }

    /// The steps in which measured numbers are kept, 0…65535.
    enum Steps {
        static func index(ofConfidence value: Double) -> Int { index(value * 65535) }
        static func confidence(_ index: Int) -> Double { Double(index) / 65535 }
        static func index(ofLoss value: Double) -> Int { index(value * 1024) }
        static func loss(_ index: Int) -> Double { Double(index) / 1024 }

        private static func index(_ value: Double) -> Int {
            value.isNaN ? 65535 : Int(min(65535, max(0, value)).rounded(.toNearestOrEven))
        }
    }
}
