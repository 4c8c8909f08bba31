/// The three passes of a convolution by their definitions, in double precision: the judge of the fast ones.
///
/// Arrays are row-major in the shapes of the geometry; other lengths trap. Slow: one multiplication at a time.
public enum ConvolutionReference {
    /// The output `[N, OH, OW, K]`, without a bias.
    public static func forward(_ input: [Double], weights: [Double], geometry: ConvolutionGeometry) -> [Double] {
        var output = [Double](repeating: 0, count: geometry.outputCount)
        forEachTerm(of: geometry) { x, w, y in output[y] += input[x] * weights[w] }
        return output
    }

    /// The gradient `[N, H, W, C]` with respect to the input.
    public static func dataGradient(
        _ outputGradient: [Double], weights: [Double], geometry: ConvolutionGeometry
    ) -> [Double] {
        var gradient = [Double](repeating: 0, count: geometry.inputCount)
        forEachTerm(of: geometry) { x, w, y in gradient[x] += outputGradient[y] * weights[w] }
        return gradient
    }

    /// The gradient `[R, S, C/groups, K]` with respect to the weights.
    public static func weightGradient(
        _ input: [Double], outputGradient: [Double], geometry: ConvolutionGeometry
    ) -> [Double] {
        var gradient = [Double](repeating: 0, count: geometry.reduction * geometry.outputChannels)
        forEachTerm(of: geometry) { x, w, y in gradient[w] += input[x] * outputGradient[y] }
        return gradient
    }

    /// Calls `body` with the places, in input, weights and output, of every product that the convolution sums.
    private static func forEachTerm(of geometry: ConvolutionGeometry, _ body: (Int, Int, Int) -> Void) {
        let g = geometry
        for n in 0..<g.batch {
            for oy in 0..<g.outputHeight {
                for ox in 0..<g.outputWidth {
                    for r in 0..<g.kernelHeight {
                        let y = oy * g.stride - g.padding + r
                        guard (0..<g.inputHeight).contains(y) else { continue }
                        for s in 0..<g.kernelWidth {
                            let x = ox * g.stride - g.padding + s
                            guard (0..<g.inputWidth).contains(x) else { continue }
                            let pixel = ((n * g.inputHeight + y) * g.inputWidth + x) * g.inputChannels
                            let place = ((n * g.outputHeight + oy) * g.outputWidth + ox) * g.outputChannels
                            let tap = (r * g.kernelWidth + s) * g.groupInputChannels
                            for k in 0..<g.outputChannels {
                                let group = k / g.groupOutputChannels
                                for c in 0..<g.groupInputChannels {
                                    body(
                                        pixel + group * g.groupInputChannels + c, (tap + c) * g.outputChannels + k,
                                        place + k)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
