import Foundation

/// Images that lie somewhere as JPEG or PNG files, decoded and prepared when they are asked for.
struct EncodedImages: ImageSource {
    let labels: [Int32]
    let classNames: [String]
    private let store: any EncodedStore
    /// The number in the store of each image.
    private let items: [Int]
    private let preparation: ImagePreparation

    var height: Int { preparation.crop }
    var width: Int { preparation.crop }
    var channels: Int { 3 }

    /// Traps where the counts do not agree.
    init(
        store: any EncodedStore, items: [Int], labels: [Int32], classNames: [String], preparation: ImagePreparation
    ) {
        precondition(items.count == labels.count)
        self.store = store
        self.items = items
        self.labels = labels
        self.classNames = classNames
        self.preparation = preparation
    }

    func pixels(of indices: [Int], threads: Int) throws(DatasetError) -> [UInt8] {
        let size = imageSize
        var result = [UInt8](repeating: 0, count: indices.count * size)
        let failure = result.withUnsafeMutableBufferPointer { result in
            // Each image is written by one thread, to a place of its own.
            nonisolated(unsafe) let result = result
            return Parallel.forEach(indices.count, threads: threads) { place throws(DatasetError) in
                let pixels = try pixels(of: indices[place])
                let target = UnsafeMutableBufferPointer(rebasing: result[(place * size)..<((place + 1) * size)])
                _ = target.update(fromContentsOf: pixels)
            }
        }
        if let failure { throw failure }
        return result
    }

    private func pixels(of index: Int) throws(DatasetError) -> [UInt8] {
        let item = items[index]
        let image = try DecodedImage(
            try store.bytes(of: item), at: store.place(of: item), tolerance: store.tolerance)
        return preparation.prepare(image)
    }

    func prefix(_ limit: Int?) -> EncodedImages {
        guard let limit, limit < count else { return self }
        return EncodedImages(
            store: store, items: Array(items.prefix(limit)), labels: Array(labels.prefix(limit)),
            classNames: classNames, preparation: preparation)
    }

    /// The encoded bytes and all that the decoded ones follow from: the preparation, and what this machine's decoder
    /// makes of a small picture that exercises it. So a decoder that rounds differently gives different bytes here.
    func forEachContentBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(DatasetError) {
        func hand(_ numbers: [Int]) { numbers.map { Int64($0).littleEndian }.withUnsafeBytes(body) }
        Array("offprint encoded images\n".utf8).withUnsafeBytes(body)
        withShapeBytes(body)
        hand([ImagePreparation.version, preparation.shorterSide, preparation.crop])
        try DecoderProbe.pixels().withUnsafeBytes(body)
        for (item, label) in zip(items, labels) {
            let bytes = try store.bytes(of: item)
            hand([Int(label), bytes.count])
            bytes.withUnsafeBytes(body)
        }
    }
}

/// Encoded images by number.
protocol EncodedStore: Sendable {
    /// How much damage an image may have.
    var tolerance: DecodedImage.Tolerance { get }

    /// The whole encoded image. Safe to call from several threads at a time.
    func bytes(of item: Int) throws(DatasetError) -> [UInt8]

    /// Where it stands, for errors.
    func place(of item: Int) -> DatasetError.ImagePlace
}

/// Images that are files of their own.
struct ImageFiles: EncodedStore {
    let files: [URL]

    var tolerance: DecodedImage.Tolerance { .none }

    func bytes(of item: Int) throws(DatasetError) -> [UInt8] {
        let file = files[item]
        let content = try FileContent(file, flags: O_NOFOLLOW)
        guard content.size <= ImageFolder.maximumFileSize else {
            throw .imageTooLong(
                place(of: item), maximum: ImageFolder.maximumFileSize, found: content.size)
        }
        return try content.bytes(at: 0, count: content.size)
    }

    func place(of item: Int) -> DatasetError.ImagePlace { .init(file: files[item]) }
}
