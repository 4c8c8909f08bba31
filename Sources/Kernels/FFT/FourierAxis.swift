/// How the sums along one axis are cut into circular ones.
///
/// Where the whole axis fits, with the zeros of one side, one tile holds it: both sides share the same zeros.
/// Longer axes are cut into overlapping tiles, whose first `kernel - 1` results are not used (overlap-save).
/// Kernel taps lie on the points 0 ..< kernel, in descending order of the place they read.
struct FourierAxis: Hashable, Sendable {
    let length: FourierLength
    let kernel: Int
    /// Positions read and written, and the zeros before the first: at most `kernel - 1`.
    let sources, targets, padding: Int
    let tiles: Int
    /// Results of one tile (the last tile may have fewer).
    let step: Int

    var points: Int { length.points }

    /// - Parameters:
    ///   - length: at least `kernel` points (traps otherwise).
    ///   - padding: from 0 to `kernel - 1` (traps otherwise).
    init(length: FourierLength, kernel: Int, sources: Int, padding: Int) {
        precondition(length.points >= kernel && (0..<kernel).contains(padding))
        self.length = length
        self.kernel = kernel
        self.sources = sources
        self.padding = padding
        targets = sources + 2 * padding - kernel + 1
        let isWhole = length.points >= sources + padding
        step = isWhole ? targets : length.points - kernel + 1
        tiles = isWhole ? 1 : (targets + step - 1) / step
    }

    private var isWhole: Bool { points >= sources + padding }

    /// The source position on point 0 of a tile; before the first position there are zeros.
    func origin(_ tile: Int) -> Int { isWhole ? 0 : tile * step - padding }

    /// Points whose source positions can exist.
    var sourcePoints: Range<Int> { isWhole ? 0..<sources : 0..<points }

    /// The points of a tile's results.
    var targetPoints: Range<Int> {
        let first = isWhole ? kernel - 1 - padding : kernel - 1
        return first..<first + step
    }

    /// The results of a tile.
    func targets(of tile: Int) -> Range<Int> { tile * step..<min(targets, (tile + 1) * step) }

    /// The lengths worth considering: none has both more points and more tiles than another.
    static func candidates(kernel: Int, sources: Int, padding: Int) -> [FourierAxis] {
        var found: [FourierAxis] = []
        var fewest = Int.max
        for length in FourierLength.all where length.points >= kernel {
            let axis = FourierAxis(length: length, kernel: kernel, sources: sources, padding: padding)
            if axis.tiles < fewest {
                fewest = axis.tiles
                found.append(axis)
            }
            if axis.tiles == 1 && length.radix == 1 { break }
        }
        return found
    }
}
