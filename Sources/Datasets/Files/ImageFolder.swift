import Foundation

/// A folder of images as people keep them: `train/<class>/*.{png,jpg,jpeg}` and `validation/<class>/…`.
///
/// The path comes from a stranger's experiment file, and the folder may come from a stranger as well: what is read lies
/// below one of the searched folders, and no link is followed inside. Hidden files are passed over; anything else that
/// does not belong is an error, so that no image is left out in silence.
struct ImageFolder {
    let folder: URL
    /// Names of the folders in `train`, in the order of their bytes.
    let classNames: [String]
    /// By class, each in the order of the bytes of their names.
    let training: [[URL]]
    let validation: [[URL]]

    static let extensions = ["png", "jpg", "jpeg"]
    /// Bytes of one image file at most.
    static let maximumFileSize = 1 << 27
    private static let parts = ["train", "validation"]

    /// Finds the folder in the first of `folders` that has it, looks into it, and checks the number of its classes
    /// where one is announced.
    static func find(
        _ path: ConfinedPath, folders: [URL], classes: Int?
    ) throws(DatasetError) -> ImageFolder {
        let place: ConfinedPath.Place?
        do throws(ConfinedPath.SearchError) {
            place = try path.find(in: folders)
        } catch {
            switch error {
            case .forbidden(let reason): throw .forbiddenPath(path: path.text, reason)
            case .unreadable(let file, let code): throw .unreadable(file: file, systemError: code)
            }
        }
        guard let place else { throw .folderNotFound(path: path.text, searched: folders) }
        let found = try ImageFolder(place.url)
        guard classes == nil || classes == found.classNames.count else {
            throw .classCount(folder: place.url, expected: classes ?? 0, found: found.classNames.count)
        }
        return found
    }

    init(_ folder: URL) throws(DatasetError) {
        self.folder = folder
        for part in Self.parts where try Self.kind(of: folder.appendingPathComponent(part)) != .folder {
            throw .missingPart(folder: folder, part: part)
        }
        let train = folder.appendingPathComponent(Self.parts[0], isDirectory: true)
        let validation = folder.appendingPathComponent(Self.parts[1], isDirectory: true)
        let names = try Self.classes(in: train)
        guard names.count >= 2 else { throw .tooFewClasses(folder: train, found: names) }
        classNames = names
        var (first, second): ([[URL]], [[URL]]) = ([], [])
        for name in names { first.append(try Self.images(in: train.appendingPathComponent(name, isDirectory: true))) }
        let present = try Self.classes(in: validation)
        for name in present where !names.contains(name) {
            throw .unknownClass(folder: validation.appendingPathComponent(name, isDirectory: true), known: names)
        }
        guard !present.isEmpty else { throw .tooFewClasses(folder: validation, found: []) }
        for name in names {
            let place = validation.appendingPathComponent(name, isDirectory: true)
            second.append(present.contains(name) ? try Self.images(in: place) : [])
        }
        (training, self.validation) = (first, second)
    }

    /// Every image, training first, class by class.
    var files: [URL] { (training + validation).flatMap { $0 } }

    func description(name: String, size: Int) -> DatasetDescription {
        DatasetDescription(
            name: name, title: folder.lastPathComponent, height: size, width: size, channels: 3,
            classNames: classNames, trainingCount: training.reduce(0) { $0 + $1.count },
            validationCount: validation.reduce(0) { $0 + $1.count }, source: .folder(folder))
    }

    func open(size: Int, limit: Int?, threads: Int) throws(DatasetError) -> DatasetParts {
        let preparation = ImagePreparation(shorterSide: size, crop: size)
        func part(_ classes: [[URL]]) -> EncodedImages {
            let order = ClassOrder.interleaved(classes)
            return EncodedImages(
                store: ImageFiles(files: order.map(\.element)), items: Array(order.indices), labels: order.map(\.label),
                classNames: classNames, preparation: preparation
            ).prefix(limit)
        }
        return try DatasetParts(training: part(training), validation: part(validation))
            .loadedWhereSmall(threads: threads)
    }

    // MARK: Looking

    private enum Kind { case folder, file, other, nothing }

    /// Without following a link: there is no good reason for one, and it could lead anywhere.
    private static func kind(of file: URL) throws(DatasetError) -> Kind {
        var information = stat()
        guard lstat(file.path, &information) == 0 else {
            if errno == ENOENT { return .nothing }
            throw .unreadable(file: file, systemError: errno)
        }
        switch information.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: return .file
        case S_IFLNK: throw .link(file: file)
        default: return .other
        }
    }

    private static func classes(in folder: URL) throws(DatasetError) -> [String] {
        let names = try self.names(in: folder)
        for name in names {
            let place = folder.appendingPathComponent(name)
            guard try kind(of: place) == .folder else { throw .unexpectedFile(file: place, .classFolder) }
        }
        return names
    }

    private static func images(in folder: URL) throws(DatasetError) -> [URL] {
        var images: [URL] = []
        for name in try names(in: folder) {
            let place = folder.appendingPathComponent(name, isDirectory: false)
            guard try kind(of: place) == .file, extensions.contains(place.pathExtension.lowercased()) else {
                throw .unexpectedFile(file: place, .image(extensions))
            }
            images.append(place)
        }
        guard !images.isEmpty else { throw .emptyClass(folder: folder) }
        return images
    }

    /// What is not hidden, in the order of the bytes of the names.
    private static func names(in folder: URL) throws(DatasetError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw .unreadable(file: folder, systemError: systemCode(error))
        }
        return names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
