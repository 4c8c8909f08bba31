import Foundation

/// Reads a few entries of an archive whole.
enum ArchiveContents {
    /// The contents of the entries at `paths`, in that order. All others are skipped, but the archive is read to its
    /// end: only there does a checksum show.
    ///
    /// - Parameter maximum: bytes of each entry at most.
    /// - Throws: `missingEntry`, `repeatedEntry`, `entryTooLong`, and what `ArchiveReader` throws.
    static func read(
        _ paths: [String], from file: URL, atMost maximum: [Int]
    ) throws(DatasetError) -> [[UInt8]] {
        let reader = try ArchiveReader(file: file)
        var contents = [[UInt8]?](repeating: nil, count: paths.count)
        while let entry = try reader.next() {
            guard entry.isFile, let index = paths.firstIndex(of: entry.path) else { continue }
            guard contents[index] == nil else { throw .repeatedEntry(file: file, entry: entry.path) }
            contents[index] = try reader.content(atMost: maximum[index])
        }
        var found: [[UInt8]] = []
        for (path, content) in zip(paths, contents) {
            guard let content else { throw .missingEntry(file: file, entry: path) }
            found.append(content)
        }
        return found
    }
}

/// Images whose channels stand one after the other, as old binary formats have them.
enum ImagePlanes {
    /// How the pixels of a plane follow each other.
    enum Order { case rows, columns }

    /// Appends an image `[C, H, W]` (`rows`) or `[C, W, H]` (`columns`) to `pixels` as `[H, W, C]`, C being 3.
    static func append(
        _ planes: ArraySlice<UInt8>, height: Int, width: Int, order: Order, to pixels: inout [UInt8]
    ) {
        let area = height * width
        precondition(planes.count == 3 * area)
        let (rowStep, columnStep) = order == .rows ? (width, 1) : (1, height)
        planes.withUnsafeBufferPointer { source in
            for row in 0..<height {
                for column in 0..<width {
                    let place = row * rowStep + column * columnStep
                    pixels.append(source[place])
                    pixels.append(source[place + area])
                    pixels.append(source[place + 2 * area])
                }
            }
        }
    }
}
