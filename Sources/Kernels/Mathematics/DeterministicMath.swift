/// Elementary functions whose bits are the same on every processor and with every C library.
///
/// Goals, in order: the same bits everywhere; an error of a few units in the last place; readable. Only
/// additions, multiplications and divisions of IEEE doubles, each rounded on its own (Swift never fuses
/// them), so there is nothing an implementation could choose.
public enum DeterministicMath {
    /// e to the power `x`. Relative error below 1e-15 for results above 1e-300 (denormal results are within one
    /// unit of their last place). 0 below -745.14, infinity above 709.79, NaN for NaN.
    ///
    /// x = k ln 2 + r with |r| <= ln(2) / 2, then the Taylor series of e^r to r^13, then times 2^k.
    public static func exp(_ x: Double) -> Double {
        if x.isNaN { return x }
        if x > 709.782712893384 { return .infinity }
        if x < -745.1332191019412 { return 0 }
        let k = (x * 1.4426950408889634).rounded(.toNearestOrEven)
        let r = (x - k * ln2High) - k * ln2Low
        var tail = 0.0
        for coefficient in inverseFactorials { tail = tail * r + coefficient }
        let power = 1 + (r + r * r * tail)
        // In two steps: 2^k itself may be beyond the normal numbers.
        let half = (k * 0.5).rounded(.down)
        return power * powerOfTwo(Int(half)) * powerOfTwo(Int(k - half))
    }

    /// The natural logarithm of `x`. Relative error below 1e-15, denormal `x` included. -infinity at 0, NaN below,
    /// infinity at infinity.
    ///
    /// x = 2^k m with m in [√½, √2), then with s = (m - 1) / (m + 1) the series
    /// log m = 2 (s + s³/3 + s⁵/5 + …).
    public static func log(_ x: Double) -> Double {
        if x.isNaN || x < 0 { return .nan }
        if x == 0 { return -.infinity }
        if x == .infinity { return x }
        var m = x.significand
        var k = Double(x.exponent)
        if m > 1.4142135623730951 {
            m *= 0.5
            k += 1
        }
        let f = m - 1
        let s = f / (2 + f)
        let z = s * s
        var tail = 0.0
        for coefficient in inverseOdds { tail = tail * z + coefficient }
        // log m = f - s (f - 2 z tail): the leading term is exact.
        return k * ln2High + (f - (s * (f - 2 * (z * tail)) - k * ln2Low))
    }

    /// The cosine of `x` radians. Absolute error below 1e-15 for |x| <= 2^20; beyond, the error grows with |x|.
    /// NaN for infinities and NaN.
    ///
    /// x = k π/2 + r with |r| <= π/4, then the Taylor series of cosine or sine.
    public static func cos(_ x: Double) -> Double {
        if !x.isFinite { return .nan }
        let k = (x * 0.6366197723675814).rounded(.toNearestOrEven)
        let r = ((x - k * halfPiHigh) - k * halfPiMiddle) - k * halfPiLow
        switch Int(k.remainder(dividingBy: 4)) {
        case 0: return cosineNearZero(r)
        case 1: return -sineNearZero(r)
        case -1: return sineNearZero(r)
        default: return -cosineNearZero(r)
        }
    }

    // MARK: Series

    private static func cosineNearZero(_ r: Double) -> Double {
        let z = r * r
        var tail = 0.0
        for coefficient in cosineCoefficients { tail = tail * z + coefficient }
        let half = 0.5 * z
        let leading = 1 - half
        return leading + (((1 - leading) - half) + z * z * tail)
    }

    private static func sineNearZero(_ r: Double) -> Double {
        let z = r * r
        var tail = 0.0
        for coefficient in sineCoefficients { tail = tail * z + coefficient }
        return r + r * z * tail
    }

    /// 2^k for a normal result.
    private static func powerOfTwo(_ k: Int) -> Double { Double(bitPattern: UInt64(k + 1023) << 52) }

    // Parts of a constant of which the first have so few bits that their products with k are exact.
    private static let ln2High = 0x1.62e42feep-1
    private static let ln2Low = 0x1.a39ef35793c76p-33
    private static let halfPiHigh = 0x1.921fb544p0
    private static let halfPiMiddle = 0x1.0b4611a6p-34
    private static let halfPiLow = 0x1.3198a2e037073p-69

    /// 1/13!, 1/12!, … 1/2!
    private static let inverseFactorials: [Double] = stride(from: 13, through: 2, by: -1).map { 1 / factorial($0) }
    /// 1/23, 1/21, … 1/3
    private static let inverseOdds: [Double] = stride(from: 23, through: 3, by: -2).map { 1 / Double($0) }
    /// 1/18!, -1/16!, … 1/4! (signs alternating): cosine after 1 - r²/2.
    private static let cosineCoefficients: [Double] = stride(from: 18, through: 4, by: -2).map {
        ($0 % 4 == 0 ? 1 : -1) / factorial($0)
    }
    /// 1/17!, -1/15!, … -1/3!: sine after r.
    private static let sineCoefficients: [Double] = stride(from: 17, through: 3, by: -2).map {
        ($0 % 4 == 1 ? 1 : -1) / factorial($0)
    }

    /// Exact up to 18!.
    private static func factorial(_ n: Int) -> Double { (1...n).reduce(1) { $0 * Double($1) } }
}
