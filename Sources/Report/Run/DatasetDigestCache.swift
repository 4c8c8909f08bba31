internal import Crypto
public import Datasets
public import Foundation

/// Digests of the images of data sets, remembered as long as nothing changes that they depend on.
///
/// A digest is taken of the images themselves (see `ImageSource.forEachContentBytes`), which for a large set takes
/// minutes. What is remembered stands under the stamps of the files and of the program; each entry is a small file of its
/// own, so that several programs can share the folder. Losing it costs time and no result.
public struct DatasetDigestCache: Sendable {
    /// Where the program keeps things, see `CacheFolder`.
    public var cacheFolder: URL
    /// What changes whenever the program may read files in another way: the stamp of its own file.
    public var program: String

    public init(cacheFolder: URL, program: String) {
        self.cacheFolder = cacheFolder
        self.program = program
    }

    /// The digest of a data set's images, `Digest.of` both parts.
    ///
    /// - Parameter onReading: called first where the images have to be read for it.
    /// - Throws: what `DatasetCatalog.open` throws.
    public func digest(
        of dataset: String, limit: Int?, folders: [URL], threads: Int, onReading: () -> Void = {}
    ) throws(DatasetError) -> String {
        var file: String?
        if case .files(let files) = try DatasetCatalog.locate(dataset, folders: folders) {
            var text = "offprint dataset digest 1\n\(program)\n\(dataset)\n\(limit.map(String.init) ?? "all")\n"
            for file in files { text += try FileStamp(of: file).description + "\n" }
            let name = Digest.hexadecimal(SHA256.hash(data: Data(text.utf8)))
            file = cacheFolder.appendingPathComponent("digests/\(name)", isDirectory: false).path
        }
        if let file, let known = Self.known(file) { return known }
        onReading()
        let parts = try DatasetCatalog.open(
            dataset, folders: folders, cacheFolder: cacheFolder, limit: limit, threads: threads)
        let digest = try Digest.of(parts)
        // A cache that cannot be written costs the same time again, no more.
        if let file { try? AtomicFile.write(Data((digest + "\n").utf8), to: file) }
        return digest
    }

    private static func known(_ file: String) -> String? {
        guard let bytes = FileManager.default.contents(atPath: file), bytes.count == 65, bytes.last == 0x0A else {
            return nil
        }
        let digest = String(decoding: bytes.dropLast(), as: UTF8.self)
        return digest.allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) } ? digest : nil
    }
}
