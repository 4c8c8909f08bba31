import Foundation

/// A smooth estimate of where values are dense.
package enum KernelDensity {
    /// By Gaussian kernels whose width follows Silverman's rule ("Density estimation for statistics and data analysis",
    /// 1986, equation 3.31), from the lowest to the highest value and no further: a violin shows no value that did not
    /// occur. 96 places; the time grows with their product with the number of values, of which at most 2000, evenly
    /// taken from the order, are used. On a logarithmic axis the density is that of the logarithms. `sorted` ascends
    /// and is not empty.
    package static func outline(_ sorted: [Double], logarithmic: Bool) -> [(value: Double, density: Double)] {
        let most = 2000
        let count = min(most, sorted.count)
        let chosen = (0..<count).map { sorted[count == sorted.count ? $0 : $0 * (sorted.count - 1) / (count - 1)] }
        let (lowest, highest) = (sorted[0], sorted[sorted.count - 1])
        guard highest - lowest > max(highest.magnitude, lowest.magnitude) * 1e-11, highest - lowest > 1e-290 else {
            return [(lowest, 1)]
        }
        // To 0...1 first, so that nothing overflows.
        let (low, high) = logarithmic ? (log10(lowest), log10(highest)) : (lowest, highest)
        let places = chosen.map { value -> Double in
            logarithmic ? (log10(value) - low) / (high - low) : value / (high - low) - low / (high - low)
        }
        let mean = places.reduce(0, +) / Double(count)
        let variance = places.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, count - 1))
        let quarters = BoxSummary.quantile(0.75, ofSorted: places) - BoxSummary.quantile(0.25, ofSorted: places)
        let deviation = variance.squareRoot()
        let spread = quarters > 0 ? min(deviation, quarters / 1.349) : deviation
        let width = max(0.9 * spread * pow(Double(sorted.count), -0.2), 1e-3)
        let steps = 96
        let densities = (0...steps).map { step -> Double in
            let at = Double(step) / Double(steps)
            return places.reduce(0) { sum, place in
                let away = (at - place) / width
                return sum + exp(-0.5 * away * away)
            }
        }
        let largest = densities.max() ?? 1
        return densities.enumerated().map { step, density in
            let share = Double(step) / Double(steps)
            let value = logarithmic ? pow(10, low + share * (high - low)) : lowest * (1 - share) + highest * share
            return (value, density / max(largest, 1e-300))
        }
    }
}
