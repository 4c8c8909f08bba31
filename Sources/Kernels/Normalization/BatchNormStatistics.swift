import CKernels

// Goals, in order: the same bits on every instruction set and number of threads; a variance that keeps its
// digits where the mean is large beside the deviation; one pass over the input.
//
// The deviations from a pivot are summed, not the values (Chan, Golub, LeVeque: "Algorithms for computing the
// sample variance", 1983). The pivot is the mean of 16 rows spread over the input: with it, the subtraction
// of S²/n loses nothing worth mentioning, as the pivot is within about a quarter deviation of the mean.

extension KernelContext {
    /// Mean, biased variance and `1 / sqrt(variance + epsilon)` of each channel over all rows.
    ///
    /// - Parameters:
    ///   - input: `[N, H, W, C]` or `[N, C]`, at least one row.
    ///   - epsilon: not negative.
    ///   - mean: `[C]`.
    ///   - variance: `[C]`, the sum of squared deviations over the number of rows.
    ///   - inverseDeviation: `[C]`.
    ///
    /// Relative error of the variance about 1e-6 whatever the mean. Reads the input once.
    public func batchNormStatistics(
        _ input: Tensor, epsilon: Float, mean: inout Tensor, variance: inout Tensor, inverseDeviation: inout Tensor
    ) {
        batchNormStatistics(
            ofShape: input.shape, at: input.pointer, epsilon: epsilon, mean: &mean, variance: &variance,
            inverseDeviation: &inverseDeviation)
    }

    /// As above, of a map of that shape, or of one that is written meanwhile.
    /// - Parameter making: writes the map; nil where it exists.
    func batchNormStatistics(
        ofShape shape: [Int], at source: UnsafePointer<Float>, making map: MapWithSample? = nil, epsilon: Float,
        mean: inout Tensor, variance: inout Tensor, inverseDeviation: inout Tensor
    ) {
        let layout = ChannelRows(shape: shape)
        let channels = layout.channels
        precondition(layout.rows > 0, "batch norm statistics of no rows: \(shape)")
        requireChannelVector(mean, channels, "batch norm mean")
        requireChannelVector(variance, channels, "batch norm variance")
        requireChannelVector(inverseDeviation, channels, "batch norm inverse deviation")
        let loop = normalizationLoops.deviation_sums!
        let (means, variances) = (mean.mutablePointer(), variance.mutablePointer())
        // What was just written is in the cache.
        let far = map == nil ? layout.isFar(maps: 1) : 0
        scratch.borrow(layout.width) { pivot in
            samplePivot(source, layout, map?.sample, into: pivot)
            layout.spread(pivot)
            layout.sums(
                in: self, while: map?.write,
                accumulate: { start, length, sums in
                    loop(length, layout.width, source + start, pivot, far, sums)
                },
                { totals in
                    let count = Double(layout.rows)
                    for channel in 0..<channels {
                        let sum = totals[channel]
                        let squares = totals[channels + channel] - sum * sum / count
                        means[channel] = Float(Double(pivot[channel]) + sum / count)
                        variances[channel] = Float((squares < 0 ? 0 : squares) / count)  // A NaN stays.
                    }
                })
        }
        self.inverseDeviation(variance: variance, epsilon: epsilon, into: &inverseDeviation)
    }

    /// Moves the running statistics towards a batch's: `running = (1 - momentum) * running + momentum * batch`.
    ///
    /// The running variance takes the unbiased variance, `count / (count - 1)` times the biased one, as PyTorch
    /// does; a batch of one row gives its biased one.
    ///
    /// - Parameters:
    ///   - mean: `[C]`, of the batch.
    ///   - variance: `[C]`, of the batch, biased.
    ///   - count: rows of the batch (N·H·W), at least 1.
    ///   - momentum: the share of the batch, `0...1`.
    public func batchNormUpdateRunning(
        mean: Tensor, variance: Tensor, count: Int, momentum: Float, runningMean: inout Tensor,
        runningVariance: inout Tensor
    ) {
        precondition(count >= 1, "batch norm statistics of \(count) rows")
        let channels = mean.count
        for vector in [mean, variance, runningMean, runningVariance] {
            requireChannelVector(vector, channels, "batch norm running statistics")
        }
        let unbiased = count > 1 ? Double(count) / Double(count - 1) : 1
        let share = Double(momentum)
        let (means, variances) = (mean.pointer, variance.pointer)
        let (runningMeans, runningVariances) = (runningMean.mutablePointer(), runningVariance.mutablePointer())
        for channel in 0..<channels {
            runningMeans[channel] = Float(
                (1 - share) * Double(runningMeans[channel]) + share * Double(means[channel]))
            runningVariances[channel] = Float(
                (1 - share) * Double(runningVariances[channel]) + share * unbiased * Double(variances[channel]))
        }
    }

    /// `1 / sqrt(variance + epsilon)`, rounded once from double. All `[C]`.
    public func inverseDeviation(variance: Tensor, epsilon: Float, into result: inout Tensor) {
        requireChannelVector(variance, variance.count, "batch norm variance")
        requireChannelVector(result, variance.count, "batch norm inverse deviation")
        precondition(epsilon >= 0, "batch norm epsilon \(epsilon)")
        let (source, target) = (variance.pointer, result.mutablePointer())
        for channel in 0..<variance.count {
            target[channel] = Float(1 / (Double(source[channel]) + Double(epsilon)).squareRoot())
        }
    }

    /// The mean of 16 rows of the map, or of those rows alone where `sample` computes them.
    private func samplePivot(
        _ source: UnsafePointer<Float>, _ layout: ChannelRows, _ sample: ((UnsafeMutablePointer<Float>) -> Void)?,
        into pivot: UnsafeMutablePointer<Float>
    ) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 16) { places in
            for index in 0..<16 { places[index] = sample == nil ? layout.sampledRow(index) : index }
            scratch.borrow(sample == nil ? 0 : 16 * layout.channels) { rows in
                sample?(rows)
                normalizationLoops.mean_of_16_rows(
                    layout.channels, sample == nil ? source : UnsafePointer(rows), places.baseAddress, pivot)
            }
        }
    }
}

/// What makes a map that is summed while it is written.
struct MapWithSample {
    /// Writes the 16 sampled rows of the map, `[16, C]`: they must be known before the rest.
    let sample: (UnsafeMutablePointer<Float>) -> Void
    let write: (WrittenRows) -> Void
}
