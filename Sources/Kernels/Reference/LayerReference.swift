/// Every layer but convolution as plain loops over doubles: the judge of the fast paths, made to be read.
///
/// Maps are row-major with channels last, as in `Tensor`. Counts that do not fit trap. Nothing here is fast.
public enum LayerReference {
    /// Batch norm with the statistics of `input` itself (biased variance). `input` is `[…, channels]`;
    /// `scale` and `shift` are `[channels]`.
    public static func batchNormTraining(
        input: [Double], channels: Int, epsilon: Double, scale: [Double], shift: [Double]
    ) -> [Double] {
        let statistics = statistics(input: input, channels: channels)
        return batchNormInference(
            input: input, channels: channels, mean: statistics.mean, variance: statistics.variance,
            epsilon: epsilon, scale: scale, shift: shift)
    }

    /// Mean and biased variance of each channel, in two passes.
    public static func statistics(input: [Double], channels: Int) -> (mean: [Double], variance: [Double]) {
        let rows = Double(input.count / channels)
        var mean = [Double](repeating: 0, count: channels)
        for (index, value) in input.enumerated() { mean[index % channels] += value / rows }
        var variance = [Double](repeating: 0, count: channels)
        for (index, value) in input.enumerated() {
            let deviation = value - mean[index % channels]
            variance[index % channels] += deviation * deviation / rows
        }
        return (mean, variance)
    }

    /// `(input - mean) / sqrt(variance + epsilon) * scale + shift`, by channel.
    public static func batchNormInference(
        input: [Double], channels: Int, mean: [Double], variance: [Double], epsilon: Double, scale: [Double],
        shift: [Double]
    ) -> [Double] {
        input.enumerated().map { index, value in
            let channel = index % channels
            let normalized = (value - mean[channel]) / (variance[channel] + epsilon).squareRoot()
            return normalized * scale[channel] + shift[channel]
        }
    }

    /// The gradients of `Σ outputGradient · batchNormTraining(input)` for input, scale and shift.
    public static func batchNormBackward(
        input: [Double], outputGradient: [Double], channels: Int, epsilon: Double, scale: [Double]
    ) -> (input: [Double], scale: [Double], shift: [Double]) {
        let (mean, variance) = statistics(input: input, channels: channels)
        let rows = Double(input.count / channels)
        let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
        func normalized(_ index: Int) -> Double {
            (input[index] - mean[index % channels]) * inverse[index % channels]
        }
        var scaleGradient = [Double](repeating: 0, count: channels)
        var shiftGradient = scaleGradient
        for (index, gradient) in outputGradient.enumerated() {
            scaleGradient[index % channels] += gradient * normalized(index)
            shiftGradient[index % channels] += gradient
        }
        let inputGradient = outputGradient.enumerated().map { index, gradient in
            let channel = index % channels
            let centered = gradient - shiftGradient[channel] / rows - normalized(index) * scaleGradient[channel] / rows
            return scale[channel] * inverse[channel] * centered
        }
        return (inputGradient, scaleGradient, shiftGradient)
    }

    /// `max(0, x)`, or `min(max(0, x), maximum)`.
    public static func relu(_ input: [Double], maximum: Double? = nil) -> [Double] {
        input.map { value in
            let positive = value > 0 ? value : 0
            guard let maximum else { return positive }
            return positive < maximum ? positive : maximum
        }
    }

    /// The largest value of each window; padding never wins. `[N, H, W, C]` to `[N, H', W', C]`.
    public static func maxPool(_ input: [Double], geometry: PoolingGeometry) -> [Double] {
        windows(geometry) { places in places.map { input[$0] }.max() ?? -.infinity }
    }

    /// The sum of each window over `window * window`; padding counts as zeros and as elements.
    public static func averagePool(_ input: [Double], geometry: PoolingGeometry) -> [Double] {
        windows(geometry) { places in
            places.reduce(0) { $0 + input[$1] } / Double(geometry.window * geometry.window)
        }
    }

    /// The mean of each channel of each image: `[batch, pixels, channels]` to `[batch, channels]`.
    public static func globalAveragePool(_ input: [Double], batch: Int, pixels: Int, channels: Int) -> [Double] {
        var output = [Double](repeating: 0, count: batch * channels)
        for image in 0..<batch {
            for pixel in 0..<pixels {
                for channel in 0..<channels {
                    let value = input[(image * pixels + pixel) * channels + channel]
                    output[image * channels + channel] += value / Double(pixels)
                }
            }
        }
        return output
    }

    /// Channels one after the other. Input `i` is `[rows, channels[i]]`.
    public static func concatenate(_ inputs: [[Double]], channels: [Int]) -> [Double] {
        guard let first = inputs.first, let width = channels.first else { return [] }
        return (0..<first.count / width).flatMap { row in
            zip(inputs, channels).flatMap { input, width in input[row * width..<(row + 1) * width] }
        }
    }

    /// Each row of `[groups, channels / groups]` written as `[channels / groups, groups]`.
    public static func channelShuffle(_ input: [Double], channels: Int, groups: Int) -> [Double] {
        let each = channels / groups
        return input.indices.map { index in
            let (row, place) = (index / channels, index % channels)
            return input[row * channels + place % groups * each + place / groups]
        }
    }

    /// The mean over the images of `-log softmax(logits)[label]`. `logits` is `[N, classes]`.
    /// With `smoothing`, the cross-entropy with a target that gives that share to all classes alike.
    public static func softmaxCrossEntropy(
        logits: [Double], classes: Int, labels: [Int], smoothing: Double = 0
    ) -> Double {
        let losses = labels.enumerated().map { image, label in
            let row = logits[image * classes..<(image + 1) * classes]
            let largest = row.max() ?? 0
            let sum = row.reduce(0) { $0 + DeterministicMath.exp($1 - largest) }
            let uniform = row.reduce(0) { $0 + ($1 - largest) } / Double(classes)
            let wanted = (1 - smoothing) * (logits[image * classes + label] - largest) + smoothing * uniform
            return DeterministicMath.log(sum) - wanted
        }
        return losses.reduce(0, +) / Double(labels.count)
    }

    /// For every output, in row-major order: `body` of the input places of its window that are on the map.
    private static func windows(_ geometry: PoolingGeometry, _ body: ([Int]) -> Double) -> [Double] {
        let g = geometry
        var output: [Double] = []
        for image in 0..<g.batch {
            for row in 0..<g.outputHeight {
                for column in 0..<g.outputWidth {
                    for channel in 0..<g.channels {
                        var places: [Int] = []
                        for y in row * g.stride - g.padding..<row * g.stride - g.padding + g.window
                        where y >= 0 && y < g.height {
                            for x in column * g.stride - g.padding..<column * g.stride - g.padding + g.window
                            where x >= 0 && x < g.width {
                                places.append(((image * g.height + y) * g.width + x) * g.channels + channel)
                            }
                        }
                        output.append(body(places))
                    }
                }
            }
        }
        return output
    }
}
