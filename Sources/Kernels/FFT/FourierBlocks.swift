internal import CKernels

/// Blocks of channels and tiles whose spectra are held at a time, and how they lie in memory.
///
/// All spectra lie frequency by frequency, in the order in which the complex products read them. Memory at a time is
/// at most `kernelFloats` for the spectrum of the kernel, `tileFloats` for those of the tiles on both sides, 16
/// channels and one tile at the least, and two tiles of 16 channels for each thread.
struct FourierBlocks: Sendable {
    /// 64 MiB.
    static let kernelFloats = 16 << 20
    /// 32 MiB.
    static let tileFloats = 8 << 20

    let frequencies: Int
    /// Channels of a block, multiples of 16: of the sources, of the results.
    let sources, targets: Int
    /// Tiles of a block.
    let tiles: Int

    init(shape: FourierShape, batch: Int, sources: Int, targets: Int) {
        frequencies = shape.tile.frequencies
        let all = (sources: Self.whole(sources), targets: Self.whole(targets))
        // As many sources as fit beside 32 results, then as many results as fit beside those.
        self.sources = Self.even(all.sources, most: Self.kernelFloats / (frequencies * 32))
        self.targets = Self.even(all.targets, most: Self.kernelFloats / (frequencies * self.sources))
        let tile = frequencies * (Self.pitch(self.sources) + Self.pitch(self.targets))
        let most = max(1, Self.tileFloats / tile), count = batch * shape.tiles
        let blocks = (count + most - 1) / most
        tiles = (count + blocks - 1) / blocks
    }

    /// Floats of one tile at one frequency: no power of two where it would make tiles collide in a cache.
    static func pitch(_ channels: Int) -> Int {
        let whole = whole(channels)
        return whole >= 256 ? whole + FourierTile.signals : whole
    }

    /// Floats at one frequency of a spectrum of the tiles of a block.
    func frequency(_ channels: Int) -> Int { Self.apart(tiles * Self.pitch(channels)) }

    /// Floats at one frequency of a kernel's spectrum in panels: a pair of sources has one row for itself and one for
    /// its mirror.
    func kernelFrequency(sources: Int, targets: Int) -> Int {
        Self.apart(panelFloats(sources: sources) * ((targets + 31) / 32))
    }

    /// Floats of one panel of 32 results.
    func panelFloats(sources: Int) -> Int { (sources + 1) / 2 * 2 * 32 }

    /// Blocks of `0..<count` of `length` each.
    static func ranges(_ count: Int, by length: Int) -> [Range<Int>] {
        Swift.stride(from: 0, to: count, by: length).map { $0..<min(count, $0 + length) }
    }

    /// Rounded up to 16 channels.
    static func whole(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }

    /// An odd number of pairs of cache lines: frequencies do not collide, and the processor fetches lines in pairs.
    static func apart(_ floats: Int) -> Int { ((floats + 31) / 32 | 1) * 32 }

    /// Blocks as even as possible, multiples of 32 where there is more than one.
    private static func even(_ channels: Int, most: Int) -> Int {
        if channels <= most { return channels }
        let blocks = (channels + max(32, most / 32 * 32) - 1) / max(32, most / 32 * 32)
        return ((channels + blocks - 1) / blocks + 31) / 32 * 32
    }
}

extension WorkerPool {
    /// Calls `body` with ranges of `0..<count`, in parallel; at most `tasks` of them.
    func runRanges(_ count: Int, tasks: Int = 128, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let length = (count + tasks - 1) / tasks
        run((count + length - 1) / length) { task in
            body(task * length..<min(count, (task + 1) * length))
        }
    }
}
