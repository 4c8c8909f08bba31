internal import CKernels

/// A batch norm and its activation, done to the input of a convolution where the convolution reads it.
public struct InputNormalization: Sendable {
    /// All `[C]`, C the channels of the input.
    public var vectors: Normalization
    public var relu: ReLUKind

    public init(vectors: Normalization, relu: ReLUKind) {
        self.vectors = vectors
        self.relu = relu
    }
}

/// What the algorithms do of it: they copy the piece of the input that they need next, normalized, into memory that stays in
/// the cache, and read that instead. Each element goes through the operations of `batchNorm`, so the bits are the same as
/// those of a convolution of its output.
struct InputNormalizer {
    /// `[C]` each.
    private let mean, factor, shift: UnsafePointer<Float>
    private let clamp: offprint_clamp
    private let loops: offprint_normalization_kernels

    /// Floats of `room` for C channels.
    static func room(channels: Int) -> Int { 3 * channels }

    /// - Parameter room: keeps the vectors for as long as the normalizer is used.
    init(
        _ normalization: InputNormalization, channels: Int, room: UnsafeMutablePointer<Float>, in context: KernelContext
    ) {
        context.write(normalization.vectors, channels: channels, to: room, apart: channels)
        mean = UnsafePointer(room)
        factor = UnsafePointer(room + channels)
        shift = UnsafePointer(room + 2 * channels)
        clamp = normalization.relu.clamp
        loops = context.normalizationLoops
    }

    /// Normalizes `columns` channels from `channel` on of `rows` pixels.
    /// - Parameters:
    ///   - source: that channel of the first pixel, `pitch` floats from one pixel to the next.
    ///   - target: likewise.
    func copy(
        rows: Int, channel: Int = 0, columns: Int, from source: UnsafePointer<Float>, pitch: Int,
        to target: UnsafeMutablePointer<Float>, targetPitch: Int
    ) {
        loops.normalize_rows(
            rows, columns, source, pitch, mean + channel, factor + channel, shift + channel, clamp, target, targetPitch)
    }
}
