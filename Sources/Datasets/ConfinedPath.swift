public import Foundation

/// A path that an experiment file, which may be a stranger's, names: relative, and found below the folder that is searched
/// wherever links lead.
public struct ConfinedPath: Hashable, Sendable {
    public let text: String

    /// - Throws: what its letters alone forbid: `empty`, `absolute` or `climbs`.
    public init(_ text: String) throws(ForbiddenPath) {
        if text.isEmpty || text.contains("\0") { throw .empty }
        if text.hasPrefix("/") { throw .absolute }
        if text.split(separator: "/").contains("..") { throw .climbs }
        self.text = text
    }

    /// What is named in the first of the folders that has it; `nil` where none has.
    public func find(in folders: [URL]) throws(SearchError) -> Place? {
        for folder in folders {
            let file = folder.appendingPathComponent(text)
            guard let resolved = Self.resolve(file) else {
                let code = errno
                if code == ENOENT || code == ENOTDIR { continue }
                throw .unreadable(file: file, systemError: code)
            }
            guard let root = Self.resolve(folder),
                resolved == root || resolved.hasPrefix(root == "/" ? root : root + "/")
            else { throw .forbidden(.leadsOut(of: folder)) }
            return Place(url: file, resolved: resolved)
        }
        return nil
    }

    public struct Place: Hashable, Sendable {
        /// As it is named.
        public let url: URL
        /// Absolute, without links and dots.
        public let resolved: String
    }

    public enum SearchError: Error, Hashable, Sendable {
        /// `leadsOut`
        case forbidden(ForbiddenPath)
        /// The system does not say where the path leads; `systemError` is its `errno`.
        case unreadable(file: URL, systemError: Int32)
    }

    /// The path without links and dots, or `nil` with `errno`.
    private static func resolve(_ file: URL) -> String? {
        guard let path = realpath(file.path, nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}

/// Why a path in an experiment file is refused.
public enum ForbiddenPath: Error, Hashable, Sendable {
    case empty
    case absolute
    /// A component `..`.
    case climbs
    /// A link leads out of `folder`.
    case leadsOut(of: URL)
}
