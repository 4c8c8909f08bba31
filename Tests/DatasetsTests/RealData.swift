import Datasets
import Foundation

/// Real files, where `OFFPRINT_DATA` or a folder `shared/data` beside the package has them.
enum RealData {
    /// The folders to search, or `nil`, after a loud line, where none of them has that data set.
    static func folders(for name: String, test: String) -> [URL]? {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        var folders = [
            package.deletingLastPathComponent().appendingPathComponent("shared/data"),
            package.appendingPathComponent("shared/data"),
        ]
        if let path = ProcessInfo.processInfo.environment["OFFPRINT_DATA"], !path.isEmpty {
            folders.insert(URL(fileURLWithPath: path), at: 0)
        }
        if (try? DatasetCatalog.locate(name, folders: folders)) != nil { return folders }
        print("SKIPPED: \(test): no files of \(name) in \(folders.map(\.path)); OFFPRINT_DATA names another folder")
        return nil
    }
}
