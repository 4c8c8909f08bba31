import Foundation
import Report

/// Where data sets are.
enum DataFolders {
    /// Where they are looked for, in order: `--data-dir`, `$OFFPRINT_DATA`, the cache folder.
    static func searched(_ given: String?) -> [URL] {
        [given, environment, cache.path + "/data"].compactMap { $0 }.map { URL(fileURLWithPath: $0, isDirectory: true) }
    }

    /// Where a download goes: the first of the searched ones.
    static func target(_ given: String?) -> URL { searched(given)[0] }

    /// What had to be unpacked, and digests, are kept here.
    static var cache: URL { URL(fileURLWithPath: CacheFolder.path(), isDirectory: true) }

    private static var environment: String? {
        ProcessInfo.processInfo.environment["OFFPRINT_DATA"].flatMap { $0.isEmpty ? nil : $0 }
    }
}
