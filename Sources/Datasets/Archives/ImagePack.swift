import CZlib
import Foundation

/// The entries of an archive in one file of the cache folder, where they can be read in any order.
///
/// A compressed archive can only be read from its beginning; training asks for images in random order. So the archive is
/// gone through once, and its entries are written one behind the other, as they are, with an index at the end:
///
///     magic (16 bytes) | contents | index | offset, length and CRC-32 of the index (24 bytes)
///
/// The pack is made under another name and renamed when it is whole and on the disk. It is made anew when the archive's
/// stamp has changed. Every entry has a checksum of its own, looked at whenever it is read.
final class ImagePack: Sendable {
    let archive: URL
    private let content: FileContent
    private let index: PackIndex

    /// Bytes of an entry at most.
    static let maximumEntrySize = 1 << 25

    private init(archive: URL, content: FileContent, index: PackIndex) {
        self.archive = archive
        self.content = content
        self.index = index
    }

    /// Opens the pack of an archive, and makes it first where it is not there. Where another process is making it, waits
    /// for that.
    ///
    /// - Parameter wants: which paths of the archive to keep. Has to be the same for an archive at every call.
    static func open(
        _ archive: URL, cacheFolder: URL, wants: (_ path: String) -> Bool
    ) throws(DatasetError) -> ImagePack {
        let stamp = try FileStamp(of: archive).description
        let folder = cacheFolder.appendingPathComponent("packs", isDirectory: true)
        let file = folder.appendingPathComponent(name(of: archive), isDirectory: false)
        if let pack = existing(file, archive: archive, stamp: stamp) { return pack }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .unwritable(file: folder, systemError: systemCode(error))
        }
        let lock = try FileLock(file.appendingPathExtension("lock"))
        defer { lock.release() }
        if let pack = existing(file, archive: archive, stamp: stamp) { return pack }
        try write(archive, stamp: stamp, to: file, wants: wants)
        guard let pack = existing(file, archive: archive, stamp: stamp) else { throw .damagedCache(file: file) }
        return pack
    }

    /// The whole entry. Throws `missingEntry` or `damagedCache`.
    func bytes(of path: String) throws(DatasetError) -> [UInt8] {
        guard let number = index.numbers[path] else { throw .missingEntry(file: archive, entry: path) }
        return try bytes(of: number)
    }

    /// The number of an entry for `bytes(of:)`. Throws `missingEntry`.
    func number(of path: String) throws(DatasetError) -> Int {
        guard let number = index.numbers[path] else { throw .missingEntry(file: archive, entry: path) }
        return number
    }

    private static func existing(_ file: URL, archive: URL, stamp: String) -> ImagePack? {
        guard let content = try? FileContent(file), let index = PackIndex(content, stamp: stamp) else { return nil }
        return ImagePack(archive: archive, content: content, index: index)
    }

    private static func name(of archive: URL) -> String {
        var generator = SeededGenerator(seed: 0, purpose: archive.standardizedFileURL.path)
        let base = archive.lastPathComponent.prefix { $0 != "." }
        return "\(base)-\(String(generator.next(), radix: 16)).pack"
    }

    private static func write(
        _ archive: URL, stamp: String, to file: URL, wants: (String) -> Bool
    ) throws(DatasetError) {
        let reader = try ArchiveReader(file: archive)
        let output = try WholeFile(file)
        var index = PackIndex(stamp: stamp)
        try output.append(PackIndex.magic)
        while let entry = try reader.next() {
            guard entry.isFile, wants(entry.path) else { continue }
            guard index.numbers[entry.path] == nil else {
                throw .repeatedEntry(file: archive, entry: entry.path)
            }
            let bytes = try reader.content(atMost: maximumEntrySize)
            index.add(entry.path, .init(offset: output.count, length: bytes.count, checksum: PackIndex.checksum(bytes)))
            try output.append(bytes)
        }
        try output.append(index.encoded(at: output.count))
        try output.finish()
    }
}

extension ImagePack: EncodedStore {
    /// The archive's own checksum says that its images are as their authors made them.
    var tolerance: DecodedImage.Tolerance { .damagedData }

    func bytes(of item: Int) throws(DatasetError) -> [UInt8] {
        let entry = index.entries[item]
        let bytes = try content.bytes(at: entry.offset, count: entry.length)
        guard PackIndex.checksum(bytes) == entry.checksum else { throw .damagedCache(file: content.file) }
        return bytes
    }

    func place(of item: Int) -> DatasetError.ImagePlace { .init(file: archive, entry: index.paths[item]) }
}
