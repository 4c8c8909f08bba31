/// A way to train that an experiment chooses by one word. Every part of it can be overridden.
public enum Recipe: String, CaseIterable, Hashable, Sendable {
    /// The study's own: Adam, rate 0.001 divided by 10 half-way, weight decay 1e-5, batch 32; flips on CIFAR-10 and
    /// STL-10.
    case published
    /// What gets there in a fraction of the epochs: one cycle of the learning rate, an average of the weights, gradients of
    /// bounded norm, and the augmentation that the images bear; AdamW with label smoothing, and on CIFAR-10, where that
    /// leaves the small networks behind, Muon.
    case modern

    /// The configuration for a data set.
    /// - Parameters:
    ///   - dataset: its name in experiment files.
    ///   - height: of its images, in pixels; likewise `width`.
    ///   - block: whose networks are trained, by its name in experiment files; what is not one of the study's has no
    ///     exceptions.
    public func configuration(
        epochs: Int, dataset: String, height: Int, width: Int, block: String? = nil
    ) -> TrainingConfiguration {
        var configuration = TrainingConfiguration(epochs: epochs)
        let kind = ImageKind(dataset: dataset)
        switch self {
        case .published:
            configuration.augmentation.flips = kind == .cifar || kind == .stl
        case .modern:
            if kind == .cifar {
                configuration.optimizer = .muon(
                    learningRate: 8e-3, momentum: 0.95, adamRate: 6e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8,
                    weightDecay: 0.05)
            } else {
                configuration.optimizer = .adamW(
                    learningRate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05)
                configuration.labelSmoothing = 0.05
            }
            configuration.schedule = .oneCycle(rise: 0.2, start: 10, end: 1000)
            configuration.gradientNormLimit = 5
            configuration.weightAveraging = 0.998
            configuration.augmentation = kind.augmentation(side: min(height, width))
            if kind == .cifar { configuration.except(block, side: min(height, width)) }
        }
        return configuration
    }
}

extension TrainingConfiguration {
    /// What single blocks ask for on CIFAR-10, found by trials (docs/decisions.md, "Muon on CIFAR-10"): networks whose 3x3 is
    /// depthwise underfit in fifteen epochs of the crops that the others bear, and Xception then knows the training images too well.
    fileprivate mutating func except(_ block: String?, side: Int) {
        switch block {
        case "mobile", "mobile_v2": augmentation.crop = side / 16
        case "xception":
            augmentation.crop = side / 16
            labelSmoothing = 0.1
        default: break
        }
    }
}

/// What chance may do to images without changing what they show.
private enum ImageKind {
    /// Digits: a mirrored 2 is no 2, and a cut one may be a 7.
    case digits
    case clothes
    case cifar
    case stl
    /// Photographs of any size.
    case photographs

    init(dataset: String) {
        switch dataset {
        case "mnist", "digits": self = .digits
        case "fashion-mnist", "fashion": self = .clothes
        case "cifar10", "cifar-10": self = .cifar
        case "stl10", "stl-10": self = .stl
        default: self = .photographs
        }
    }

    func augmentation(side: Int) -> Augmentation {
        switch self {
        case .digits: Augmentation(flips: false, crop: min(2, side / 8), cutout: 0)
        case .clothes: Augmentation(flips: true, crop: min(2, side / 8), cutout: 0)
        case .cifar: Augmentation(flips: true, crop: side / 8, cutout: 0)
        case .stl, .photographs: Augmentation(flips: true, crop: side / 8, cutout: side / 4)
        }
    }
}
