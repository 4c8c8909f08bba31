public import Datasets
import Kernels

/// Why a network cannot be trained or executed on some images, or why training stopped.
public enum TrainingError: Error, Hashable, Sendable {
    /// Never empty.
    case configuration([ConfigurationError])
    case noImages(ImageSet)
    /// The images do not have the shape the network takes.
    case imageShape(ImageSet, found: FeatureShape, expected: FeatureShape)
    /// The scaling has neither one number nor one for each channel of the images.
    case scalingChannels(found: Int, channels: Int)
    /// A length of the augmentation that leaves nothing of an image of that side.
    case augmentation(ConfigurationField, found: Int, side: Int)
    /// Images that could not be read when their turn came.
    case data(DatasetError)
    /// The network has another number of outputs than the data has classes.
    case classes(ImageSet, found: Int, expected: Int)
    /// The last node is not a vector of one number a class.
    case notAClassifier(node: String, output: FeatureShape)
    /// The arithmetic refuses a layer that the graph accepts; its own words.
    case geometry(node: String, reason: String)
    /// The loss was not finite. `node` is the first whose output was not; where all outputs were finite,
    /// the one whose parameters were not, or the last.
    /// - `epoch` and `step` (within the epoch) count from 1; validation reports the step after the last.
    case notFinite(epoch: Int, step: Int, learningRate: Double, node: String)
}

/// Which images an error is about.
public enum ImageSet: String, Hashable, Sendable {
    case training, validation, inference
}
