import Foundation

/// Finds the files of a data set in a list of folders.
enum FileSearch {
    /// The files, all from the first folder that has all of them: parts from different folders could belong to
    /// different copies.
    static func find(
        _ names: [String], dataset: String, folders: [URL]
    ) throws(DatasetError) -> [URL] {
        var searched: [DatasetError.SearchedFolder] = []
        for folder in folders {
            var found: [URL] = []
            var missing: [String] = []
            for name in names {
                if let file = try existing(name, in: folder) {
                    found.append(file)
                } else {
                    missing.append(name)
                }
            }
            if missing.isEmpty { return found }
            searched.append(.init(folder: folder, missing: missing))
        }
        throw .missingFiles(dataset: dataset, searched: searched)
    }

    /// `name` itself, or without its `.gz`, or `nil` where there is neither.
    private static func existing(_ name: String, in folder: URL) throws(DatasetError) -> URL? {
        let file = folder.appendingPathComponent(name, isDirectory: false)
        if try isPresent(file) { return file }
        guard file.pathExtension == "gz" else { return nil }
        let decompressed = file.deletingPathExtension()
        return try isPresent(decompressed) ? decompressed : nil
    }

    /// Only "there is no such file" counts as missing: a file behind a folder that may not be entered would
    /// otherwise be reported as one to download.
    private static func isPresent(_ file: URL) throws(DatasetError) -> Bool {
        var information = stat()
        guard stat(file.path, &information) == 0 else {
            let code = errno
            if code == ENOENT || code == ENOTDIR { return false }
            throw .unreadable(file: file, systemError: code)
        }
        guard information.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(file: file) }
        guard access(file.path, R_OK) == 0 else {
            throw .unreadable(file: file, systemError: errno)
        }
        return true
    }
}
